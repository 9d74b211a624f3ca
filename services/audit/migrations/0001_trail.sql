-- The trail: what happened, once for each organization that it concerns. It is only ever added to.

create table audit.event (
  -- Null where an event concerns no organization: such a row is for the operator's tooling alone.
  organization_id uuid,
  -- Its place in the organization's chain, from 1 on.
  chain_index bigint not null check (chain_index > 0),
  previous_hash bytea not null check (octet_length(previous_hash) = 32),
  -- SHA-256; services/audit/README.md says over what.
  hash bytea not null check (octet_length(hash) = 32),
  event_id uuid not null,
  type text not null,
  occurred_at timestamptz not null,
  actor text not null,
  on_behalf_of text,
  resource text not null,
  -- All that the event concerns.
  organizations text[] not null,
  -- `json`, not `jsonb`: the hash is over its text, which only `json` keeps as it was.
  changes json not null,
  trace_id text,
  request_id text
);
create unique index event_place
  on audit.event (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid), chain_index);
create unique index event_once on audit.event (organization_id, event_id);
create index event_by_time on audit.event (organization_id, occurred_at desc, event_id desc);
create index event_by_type on audit.event (organization_id, type, occurred_at desc, event_id desc);
create index event_by_actor on audit.event (organization_id, actor, occurred_at desc, event_id desc);
create index event_by_resource on audit.event (organization_id, resource, occurred_at desc, event_id desc);

alter table audit.event enable row level security;
create policy tenant on audit.event for select to audit using (organization_id = audit.organization());
create policy worker_read on audit.event for select to audit_worker using (true);
create policy worker_add on audit.event for insert to audit_worker with check (true);
grant select on audit.event to audit;
revoke update, delete on audit.event from audit_worker;

-- The end of each organization's chain. Its row's lock is what makes the next link the only one.
create table audit.chain (
  -- The nil UUID for what concerns no organization.
  organization_id uuid primary key,
  last_index bigint not null,
  last_hash bytea not null check (octet_length(last_hash) = 32)
) with (fillfactor = 80);

alter table audit.chain enable row level security;
create policy worker on audit.chain to audit_worker using (true);
revoke delete on audit.chain from audit_worker;
