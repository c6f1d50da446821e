-- First use of a sensitive operation
--
-- Finds: a known user who does something that gives access, moves secrets or removes traces, and did not do it in the
-- 90 days before. An account that was taken over, or a person about to leave, does what the account never did.
--
-- When it fires: ask the user, or the user's manager where the operation removes traces or moves secrets. If the
-- account was taken over, lock it, and undo what it did: new users, members and keys first.
--
-- False positives: a new role or task, a stand-in during holidays, rare chores such as a yearly change of certificates.
-- Users who were first seen less than 14 days before are left out, because for them every operation is new.
--
-- Parameters: judged, history and known, below; the operations.

WITH parameters AS (
  SELECT
    INTERVAL '7' DAY AS judged, -- how far before the newest entry uses are judged
    INTERVAL '90' DAY AS history, -- for how long a use makes the next one usual
    INTERVAL '14' DAY AS known -- for how long a user has to be known
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
),
entries AS (
  SELECT
    *,
    lag(timestamp) OVER (
      PARTITION BY coalesce(tenant_id, tenant), user_id, operation_name ORDER BY timestamp, id
    ) AS last_used,
    min(timestamp) OVER (PARTITION BY coalesce(tenant_id, tenant), user_id) AS user_first_seen
  FROM audit_logs
  WHERE user_id IS NOT NULL
)
SELECT id, timestamp, tenant, operation_name, user_id, user_email, ip_address, resource_id, resource_name, last_used
FROM entries
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name IN (
    'ActionLogsClearance',
    'ActionsEventsDeletion',
    'ActionsLogsClearance',
    'ArchivedStoryDeleteAll',
    'AuthenticationTokenCreation',
    'BatchStoryArchive',
    'CredentialMovement',
    'CredentialReplacement',
    'EventDeletion',
    'GlobalResourceMovement',
    'ResourceReplacement',
    'StoryEventsDeletion',
    'StoryImport',
    'TeamDestruction',
    'TeamMemberRemoval',
    'TeamMembersAddition',
    'UserDeletion',
    'UserEdit',
    'UserReinvitation',
    'UsersInvitation'
  )
  AND timestamp >= newest_timestamp - judged
  AND user_first_seen <= timestamp - known
  AND (last_used IS NULL OR last_used < timestamp - history)
ORDER BY timestamp, id;
