-- Team destroyed
--
-- Finds: a team that is deleted. What belonged to it is out of reach then, by one entry, which
-- mass-deletion.sql alone does not report.
--
-- When it fires: ask the user. If it was not meant, ask Tines' support at once whether the team can be restored, and
-- bring stories back from exports. The team's earlier entries name what it had: look for them by teamId in inputs.
--
-- False positives: reorganisations, and teams made for a trial.
--
-- Parameters: judged, below.

WITH parameters AS (
  SELECT INTERVAL '7' DAY AS judged -- how far before the newest entry teams are judged
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
)
SELECT id, timestamp, tenant, user_id, user_email, ip_address, resource_id, resource_name, inputs
FROM audit_logs
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name = 'TeamDestruction'
  AND timestamp >= newest_timestamp - judged
ORDER BY timestamp, id;
