-- Actions or stories disabled
--
-- Finds: actions, or a whole story, that are switched off. A story that blocks accounts or opens cases no longer
-- does.
--
-- When it fires: ask the user. Enable the actions again, and look whether events came meanwhile that were not worked
-- on. Look at what else the user did in that hour.
--
-- False positives: stories that are being built or repaired, or have had their day. Leave out the teams that build, or
-- keep to stories that matter by story_id.
--
-- Parameters: judged, below; the operations. That inputs.inputs.disabled says which way the change went is assumed:
-- Tines does not document it. Changes without it are reported, those with the value false (enabled again) are not.

WITH parameters AS (
  SELECT INTERVAL '7' DAY AS judged -- how far before the newest entry changes are judged
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
)
SELECT id, timestamp, tenant, operation_name, user_id, user_email, ip_address, story_id, inputs
FROM audit_logs
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name IN ('ActionsDisabledChange', 'StoryDisabledChange')
  AND timestamp >= newest_timestamp - judged
  AND coalesce(inputs -> 'inputs' ->> 'disabled', inputs ->> 'disabled', 'unknown') <> 'false'
ORDER BY timestamp, id;
