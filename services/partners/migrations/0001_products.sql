-- Products: what a client has, in categories.

create table partners.product (
  id uuid primary key,
  organization_id uuid not null,
  category text not null,
  display_name text not null,
  -- What makes two of them the same, and their order: the text without the differences that people don't see.
  category_key text collate "C" not null,
  name_key text collate "C" not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint product_name unique (organization_id, category_key, name_key)
);

alter table partners.product enable row level security;
create policy tenant on partners.product to partners using (organization_id = partners.organization());
create policy worker on partners.product to partners_worker using (true);
grant select, insert, update on partners.product to partners;
