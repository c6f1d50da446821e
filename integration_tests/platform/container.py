"""Runs of the connector's image, and what they wrote."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenant import ROOT, Tenant

IMAGE = os.environ["PLATFORM_IMAGE"]
STREAM = "audit_logs"

Message = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What one run of the connector wrote."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def messages(self) -> list[Message]:
        # As Airbyte's Python tools split it: also at U+0085, U+2028 and U+2029.
        return [json.loads(line) for line in self.stdout.splitlines()]

    def of_type(self, message_type: str) -> list[Message]:
        return [message for message in self.messages if message["type"] == message_type]

    @property
    def states(self) -> list[Message]:
        """The STATE messages, as a state file holds them."""
        return [message["state"] for message in self.of_type("STATE")]

    @property
    def errors(self) -> list[Message]:
        return [message["trace"]["error"] for message in self.of_type("TRACE") if message["trace"]["type"] == "ERROR"]

    @property
    def statuses(self) -> list[str]:
        return stream_statuses(self.messages)

    @property
    def ids(self) -> list[str]:
        """The ids of the records, in their order."""
        return ids_of(self.messages)


def ids_of(messages: list[Message]) -> list[str]:
    return [message["record"]["data"]["id"] for message in messages if message["type"] == "RECORD"]


def stream_statuses(messages: list[Message]) -> list[str]:
    traces = [message["trace"] for message in messages if message["type"] == "TRACE"]
    return [trace["stream_status"]["status"] for trace in traces if trace["type"] == "STREAM_STATUS"]


def cursor_of(state: Message) -> str:
    """The `timestamp` of a STATE."""
    cursor: str = state["stream"]["stream_state"]["timestamp"]
    return cursor


def configured_catalog() -> dict[str, Any]:
    catalog: dict[str, Any] = json.loads((ROOT / "integration_tests/configured_catalog.json").read_text())
    return catalog


@contextmanager
def folder_with(files: Mapping[str, Any]) -> Iterator[Path]:
    """A folder with JSON files that any user may read."""
    with tempfile.TemporaryDirectory(prefix="source-tines-") as name:
        folder = Path(name)
        for file, content in files.items():
            path = folder / file
            path.write_text(json.dumps(content))
            path.chmod(0o644)
        folder.chmod(0o755)
        yield folder


def run_image(tenant: Tenant, *arguments: str, files: Mapping[str, Any] = {}, options: tuple[str, ...] = ()) -> Run:
    """`docker run` with the files in /config, read-only, and options of `docker run`."""
    with folder_with(files) as folder:
        done = subprocess.run(
            ["docker", "run", "--rm", "--volume", f"{folder}:/config:ro", *options, IMAGE, *arguments],
            env={**os.environ, "PLATFORM_CA_FILE": str(tenant.ca_file)},
            capture_output=True,
            text=True,
            timeout=300,
        )
    return Run(done.returncode, done.stdout, done.stderr)


def read(
    tenant: Tenant,
    *,
    state: Any = None,
    catalog: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    options: tuple[str, ...] = (),
) -> Run:
    """`read` in the image. `state`: the content of the state file."""
    files = {"config.json": config or tenant.config, "catalog.json": catalog or configured_catalog()}
    arguments = ["read", "--config", "/config/config.json", "--catalog", "/config/catalog.json"]
    if state is not None:
        files["state.json"] = state
        arguments += ["--state", "/config/state.json"]
    return run_image(tenant, *arguments, files=files, options=options)
