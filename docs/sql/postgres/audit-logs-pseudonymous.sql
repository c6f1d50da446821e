-- View audit_logs_pseudonymous: audit_logs without anything that says who a person is, for those who count and compare.
--
-- Users and addresses are hashes: the same one for the same user of the same tenant, so that they can be counted, joined
-- and followed. What may name a person in any other way (names, browsers, inputs, outputs) is left out.
--
-- The hashes have a secret, without which anybody could make the hash of an address and look for it. It is a row of a
-- table that you make once, and that readers of the view can't read:
--
--   CREATE TABLE pseudonym_secret AS SELECT 'what openssl rand -hex 32 has printed' AS secret;
--
-- Where it is replaced by another one, new hashes can't be told to be of the same persons as the old ones. Where it is
-- deleted, nobody can find out any more whom they were of.

CREATE OR REPLACE VIEW audit_logs_pseudonymous AS
WITH prefixed AS (
  SELECT
    audit_logs.*,
    secret || coalesce(tenant_id, tenant, '') || ':' AS prefix
  FROM audit_logs
  CROSS JOIN pseudonym_secret
),
entries AS (
  SELECT
    *,
    prefix || 'user:' || coalesce(user_id, lower(user_email)) AS user_text,
    prefix || 'address:' || ip_address AS address_text,
    prefix || 'user:' || resource_id AS resource_text
  FROM prefixed
)
SELECT
  id,
  timestamp,
  operation_name,
  encode(sha256(convert_to(user_text, 'UTF8')), 'hex') AS user_pseudonym,
  encode(sha256(convert_to(address_text, 'UTF8')), 'hex') AS address_pseudonym,
  resource_type,
  CASE resource_type
    WHEN 'user' THEN encode(sha256(convert_to(resource_text, 'UTF8')), 'hex')
    ELSE resource_id
  END AS resource_id,
  story_id,
  status,
  tenant_id,
  tenant,
  organization_id
FROM entries;
