"""The real help desk that the acceptance tests read, the configurations that name it, and what may be skipped."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

CONNECTOR = Path(__file__).resolve().parents[1]
SECRETS = CONNECTOR / "secrets"

# The suite skips what does not concern a configuration, and a comparison with what Airbyte's registry has published.
EXPECTED_SKIPS = re.compile(
    r"does not run for scenario '(invalid_config|wrong_token_config)'"
    r"|Skipping the spec backward-compatibility check of .*registry could not be reached"
    r"|has no published version to compare against",
    re.DOTALL,
)


@pytest.fixture(scope="session", autouse=True)
def helpdesk() -> Iterator[None]:
    """Ends when its stdin does, so it never outlives the tests."""
    server = subprocess.Popen(
        ["node", CONNECTOR / "server/start.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None and server.stdout is not None
    config: dict[str, str] = json.loads(server.stdout.readline())
    SECRETS.mkdir(exist_ok=True)
    files = {"config.json": config, "wrong_token_config.json": {**config, "api_token": "not-the-token-7Jb2"}}
    for name, content in files.items():
        (SECRETS / name).write_text(json.dumps(content))
    yield
    for name in files:
        (SECRETS / name).unlink()
    SECRETS.rmdir()
    server.stdin.close()
    server.wait(timeout=30)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails whatever is skipped without being expected to."""
    report = yield
    if report.skipped and not EXPECTED_SKIPS.search(str(report.longrepr)):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which is not expected here: {report.longrepr}"
    return report
