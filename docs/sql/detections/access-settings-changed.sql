-- Settings that decide who gets in and what gets out
--
-- Finds: changes of the tenant's configuration and feature flags, and of the rules for where actions may send data,
-- each of which can open a whole tenant; and users who change their own rights: an edit of a user, or new members of a
-- team, that concerns the one who does it. Single sign-on and certificate authorities have detections of their own.
--
-- When it fires: ask the user for the change request. If there is none, undo the change in Tines' settings, and look at
-- what was done from then on that was not possible before.
--
-- False positives: planned changes. There are few of these entries, so each is worth a look; compare with your change
-- requests. Administrators who add themselves to a team they made; users who edit their own name.
--
-- Parameters: judged, below; the operations. Whom an edit concerns is seen from resource_id and from the email address
-- anywhere in the inputs, whose shape Tines does not document.

WITH parameters AS (
  SELECT INTERVAL '7' DAY AS judged -- how far before the newest entry changes are judged
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
),
entries AS (
  SELECT
    *,
    operation_name IN (
      'ActionEgressControlRuleChange',
      'ActionEgressControlRuleCreation',
      'ActionEgressControlRuleDeletion',
      'TenantConfigChange',
      'TenantFeatureFlagToggle'
    ) AS concerns_tenant,
    operation_name IN ('UserEdit', 'TeamMembersAddition')
    AND (
      (resource_type = 'user' AND resource_id = user_id)
      OR position('"' || lower(user_email) || '"' IN lower(CAST(inputs AS VARCHAR))) > 0
    ) AS concerns_self
  FROM audit_logs
)
SELECT
  id,
  timestamp,
  tenant,
  operation_name,
  CASE WHEN concerns_tenant THEN 'tenant' ELSE 'own rights' END AS concerns,
  user_id,
  user_email,
  ip_address,
  inputs
FROM entries
CROSS JOIN parameters
CROSS JOIN newest
WHERE timestamp >= newest_timestamp - judged
  AND (concerns_tenant OR concerns_self)
ORDER BY timestamp, id;
