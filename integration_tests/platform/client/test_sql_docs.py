"""What docs/sql.md says to type works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from sql_files import rows_of

from tenant import ROOT

PAGE = (ROOT / "docs/sql.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("sql", blocks("sql"))
def test_a_query_of_the_page_finds_something(synced: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert rows_of(synced, sql) != []


def test_the_python_of_the_page_runs(
    database: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [program] = blocks("python")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    database.execute("ATTACH 'cache.duckdb' AS copy")
    database.execute("CREATE SCHEMA copy.tines")
    database.execute("CREATE TABLE copy.tines.audit_logs AS FROM tines.audit_logs")
    database.execute("DETACH copy")

    exec(program, {})

    assert "mass-deletion" in capsys.readouterr().out
