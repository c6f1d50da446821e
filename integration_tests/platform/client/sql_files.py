"""The queries of docs/sql, and tables for them to run on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb

from tenant import ROOT

FOLDER = ROOT / "docs/sql"
# In the order in which they build on each other.
VIEWS = ["operation-activities.sql", "audit-logs-ocsf.sql", "audit-logs-ecs.sql"]

Row = dict[str, Any]


def text_of(name: str) -> str:
    return (FOLDER / name).read_text()


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def entry(entry_id: str, at: datetime, operation: str | None, **columns: Any) -> Row:
    """A row of audit_logs. A column of JSON takes an object."""
    user = {"user_id": "7642", "user_email": "ada@example.com", "ip_address": "192.0.2.1"}
    tenant = {"tenant_id": "5044", "tenant": "company"}
    return {"id": entry_id, "timestamp": at, "operation_name": operation, **user, **tenant, **columns}


def insert(connection: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        values = [json.dumps(value) if isinstance(value, dict) else value for value in row.values()]
        names, places = ", ".join(row), ", ".join("?" for _ in values)
        connection.execute(f"INSERT INTO audit_logs ({names}) VALUES ({places})", values)
