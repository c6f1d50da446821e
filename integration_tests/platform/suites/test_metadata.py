"""metadata.yaml and acceptance-test-config.yml."""

import re
from typing import Any

import yaml
from airbyte_connector_models.metadata.v0.connector_metadata_definition_v0 import ConnectorMetadataDefinitionV0

from container import run_image
from tenant import ROOT, Tenant


def metadata() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text())
    return data


def test_metadata_is_what_airbytes_model_of_it_accepts() -> None:
    model = ConnectorMetadataDefinitionV0.model_validate(metadata())

    assert model.data.name == "Tines"


def test_hosts_are_limited_to_the_configured_domain(tenant: Tenant) -> None:
    [host] = metadata()["data"]["allowedHosts"]["hosts"]
    spec = run_image(tenant, "spec").of_type("SPEC")[0]["spec"]["connectionSpecification"]

    field = re.fullmatch(r"\$\{(\w+)\}", host)
    assert field
    assert field[1] in spec["properties"]


def test_the_documentation_is_at_one_address(tenant: Tenant) -> None:
    spec = run_image(tenant, "spec").of_type("SPEC")[0]["spec"]

    assert spec["documentationUrl"] == metadata()["data"]["documentationUrl"]


def test_every_section_is_tested_strictly() -> None:
    config = yaml.safe_load((ROOT / "acceptance-test-config.yml").read_text())

    assert config["test_strictness_level"] == "high"
    sections = {"spec", "connection", "discovery", "basic_read", "full_refresh", "incremental"}
    assert set(config["acceptance_tests"]) == sections
    for section in config["acceptance_tests"].values():
        assert section["tests"]
        assert "bypass_reason" not in section
