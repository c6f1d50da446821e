"""PostgreSQL, and the table that Airbyte's destination for it makes of the stream."""

from __future__ import annotations

import json
import os
from typing import Any

import psycopg
from psycopg.types.json import set_json_loads

from tenant import ROOT

Connection = psycopg.Connection[Any]

SCHEMA: dict[str, dict[str, Any]] = json.loads((ROOT / "schemas/audit_logs.json").read_text())["properties"]


def connect() -> Connection:
    """To the server of postgres.sh. JSON arrives as text, as in DuckDB. The session is far from Greenwich."""
    connection = psycopg.connect(os.environ["PLATFORM_POSTGRES"], autocommit=True)
    connection.execute("SET TIME ZONE 'Asia/Kolkata'")
    set_json_loads(lambda text: text if isinstance(text, str) else text.decode(), connection)
    return connection


def create_table(connection: Connection, schema: str) -> None:
    """The table audit_logs in a new schema."""
    columns = [f"{name} {type_of(declared)}" for name, declared in SCHEMA.items()]
    columns += ["_airbyte_raw_id VARCHAR", "_airbyte_extracted_at TIMESTAMP WITH TIME ZONE"]
    columns += ["_airbyte_meta JSONB", "_airbyte_generation_id BIGINT"]
    connection.execute(f"CREATE SCHEMA {schema}")
    connection.execute(f"CREATE TABLE {schema}.audit_logs ({', '.join(columns)})")


def type_of(declared: dict[str, Any]) -> str:
    """As docs.airbyte.com/integrations/destinations/postgres maps the types."""
    if declared.get("format") == "date-time":
        return "TIMESTAMP WITH TIME ZONE"
    return "JSONB" if "object" in declared["type"] else "VARCHAR"
