-- View audit_logs_ecs: audit_logs as events of the Elastic Common Schema (ECS) 9.4.
-- Needs the view of operation-activities.sql.
--
-- Columns are named like the fields, dots included; where a destination's columns can't be (BigQuery), name them
-- otherwise. Values of event.kind, event.category, event.type and event.outcome are those that ECS allows, and types
-- are among those that ECS expects of the category. What has no field in ECS is under tines.*.
-- "@timestamp" and "event.created" are in UTC.

CREATE OR REPLACE VIEW audit_logs_ecs AS
WITH entries AS (
  SELECT
    audit_logs.*,
    coalesce(area, 'api') AS category,
    CASE activity
      WHEN 'login' THEN 'start'
      WHEN 'create' THEN 'creation'
      WHEN 'update' THEN 'change'
      WHEN 'delete' THEN 'deletion'
      ELSE 'info'
    END AS event_type,
    nullif(trim(user_name), '') AS full_name
  FROM audit_logs
  LEFT JOIN operation_activities ON operation_activities.operation_name = audit_logs.operation_name
)
SELECT
  timestamp AS "@timestamp",
  '9.4.0' AS "ecs.version",
  'event' AS "event.kind",
  ARRAY[category] AS "event.category",
  -- In the category iam, ECS tells users, groups and the rest apart by a second type.
  CASE
    WHEN category <> 'iam' THEN ARRAY[event_type]
    WHEN operation_name LIKE 'User%' OR operation_name LIKE 'user.%' THEN ARRAY['user', event_type]
    WHEN operation_name LIKE 'TeamMember%' THEN ARRAY['group', event_type]
    ELSE ARRAY['admin', event_type]
  END AS "event.type",
  operation_name AS "event.action",
  CASE
    WHEN lower(status) = 'success' THEN 'success'
    WHEN lower(status) IN ('failure', 'failed', 'error') THEN 'failure'
    ELSE 'unknown'
  END AS "event.outcome",
  id AS "event.id",
  'tines' AS "event.module",
  'tines.audit_logs' AS "event.dataset",
  _airbyte_extracted_at AS "event.created",
  user_id AS "user.id",
  user_email AS "user.email",
  user_email AS "user.name",
  full_name AS "user.full_name",
  ip_address AS "source.ip",
  user_agent AS "user_agent.original",
  organization_id AS "organization.id",
  tenant AS "organization.name",
  ARRAY(SELECT ip_address WHERE ip_address IS NOT NULL) AS "related.ip",
  ARRAY(
    SELECT DISTINCT name FROM unnest(ARRAY[user_id, user_email, full_name]) AS names(name) WHERE name IS NOT NULL
  ) AS "related.user",
  tenant_id AS "tines.tenant_id",
  story_id AS "tines.story_id",
  resource_type AS "tines.resource.type",
  resource_id AS "tines.resource.id",
  resource_name AS "tines.resource.name",
  status AS "tines.status",
  inputs AS "tines.inputs",
  outputs AS "tines.outputs",
  metadata AS "tines.metadata",
  additional_fields AS "tines.additional_fields"
FROM entries;
