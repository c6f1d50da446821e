-- View operation_activities: what kind of activity each operation in the table is. audit-logs-ocsf.sql and
-- audit-logs-ecs.sql build on it.
--
-- One row for each operation_name that occurs:
--   activity  create, update, delete, login or other, from how the name ends
--   area      authentication, iam, configuration or api: a category of the Elastic Common Schema
--
-- Tines adds operations. What ends in no known way is 'other' and 'api', never an error; look for it with
--   SELECT * FROM operation_activities WHERE activity = 'other';
-- LIKE has to be case-sensitive, as it is in DuckDB, Snowflake and BigQuery.

CREATE OR REPLACE VIEW operation_activities AS
WITH operations AS (
  SELECT DISTINCT operation_name FROM audit_logs WHERE operation_name IS NOT NULL
),
activities AS (
  SELECT
    operation_name,
    CASE
      WHEN operation_name IN ('Login', 'user.login') THEN 'login'
      -- Who is in a team is a property of the team.
      WHEN operation_name LIKE 'TeamMember%' OR operation_name LIKE '%.member%' THEN 'update'
      WHEN operation_name LIKE '%Creation'
        OR operation_name LIKE '%Create'
        OR operation_name LIKE '%Addition'
        OR operation_name LIKE '%AddCommentReaction'
        OR operation_name LIKE '%Import'
        OR operation_name LIKE '%Invitation'
        OR operation_name LIKE '%Extraction'
        OR operation_name LIKE '%Attach'
        OR operation_name LIKE '%.created'
        OR operation_name LIKE '%.invited'
      THEN 'create'
      WHEN operation_name LIKE '%Deletion'
        OR operation_name LIKE '%DeleteAll'
        OR operation_name LIKE '%Destruction'
        OR operation_name LIKE '%Removal'
        OR operation_name LIKE '%RemoveCommentReaction'
        OR operation_name LIKE '%Clearance'
        OR operation_name LIKE '%.deleted'
      THEN 'delete'
      WHEN operation_name LIKE '%Change'
        OR operation_name LIKE '%Update'
        OR operation_name LIKE '%Edit'
        OR operation_name LIKE '%Save'
        OR operation_name LIKE '%Set'
        OR operation_name LIKE '%Toggle'
        OR operation_name LIKE '%Movement'
        OR operation_name LIKE '%Positioning'
        OR operation_name LIKE '%Reorder'
        OR operation_name LIKE '%AutoAlign'
        OR operation_name LIKE '%AutoLayout'
        OR operation_name LIKE '%Flatten'
        OR operation_name LIKE '%Replacement'
        OR operation_name LIKE '%Restore'
        OR operation_name LIKE '%Archive'
        OR operation_name LIKE '%Refresh'
        OR operation_name LIKE '%MemoryRelease'
        OR operation_name LIKE '%Disconnect'
        OR operation_name LIKE '%.updated'
      THEN 'update'
      ELSE 'other'
    END AS activity
  FROM operations
)
SELECT
  operation_name,
  activity,
  CASE
    WHEN activity = 'login' THEN 'authentication'
    WHEN operation_name LIKE 'UserCredential%' THEN 'configuration'
    WHEN operation_name LIKE 'User%'
      OR operation_name LIKE 'user.%'
      OR operation_name LIKE 'TeamMember%'
      OR operation_name LIKE 'AuthenticationToken%'
      OR operation_name LIKE 'SsoConfiguration%'
    THEN 'iam'
    WHEN activity = 'other' THEN 'api'
    ELSE 'configuration'
  END AS area
FROM activities;
