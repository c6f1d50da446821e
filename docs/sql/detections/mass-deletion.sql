-- Many deletions in a short time
--
-- Finds: a user who deletes 20 or more things, or traces of what ran, within 10 minutes: sabotage, somebody who covers
-- tracks, or a script that got out of hand. One row for each burst: when the number was reached, when the last deletion
-- of the burst was, and how many there were within 10 minutes at most.
--
-- When it fires: take the user's access away first and ask then, if deletions go on (last_at). Stories can be restored
-- from Tines' archive or from versions; for everything else ask Tines' support.
--
-- False positives: a team or a folder that is cleared up, a migration, tests that clean up behind themselves.
-- Operations that belong to editing a story (StoryItemsDestruction, ActionInputRemoval, FormFieldRemoval) are not among
-- them: whoever edits does that all day. One ArchivedStoryDeleteAll or BatchStoryArchive is one entry, however much it
-- removes; access to it is the matter of first-use-of-sensitive-operation.sql.
--
-- Parameters: judged and deletions, below; the 10 minutes, which stand there twice; the operations.

WITH parameters AS (
  SELECT
    INTERVAL '7' DAY AS judged, -- how far before the newest entry deletions are judged
    20 AS deletions -- how many within 10 minutes make a burst
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
),
entries AS (
  SELECT
    coalesce(tenant_id, tenant) AS tenant_key,
    *,
    count(*) OVER (
      PARTITION BY coalesce(tenant_id, tenant), user_id
      ORDER BY timestamp
      RANGE BETWEEN INTERVAL '10' MINUTE PRECEDING AND CURRENT ROW
    ) AS recent_deletions
  FROM audit_logs
  WHERE user_id IS NOT NULL
    AND operation_name IN (
      'ActionLogsClearance',
      'ActionsEventsDeletion',
      'ActionsLogsClearance',
      'ArchivedStoryDeletion',
      'ArchivedStoryDeleteAll',
      'AuthenticationTokenDeletion',
      'BatchStoryArchive',
      'CredentialDestruction',
      'EventDeletion',
      'FolderDestruction',
      'GlobalResourceDestruction',
      'JobsQueuedDeletion',
      'JobsRetryingDeletion',
      'RecordReportDeletion',
      'RecordTypeDestruction',
      'RecordWriterDestruction',
      'StoryArchive',
      'StoryEventsDeletion',
      'StoryJobsClearance',
      'StoryVersionDeletion',
      'TeamDestruction',
      'TemplateDestruction',
      'UserCredentialDestruction',
      'UserDeletion'
    )
),
heavy AS (
  SELECT
    *,
    CASE
      WHEN timestamp - INTERVAL '10' MINUTE
        <= lag(timestamp) OVER (PARTITION BY tenant_key, user_id ORDER BY timestamp)
      THEN 0
      ELSE 1
    END AS begins_burst
  FROM entries
  CROSS JOIN parameters
  CROSS JOIN newest
  WHERE recent_deletions >= deletions
    AND timestamp >= newest_timestamp - judged
),
bursts AS (
  SELECT *, sum(begins_burst) OVER (PARTITION BY tenant_key, user_id ORDER BY timestamp) AS burst
  FROM heavy
)
SELECT
  min(timestamp) AS reached_at,
  max(timestamp) AS last_at,
  max(recent_deletions) AS most_within_ten_minutes,
  max(tenant) AS tenant,
  user_id,
  max(user_email) AS user_email
FROM bursts
GROUP BY tenant_key, user_id, burst
ORDER BY reached_at, user_id;
