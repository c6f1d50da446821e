"""A real destination: the image, started as Airbyte's platform starts it, is loaded into PostgreSQL, and killed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import postgres as server
import pytest

from container import IMAGE, Message, configured_catalog
from tenant import Tenant

ENTRIES = 20_000
# Files are named as by the platform, whose ContainerCommandFactory starts the connector like this: a child of a shell
# that looks whether it has to end, with a pipe for each output.
COMMAND = """
state=''
if [ -f /source/inputState.json ]; then state='--state /source/inputState.json'; fi
files="--config /source/connectionConfiguration.json --catalog /source/catalog.json $state"
(eval "$AIRBYTE_ENTRYPOINT read $files 2> /source/stderr > /source/stdout") &
child=$!
while [ -d /proc/$child ]; do
  if [ -f /source/TERMINATED ]; then kill -TERM $child; exit 0; fi
  sleep 1
done
wait $child
code=$?
echo $code > /source/exitCode.txt
exit $code
"""


@dataclass
class Connector:
    """The image in a container, as the platform runs it, with the folder that they share."""

    folder: Path
    name: str
    stdout: IO[bytes]

    def kill(self) -> None:
        """As the platform's node does when its memory is short, or the machine fails."""
        subprocess.run(["docker", "kill", "--signal", "KILL", self.name], check=True, capture_output=True)


@contextmanager
def running(tenant: Tenant, folder: Path, user: str, state: Message | None) -> Iterator[Connector]:
    name = f"source-tines-destination-{user.partition(':')[0]}-{os.environ['PLATFORM_RUN']}"
    folder.mkdir()
    folder.chmod(0o777)
    files = {"connectionConfiguration.json": tenant.config, "catalog.json": configured_catalog()}
    if state is not None:
        files["inputState.json"] = [state]
    for file, content in files.items():
        (folder / file).write_text(json.dumps(content))
        (folder / file).chmod(0o644)
    pipes = (folder / "stdout", folder / "stderr")
    for pipe in pipes:
        os.mkfifo(pipe)
        pipe.chmod(0o666)
    # What opens a pipe waits for its other end: these give up if the connector never starts.
    readers = [subprocess.Popen(["timeout", "240", "cat", pipe], stdout=subprocess.PIPE) for pipe in pipes]
    container = subprocess.Popen(
        [
            *("docker", "run", "--rm", "--name", name, "--user", user, "--cap-drop=ALL", "--workdir", "/source"),
            *("--volume", f"{folder}:/source", "--entrypoint", "sh", IMAGE, "-c", COMMAND),
        ],
        env={**os.environ, "PLATFORM_CA_FILE": str(tenant.ca_file)},
    )
    try:
        assert readers[0].stdout is not None
        assert readers[1].stdout is not None
        yield Connector(folder, name, readers[0].stdout)
        assert readers[1].stdout.read() == b""
        container.wait(timeout=60)
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True)
        for process in (container, *readers):
            process.kill()
            process.wait()


@dataclass
class Loader:
    """Appends to audit_logs of a schema of its own, as destinations do: what came before a STATE, together with it."""

    connection: server.Connection
    schema: str
    rows: list[list[Any]] = field(default_factory=list)
    committed: int = 0

    def create(self) -> None:
        server.create_table(self.connection, self.schema)
        self.connection.execute(f"CREATE TABLE {self.schema}.state (state TEXT)")

    def take(self, line: bytes) -> None:
        message = json.loads(line)
        if message["type"] == "RECORD":
            record = message["record"]
            data = [record["data"][name] for name in server.SCHEMA]
            at = datetime.fromtimestamp(record["emitted_at"] / 1000, UTC)
            self.rows.append([*(json.dumps(value) if isinstance(value, dict) else value for value in data), at])
        elif message["type"] == "STATE":
            self.commit(json.dumps(message["state"]))

    def commit(self, state: str | None) -> None:
        """Both or nothing. `state`: none if the one before still holds."""
        names = ", ".join([*server.SCHEMA, "_airbyte_extracted_at"])
        with self.connection.transaction():
            with self.connection.cursor().copy(f"COPY {self.schema}.audit_logs ({names}) FROM STDIN") as copy:
                for row in self.rows:
                    copy.write_row(row)
            if state is not None:
                self.connection.execute(f"DELETE FROM {self.schema}.state")
                self.connection.execute(f"INSERT INTO {self.schema}.state VALUES (%s)", [state])
        self.committed += len(self.rows)
        self.rows = []

    @property
    def state(self) -> Message | None:
        """The last that was committed."""
        row = self.connection.execute(f"SELECT state FROM {self.schema}.state").fetchone()
        return None if row is None else json.loads(row[0])

    def count(self, what: str = "*") -> int:
        row = self.connection.execute(f"SELECT count({what}) FROM {self.schema}.audit_logs").fetchone()
        assert row is not None
        return int(row[0])


