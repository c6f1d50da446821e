"""What reads the connector's lines drops those that it can't take, and saves the STATE: so there must be none."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airbyte_protocol.models import AirbyteMessage

from tenant import ROOT, Tenant

# Maven Central's jars, see jackson.sh.
JACKSON = os.environ.get("PLATFORM_JACKSON", str(ROOT / ".venv/jackson"))

PLATFORM = "the platform"
PYAIRBYTE = "PyAirbyte"


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


# Members of an entry, and which readers refuse them as they are.
REFUSED = {
    "a number of 1,500 digits": ('"inputs":{"n":%s}' % ("9" * 1500), {PLATFORM}),
    "a number of 5,000 digits": ('"outputs":{"n":%s}' % ("9" * 5000), {PLATFORM, PYAIRBYTE}),
    "a fraction of 1,500 digits": ('"metadata":{"n":0.%s}' % ("3" * 1500), {PLATFORM}),
    "a number of an unknown field": ('"severity":-%s' % ("9" * 1500), {PLATFORM}),
    "a number that is too long in full": ('"inputs":{"n":%se999}' % ("3" * 290), {PLATFORM}),
    "an exponent that is far too long in full": ('"inputs":{"n":1e10000}', {PLATFORM}),
    "an exponent that no number has": ('"inputs":{"n":1e99999999999}', {PLATFORM}),
    "a key of 60,000 characters": ('"inputs":{"%s":1}' % ("k" * 60_000), {PLATFORM}),
    "a field of 60,000 characters": ('"%s":1' % ("z" * 60_000), {PLATFORM}),
    "200 levels": ('"inputs":{"a":%s}' % nested(199), {PYAIRBYTE}),
    "200 levels of an unknown field": ('"severity":%s' % nested(200), {PYAIRBYTE}),
    "3,000 levels": ('"inputs":{"a":%s}' % nested(3000), {PLATFORM, PYAIRBYTE}),
    "half a surrogate pair in a name": (r'"user_name":"\ud800"', {PYAIRBYTE}),
    "half a surrogate pair in inputs": (r'"inputs":{"a":["\ude80\ud83d"]}', {PYAIRBYTE}),
    "half a surrogate pair in a key": (r'"inputs":{"\ud800":1}', {PYAIRBYTE}),
    "half a surrogate pair in the name of a field": (r'"a\udfff":1', {PYAIRBYTE}),
}

# What both take at the limits, and beyond them in a text.
TAKEN = {
    "numbers as long as they may be": '"inputs":{"n":[%s,1e600,1.%se-600]}' % ("9" * 300, "3" * 290),
    "a key as long as it may be": '"inputs":{"%s":1}' % ("k" * 10_000),
    "190 levels": '"inputs":{"a":%s}' % nested(189),
    "a text of a million characters": '"inputs":{"a":"%s"}' % ("x" * 1_000_000),
    "a surrogate pair": r'"user_name":"\ud83d\ude80"',
    "NUL in a text and in a key": r'"inputs":{"\u0000":"\u0000"}',
}

Verdicts = Callable[[list[str]], list[bool]]


def platform_takes(lines: list[str]) -> list[bool]:
    """Whether the platform's JSON reader takes each line, and its destination the line that it writes on."""
    program = ["java", "-cp", f"{JACKSON}/*", str(Path(__file__).with_name("PlatformReader.java"))]
    given = "".join(f"{line}\n" for line in lines).encode()
    done = subprocess.run(program, input=given, stdout=subprocess.PIPE, check=True, timeout=120)
    said = done.stdout.decode().split("\n")[:-1]
    assert len(said) == len(lines)
    return [not line.startswith("refused: ") for line in said]


def pyairbyte_takes(lines: list[str]) -> list[bool]:
    """Whether PyAirbyte's JSON reader takes each line: airbyte/_connector_base.py drops what raises here."""
    return [is_message(line) for line in lines]


def is_message(line: str) -> bool:
    try:
        AirbyteMessage.model_validate_json(line)
    except ValueError:
        return False
    return True


READERS: dict[str, Verdicts] = {PLATFORM: platform_takes, PYAIRBYTE: pyairbyte_takes}


@pytest.fixture(scope="module")
def ids() -> list[str]:
    return [str(number) for number in range(1, len(REFUSED) + len(TAKEN) + 1)]


@pytest.fixture(scope="module")
def lines(ids: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the built program writes of a tenant that has all of these entries."""
    folder = tmp_path_factory.mktemp("readers")
    tenant = Tenant(folder, entries=20)
    created_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    members = [*(member for member, _ in REFUSED.values()), *TAKEN.values()]
    try:
        for entry, member in zip(ids, members, strict=True):
            tenant.add_text(f'{{"id":{entry},"created_at":"{created_at}",{member}}}')
        (folder / "config.json").write_text(json.dumps(tenant.config))
        program = [ROOT / "bin/source-tines", "read", "--config", folder / "config.json"]
        done = subprocess.run(
            [*program, "--catalog", ROOT / "integration_tests/configured_catalog.json"],
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(tenant.ca_file)},
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
        )
    finally:
        tenant.stop()
    return done.stdout.decode().split("\n")[:-1]


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_takes_every_line(reader: str, lines: list[str], ids: list[str]) -> None:
    verdicts = READERS[reader](lines)

    refused = [line[:300] for line, taken in zip(lines, verdicts, strict=True) if not taken]
    assert refused == []
    records = [message["record"]["data"]["id"] for message in map(json.loads, lines) if message["type"] == "RECORD"]
    assert set(ids) <= set(records)


def test_the_log_names_the_columns_and_counts_the_entries(lines: list[str]) -> None:
    [warning] = [line for line in lines if json.loads(line).get("log", {}).get("level") == "WARN"]

    assert f"{len(REFUSED)} entries hold in" in warning
    for column in ("inputs", "outputs", "metadata", "user_name", "additional_fields"):
        assert f'\\"{column}\\"' in warning


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_refuses_what_is_replaced(reader: str) -> None:
    """Else the connector would replace too much, or these tests would prove nothing."""
    records = [f'{{"stream":"audit_logs","emitted_at":1,"data":{{{member}}}}}' for member, _ in REFUSED.values()]
    verdicts = READERS[reader]([f'{{"type":"RECORD","record":{record}}}' for record in records])

    refused = {name for name, taken in zip(REFUSED, verdicts, strict=True) if not taken}
    assert refused == {name for name, (_, readers) in REFUSED.items() if reader in readers}
