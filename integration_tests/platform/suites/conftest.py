"""The tenant that these tests share, the files that acceptance-test-config.yml names, and what may be skipped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from container import Run, read
from tenant import ROOT, Tenant

ENTRIES = 3000

LINES: pytest.StashKey[list[str]] = pytest.StashKey()

# The suite skips what does not concern a configuration, and a comparison with what Airbyte's registry has published.
EXPECTED_SKIPS = re.compile(
    r"does not run for scenario '(invalid_config|wrong_key_config)'"
    r"|Skipping the spec backward-compatibility check of .*registry could not be reached"
    r"|has no published version to compare against",
    re.DOTALL,
)


@pytest.fixture(scope="session")
def start_tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Tenant]]:
    """Starts a tenant of its own for a test, with options of simulated-tenant/simulated-tenant-cli.ts."""
    tenants: list[Tenant] = []

    def start(*options: str, entries: int) -> Tenant:
        tenants.append(Tenant(tmp_path_factory.mktemp("tenant"), *options, entries=entries))
        return tenants[-1]

    yield start
    for tenant in tenants:
        tenant.stop()


@pytest.fixture(scope="session", autouse=True)
def tenant(start_tenant: Callable[..., Tenant]) -> Iterator[Tenant]:
    """The tenant of the configurations under secrets/. Nothing is ever added to it."""
    tenant = start_tenant(entries=ENTRIES)
    os.environ["PLATFORM_CA_FILE"] = str(tenant.ca_file)
    secrets = {"config.json": tenant.config, "wrong_key_config.json": {**tenant.config, "api_key": "not-the-key-7Jb2"}}
    written = [write_secret(name, config) for name, config in secrets.items()]
    yield tenant
    for path in written:
        path.unlink()
    with suppress(OSError):
        written[0].parent.rmdir()


def write_secret(name: str, config: dict[str, str]) -> Path:
    path = ROOT / "secrets" / name
    if path.exists() and json.loads(path.read_text()).get("tenant_domain", "").partition(":")[0] != "127.0.0.1":
        pytest.exit(f"{path} is not of these tests: move it away, they would overwrite it.", returncode=1)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(config))
    return path


@pytest.fixture(scope="session")
def full_read(tenant: Tenant) -> Run:
    """One read of all that the tenant has."""
    return read(tenant)


@pytest.fixture(scope="session")
def record_line(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Notes something measured, for the end of the output."""
    return request.config.stash.setdefault(LINES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(line)


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
