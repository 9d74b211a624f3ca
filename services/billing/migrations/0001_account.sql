-- Billing accounts: who is billed, and how they pay. An organization has one.

create table billing.account (
  organization_id uuid primary key,
  legal_name text,
  email text,
  address text,
  country_code text constraint account_country_code check (country_code ~ '^[A-Z]{2}$'),
  payment_brand text,
  payment_last_four text,
  -- The provider's token. The role of the tenants can write it, and can't read it.
  payment_token text,
  version bigint not null default 1,
  -- What identity is to know of the gate rises with this, and is on its way until it is pushed.
  gate_version bigint not null default 1,
  gate_pushed boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint account_payment_method
    check (num_nonnulls(payment_brand, payment_last_four, payment_token) in (0, 3))
);
create index account_gate_unpushed on billing.account (organization_id) where not gate_pushed;

alter table billing.account enable row level security;
create policy tenant on billing.account to billing using (organization_id = billing.organization());
create policy worker on billing.account to billing_worker using (true);
grant select (
  organization_id, legal_name, email, address, country_code, payment_brand, payment_last_four,
  version, gate_version, gate_pushed, created_at, updated_at
) on billing.account to billing;
grant update (
  legal_name, email, address, country_code, payment_brand, payment_last_four, payment_token,
  version, gate_version, gate_pushed, updated_at
) on billing.account to billing;
