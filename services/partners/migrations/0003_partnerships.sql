-- Invitations and the partnerships that come of them. Both belong to two organizations, and carry both.

create table partners.invitation (
  id uuid primary key,
  client_id uuid not null,
  client_name text not null,
  partner_id uuid not null,
  partner_name text not null,
  access text not null check (access in ('limited', 'complete')),
  products uuid[] not null,
  message text not null,
  state text not null check (state in ('pending', 'accepted', 'refused', 'withdrawn', 'expired')),
  -- Which of its links is the living one.
  generation integer not null default 1,
  expires_at timestamptz not null,
  partnership_id uuid,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint invitation_parties check (client_id <> partner_id),
  constraint invitation_products check ((access = 'limited') = (cardinality(products) > 0)),
  constraint invitation_partnership check ((state = 'accepted') = (partnership_id is not null))
);
create unique index invitation_pending on partners.invitation (client_id, partner_id) where state = 'pending';
create index invitation_sent on partners.invitation (client_id, id);
create index invitation_received on partners.invitation (partner_id, id);
create index invitation_expiry on partners.invitation (expires_at) where state = 'pending';

alter table partners.invitation enable row level security;
create policy tenant on partners.invitation to partners using (partners.organization() in (client_id, partner_id));
create policy worker on partners.invitation to partners_worker using (true);
grant select, insert, update on partners.invitation to partners;

create table partners.partnership (
  id uuid primary key,
  invitation_id uuid not null constraint partnership_invitation unique references partners.invitation,
  client_id uuid not null,
  client_name text not null,
  client_name_key text collate "C" not null,
  partner_id uuid not null,
  partner_name text not null,
  state text not null check (state in ('starting', 'active', 'ending', 'ended')),
  mandate_version bigint not null,
  access text not null check (access in ('limited', 'complete')),
  products uuid[] not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  -- Who asked for the step that is under way, and how, so that whoever finishes it can tell.
  intent_actor text not null,
  intent_on_behalf_of text,
  intent_request_id text,
  intent_traceparent text,
  -- From when on a step under way counts as left behind by a crash.
  intent_due_at timestamptz not null,
  constraint partnership_parties check (client_id <> partner_id),
  constraint partnership_products check ((access = 'limited') = (cardinality(products) > 0)),
  constraint partnership_end check ((state = 'ended') = (ended_at is not null))
);
create unique index partnership_running on partners.partnership (client_id, partner_id) where state <> 'ended';
create index partnership_of_client on partners.partnership (client_id, id);
create index partnership_of_partner on partners.partnership (partner_id, id);
create index partnership_clients on partners.partnership (partner_id, client_name_key, id) where state = 'active';
create index partnership_under_way on partners.partnership (intent_due_at) where state in ('starting', 'ending');

alter table partners.partnership enable row level security;
create policy tenant on partners.partnership to partners using (partners.organization() in (client_id, partner_id));
create policy worker on partners.partnership to partners_worker using (true);
grant select, insert, update on partners.partnership to partners;
