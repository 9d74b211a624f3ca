-- Second factors: whether a session has shown one.

alter table identity.session add column second_factor boolean not null default false;
