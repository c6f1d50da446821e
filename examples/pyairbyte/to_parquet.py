"""Brings the audit logs of a tenant into Parquet files, one for each month. A DuckDB file keeps the state.

Usage: python to_parquet.py CONFIG.json FILE.duckdb FOLDER
"""

import sys
from pathlib import Path

import duckdb
from to_duckdb import load


def export(database: Path, folder: Path) -> list[Path]:
    """Writes the months that have new rows, and returns their files. A file is replaced when the new one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with duckdb.connect(database, read_only=True) as connection:
        months = connection.sql(
            "SELECT strftime(timestamp, '%Y-%m') AS month, count(*) FROM tines.audit_logs GROUP BY month ORDER BY month"
        ).fetchall()
        for month, rows in months:
            file = folder / f"{month}.parquet"
            if file.exists() and connection.read_parquet(str(file)).count("*").fetchone() == (rows,):
                continue
            part = file.with_suffix(".part")
            connection.sql(
                f"FROM tines.audit_logs WHERE strftime(timestamp, '%Y-%m') = '{month}' ORDER BY timestamp, id"
            ).write_parquet(str(part))
            part.replace(file)
            written.append(file)
    return written


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    config, database, folder = map(Path, sys.argv[1:])
    print(load(config, database), "new entries")
    for file in export(database, folder):
        print("Written:", file)


if __name__ == "__main__":
    main()
