-- The hash of a key's secret is the worker's to read: who shows a key is known only by it.
revoke select, update on identity.api_key from identity;
grant select (id, organization_id, service_account_id, display_name, expires_at, last_used_at, revoked_at, successor_id,
              created_at), update (expires_at, revoked_at, successor_id) on identity.api_key to identity;

-- Only the worker notes that it has warned.
revoke update on identity.encryption_key from identity;
