"""Brings the audit logs of a tenant into a DuckDB file.

Usage: python to_duckdb.py CONFIG.json FILE.duckdb
"""

import json
import os
import sys
from pathlib import Path

# Read when PyAirbyte is imported. Without it, PyAirbyte asks Airbyte's registry, and fails where that can't be reached.
os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")

import airbyte as ab
import duckdb
from airbyte.caches import DuckDBCache

PROGRAM = Path(__file__).resolve().parents[2] / "bin/source-tines"


def load(config: Path, database: Path) -> int:
    """Adds what is new to the table tines.audit_logs. Returns the number of entries. The file keeps the state, too."""
    source = ab.get_source(
        "source-tines",
        local_executable=PROGRAM,  # or docker_image= and the image's name
        config=json.loads(config.read_text()),
        streams=["audit_logs"],
    )
    source.check()
    cache = DuckDBCache(db_path=database, schema_name="tines")
    try:
        return source.read(cache=cache).processed_records
    finally:
        cache.close()


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    config, database = map(Path, sys.argv[1:])
    print(f"{load(config, database)} new entries. The most frequent operations:")
    with duckdb.connect(database, read_only=True) as connection:
        connection.sql(
            "SELECT operation_name, count(*) AS entries FROM tines.audit_logs "
            "GROUP BY operation_name ORDER BY entries DESC LIMIT 5"
        ).show()


if __name__ == "__main__":
    main()
