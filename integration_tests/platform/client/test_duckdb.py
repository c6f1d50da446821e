"""PyAirbyte, a real client of Airbyte's connectors, loads audit logs into DuckDB: by the program and by the image."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import airbyte as ab
import pytest
from airbyte.caches import DuckDBCache

from tenant import ROOT, Tenant

ENTRIES = 3000

PROGRAMS: dict[str, dict[str, Any]] = {
    "bin/source-tines": {"local_executable": ROOT / "bin/source-tines"},
    "the image": {"docker_image": os.environ["PLATFORM_IMAGE"]},
}


@dataclass
class Sync:
    """A connection from a tenant of its own to a database of its own."""

    tenant: Tenant
    source: ab.Source
    cache: DuckDBCache
    first_count: int

    def query(self, sql: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.cache.run_sql_query(sql)]

    def column(self, sql: str) -> list[Any]:
        return [next(iter(row.values())) for row in self.query(sql)]

    def run(self) -> int:
        """One more sync. Returns how many records it brought."""
        return self.source.read(cache=self.cache).processed_records


@pytest.fixture(scope="module", params=list(PROGRAMS.values()), ids=list(PROGRAMS))
def sync(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sync]:
    """After its first sync."""
    folder = tmp_path_factory.mktemp("client")
    tenant = Tenant(folder, entries=ENTRIES)
    os.environ["PLATFORM_CA_FILE"] = os.environ["NODE_EXTRA_CA_CERTS"] = str(tenant.ca_file)
    try:
        source = ab.get_source("source-tines", config=tenant.config, streams="*", **request.param)
        cache = DuckDBCache(db_path=folder / "cache.duckdb", schema_name="tines")
        yield Sync(tenant, source, cache, source.read(cache=cache).processed_records)
        cache.close()
    finally:
        tenant.stop()


def test_the_source_passes_its_check(sync: Sync) -> None:
    sync.source.check()


def test_the_first_sync_brings_every_entry(sync: Sync) -> None:
    assert sync.first_count == ENTRIES
    assert sync.column("SELECT count(*) FROM tines.audit_logs") == [ENTRIES]


def test_ids_are_the_key_unique_and_never_null(sync: Sync) -> None:
    [row] = sync.query("SELECT count(DISTINCT id) AS ids, count(id) AS present FROM tines.audit_logs")

    assert row == {"ids": ENTRIES, "present": ENTRIES}


def test_columns_are_times_json_and_texts_as_the_schema_says(sync: Sync) -> None:
    types = {
        row["column_name"]: row["data_type"]
        for row in sync.query(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'tines' AND table_name = 'audit_logs'"
        )
    }
    times = {"timestamp", "created_at", "updated_at"}
    objects = {"metadata", "inputs", "outputs", "additional_fields"}
    schema = sync.source.get_stream_json_schema("audit_logs")["properties"]

    # PyAirbyte's own times (_airbyte_extracted_at) are of this type in DuckDB too, in UTC.
    assert {name: types[name] for name in times} == dict.fromkeys(times, "TIMESTAMP")
    assert {name: types[name] for name in objects} == dict.fromkeys(objects, "JSON")
    texts = set(schema) - times - objects
    assert {name: types[name] for name in texts} == dict.fromkeys(texts, "VARCHAR")


def test_times_are_in_utc_to_the_millisecond(sync: Sync) -> None:
    rows = sync.query("SELECT id, strftime(timestamp, '%Y-%m-%dT%H:%M:%S.%gZ') AS timestamp FROM tines.audit_logs")

    records = sync.source.get_records("audit_logs")
    said = {record["id"]: record["timestamp"] for record in records}
    assert len(said) == ENTRIES
    assert {row["id"]: row["timestamp"] for row in rows} == said


def test_objects_can_be_looked_into(sync: Sync) -> None:
    [objects] = sync.column("SELECT count(*) FROM tines.audit_logs WHERE json_type(inputs) = 'OBJECT'")

    assert objects > ENTRIES / 2


def test_texts_arrive_as_tines_has_them(sync: Sync) -> None:
    """Among them the separators that some programs take for the end of a line."""
    for separator in (0x85, 0x2028, 0x2029):
        [found] = sync.column(
            f"SELECT count(*) FROM tines.audit_logs WHERE contains(inputs::VARCHAR, chr({separator})) "
            f"OR contains(inputs::VARCHAR, '\\u{separator:04x}')"
        )
        assert found > 0


def test_a_second_sync_adds_only_what_is_new_and_a_third_nothing(sync: Sync) -> None:
    before = set(sync.column("SELECT id FROM tines.audit_logs"))
    added = {*sync.tenant.add_late(5, minutes=5), *sync.tenant.add(25)}

    assert sync.run() == 30
    after = sync.column("SELECT id FROM tines.audit_logs")
    assert len(after) == len(before) + 30
    assert set(after) - before == added

    assert sync.run() == 0
    assert sorted(sync.column("SELECT id FROM tines.audit_logs")) == sorted(after)
