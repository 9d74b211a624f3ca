-- Lifecycle: front doors and root folders, who looks after whom, and lists of members whose cost follows the page.

-- By what people are ordered and searched, whoever writes it: their name, or their address while there is none.
create function identity.sort_key(name text) returns text language sql immutable parallel safe
  return lower(normalize(name, nfkc));

alter table identity.organization
  -- Its front door. One that was there before has a made-up one, until somebody chooses.
  add column slug text collate "C" not null default 'o-' || replace(gen_random_uuid()::text, '-', '')
    check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  add column logo_uri text,
  add column root_folder text collate "C" not null default 'o-' || replace(gen_random_uuid()::text, '-', '')
    check (root_folder ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- What its name looks like. One that was there before looks like nothing else, until it is changed.
  add column name_look text collate "C" not null default gen_random_uuid()::text,
  -- Who in the operator's house looks after it.
  add column responsible_user_id uuid references identity.user_account,
  add column responsible_group_id uuid references identity.member_group,
  add column responsible_copied boolean not null default false,
  add constraint organization_responsible check (num_nonnulls(responsible_user_id, responsible_group_id) < 2);

-- The name and the front door of a deleted organization are free again. Its folder isn't: what is in it stays.
alter table identity.organization drop constraint organization_name_key;
create unique index organization_name_key on identity.organization (name_key) where state <> 'deleted';
create unique index organization_name_look on identity.organization (name_look) where state <> 'deleted';
create unique index organization_slug on identity.organization (slug) where state <> 'deleted';
create unique index organization_root_folder on identity.organization (parent_id, root_folder);

alter table identity.member
  add column responsible_user_id uuid references identity.user_account,
  add column responsible_group_id uuid references identity.member_group,
  add column responsible_copied boolean not null default false,
  add constraint member_responsible check (num_nonnulls(responsible_user_id, responsible_group_id) < 2),
  add column sort_key text collate "C";
update identity.member set sort_key = identity.sort_key(coalesce(
  (select user_account.display_name from identity.user_account where user_account.id = member.user_id), member.email));
alter table identity.member alter column sort_key set not null;

-- Kept here, so that nobody who renames a person or adds a member can forget it. As the owner of the tables: a person is
-- in many organizations.
create function identity.member_sort_key() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  new.sort_key := identity.sort_key(coalesce(
    (select user_account.display_name from identity.user_account where user_account.id = new.user_id), new.email));
  return new;
end $$;
create trigger member_sort_key before insert or update of user_id, email on identity.member
  for each row execute function identity.member_sort_key();

create function identity.user_account_renamed() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update identity.member set sort_key = identity.sort_key(new.display_name) where user_id = new.id;
  return null;
end $$;
create trigger user_account_renamed after update of display_name on identity.user_account
  for each row when (old.display_name is distinct from new.display_name)
  execute function identity.user_account_renamed();

create index member_by_name on identity.member (organization_id, sort_key, id) where state <> 'removed';
create index member_by_email on identity.member (organization_id, (email collate "C"), id) where state <> 'removed';
create index member_by_age on identity.member (organization_id, created_at, id) where state <> 'removed';
create index member_without_role on identity.member (organization_id, created_at, id)
  where role is null and custom_role_id is null and state <> 'removed';
create index member_counts on identity.member (organization_id, state, role, custom_role_id);
create index member_of_anybody on identity.member (user_id) where user_id is not null;

-- Who is disabled has a place all the same, and gets no second one.
drop index identity.member_of_user;
create unique index member_of_user on identity.member (user_id, organization_id) where state in ('active', 'disabled');

-- All sessions of an organization end with it.
create index session_of_organization on identity.session (organization_id) where ended_at is null;

-- Whether a front door is taken, by whichever organization: a tenant sees only its own.
create function identity.slug_taken(wanted text) returns boolean language sql stable security definer set search_path = ''
  as $$ select exists (select from identity.organization where slug = wanted and state <> 'deleted') $$;
