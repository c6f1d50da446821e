-- Single sign-on changed
--
-- Finds: any change of how users log in: another identity provider, another certificate of it, or back to Tines' own
-- login. Who controls the identity provider can log in as anybody.
--
-- When it fires: log in as the tenant's owner and compare identity provider, addresses and certificate with what you
-- know. Set them right, end all sessions, and look at the logins since (login-from-new-address.sql).
--
-- False positives: a certificate that is renewed, a move to another provider: compare with your change requests.
--
-- Parameters: judged, below; the operations.

WITH parameters AS (
  SELECT INTERVAL '7' DAY AS judged -- how far before the newest entry changes are judged
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
)
SELECT id, timestamp, tenant, operation_name, user_id, user_email, ip_address, inputs
FROM audit_logs
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name IN ('SsoConfigurationDefaultSet', 'SsoConfigurationOidcSet', 'SsoConfigurationSamlSet')
  AND timestamp >= newest_timestamp - judged
ORDER BY timestamp, id;
