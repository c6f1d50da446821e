"""examples/pyairbyte works as its README says, in a folder without anything else."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tenant import ROOT

EXAMPLE = ROOT / "examples/pyairbyte"
COMMANDS = re.findall(r"^```sh\n(python .*?)\n```$", (EXAMPLE / "README.md").read_text(), re.MULTILINE)
# The programs set what they need.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "AIRBYTE_OFFLINE_MODE"}


def command(program: str) -> list[str]:
    [found] = [line for line in COMMANDS if line.startswith(f"python {program} ")]
    return [sys.executable, *shlex.split(found)[1:]]


class Example:
    """The folder with the example's programs, and a simulated tenant that has been started as the README says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for program in EXAMPLE.glob("*.py"):
            (folder / program.name).symlink_to(program)
        self._tenant = subprocess.Popen(
            command("simulated_tenant.py"), cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()

    def run(self, program: str) -> str:
        result = subprocess.run(
            command(program), cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=300
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def add_entries(self) -> None:
        assert self._tenant.stdin is not None
        print(file=self._tenant.stdin, flush=True)
        self._answer()

    def rows(self, table: str) -> list[str]:
        """The rows of the file's table, or of Parquet files in the folder, as JSON."""
        with duckdb.connect(self.folder / "cache.duckdb", read_only=True) as connection:
            connection.execute(f"SET file_search_path = '{self.folder}'")
            rows = connection.sql(f"SELECT to_json(entry) FROM {table} AS entry ORDER BY id").fetchall()
            return [row for (row,) in rows]

    def files(self) -> dict[str, int]:
        """The Parquet files in the order of their months. One that was replaced has another number."""
        return {file.name: file.stat().st_ino for file in sorted((self.folder / "audit-logs").iterdir())}

    def stop(self) -> None:
        self._tenant.communicate(timeout=30)

    def _answer(self) -> None:
        assert self._tenant.stdout is not None
        assert self._tenant.stdout.readline() != ""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    """After a first run of both programs."""
    example = Example(tmp_path_factory.mktemp("example"))
    try:
        assert "3000 new entries" in example.run("to_duckdb.py")
        assert "0 new entries" in example.run("to_parquet.py")
        yield example
    finally:
        example.stop()


def test_to_duckdb_brings_every_entry_and_then_what_is_new(example: Example) -> None:
    assert len(example.rows("tines.audit_logs")) == 3000
    example.add_entries()
    assert "10 new entries" in example.run("to_duckdb.py")

    ids = [json.loads(row)["id"] for row in example.rows("tines.audit_logs")]
    assert len(ids) == len(set(ids)) == 3010


def test_to_parquet_writes_the_rows_of_the_table_and_only_months_that_have_new_ones(example: Example) -> None:
    before = example.files()
    example.add_entries()
    said = example.run("to_parquet.py")
    after = example.files()

    assert example.rows("'audit-logs/*.parquet'") == example.rows("tines.audit_logs") != []
    *old, newest = after
    assert [name for name in after if before.get(name) != after[name]] == [newest]
    assert [line for line in said.splitlines() if line.startswith("Written")] == [f"Written: audit-logs/{newest}"]
    assert old != []
