-- Several replicas decide: each holds a lease, and who takes a right away waits for all of them (docs/revocation.md).

drop table identity.decider;

-- A row per replica that may decide. Whoever finds no row for a replica knows that it decides nothing.
create table identity.replica (
  -- Of this registration: a replica that was forgotten comes back under another one.
  id uuid primary key default gen_random_uuid(),
  registered_at timestamptz not null default clock_timestamp(),
  renewed_at timestamptz not null default clock_timestamp(),
  -- Counts what the replica wrote here. A row that it hasn't risen in for a whole period may be forgotten; the times
  -- above are for people, since the clock of a database can be set.
  renewals bigint not null default 0,
  -- The last revision that is in force there.
  confirmed bigint not null
) with (fillfactor = 20);

alter table identity.replica enable row level security;
create policy worker on identity.replica to identity_worker using (true);
