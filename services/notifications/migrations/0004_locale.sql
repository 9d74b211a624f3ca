-- In which language a mail is written, and with times of which zone (a name of the IANA database): as it was when it was
-- decided to send it.
alter table notifications.delivery
  add column language text not null default 'en' check (language in ('en', 'fr')),
  add column time_zone text not null default 'UTC';
