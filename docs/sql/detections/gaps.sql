-- Gaps in the log
--
-- Finds: hours with far fewer entries than the same hour of the week ever had in the eight weeks before, such as a few
-- hours for which the log was switched off, or whose entries were removed. One row for each hour, of the seven days
-- before the newest entry; a silence that goes on is the matter of log-went-silent.sql. Of the weeks before, the
-- emptiest is left out, because of holidays and outages.
--
-- When it fires: look at these hours of the audit log in Tines. If it has more entries than the table, run a refresh of
-- the stream, which reads everything again. If not, compare with what else was recorded at that time, such as the
-- events of stories, logins at your identity provider and the tenant's status page, and ask Tines' support.
--
-- False positives: public holidays, company outings, a table into which a backfill is still being read. A tenant that
-- was read for less than three weeks is not judged, nor are hours in which little happens anyway. Weeks are counted in
-- UTC: in the week after a change of the clocks, the first and last hours of work may be reported.
--
-- Parameters: share and at_least, below.

WITH parameters AS (
  SELECT
    0.1 AS share, -- fewer than this share of the least is a gap
    50 AS at_least -- hours that had fewer entries before are not judged: chance empties them
),
hours AS (
  SELECT
    coalesce(tenant_id, tenant, '') AS tenant_key,
    max(tenant) AS tenant,
    CAST(floor(EXTRACT(EPOCH FROM timestamp) / 3600) AS BIGINT) AS hour, -- since 1970
    count(*) AS entries
  FROM audit_logs
  GROUP BY coalesce(tenant_id, tenant, ''), CAST(floor(EXTRACT(EPOCH FROM timestamp) / 3600) AS BIGINT)
),
tenants AS (
  SELECT tenant_key, max(tenant) AS tenant, min(hour) AS oldest_hour, max(hour) AS newest_hour
  FROM hours
  GROUP BY tenant_key
),
judged AS (
  -- Each hour of the week in which anything ever happened, at its last time before the newest hour.
  SELECT DISTINCT
    hours.tenant_key,
    newest_hour - 1 - mod(newest_hour - 1 - hour, 168) AS hour,
    oldest_hour
  FROM hours
  JOIN tenants ON tenants.tenant_key = hours.tenant_key
  WHERE hour < newest_hour
),
earlier AS (
  SELECT judged.tenant_key, judged.hour, coalesce(hours.entries, 0) AS entries
  FROM judged
  CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8)) AS weeks (week)
  LEFT JOIN hours ON hours.tenant_key = judged.tenant_key AND hours.hour = judged.hour - 168 * week
  WHERE judged.hour - 168 * week > oldest_hour
),
ranked AS (
  SELECT
    tenant_key,
    hour,
    entries AS least_before,
    row_number() OVER (PARTITION BY tenant_key, hour ORDER BY entries) AS place,
    count(*) OVER (PARTITION BY tenant_key, hour) AS known_weeks
  FROM earlier
)
SELECT
  tenants.tenant,
  to_timestamp(ranked.hour * 3600) AS hour_begins,
  coalesce(hours.entries, 0) AS entries,
  least_before
FROM ranked
CROSS JOIN parameters
JOIN tenants ON tenants.tenant_key = ranked.tenant_key
LEFT JOIN hours ON hours.tenant_key = ranked.tenant_key AND hours.hour = ranked.hour
WHERE place = 2
  AND known_weeks >= 3
  AND least_before >= at_least
  AND coalesce(hours.entries, 0) < share * least_before
ORDER BY hour_begins, tenants.tenant;
