"""What docs/sql.md says to type works as it stands."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

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


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., str]:
    """Runs commands of the page as they stand, in a folder with docs/, and returns what they print."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    given = conninfo_to_dict(os.environ["PLATFORM_POSTGRES"])
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    connection = {names[name]: str(value) for name, value in given.items()}

    def run(commands: str, **environment: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", commands],
            cwd=tmp_path,
            env={**os.environ, **connection, **environment},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def commands_with(word: str) -> str:
    [commands] = [block for block in blocks("sh") if word in block]
    return commands


def test_the_commands_of_the_page_make_the_views_and_run_every_detection(
    postgres: server.Connection, shell: Callable[..., str]
) -> None:
    printed = shell(commands_with("audit-logs-ecs"))
    postgres.execute("DROP VIEW tines.audit_logs_ecs, tines.audit_logs_ocsf, tines.operation_activities")

    assert printed.count(" rows)") + printed.count("(1 row)") == len(list(ROOT.glob("docs/sql/detections/*")))


def test_the_commands_of_the_page_alert_on_each_finding_once(
    postgres: server.Connection, shell: Callable[..., str]
) -> None:
    alerts: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            alerts.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        Thread(target=receiver.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{receiver.server_port}"
        shell(commands_with("ALERT_URL"), ALERT_URL=url)
        first = list(alerts)
        shell(commands_with("ALERT_URL"), ALERT_URL=url)
        receiver.shutdown()

    assert {alert.partition(",")[0] for alert in first} >= {"actions-disabled", "certificate-authority-set"}
    assert alerts == first
