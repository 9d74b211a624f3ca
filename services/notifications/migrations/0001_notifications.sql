-- What people are told: what was heard and must still be worked out, what stands in the app, and what goes out by mail.

-- An event that somebody is to be told of. Only the dispatcher reads it, as it belongs to no organization yet.
create table notifications.intent (
  event_id text collate "C" primary key,
  type text not null,
  occurred_at timestamptz not null,
  -- The event's message; emptied once it is worked out.
  payload bytea not null,
  request_id text,
  traceparent text,
  attempts integer not null default 0,
  last_error text,
  -- From when on it may be tried.
  due_at timestamptz not null,
  resolved_at timestamptz
);
create index intent_due on notifications.intent (due_at) where resolved_at is null;

create table notifications.notification (
  id uuid primary key,
  -- Where the person is told: who is in two organizations that an event concerns is told in each.
  organization_id uuid not null,
  user_id uuid not null,
  event_id text collate "C" not null,
  type text not null,
  facts jsonb not null,
  resource text not null,
  occurred_at timestamptz not null,
  read_at timestamptz,
  constraint notification_once unique (event_id, organization_id, user_id)
);
create index notification_age on notifications.notification (organization_id, user_id, occurred_at desc, id desc);
create index notification_unread on notifications.notification (organization_id, user_id, occurred_at desc, id desc)
  where read_at is null;

-- What leaves the house can't be taken back: one row per event, recipient and channel, whatever comes twice.
create table notifications.delivery (
  id uuid primary key,
  event_id text collate "C" not null,
  organization_id uuid not null,
  channel text not null check (channel in ('mail')),
  recipient text not null,
  type text not null,
  facts jsonb not null,
  -- Whose link the mail carries. The token itself is never stored.
  link_kind text check (link_kind in ('member_invitation', 'partnership_invitation')),
  link_id uuid,
  state text not null default 'pending' check (state in ('pending', 'sent', 'failed', 'obsolete')),
  attempts integer not null default 0,
  last_error text,
  due_at timestamptz not null,
  request_id text,
  traceparent text,
  created_at timestamptz not null,
  sent_at timestamptz,
  constraint delivery_once unique (event_id, recipient, channel),
  constraint delivery_link check ((link_kind is null) = (link_id is null)),
  constraint delivery_sent check ((state = 'sent') = (sent_at is not null))
);
create index delivery_due on notifications.delivery (due_at) where state = 'pending';

alter table notifications.intent enable row level security;
create policy worker on notifications.intent to notifications_worker using (true);

alter table notifications.notification enable row level security;
create policy tenant on notifications.notification to notifications
  using (organization_id = notifications.organization());
create policy worker on notifications.notification to notifications_worker using (true);
grant select, update (read_at) on notifications.notification to notifications;

alter table notifications.delivery enable row level security;
create policy worker on notifications.delivery to notifications_worker using (true);
