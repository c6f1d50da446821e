"""PyAirbyte works in a folder of its own, asks nobody and tells nobody, far from Greenwich."""

import os
import tempfile
from collections.abc import Iterator

# Read by PyAirbyte when it is imported.
os.environ.update(
    AIRBYTE_OFFLINE_MODE="1",
    DO_NOT_TRACK="1",
    TZ="Asia/Kolkata",
    AIRBYTE_PROJECT_DIR=tempfile.mkdtemp(prefix="source-tines-client-"),
)

import airbyte as ab
import duckdb
import postgres as server
import pytest
from airbyte.caches import DuckDBCache
from sql_files import VIEWS, Connection, insert, rows_of, text_of

from tenant import ROOT, Tenant


@pytest.fixture(scope="session")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """What PyAirbyte leaves of a sync: the schema tines with the table audit_logs."""
    folder = tmp_path_factory.mktemp("sql")
    tenant = Tenant(folder, entries=2000)
    os.environ["NODE_EXTRA_CA_CERTS"] = str(tenant.ca_file)
    try:
        program = ROOT / "bin/source-tines"
        source = ab.get_source("source-tines", config=tenant.config, streams="*", local_executable=program)
        cache = DuckDBCache(db_path=folder / "cache.duckdb", schema_name="tines")
        source.read(cache=cache)
        cache.close()
    finally:
        tenant.stop()
    with duckdb.connect(folder / "cache.duckdb") as connection:
        yield connection


@pytest.fixture(scope="session")
def postgres(duck: duckdb.DuckDBPyConnection) -> Iterator[server.Connection]:
    """The same rows in PostgreSQL."""
    with server.connect() as connection:
        server.create_table(connection, "tines")
        connection.execute("SET search_path TO tines")
        insert(connection, rows_of(duck, "SELECT * FROM tines.audit_logs"))
        yield connection
        connection.execute("DROP SCHEMA tines CASCADE")


@pytest.fixture(scope="session", params=["duck", "postgres"], ids=["DuckDB", "PostgreSQL"])
def database(request: pytest.FixtureRequest) -> Connection:
    """Each of the two."""
    connection: Connection = request.getfixturevalue(request.param)
    return connection


@pytest.fixture
def synced(database: Connection) -> Iterator[Connection]:
    """The synced table with the views on it, which are undone after the test."""
    with_views(database, schema="tines")
    yield database
    database.execute("ROLLBACK")


@pytest.fixture
def empty(database: Connection) -> Iterator[Connection]:
    """A table like the synced one without rows, with the views on it, which are undone after the test."""
    with_views(database, schema="cases")
    yield database
    database.execute("ROLLBACK")


def with_views(database: Connection, schema: str) -> None:
    use = "USE" if isinstance(database, duckdb.DuckDBPyConnection) else "SET search_path TO"
    database.execute("BEGIN")
    database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    database.execute(f"{use} {schema}")
    database.execute("CREATE TABLE IF NOT EXISTS audit_logs AS SELECT * FROM tines.audit_logs WITH NO DATA")
    for view in VIEWS:
        database.execute(text_of(view, database))
