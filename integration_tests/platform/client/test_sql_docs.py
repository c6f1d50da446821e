"""What docs/sql.md says to type works as it stands."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import duckdb
import postgres as server
import pytest
from psycopg.conninfo import conninfo_to_dict
from sql_files import Connection, rows_of

from tenant import ROOT

PAGE = (ROOT / "docs/sql.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("sql", blocks("sql"))
def test_a_query_of_the_page_finds_something(synced: Connection, sql: str) -> None:
    assert rows_of(synced, sql) != []


def test_the_python_of_the_page_runs(
    duck: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [program] = blocks("python")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    duck.execute("ATTACH 'cache.duckdb' AS copy")
    duck.execute("CREATE SCHEMA copy.tines")
    duck.execute("CREATE TABLE copy.tines.audit_logs AS FROM tines.audit_logs")
    duck.execute("DETACH copy")

    exec(program, {})

    assert "mass-deletion" in capsys.readouterr().out


def test_the_commands_of_the_page_run(postgres: server.Connection) -> None:
    [commands] = blocks("sh")
    given = conninfo_to_dict(os.environ["PLATFORM_POSTGRES"])
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=ROOT,
        env={**os.environ, **{names[name]: str(value) for name, value in given.items()}},
        capture_output=True,
        text=True,
    )
    postgres.execute("DROP VIEW tines.audit_logs_ecs, tines.audit_logs_ocsf, tines.operation_activities")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(" rows)") + done.stdout.count("(1 row)") == len(list(ROOT.glob("docs/sql/detections/*")))
