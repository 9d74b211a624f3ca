-- A secret that nobody confirms in time is dead. Those that wait now began at no known time.
update identity.second_factor set pending_secret = null where pending_secret is not null;
alter table identity.second_factor
  add column pending_since timestamptz,
  add constraint second_factor_pending check ((pending_secret is null) = (pending_since is null));

-- When the person proved who they are; a session has no later proof than that. Who is being asked now begins again.
delete from identity.sign_in_challenge;
alter table identity.sign_in_challenge add column proved_at timestamptz not null;
