"""`airbyte-ops local connector qa`, check by check: as a whole it takes no connector that isn't in Python or Java."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from airbyte_connector_models.metadata.v0.connector_metadata_definition_v0 import ConnectorMetadataDefinitionV0
from airbyte_ops_mcp.connector_ops.utils import Connector
from airbyte_ops_mcp.connector_qa.checks import ENABLED_CHECKS
from airbyte_ops_mcp.connector_qa.models import Check, CheckStatus
from airbyte_ops_mcp.metadata_validator import POST_UPLOAD_VALIDATORS, Validator, ValidatorOptions

PYTHON_ALONE = "asks for what only a Python connector has (pyproject.toml, Poetry, PyPI, a tag of the Python CDK)"

NOT_RUN = {
    "CheckDocumentationLinks": "asks the addresses in the documentation, and passes where it can't reach them",
    "ValidateMetadata": "asks Docker Hub; the validators that it is made of are run below",
    "CheckVersionIncrement": "asks GitHub for the version on Airbyte's main branch",
    "CheckConnectorLanguageTag": "knows Python, Java and manifests, and fails for every other language",
    "CheckConnectorCDKTag": PYTHON_ALONE,
    "CheckConnectorUsesPoetry": PYTHON_ALONE,
    "CheckConnectorLicenseMatchInPyproject": PYTHON_ALONE,
    "CheckConnectorVersionMatchInPyproject": PYTHON_ALONE,
    "CheckPublishToPyPiIsDeclared": PYTHON_ALONE,
    "CheckConnectorUsesPythonBaseImage": PYTHON_ALONE,
    "CheckManifestOnlyConnectorBaseImage": "asks for the base image of connectors that are a manifest alone",
    "CheckConnectorUsesHTTPSOnly": (
        "looks for the characters http:// in every file, and a proxy's address begins with them; that a tenant is only "
        "asked by https is tested with requests"
    ),
}
RUN = {type(check).__name__: check for check in ENABLED_CHECKS if type(check).__name__ not in NOT_RUN}


@pytest.fixture
def connector(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Connector:
    # The checks find everything from the repository's root.
    monkeypatch.chdir(repository)
    return Connector("source-tines")


@pytest.mark.parametrize("check", RUN.values(), ids=list(RUN))
def test_the_check_passes(connector: Connector, check: Check) -> None:
    # Not `run`, which first asks for the language, and for a service level that only Airbyte's own connectors have.
    result = check._run(connector)

    assert result.status is CheckStatus.PASSED, result.message


def test_only_what_there_is_is_left_out() -> None:
    assert set(NOT_RUN) <= {type(check).__name__ for check in ENABLED_CHECKS}


def test_the_specification_that_the_checks_read_is_there(connector: Connector) -> None:
    """Without it, the check of the prerequisites passes whatever they say."""
    assert connector.connector_spec_file_content is not None


@pytest.mark.parametrize("validator", POST_UPLOAD_VALIDATORS, ids=lambda validator: validator.__name__)
def test_the_metadata_is_valid(connector: Connector, validator: Validator) -> None:
    """Three of them ask Docker Hub, and say nothing without it: nothing of the connector is there."""
    metadata = ConnectorMetadataDefinitionV0.model_validate(yaml.safe_load(connector.metadata_file_path.read_text()))
    options = ValidatorOptions(docs_path=str(connector.documentation_file_path), disable_dockerhub_checks=True)

    assert validator(metadata, options) == (True, None)
