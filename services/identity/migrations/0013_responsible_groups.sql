-- A group that looks after nobody any more can be deleted, though what was deleted or removed before it still names it.
-- The indexes are for these deletions and for the question whether a group looks after somebody.

alter table identity.organization
  drop constraint organization_responsible_group_id_fkey,
  add foreign key (responsible_group_id) references identity.member_group on delete set null;
create index organization_responsible_group on identity.organization (responsible_group_id)
  where responsible_group_id is not null;

alter table identity.member
  drop constraint member_responsible_group_id_fkey,
  add foreign key (responsible_group_id) references identity.member_group on delete set null;
create index member_responsible_group on identity.member (responsible_group_id)
  where responsible_group_id is not null;
