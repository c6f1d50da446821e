-- Login from a new address
--
-- Finds: a login of a known user from an address that nothing of this user came from in the 90 days before. A stolen
-- password or session is mostly used from elsewhere than its owner.
--
-- When it fires: ask the user by another way than mail. If it was not the user, end the sessions, lock the account at
-- the identity provider, and look at everything from that address: SELECT * FROM audit_logs WHERE ip_address = ...;
--
-- False positives: travel, a new provider or office, mobile networks and VPNs whose addresses change. Join a table of
-- your own networks against ip_address to leave them out, or of networks to countries to compare these instead.
-- Users who were first seen less than 14 days before are left out, because for them every address is new.
--
-- Parameters: judged, history and known, below.

WITH parameters AS (
  SELECT
    INTERVAL '7' DAY AS judged, -- how far before the newest entry logins are judged
    INTERVAL '90' DAY AS history, -- how long an address counts as the user's after it was used
    INTERVAL '14' DAY AS known -- for how long a user has to be known
),
newest AS (
  SELECT max(timestamp) AS newest_timestamp FROM audit_logs
),
entries AS (
  SELECT
    *,
    -- Entries of one second have no order; the login is what began them.
    lag(timestamp) OVER (
      PARTITION BY coalesce(tenant_id, tenant), user_id, ip_address
      ORDER BY timestamp, CASE operation_name WHEN 'Login' THEN 0 ELSE 1 END
    ) AS address_last_seen,
    min(timestamp) OVER (PARTITION BY coalesce(tenant_id, tenant), user_id) AS user_first_seen
  FROM audit_logs
  WHERE user_id IS NOT NULL
)
SELECT id, timestamp, tenant, user_id, user_email, ip_address, user_agent, address_last_seen
FROM entries
CROSS JOIN parameters
CROSS JOIN newest
WHERE operation_name = 'Login'
  AND ip_address IS NOT NULL
  AND timestamp >= newest_timestamp - judged
  AND user_first_seen <= timestamp - known
  AND (address_last_seen IS NULL OR address_last_seen < timestamp - history)
ORDER BY timestamp, id;
