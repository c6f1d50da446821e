-- Certificate authority set
--
-- Finds: a change of the certificate authority that the tenant trusts in addition to the public ones. Who has its
-- key, and a place in the network, can read and change what actions send and receive, credentials included.
--
-- When it fires: compare the certificate in Tines' settings with your own authority's, by its fingerprint. If it is not
-- yours, take it away, and replace the credentials that actions used since.
--
-- False positives: an authority that is renewed or brought in as planned: compare with your change requests.
--
-- Parameters: judged, below.

WITH parameters AS (
  SELECT INTERVAL '7' DAY AS judged -- how far before the newest entry changes are judged
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
)
SELECT id, timestamp, tenant, user_id, user_email, ip_address, inputs
FROM audit_logs
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name = 'CustomCertificateAuthoritySet'
  AND timestamp >= newest_timestamp - judged
ORDER BY timestamp, id;
