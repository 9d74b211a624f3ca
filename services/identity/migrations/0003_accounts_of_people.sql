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
