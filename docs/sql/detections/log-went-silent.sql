-- The log went silent
--
-- Finds: a tenant whose newest entry is older than is usual at this hour of the week. Syncs that succeed with 0 records
-- look the same whether nobody worked, somebody keeps the log from being written or read, or the connection is paused.
-- One row for each silent tenant. Usual is the longest time since the newest entry at this hour of the week, one hour
-- more or less, in the eight weeks before the silence; the longest week is left out, because of holidays and outages.
--
-- When it fires: look whether the last sync succeeded, and when. Then open the audit log in Tines. If it has newer
-- entries, read the log of the sync. If it has none although people work, ask Tines' support since when it is not
-- written, and who changed the tenant's settings last (access-settings-changed.sql).
--
-- False positives: public holidays; a table whose sync has not run yet. Run it right after each sync. A tenant that was
-- read for less than three weeks is not judged. Weeks are counted in UTC: after a change of the clocks, hours are off
-- by one, which the hour more or less allows for.
--
-- Parameters: judged_at, factor and at_least_hours, below.

WITH parameters AS (
  SELECT
    CURRENT_TIMESTAMP AS judged_at, -- the time of the last sync
    3 AS factor, -- how many times as long as usual is too long
    2 AS at_least_hours -- shorter silences are never reported
),
clock AS (
  SELECT
    CAST(floor(EXTRACT(EPOCH FROM judged_at)) AS BIGINT) AS judged_second, -- since 1970
    CAST(floor(EXTRACT(EPOCH FROM judged_at) / 3600) AS BIGINT) * 3600 AS hour_begins,
    factor,
    at_least_hours
  FROM parameters
),
entries AS (
  SELECT
    coalesce(tenant_id, tenant, '') AS tenant_key,
    tenant,
    timestamp,
    CAST(floor(EXTRACT(EPOCH FROM timestamp)) AS BIGINT) AS second
  FROM audit_logs
),
tenants AS (
  SELECT
    tenant_key,
    max(tenant) AS tenant,
    max(timestamp) AS newest_timestamp,
    min(second) AS oldest_second,
    max(second) AS newest_second
  FROM entries
  CROSS JOIN clock
  WHERE second <= judged_second
  GROUP BY tenant_key
),
pauses AS (
  -- Ten weeks are more than enough for all that is compared.
  SELECT
    entries.tenant_key,
    second AS pause_begins,
    lead(second) OVER (PARTITION BY entries.tenant_key ORDER BY second) AS pause_ends
  FROM entries
  JOIN tenants ON tenants.tenant_key = entries.tenant_key
  WHERE second BETWEEN newest_second - 70 * 86400 AND newest_second
),
last_spans AS (
  -- From the hour before this one to the hour after it, so many whole weeks ago that it ended before the silence began.
  SELECT
    tenant_key,
    oldest_second,
    hour_begins - 3600 - 604800 * CAST(ceil((hour_begins + 7200 - newest_second) / 604800.0) AS BIGINT) AS last_begins
  FROM tenants
  CROSS JOIN clock
),
spans AS (
  SELECT
    tenant_key,
    week,
    last_begins - 604800 * week AS begins,
    last_begins - 604800 * week + 3 * 3600 AS ends
  FROM last_spans
  CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7)) AS weeks (week)
  WHERE last_begins - 604800 * week >= oldest_second
),
weekly AS (
  SELECT
    spans.tenant_key,
    week,
    max(least(pause_ends, ends) - pause_begins) AS longest
  FROM spans
  JOIN pauses ON pauses.tenant_key = spans.tenant_key AND pause_begins < ends AND pause_ends > begins
  GROUP BY spans.tenant_key, week
),
ranked AS (
  SELECT
    tenant_key,
    longest,
    row_number() OVER (PARTITION BY tenant_key ORDER BY longest DESC) AS place,
    count(*) OVER (PARTITION BY tenant_key) AS known_weeks
  FROM weekly
)
SELECT
  tenant,
  newest_timestamp,
  CAST((judged_second - newest_second) / 3600.0 AS DECIMAL(12, 1)) AS silent_hours,
  CAST(longest / 3600.0 AS DECIMAL(12, 1)) AS usual_hours
FROM tenants
CROSS JOIN clock
JOIN ranked ON ranked.tenant_key = tenants.tenant_key
WHERE place = 2
  AND known_weeks >= 3
  AND judged_second - newest_second > factor * longest
  AND judged_second - newest_second > at_least_hours * 3600
ORDER BY silent_hours DESC, tenant;
