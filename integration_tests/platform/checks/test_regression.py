"""
The validators of `airbyte-ops cloud connector regression-test`, on what the image says to its runner. Its comparison
with an earlier version is not run: there is none. Nor are its reproduction cases and the capture of HTTP, which need
Airbyte's cloud and mitmproxy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airbyte_ops_mcp.regression_tests.connector_runner import ConnectorRunner
from airbyte_ops_mcp.regression_tests.models import (
    Command,
    ConnectorUnderTest,
    ExecutionInputs,
    ExecutionResult,
    TargetOrControl,
)
from airbyte_ops_mcp.regression_tests.validation.catalog_validators import ValidationResult, validate_catalog
from airbyte_ops_mcp.regression_tests.validation.record_validators import validate_read_output
from airbyte_protocol.models import ConfiguredAirbyteCatalog

from container import IMAGE, Run, configured_catalog
from tenant import Tenant


def run(tenant: Tenant, folder: Path, command: Command, **inputs: Any) -> ExecutionResult:
    connector = ConnectorUnderTest.from_image_name(IMAGE, TargetOrControl.TARGET)
    catalog = ConfiguredAirbyteCatalog.model_validate(configured_catalog())
    result = ConnectorRunner(
        ExecutionInputs(connector, command, folder, tenant.config, catalog, **inputs),
    ).run()
    assert result.exit_code == 0, result.stdout_file_path.read_text()
    return result


def problems(results: list[ValidationResult]) -> list[str]:
    assert results
    return [text for one in results for text in [*one.errors, *one.warnings, *([] if one.passed else [one.message])]]


def test_spec_and_check_succeed(tenant: Tenant, tmp_path: Path) -> None:
    assert run(tenant, tmp_path / "spec", Command.SPEC).get_spec() is not None
    assert run(tenant, tmp_path / "check", Command.CHECK).is_check_successful()


def test_the_catalog_is_valid(tenant: Tenant, tmp_path: Path) -> None:
    catalog = run(tenant, tmp_path, Command.DISCOVER).get_catalog()

    assert catalog is not None
    assert problems(validate_catalog(catalog)) == []


@pytest.fixture(scope="module")
def first_read(tenant: Tenant, tmp_path_factory: pytest.TempPathFactory) -> ExecutionResult:
    return run(tenant, tmp_path_factory.mktemp("read"), Command.READ)


def test_what_is_read_is_valid(first_read: ExecutionResult) -> None:
    assert problems(validate_read_output(first_read)) == []


def test_all_that_is_written_are_messages(first_read: ExecutionResult) -> None:
    """The validators pass over lines that are none."""
    lines = first_read.stdout_file_path.read_text().splitlines()

    assert len(first_read.airbyte_messages) == len(lines)


def test_a_read_from_the_last_state_is_valid_and_brings_nothing_again(
    tenant: Tenant, first_read: ExecutionResult, tmp_path: Path
) -> None:
    last = Run(0, first_read.stdout_file_path.read_text(), "").states[-1]
    second = run(tenant, tmp_path, Command.READ_WITH_STATE, state=[last])

    # It has no records, and is asked for some.
    assert problems(validate_read_output(second)[1:]) == []
    assert list(second.get_records()) == []
