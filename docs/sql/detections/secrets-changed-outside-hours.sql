-- API keys and credentials changed outside of working hours
--
-- Finds: an API key made or deleted, or a credential saved, deleted, moved or replaced, at night or at the weekend. A
-- new key is what keeps an intruder in after the password was changed.
--
-- When it fires: ask the user. Delete keys that nobody knows, and replace credentials that were changed, at the service
-- that they are for, too.
--
-- False positives: colleagues in other time zones, shifts, deployments by a service key. Leave their user_id out, or
-- run the query once for each team with its own hours. Public holidays are taken for working days.
-- CredentialOauthTokenRefresh is not among the operations: Tines does that by itself at any hour.
--
-- Parameters: judged, time_zone, first_hour and last_hour, below; the operations; days of the week (1 is Monday).

WITH parameters AS (
  SELECT
    INTERVAL '7' DAY AS judged, -- how far before the newest entry changes are judged
    'UTC' AS time_zone, -- where the working hours are kept, such as 'Europe/Berlin'
    7 AS first_hour, -- work begins at 7:00
    19 AS last_hour -- and ends before 19:00
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
),
entries AS (
  SELECT
    *,
    -- By way of the epoch, so that it is the same whether timestamp has a zone (PostgreSQL) or not (DuckDB, in UTC).
    to_timestamp(EXTRACT(EPOCH FROM timestamp)) AT TIME ZONE time_zone AS local_time
  FROM audit_logs
  CROSS JOIN parameters
  CROSS JOIN newest
  WHERE timestamp >= newest_timestamp - judged
    AND operation_name IN (
      'AuthenticationTokenCreation',
      'AuthenticationTokenDeletion',
      'CredentialDestruction',
      'CredentialMovement',
      'CredentialReplacement',
      'CredentialSave',
      'UserCredentialDestruction',
      'UserCredentialSave'
    )
)
SELECT id, timestamp, local_time, tenant, operation_name, user_id, user_email, ip_address, resource_id, resource_name
FROM entries
WHERE EXTRACT(ISODOW FROM local_time) IN (6, 7)
  OR EXTRACT(HOUR FROM local_time) < first_hour
  OR EXTRACT(HOUR FROM local_time) >= last_hour
ORDER BY timestamp, id;
