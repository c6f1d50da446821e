"""What the image writes, looked at with Airbyte's own packages."""

import json
from typing import Any

from airbyte_cdk.models import AirbyteCatalog, AirbyteMessageSerializer, ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.models.airbyte_protocol_serializers import AirbyteCatalogSerializer
from airbyte_cdk.test.standard_tests._catalog_checks import find_catalog_problems
from airbyte_cdk.test.standard_tests._read_assertions import assert_read_records
from airbyte_protocol_dataclasses.models import AirbyteMessage
from conftest import ENTRIES
from serpyco_rs import Serializer

from container import Run, configured_catalog, run_image
from tenant import Tenant


def discover(tenant: Tenant) -> Run:
    return run_image(tenant, "discover", "--config", "/config/config.json", files={"config.json": tenant.config})


def catalog_of(run: Run) -> AirbyteCatalog:
    return AirbyteCatalogSerializer.load(run.of_type("CATALOG")[0]["catalog"])


def lost(given: Any, kept: Any, path: str = "") -> list[str]:
    """Where a value has not survived. Nulls say the same as nothing."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return [where for name in given for where in lost(given[name], kept.get(name), f"{path}.{name}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return [where for index, value in enumerate(given) for where in lost(value, kept[index], f"{path}[{index}]")]
    return [] if given == kept else [f"{path}: {given!r} became {kept!r}"]


def assert_models_know_all_of(run: Run) -> None:
    published = Serializer(AirbyteMessage)
    for message in run.messages:
        published.load(message)
        # The same models, as the CDK completes them: the published ones keep nothing of a state.
        assert lost(message, AirbyteMessageSerializer.dump(AirbyteMessageSerializer.load(message))) == []


def test_no_check_of_the_catalog_finds_a_problem_whether_enforced_or_not(tenant: Tenant) -> None:
    assert find_catalog_problems(catalog_of(discover(tenant))) == {}


def test_every_record_of_a_full_read_matches_the_discovered_schema(tenant: Tenant, full_read: Run) -> None:
    catalog = configured_catalog()
    catalog["streams"][0]["stream"] = discover(tenant).of_type("CATALOG")[0]["catalog"]["streams"][0]

    assert_read_records(
        records=[AirbyteMessageSerializer.load(message) for message in full_read.of_type("RECORD")],
        configured_catalog=ConfiguredAirbyteCatalogSerializer.load(catalog),
        require_records_per_stream=True,
        validate_schema=True,
    )


def test_every_top_level_field_of_a_record_is_declared(tenant: Tenant, full_read: Run) -> None:
    declared = set(catalog_of(discover(tenant)).streams[0].json_schema["properties"])

    fields = {name for message in full_read.of_type("RECORD") for name in message["record"]["data"]}
    assert fields <= declared


def test_every_message_of_a_full_read_survives_the_models_of_the_protocol(full_read: Run) -> None:
    assert {message["type"] for message in full_read.messages} >= {"RECORD", "STATE", "TRACE", "LOG"}
    assert_models_know_all_of(full_read)


def test_every_message_of_spec_check_and_discover_survives_the_models_of_the_protocol(tenant: Tenant) -> None:
    files = {"config.json": tenant.config}
    assert_models_know_all_of(run_image(tenant, "spec"))
    assert_models_know_all_of(run_image(tenant, "check", "--config", "/config/config.json", files=files))
    assert_models_know_all_of(discover(tenant))


def test_a_full_read_brings_every_entry_once_in_order(full_read: Run) -> None:
    records = [message["record"]["data"] for message in full_read.of_type("RECORD")]

    assert full_read.exit_code == 0
    assert len(set(full_read.ids)) == len(full_read.ids) == ENTRIES
    order = [(record["timestamp"], int(record["id"])) for record in records]
    assert order == sorted(order)


def test_lines_are_safe_for_pythons_way_of_splitting_them(full_read: Run) -> None:
    values = json.dumps([message["record"] for message in full_read.of_type("RECORD")], ensure_ascii=False)

    # The tenant's entries hold all three; unescaped they would have broken the lines.
    assert all(separator in values for separator in "\u0085\u2028\u2029")
    assert len(full_read.stdout.splitlines()) == full_read.stdout.count("\n")


def test_the_committed_catalog_says_of_the_stream_what_discover_says(tenant: Tenant) -> None:
    [stream] = discover(tenant).of_type("CATALOG")[0]["catalog"]["streams"]
    [configured] = configured_catalog()["streams"]

    for name, value in configured["stream"].items():
        assert name == "json_schema" or stream[name] == value
    assert configured["cursor_field"] == stream["default_cursor_field"]
    assert configured["primary_key"] == stream["source_defined_primary_key"]
