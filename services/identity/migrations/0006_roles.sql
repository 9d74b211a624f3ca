-- Roles, groups, service accounts, and what an organization's people are held to.

alter table identity.organization
  -- The most that its people may do, as the operator says; null means no such bound.
  add column ceiling jsonb,
  -- What the operator has delegated to a partner's administrators.
  add column delegation text[] not null default '{}'
    check (delegation <@ array['allow_user_creation', 'allow_credential_changes', 'allow_encryption_keys',
                               'allow_mfa_policy_changes']),
  add column second_factor text not null default 'inherit' check (second_factor in ('inherit', 'always', 'never')),
  -- The operator's word, which the organization can't loosen.
  add column second_factor_required boolean not null default false,
  add column modules_off text[] not null default '{}' check (modules_off <@ array['cockpit', 'catalogue']);

create table identity.role (
  id uuid primary key,
  organization_id uuid not null references identity.organization,
  display_name text not null,
  name_key text collate "C" not null,
  description text not null,
  permissions jsonb not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint role_name_key unique (organization_id, name_key),
  unique (organization_id, id)
);

-- A role is the word of a built-in one, or the id of a custom one as the contract writes it; none where the custom one
-- was deleted.
alter table identity.member
  drop constraint member_role_check,
  alter column role drop not null,
  add column custom_role_id uuid,
  add column second_factor text not null default 'inherit' check (second_factor in ('inherit', 'always', 'never')),
  add constraint member_role check (role is null or custom_role_id is null),
  add constraint member_custom_role foreign key (organization_id, custom_role_id) references identity.role (organization_id, id),
  drop constraint member_state_check,
  add constraint member_state_check check (state in ('pending', 'active', 'disabled', 'removed'));
create index member_role on identity.member (organization_id, role, created_at, id);
create index member_custom_role on identity.member (custom_role_id) where custom_role_id is not null;

create table identity.member_group (
  id uuid primary key,
  organization_id uuid not null references identity.organization,
  display_name text not null,
  name_key text collate "C" not null,
  description text not null,
  -- As the contract writes roles.
  roles text[] not null default '{}',
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint member_group_name_key unique (organization_id, name_key),
  unique (organization_id, id)
);

create table identity.service_account (
  id uuid primary key,
  organization_id uuid not null references identity.organization,
  display_name text not null,
  name_key text collate "C" not null,
  description text not null,
  role text,
  custom_role_id uuid,
  state text not null check (state in ('active', 'disabled', 'deleted')),
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint service_account_role check (role is null or custom_role_id is null),
  constraint service_account_custom_role foreign key (organization_id, custom_role_id)
    references identity.role (organization_id, id),
  unique (organization_id, id)
);
create unique index service_account_name_key on identity.service_account (organization_id, name_key)
  where state <> 'deleted';
create index service_account_custom_role on identity.service_account (custom_role_id) where custom_role_id is not null;

-- Who is in a group: members and service accounts, by the id that they have as such.
create table identity.group_member (
  organization_id uuid not null references identity.organization,
  group_id uuid not null,
  member_id uuid,
  service_account_id uuid,
  added_at timestamptz not null,
  constraint group_member_one check (num_nonnulls(member_id, service_account_id) = 1),
  foreign key (organization_id, group_id) references identity.member_group (organization_id, id) on delete cascade,
  foreign key (member_id) references identity.member (id) on delete cascade,
  foreign key (organization_id, service_account_id) references identity.service_account (organization_id, id)
    on delete cascade
);
create unique index group_member_member on identity.group_member (group_id, member_id) where member_id is not null;
create unique index group_member_service_account on identity.group_member (group_id, service_account_id)
  where service_account_id is not null;
create index group_member_of_member on identity.group_member (member_id) where member_id is not null;
create index group_member_of_service_account on identity.group_member (service_account_id)
  where service_account_id is not null;

-- The clients that an advisor of a partner administers (delegated account administrators).
create table identity.referral (
  organization_id uuid not null references identity.organization,
  member_id uuid not null references identity.member on delete cascade,
  client_id uuid not null references identity.organization,
  added_at timestamptz not null,
  primary key (member_id, client_id)
);
create index referral_of_organization on identity.referral (organization_id, member_id);

alter table identity.role enable row level security;
create policy tenant on identity.role to identity using (organization_id = identity.organization());
create policy worker on identity.role to identity_worker using (true);
grant select, insert, update, delete on identity.role to identity;

alter table identity.member_group enable row level security;
create policy tenant on identity.member_group to identity using (organization_id = identity.organization());
create policy worker on identity.member_group to identity_worker using (true);
grant select, insert, update, delete on identity.member_group to identity;

alter table identity.service_account enable row level security;
create policy tenant on identity.service_account to identity using (organization_id = identity.organization());
create policy worker on identity.service_account to identity_worker using (true);
grant select, insert, update on identity.service_account to identity;

alter table identity.group_member enable row level security;
create policy tenant on identity.group_member to identity using (organization_id = identity.organization());
create policy worker on identity.group_member to identity_worker using (true);
grant select, insert, delete on identity.group_member to identity;

alter table identity.referral enable row level security;
create policy tenant on identity.referral to identity using (organization_id = identity.organization());
create policy worker on identity.referral to identity_worker using (true);
grant select, insert, delete on identity.referral to identity;
