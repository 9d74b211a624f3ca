-- The general settings of organizations: those of the operator are the defaults of the installation.

create table identity.organization_settings (
  organization_id uuid primary key references identity.organization,
  -- Null means that of the installation.
  language text check (language in ('en', 'fr')),
  -- A name of the IANA database; null means that of the installation.
  time_zone text,
  version bigint not null,
  updated_at timestamptz not null
);

alter table identity.organization_settings enable row level security;
create policy tenant on identity.organization_settings to identity using (organization_id = identity.organization());
create policy worker on identity.organization_settings to identity_worker using (true);
grant select, insert, update on identity.organization_settings to identity;