# Whom the connector runs as, and whether the destination keeps rows that no STATE has followed when the source is gone.
CASES = {
    "as uid 1000, without what came after the last state": ("1000:1000", False),
    "as an arbitrary uid, with what came after the last state": ("54321:54321", True),
}


@pytest.mark.parametrize(("user", "keeps_rest"), CASES.values(), ids=list(CASES))
def test_what_is_loaded_equals_the_tenant_after_a_kill(tmp_path: Path, user: str, keeps_rest: bool) -> None:
    tenant = Tenant(tmp_path, "--latency", "100", entries=ENTRIES)
    tmp_path.chmod(0o755)
    try:
        with server.connect() as connection:
            loader = Loader(connection, f"destination_{user.partition(':')[0]}")
            loader.create()
            load_and_kill(tenant, loader, tmp_path / "first", user)
            committed = loader.count()
            assert 0 < committed < ENTRIES
            if keeps_rest:
                loader.commit(None)
                assert loader.count() > committed
            loader.rows = []

            added = {*tenant.add_late(5, minutes=5), *tenant.add(25)}
            assert load(tenant, loader, tmp_path / "second", user) >= ENTRIES + 30 - committed
            assert load(tenant, loader, tmp_path / "third", user) == 0

            assert loader.count("DISTINCT id") == ENTRIES + 30
            assert (loader.count() > ENTRIES + 30) == keeps_rest
            assert_equal(table_of(loader), tenant.entries(), added)
            connection.execute(f"DROP SCHEMA {loader.schema} CASCADE")
    finally:
        tenant.stop()


def load_and_kill(tenant: Tenant, loader: Loader, folder: Path, user: str) -> None:
    """Loads until some was committed and more has come, then takes what is in the pipe."""
    with running(tenant, folder, user, None) as connector:
        for line in connector.stdout:
            loader.take(line)
            if loader.committed > 0 and loader.rows:
                break
        connector.kill()
        # The last line is cut.
        for line in connector.stdout:
            if line.endswith(b"\n"):
                loader.take(line)


def load(tenant: Tenant, loader: Loader, folder: Path, user: str) -> int:
    """Loads all there is. Returns how many rows it added."""
    before = loader.count()
    with running(tenant, folder, user, loader.state) as connector:
        for line in connector.stdout:
            loader.take(line)
    assert loader.rows == []
    assert (folder / "exitCode.txt").read_text() == "0\n"
    return loader.count() - before


def table_of(loader: Loader) -> dict[str, dict[str, Any]]:
    """Deduplicated by the primary key: for each id the newest row, as a final table has it."""
    names = list(server.SCHEMA)
    rows = loader.connection.execute(
        f"SELECT DISTINCT ON (id) {', '.join(names)} FROM {loader.schema}.audit_logs "
        "ORDER BY id, _airbyte_extracted_at DESC"
    ).fetchall()
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


def assert_equal(table: dict[str, dict[str, Any]], entries: list[dict[str, Any]], added: set[str]) -> None:
    assert set(table) == {str(entry["id"]) for entry in entries}
    assert added <= set(table)
    for entry in entries:
        row = table[str(entry["id"])]
        assert row["timestamp"] == datetime.fromisoformat(entry["created_at"])
        texts = {"operation_name": "operation_name", "user_email": "user_email", "user_name": "user_name"}
        for column, name in {**texts, "ip_address": "request_ip", "request_user_agent": "request_user_agent"}.items():
            assert row[column] == entry.get(name)
        for name in ("user_id", "tenant_id", "story_id"):
            assert row[name] == (None if entry.get(name) is None else str(entry[name]))
        for name in ("inputs", "outputs"):
            assert (None if row[name] is None else json.loads(row[name])) == entry.get(name)
