-- The keys of service accounts, the keys that files are encrypted to, and the order in which lists of members are read.

create table identity.api_key (
  id uuid primary key,
  organization_id uuid not null references identity.organization,
  service_account_id uuid not null,
  display_name text not null,
  -- SHA-256: a secret is random enough to need no slow hash.
  secret_hash bytea not null check (length(secret_hash) = 32),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  -- The key that replaces it.
  successor_id uuid references identity.api_key,
  created_at timestamptz not null,
  foreign key (organization_id, service_account_id) references identity.service_account (organization_id, id)
);
create index api_key_age on identity.api_key (service_account_id, created_at, id);

create table identity.encryption_key (
  id uuid primary key,
  organization_id uuid not null references identity.organization,
  display_name text not null,
  format text not null check (format in ('openpgp', 'ssh')),
  algorithm text not null,
  fingerprint text not null,
  public_key text not null,
  generated boolean not null,
  expires_at timestamptz,
  -- The fewest days before the end that it was warned of; null while it wasn't.
  warned_days integer,
  created_at timestamptz not null,
  constraint encryption_key_fingerprint unique (organization_id, fingerprint)
);
create index encryption_key_age on identity.encryption_key (organization_id, created_at, id);
create index encryption_key_expiry on identity.encryption_key (expires_at) where expires_at is not null;

create index group_member_age on identity.group_member
  (group_id, added_at, (coalesce(member_id, service_account_id)));
create index referral_age on identity.referral (member_id, added_at, client_id);

alter table identity.api_key enable row level security;
create policy tenant on identity.api_key to identity using (organization_id = identity.organization());
create policy worker on identity.api_key to identity_worker using (true);
grant select, insert, update on identity.api_key to identity;

alter table identity.encryption_key enable row level security;
create policy tenant on identity.encryption_key to identity using (organization_id = identity.organization());
create policy worker on identity.encryption_key to identity_worker using (true);
grant select, insert, update, delete on identity.encryption_key to identity;
