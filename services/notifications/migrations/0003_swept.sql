-- What is over is found by its age, to be swept.
create index intent_over on notifications.intent (resolved_at) where resolved_at is not null;
create index delivery_over on notifications.delivery (created_at) where state <> 'pending';
