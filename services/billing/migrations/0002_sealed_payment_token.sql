-- Payment tokens stand sealed (crates/envelope): who reads the table, or a backup of it, can't pay with them.

-- A migration has no key. The cards whose tokens stood in the clear are forgotten and have to be given again; the recovery
-- tells identity that their gates are closed until then.
update billing.account
  set payment_brand = null, payment_last_four = null, payment_token = null,
      version = version + 1, gate_version = gate_version + 1, gate_pushed = false
  where payment_token is not null;

alter table billing.account
  drop constraint account_payment_method,
  drop column payment_token,
  add column payment_token bytea,
  add constraint account_payment_method
    check (num_nonnulls(payment_brand, payment_last_four, payment_token) in (0, 3));

-- As before: the role of the tenants can write it, and can't read it.
grant update (payment_token) on billing.account to billing;
