-- Service key made
--
-- Finds: an API key that belongs to no person: inputs.inputs.isServiceToken is true. It keeps working after the person
-- who made it is locked out, so it is a way to come back.
--
-- When it fires: ask the user what the key is for, and who has it. If nobody knows, delete it in Tines, then look for
-- what was done with it: entries from addresses that the tenant did not know before, since that time.
--
-- False positives: new integrations, this connector among them, and keys that are replaced on schedule.
--
-- Parameters: judged, below. Keys of persons are left out: first-use-of-sensitive-operation.sql finds unusual ones.

WITH parameters AS (
  SELECT INTERVAL '7' DAY AS judged -- how far before the newest entry keys are judged
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
)
SELECT id, timestamp, tenant, user_id, user_email, ip_address, inputs -> 'inputs' ->> 'name' AS key_name, inputs
FROM audit_logs
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name = 'AuthenticationTokenCreation'
  AND timestamp >= newest_timestamp - judged
  AND coalesce(inputs -> 'inputs' ->> 'isServiceToken', inputs ->> 'isServiceToken') = 'true'
ORDER BY timestamp, id;
