"""`airbyte-ops registry connector-version artifacts generate`: what Airbyte's registry would make of this connector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from airbyte_connector_models.metadata.v0.connector_registry_v0 import ConnectorRegistryV0
from airbyte_ops_mcp.registry.generate import GenerateResult, generate_version_artifacts

from container import IMAGE, run_image
from tenant import Tenant


@pytest.fixture(scope="module")
def generated(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> GenerateResult:
    return generate_version_artifacts(
        repository / "airbyte-integrations/connectors/source-tines/metadata.yaml",
        IMAGE,
        output_dir=tmp_path_factory.mktemp("artifacts"),
        repo_root=repository,
        # It runs an image of Syft's, which is to be had from Docker Hub alone.
        with_sbom=False,
        # It asks GitHub who has published.
        with_github_lookup=False,
    )


def entry_of(generated: GenerateResult) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads((Path(generated.output_dir) / "oss.json").read_text())
    return entry


def test_all_artifacts_are_made_and_valid(generated: GenerateResult) -> None:
    assert (generated.errors, generated.validation_errors) == ([], [])
    # No cloud.json: metadata.yaml does not offer the connector to Airbyte Cloud.
    expected = ["doc.md", "icon.svg", "metadata.yaml", "oss.json", f"version={generated.version}"]
    assert sorted(generated.artifacts_written) == expected


def test_the_entry_is_one_that_the_registry_accepts(generated: GenerateResult) -> None:
    registry = ConnectorRegistryV0.model_validate({"sources": [entry_of(generated)], "destinations": []})

    assert registry.sources[0].name == "Tines"


def test_the_entry_says_what_metadata_and_image_say(
    generated: GenerateResult, repository: Path, tenant: Tenant
) -> None:
    metadata = yaml.safe_load((repository / "airbyte-integrations/connectors/source-tines/metadata.yaml").read_text())
    [spec] = run_image(tenant, "spec").of_type("SPEC")
    entry = entry_of(generated)

    assert entry["spec"] == spec["spec"]
    assert entry["sourceDefinitionId"] == metadata["data"]["definitionId"]
    assert entry["language"] == "typescript"
    copied = ("dockerRepository", "dockerImageTag", "allowedHosts", "suggestedStreams", "maxSecondsBetweenMessages")
    for field in copied:
        assert entry[field] == metadata["data"][field]
