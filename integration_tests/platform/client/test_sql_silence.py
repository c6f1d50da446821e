"""Detections of a log that went silent, or has gaps, on the rows of a simulated tenant's six weeks of work."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from sql_files import Connection, Row, entry, insert, is_postgres, rows_of, text_of

from tenant import Tenant

# A Wednesday at noon, when people work.
END = datetime(2026, 3, 4, 12)
DAYS = 45
# Of the simulated tenant.
TENANT_ID = "6120"
COLUMNS = ["id", "timestamp", "operation_name", "user_id", "user_email", "tenant_id", "tenant"]


@pytest.fixture(scope="module")
def csv_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All entries of a tenant where people work, with quiet nights and weekends."""
    span = ("--from", f"{END - timedelta(days=DAYS):%Y-%m-%dT%H:%M:%SZ}", "--to", f"{END:%Y-%m-%dT%H:%M:%SZ}")
    tenant = Tenant(tmp_path_factory.mktemp("office"), *span, "--spread", "office_hours", entries=DAYS * 700)
    try:
        entries = tenant.entries()
    finally:
        tenant.stop()
    text = io.StringIO()
    writer = csv.writer(text)
    for row in entries:
        writer.writerow([row["created_at"] if name == "timestamp" else row.get(name, "company") for name in COLUMNS])
    return text.getvalue()


