-- Accounts of people: where their sessions are used.

alter table identity.session
  add column opened_address text,
  add column opened_agent text,
  -- When and from where its tokens were renewed last; null where that never happened.
  add column used_at timestamptz,
  add column used_address text,
  add column used_agent text;
create index session_of_user on identity.session (user_id, created_at desc, id desc);

-- An organization ends sessions; from where people work is not its business.
revoke select on identity.session from identity;
grant select (id, user_id, organization_id, auth_time, refresh_generation, expires_at, ended_at, created_at)
  on identity.session to identity;

alter table identity.user_account
  -- Null means that of the organization.
  add column language text check (language in ('en', 'fr'));

-- The mailed links of accounts. Their tokens are computed from the generation, and stored nowhere.
create table identity.account_link (
  user_id uuid not null references identity.user_account,
  purpose text not null check (purpose in ('password_reset', 'email_change')),
  -- Each link has a generation of its own; those before the last are dead.
  generation integer not null,
  -- Until when the last one can be used; null once it was used or called off.
  expires_at timestamptz,
  -- The address that is to be.
  email text,
  primary key (user_id, purpose),
  constraint account_link_email check ((purpose = 'email_change') = (email is not null))
);
alter table identity.account_link enable row level security;
create policy worker on identity.account_link to identity_worker using (true);
