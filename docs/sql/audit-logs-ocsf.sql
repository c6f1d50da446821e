-- View audit_logs_ocsf: audit_logs as events of the Open Cybersecurity Schema Framework (OCSF), class API Activity.
-- Needs the view of operation-activities.sql.
--
-- One column for each attribute of the event, null where it has none; objects and arrays are JSON. Whole events are
-- got by SELECT to_json(event) FROM audit_logs_ocsf AS event;
--
-- Events are valid against OCSF 1.7.0, and say so. Later minor versions, up to 1.9.0, neither take away nor deprecate
-- anything that is used here.
-- time and logged_time are epoch milliseconds. What has no attribute in OCSF is in unmapped, under the column's name.

CREATE OR REPLACE VIEW audit_logs_ocsf AS
WITH entries AS (
  SELECT
    audit_logs.*,
    CASE activity WHEN 'create' THEN 1 WHEN 'update' THEN 3 WHEN 'delete' THEN 4 ELSE 99 END AS activity_id,
    coalesce(audit_logs.operation_name, 'Unknown') AS operation,
    CASE
      WHEN status IS NULL THEN 0
      WHEN lower(status) = 'success' THEN 1
      WHEN lower(status) IN ('failure', 'failed', 'error') THEN 2
      ELSE 99
    END AS status_id,
    nullif(trim(user_name), '') AS full_name,
    CASE resource_type WHEN 'tenant' THEN coalesce(resource_id, tenant_id) ELSE resource_id END AS resource_uid
  FROM audit_logs
  LEFT JOIN operation_activities ON operation_activities.operation_name = audit_logs.operation_name
)
SELECT
  activity_id,
  CASE activity_id WHEN 1 THEN 'Create' WHEN 3 THEN 'Update' WHEN 4 THEN 'Delete' ELSE operation END AS activity_name,
  6 AS category_uid,
  'Application Activity' AS category_name,
  6003 AS class_uid,
  'API Activity' AS class_name,
  6003 * 100 + activity_id AS type_uid,
  CASE activity_id
    WHEN 1 THEN 'API Activity: Create'
    WHEN 3 THEN 'API Activity: Update'
    WHEN 4 THEN 'API Activity: Delete'
    ELSE 'API Activity: Other'
  END AS type_name,
  1 AS severity_id,
  'Informational' AS severity,
  CAST(EXTRACT(EPOCH FROM timestamp) * 1000 AS BIGINT) AS time,
  status_id,
  CASE status_id WHEN 0 THEN 'Unknown' WHEN 1 THEN 'Success' WHEN 2 THEN 'Failure' ELSE status END AS status,
  json_merge_patch('{}', json_object(
    'version', '1.7.0',
    'product', json_object('name', 'Tines', 'vendor_name', 'Tines'),
    'log_name', 'audit_logs',
    'event_code', operation_name,
    'original_event_uid', id,
    'tenant_uid', tenant_id,
    'logged_time', CAST(EXTRACT(EPOCH FROM _airbyte_extracted_at) * 1000 AS BIGINT)
  )) AS metadata,
  json_object('user', json_merge_patch('{}', json_object(
    'uid', user_id,
    -- A user has to have an id or a name.
    'name', CASE WHEN user_id IS NULL THEN coalesce(user_email, full_name, 'Unknown') ELSE user_email END,
    'full_name', full_name,
    'email_addr', user_email
  ))) AS actor,
  json_object(
    'operation', operation,
    'service', json_object('name', 'Tines')
  ) AS api,
  CASE
    WHEN ip_address IS NULL THEN json_object('name', 'Unknown')
    ELSE json_object('ip', ip_address)
  END AS src_endpoint,
  CASE WHEN user_agent IS NOT NULL THEN json_object('user_agent', user_agent) END AS http_request,
  CASE
    WHEN resource_uid IS NOT NULL OR resource_name IS NOT NULL
    THEN json_array(json_merge_patch('{}', json_object(
      'uid', resource_uid, 'name', resource_name, 'type', resource_type
    )))
  END AS resources,
  json_object(
    'inputs', inputs,
    'outputs', outputs,
    'metadata', metadata,
    'additional_fields', additional_fields,
    'story_id', story_id,
    'resource_type', resource_type,
    'organization_id', organization_id,
    'tenant', tenant
  ) AS unmapped
FROM entries;