@pytest.fixture(scope="module")
def office(
    database: Connection, csv_text: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """The schema office with these rows."""
    database.execute("CREATE SCHEMA office")
    database.execute("CREATE TABLE office.audit_logs AS SELECT * FROM tines.audit_logs WITH NO DATA")
    columns = ", ".join(COLUMNS)
    if isinstance(database, duckdb.DuckDBPyConnection):
        file = tmp_path_factory.mktemp("rows") / "rows.csv"
        file.write_text(csv_text)
        database.execute(f"COPY office.audit_logs ({columns}) FROM '{file}' (FORMAT csv, HEADER false)")
    else:
        with database.cursor().copy(f"COPY office.audit_logs ({columns}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(csv_text)
    yield database
    database.execute("DROP SCHEMA office CASCADE")


@pytest.fixture
def log(office: Connection) -> Iterator[Connection]:
    """The table, which is as before after the test."""
    office.execute("BEGIN")
    office.execute("SET search_path TO office" if is_postgres(office) else "USE office")
    yield office
    office.execute("ROLLBACK")
    if not is_postgres(office):
        office.execute("USE tines")


def silent(log: Connection, now: datetime) -> list[Row]:
    """What log-went-silent.sql finds when it runs at this time, in UTC."""
    sql = text_of("detections/log-went-silent.sql", log)
    at_now = sql.replace("CURRENT_TIMESTAMP AS judged_at", f"TIMESTAMPTZ '{now}+00' AS judged_at")
    assert at_now != sql
    return rows_of(log, at_now)


def gaps(log: Connection) -> list[Row]:
    return rows_of(log, text_of("detections/gaps.sql", log))


def delete(log: Connection, since: datetime, until: datetime, also: str = "") -> None:
    """As if the log had not been written then. `also`: a further condition."""
    seconds = [time.replace(tzinfo=UTC).timestamp() for time in (since, until)]
    second = "EXTRACT(EPOCH FROM timestamp)"
    log.execute(f"DELETE FROM audit_logs WHERE {second} >= {seconds[0]} AND {second} < {seconds[1]} {also}")


def add_other_tenant(log: Connection) -> None:
    """With the same entries."""
    columns = "id, timestamp, tenant, tenant_id"
    log.execute(f"INSERT INTO audit_logs ({columns}) SELECT id, timestamp, 'other', '7000' FROM audit_logs")


class TestLogWentSilent:
    @pytest.mark.parametrize("hours", range(0, 168, 14))
    def test_a_tenant_that_goes_on_is_not_reported_at_any_time_of_the_week(self, log: Connection, hours: int) -> None:
        assert silent(log, END + timedelta(minutes=2) - timedelta(hours=hours)) == []

    def test_a_silence_during_work_is_reported_after_two_hours(self, log: Connection) -> None:
        since = END.replace(hour=9)
        delete(log, since, END)

        assert silent(log, since + timedelta(minutes=90)) == []
        [row] = silent(log, since + timedelta(minutes=150))
        assert row["tenant"] == "company"
        assert since - timedelta(hours=1) < row["newest_timestamp"] < since
        assert 2.5 <= row["silent_hours"] < 3.5
        assert row["usual_hours"] < 0.8

    def test_a_silence_that_has_lasted_for_months_is_reported_by_the_file_as_it_stands(self, log: Connection) -> None:
        [row] = rows_of(log, text_of("detections/log-went-silent.sql", log))

        assert row["newest_timestamp"] < END
        assert row["silent_hours"] > 24 * 180

    def test_one_silent_tenant_is_reported_and_another_that_goes_on_is_not(self, log: Connection) -> None:
        add_other_tenant(log)
        delete(log, END.replace(hour=9), END, "AND tenant = 'other'")

        assert [row["tenant"] for row in silent(log, END)] == ["other"]

    def test_an_entry_of_the_future_does_not_hide_it(self, log: Connection) -> None:
        delete(log, END.replace(hour=9), END)
        insert(log, [entry("future", END + timedelta(days=1), "Login", tenant_id=TENANT_ID)])

        assert [row["tenant"] for row in silent(log, END)] == ["company"]

    def test_an_outage_at_the_same_time_of_another_week_does_not_hide_it(self, log: Connection) -> None:
        before = END - timedelta(weeks=3)
        delete(log, before - timedelta(days=2), before + timedelta(hours=2))
        delete(log, END.replace(hour=9), END)

        assert [row["tenant"] for row in silent(log, END)] == ["company"]

    def test_a_tenant_that_was_read_for_less_than_three_weeks_is_not_judged(self, log: Connection) -> None:
        delete(log, datetime(2025, 1, 1), END - timedelta(days=18))
        delete(log, END.replace(hour=9), END)

        assert silent(log, END) == []

    def test_nothing_is_found_in_a_table_without_rows(self, log: Connection) -> None:
        log.execute("DELETE FROM audit_logs")

        assert silent(log, END) == []


class TestGaps:
    @pytest.mark.parametrize("days", [0, 5])
    def test_a_tenant_whose_log_has_none_is_not_reported(self, log: Connection, days: int) -> None:
        delete(log, END - timedelta(days=days), END)

        assert gaps(log) == []

    def test_the_hours_of_a_silence_that_has_ended_are_reported_each(self, log: Connection) -> None:
        monday = END - timedelta(days=2)
        delete(log, monday.replace(hour=10), monday.replace(hour=15))

        rows = gaps(log)
        assert [row["hour_begins"] for row in rows] == [monday.replace(hour=hour) for hour in range(10, 15)]
        assert {(row["tenant"], row["entries"]) for row in rows} == {("company", 0)}
        assert min(row["least_before"] for row in rows) >= 50

    def test_an_hour_of_which_most_entries_were_removed_is_reported(self, log: Connection) -> None:
        hour = END - timedelta(days=1, hours=1)
        delete(log, hour, hour + timedelta(hours=1))
        insert(log, [entry("left", hour + timedelta(minutes=20), "Login", tenant_id=TENANT_ID)])

        [row] = gaps(log)
        assert (row["hour_begins"], row["entries"]) == (hour, 1)

    def test_a_gap_in_another_tenant_is_told_apart(self, log: Connection) -> None:
        add_other_tenant(log)
        hour = END - timedelta(days=1, hours=1)
        delete(log, hour, hour + timedelta(hours=1), "AND tenant = 'other'")

        assert [(row["tenant"], row["hour_begins"]) for row in gaps(log)] == [("other", hour)]

    def test_a_holiday_at_the_same_time_of_another_week_does_not_hide_it(self, log: Connection) -> None:
        hour = END - timedelta(days=1, hours=1)
        delete(log, hour - timedelta(weeks=2, hours=8), hour - timedelta(weeks=2) + timedelta(hours=8))
        delete(log, hour, hour + timedelta(hours=1))

        assert [row["hour_begins"] for row in gaps(log)] == [hour]

    def test_a_gap_that_is_older_than_seven_days_is_not_reported_again(self, log: Connection) -> None:
        hour = END - timedelta(days=8)
        delete(log, hour, hour + timedelta(hours=1))

        assert gaps(log) == []

    def test_a_tenant_that_was_read_for_less_than_three_weeks_is_not_judged(self, log: Connection) -> None:
        hour = END - timedelta(days=1, hours=1)
        delete(log, datetime(2025, 1, 1), END - timedelta(days=18))
        delete(log, hour, hour + timedelta(hours=1))

        assert gaps(log) == []
