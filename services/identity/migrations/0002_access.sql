-- Access: what mandates grant, what billing says, and the numbered changes that the decision engine follows.

-- The last revision. Whoever changes access takes the next one last in the transaction and holds this row until the
-- commit, so that revisions become visible in their order, without a gap.
create table identity.revision_counter (
  only_row boolean primary key default true check (only_row),
  revision bigint not null
);
insert into identity.revision_counter (revision) values (0);

create table identity.revision (
  revision bigint primary key,
  changes jsonb not null,
  at timestamptz not null
);
create index revision_age on identity.revision (at);

-- The replica that decides, from when it takes its lock to when it says goodbye. Who finds another one here knows that
-- it may go on deciding until its lease has run out.
create table identity.decider (
  only_row boolean primary key default true check (only_row),
  holder uuid
);
insert into identity.decider (holder) values (null);

create table identity.mandate_grant (
  partnership_id uuid primary key,
  client_id uuid not null constraint mandate_grant_client references identity.organization,
  partner_id uuid not null constraint mandate_grant_partner references identity.organization,
  -- Of the mandate, as its service counts.
  version bigint not null,
  ended boolean not null,
  -- Null means the whole organization.
  product_ids uuid[],
  ceiling jsonb not null,
  end_time timestamptz,
  updated_at timestamptz not null,
  constraint mandate_grant_parties check (client_id <> partner_id)
);
create index mandate_grant_of_client on identity.mandate_grant (client_id);
create index mandate_grant_of_partner on identity.mandate_grant (partner_id);

create table identity.gate (
  organization_id uuid not null constraint gate_organization references identity.organization,
  gate text not null check (gate in ('billing_set_up')),
  -- Of the account, as its service counts.
  version bigint not null,
  open boolean not null,
  missing text[] not null,
  updated_at timestamptz not null,
  primary key (organization_id, gate)
);

-- A revision belongs to no tenant: every transaction that changes access adds one, and only the worker reads them.
alter table identity.revision_counter enable row level security;
create policy tenant on identity.revision_counter to identity using (true);
create policy worker on identity.revision_counter to identity_worker using (true);
grant select, update on identity.revision_counter to identity;

alter table identity.revision enable row level security;
create policy tenant on identity.revision for insert to identity with check (true);
create policy worker on identity.revision to identity_worker using (true);
grant insert on identity.revision to identity;

alter table identity.decider enable row level security;
create policy worker on identity.decider to identity_worker using (true);

alter table identity.mandate_grant enable row level security;
create policy tenant on identity.mandate_grant to identity using (identity.organization() in (client_id, partner_id));
create policy worker on identity.mandate_grant to identity_worker using (true);
grant select, insert, update on identity.mandate_grant to identity;

alter table identity.gate enable row level security;
create policy tenant on identity.gate to identity using (organization_id = identity.organization());
create policy worker on identity.gate to identity_worker using (true);
grant select, insert, update on identity.gate to identity;
