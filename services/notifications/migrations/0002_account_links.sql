-- Mails that carry the link of an account.
alter table notifications.delivery
  drop constraint delivery_link_kind_check,
  add constraint delivery_link_kind_check
    check (link_kind in ('member_invitation', 'partnership_invitation', 'password_reset', 'email_change'));
