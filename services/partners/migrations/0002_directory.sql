-- What is known here of the organizations, heard from identity. Only the worker reads it: for the public directory of
-- partners, and for the names that invitations carry.

create table partners.organization (
  id uuid primary key,
  kind text not null
    check (kind in ('operator', 'partner', 'sub_partner', 'affiliate', 'direct_client', 'client')),
  state text not null check (state in ('active', 'suspended', 'deleted')),
  display_name text not null,
  name_key text collate "C" not null,
  contact_email text not null
);
create index organization_directory on partners.organization (name_key, id)
  where kind in ('partner', 'sub_partner') and state = 'active';

alter table partners.organization enable row level security;
create policy worker on partners.organization to partners_worker using (true);
