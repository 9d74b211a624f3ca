-- Partnerships that come of no invitation, as a partner created the client: the client has yet to consent to them.

-- Clients that a partner created, until their partnership starts. Their parent may be heard of later than they are. Only
-- the worker sees them.
create table partners.new_client (
  client_id uuid primary key,
  partner_id uuid not null,
  -- Who created it, and how, so that the start can tell.
  actor text not null,
  on_behalf_of text,
  request_id text,
  traceparent text,
  constraint new_client_parties check (client_id <> partner_id)
);

alter table partners.new_client enable row level security;
create policy worker on partners.new_client to partners_worker using (true);

alter table partners.partnership alter column invitation_id drop not null;
-- When the client consented to what the mandate allows; an invitation says so from the start.
alter table partners.partnership add column consented_at timestamptz;
update partners.partnership set consented_at = created_at;
alter table partners.partnership add constraint partnership_consent
  check (invitation_id is null or consented_at is not null);

alter table partners.partnership drop constraint partnership_state_check;
alter table partners.partnership add constraint partnership_state_check
  check (state in ('starting', 'active', 'narrowing', 'ending', 'ended'));
alter table partners.partnership add constraint partnership_narrowing
  check (state <> 'narrowing' or consented_at is not null);

drop index partners.partnership_clients;
create index partnership_clients on partners.partnership (partner_id, client_name_key, id)
  where state in ('active', 'narrowing');
drop index partners.partnership_under_way;
create index partnership_under_way on partners.partnership (intent_due_at)
  where state in ('starting', 'narrowing', 'ending');

-- An affiliate works at clients by their mandate, so it can be found and invited too.
drop index partners.organization_directory;
create index organization_directory on partners.organization (name_key, id)
  where kind in ('partner', 'sub_partner', 'affiliate') and state = 'active';
