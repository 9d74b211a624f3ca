-- Second factors: what people have enrolled, the sign-ins that wait for a code, and whether a session has shown one.

alter table identity.session add column second_factor boolean not null default false;
grant select (second_factor) on identity.session to identity;

create table identity.second_factor (
  user_id uuid primary key references identity.user_account,
  -- The authenticator's secret, sealed (crates/envelope).
  secret bytea,
  -- The one that will take its place once it is confirmed, sealed too.
  pending_secret bytea,
  enrolled_at timestamptz,
  -- The last time step whose code was taken: none before it is taken again.
  last_step bigint,
  -- Wrong codes in a row, and until when no other is looked at.
  failures integer not null default 0,
  blocked_until timestamptz,
  constraint second_factor_enrolled check ((secret is null) = (enrolled_at is null))
);

-- Those that are unused. SHA-256: a code is random enough to need no slow hash.
create table identity.recovery_code (
  user_id uuid not null references identity.second_factor on delete cascade,
  hash bytea not null,
  primary key (user_id, hash)
);

create table identity.sign_in_challenge (
  -- SHA-256 of its token.
  hash bytea primary key,
  user_id uuid not null references identity.user_account,
  -- Where the person will act.
  organization_id uuid not null references identity.organization,
  expires_at timestamptz not null
);
create index sign_in_challenge_expiry on identity.sign_in_challenge (expires_at);
create index sign_in_challenge_of_user on identity.sign_in_challenge (user_id);

-- People belong to no organization, so no tenant sees any of it.
alter table identity.second_factor enable row level security;
create policy worker on identity.second_factor to identity_worker using (true);
alter table identity.recovery_code enable row level security;
create policy worker on identity.recovery_code to identity_worker using (true);
alter table identity.sign_in_challenge enable row level security;
create policy worker on identity.sign_in_challenge to identity_worker using (true);
