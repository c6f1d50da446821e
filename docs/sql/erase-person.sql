-- Erases a person from audit_logs: the entries of what the person did, and what other entries hold of the person.
--
-- Works on tables that are appended to as well as on deduped ones: every row of an entry is found. Entries that other
-- users made lose inputs, outputs, metadata, additional_fields and the resource's name where these hold the person's
-- email address, or where the person is the resource; that something was done, when and by whom, stays.
--
-- Parameters: the person, below. Ids of users are unique within a tenant only. An address that ends in the person's is
-- taken for it (mada@example.com for ada@example.com). A name inside of the objects is not found: search for it.

CREATE TEMPORARY TABLE person AS
SELECT
  '7642' AS user_id,
  'ada@example.com' AS user_email,
  '5044' AS tenant_id; -- as in the table; NULL where the table has none

DELETE FROM audit_logs
USING person
WHERE audit_logs.tenant_id IS NOT DISTINCT FROM person.tenant_id
  AND (audit_logs.user_id = person.user_id OR lower(audit_logs.user_email) = lower(person.user_email));

UPDATE audit_logs
SET inputs = NULL, outputs = NULL, metadata = NULL, additional_fields = NULL, resource_name = NULL
FROM person
WHERE audit_logs.tenant_id IS NOT DISTINCT FROM person.tenant_id
  AND (
    (resource_type = 'user' AND resource_id = person.user_id)
    OR position(lower(person.user_email) IN lower(concat_ws(' ',
      CAST(inputs AS VARCHAR),
      CAST(outputs AS VARCHAR),
      CAST(metadata AS VARCHAR),
      CAST(additional_fields AS VARCHAR),
      resource_name
    ))) > 0
  );

DROP TABLE person;
