-- Accounts: organizations, their members, the people behind them, and sessions.

create table identity.organization (
  id uuid primary key,
  parent_id uuid references identity.organization,
  kind text not null
    check (kind in ('operator', 'partner', 'sub_partner', 'affiliate', 'direct_client', 'client')),
  state text not null default 'active' check (state in ('active', 'suspended', 'deleted')),
  display_name text not null,
  -- What makes two names the same: the name without the differences that people don't see.
  name_key text collate "C" not null constraint organization_name_key unique,
  contact_email text,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint organization_parent check ((kind = 'operator') = (parent_id is null))
);
create unique index organization_operator on identity.organization (kind) where kind = 'operator';
create index organization_children on identity.organization (parent_id, name_key);

create table identity.user_account (
  id uuid primary key,
  email text not null constraint user_account_email unique,
  display_name text not null,
  password_hash text not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table identity.member (
  id uuid primary key,
  organization_id uuid not null references identity.organization,
  user_id uuid references identity.user_account,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  legal_representative boolean not null default false,
  state text not null check (state in ('pending', 'active', 'removed')),
  invitation_generation integer not null default 1,
  invitation_expires_at timestamptz not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint member_user check (state <> 'active' or user_id is not null)
);
-- A removed member comes back as a new one, so that history stays.
create unique index member_email on identity.member (organization_id, email) where state <> 'removed';
create unique index member_of_user on identity.member (user_id, organization_id) where state = 'active';
create index member_age on identity.member (organization_id, created_at, id);

create table identity.session (
  id uuid primary key,
  user_id uuid not null references identity.user_account,
  -- Where the person acts.
  organization_id uuid not null references identity.organization,
  auth_time timestamptz not null,
  refresh_generation bigint not null default 1,
  expires_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null
);
create index session_alive on identity.session (user_id, organization_id) where ended_at is null;
create index session_expiry on identity.session (expires_at);

create table identity.refresh_token (
  -- SHA-256: a token is random enough to need no slow hash.
  hash bytea primary key,
  session_id uuid not null references identity.session on delete cascade,
  generation bigint not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_token_family on identity.refresh_token (session_id, generation);

-- Sessions that were ended while an access token of theirs may still be valid.
create table identity.revoked_session (
  session_id uuid primary key,
  until timestamptz not null
);
create index revoked_session_until on identity.revoked_session (until);

alter table identity.organization enable row level security;
create policy tenant_read on identity.organization for select to identity
  using (identity.organization() in (id, parent_id));
create policy tenant_add on identity.organization for insert to identity
  with check (parent_id = identity.organization());
create policy tenant_change on identity.organization for update to identity using (id = identity.organization());
create policy worker on identity.organization to identity_worker using (true);
grant select, insert, update on identity.organization to identity;

alter table identity.member enable row level security;
create policy tenant on identity.member to identity using (organization_id = identity.organization());
create policy worker on identity.member to identity_worker using (true);
grant select, insert, update on identity.member to identity;

-- People belong to no organization: one sees those who are its members, and never a password's hash.
alter table identity.user_account enable row level security;
create policy tenant on identity.user_account for select to identity
  using (exists (select from identity.member where member.user_id = user_account.id));
create policy worker on identity.user_account to identity_worker using (true);
grant select (id, email, display_name) on identity.user_account to identity;

-- An organization ends the sessions of those that it removes.
alter table identity.session enable row level security;
create policy tenant on identity.session to identity using (organization_id = identity.organization());
create policy worker on identity.session to identity_worker using (true);
grant select, update on identity.session to identity;

alter table identity.revoked_session enable row level security;
create policy tenant on identity.revoked_session for insert to identity with check (true);
create policy worker on identity.revoked_session to identity_worker using (true);
grant insert on identity.revoked_session to identity;

alter table identity.refresh_token enable row level security;
create policy worker on identity.refresh_token to identity_worker using (true);
