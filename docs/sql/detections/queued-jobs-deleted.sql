-- Queued jobs deleted
--
-- Finds: jobs that were deleted while they waited to run or to be tried again, each time, even a single one. What
-- they were about, such as an alert, is not worked on.
--
-- When it fires: ask the user why. Find out from the systems that send events to the story what was sent before that
-- time, and send it again. Look at what else the user did in that hour.
--
-- False positives: a queue that is cleared after a loop or a flood of events.
--
-- Parameters: judged, below; the operations.

WITH parameters AS (
  SELECT INTERVAL '7' DAY AS judged -- how far before the newest entry deletions are judged
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
)
SELECT id, timestamp, tenant, operation_name, user_id, user_email, ip_address, story_id, inputs
FROM audit_logs
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name IN ('JobsQueuedDeletion', 'JobsRetryingDeletion', 'StoryJobsClearance')
  AND timestamp >= newest_timestamp - judged
ORDER BY timestamp, id;
