"""The queries of docs/sql, and the tables that they run on: PyAirbyte's in DuckDB, Airbyte's in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb
import psycopg

from tenant import ROOT

FOLDER = ROOT / "docs/sql"
# In the order in which they build on each other.
VIEWS = ["operation-activities.sql", "audit-logs-ocsf.sql", "audit-logs-ecs.sql"]

Connection = duckdb.DuckDBPyConnection | psycopg.Connection[Any]
Row = dict[str, Any]


def is_postgres(connection: Connection) -> bool:
    return isinstance(connection, psycopg.Connection)


def text_of(name: str, connection: Connection) -> str:
    """The file for this database: PostgreSQL has its own where one can't serve both."""
    own = FOLDER / "postgres" / name
    return (own if is_postgres(connection) and own.exists() else FOLDER / name).read_text()


def rows_of(connection: Connection, sql: str) -> list[Row]:
    """JSON as text, times in UTC without a zone."""
    result = connection.execute(sql)
    assert result.description is not None
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(plain, values), strict=True)) for values in result.fetchall()]


def plain(value: Any) -> Any:
    has_zone = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if has_zone else value


def entry(entry_id: str, at: datetime, operation: str | None, **columns: Any) -> Row:
    """A row of audit_logs. A column of JSON takes an object."""
    user = {"user_id": "7642", "user_email": "ada@example.com", "ip_address": "192.0.2.1"}
    tenant = {"tenant_id": "5044", "tenant": "company"}
    return {"id": entry_id, "timestamp": at, "operation_name": operation, **user, **tenant, **columns}


def insert(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        names = ", ".join(row)
        values = [value_for(connection, value) for value in row.values()]
        place = "%s" if is_postgres(connection) else "?"
        places = ", ".join(place for _ in values)
        connection.execute(f"INSERT INTO audit_logs ({names}) VALUES ({places})", values)


def value_for(connection: Connection, value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, datetime) and is_postgres(connection):
        return value.replace(tzinfo=UTC)
    return value
