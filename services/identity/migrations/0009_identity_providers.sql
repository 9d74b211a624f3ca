create table identity.provider_link (
  issuer text not null,
  subject text not null,
  user_id uuid not null references identity.user_account,
  created_at timestamptz not null,
  primary key (issuer, subject),
  -- An address that the provider gives to somebody else later doesn't open the account.
  constraint provider_link_of_user unique (issuer, user_id)
);

-- Completed sign-ins, until they would be too old anyway. SHA-256 of their state.
create table identity.completed_provider_sign_in (
  hash bytea primary key,
  expires_at timestamptz not null
);
create index completed_provider_sign_in_expiry on identity.completed_provider_sign_in (expires_at);

alter table identity.provider_link enable row level security;
create policy worker on identity.provider_link to identity_worker using (true);
alter table identity.completed_provider_sign_in enable row level security;
create policy worker on identity.completed_provider_sign_in to identity_worker using (true);
