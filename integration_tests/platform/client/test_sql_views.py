"""The views of docs/sql, on the table that PyAirbyte made, held to the schemas that they map to."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from ocsf.v1_7_0.events import ApiActivity
from pydantic import BaseModel
from sql_files import FOLDER, Connection, Row, entry, insert, rows_of

AT = datetime(2026, 3, 4, 12, 0, 0, 250_000)
EPOCH_MS = 1_772_625_600_250

# A row with a value in every column, numbers included that no double holds.
FULL = entry(
    "20079314",
    AT,
    "StoryNameChange",
    user_name="Ada Fischer",
    user_agent="Mozilla/5.0",
    resource_type="story",
    resource_id="1478",
    resource_name="Archive new sign-ins",
    status="success",
    metadata={"changes": None},
    organization_id="6120",
    story_id="1478",
    inputs={"inputs": {"storyId": 12345678901234567890123, "name": None}},
    outputs={"id": 5544672, "errors": []},
    additional_fields={"session_id": "f81d"},
    _airbyte_extracted_at=datetime(2026, 3, 4, 12, 10),
)
BARE: Row = {"id": "1", "timestamp": AT}


def operations(connection: Connection) -> dict[str, tuple[str, str]]:
    rows = rows_of(connection, "SELECT * FROM operation_activities")
    return {row["operation_name"]: (row["activity"], row["area"]) for row in rows}


def ocsf_events(connection: Connection) -> list[Row]:
    rows = rows_of(connection, "SELECT to_json(event) AS event FROM audit_logs_ocsf AS event")
    events = [json.loads(row["event"]) for row in rows]
    return [{name: value for name, value in event.items() if value is not None} for event in events]


def ecs_events(connection: Connection) -> list[Row]:
    return rows_of(connection, "SELECT * FROM audit_logs_ecs")


class TestOperationActivities:
    @pytest.mark.parametrize(
        ("operation", "expected"),
        [
            ("Login", ("login", "authentication")),
            ("user.login", ("login", "authentication")),
            ("StoryCreation", ("create", "configuration")),
            ("story.created", ("create", "configuration")),
            ("StoryItemsMovement", ("update", "configuration")),
            ("UserCredentialSave", ("update", "configuration")),
            ("GlobalResourceDestruction", ("delete", "configuration")),
            ("ArchivedStoryDeleteAll", ("delete", "configuration")),
            ("UsersInvitation", ("create", "iam")),
            ("UserDeletion", ("delete", "iam")),
            ("TeamMemberRemoval", ("update", "iam")),
            ("team.member_added", ("update", "configuration")),
            ("AuthenticationTokenCreation", ("create", "iam")),
            ("SsoConfigurationSamlSet", ("update", "iam")),
            ("ActionRun", ("other", "api")),
            ("SomethingThatNobodyKnows", ("other", "api")),
        ],
    )
    def test_tells_an_operation_by_its_name(
        self, empty: Connection, operation: str, expected: tuple[str, str]
    ) -> None:
        insert(empty, [entry("1", AT, operation)])

        assert operations(empty) == {operation: expected}

    def test_has_every_operation_of_the_table_once(self, synced: Connection) -> None:
        names = [row["operation_name"] for row in rows_of(synced, "SELECT * FROM operation_activities")]

        table = rows_of(synced, "SELECT DISTINCT operation_name FROM audit_logs")
        assert sorted(names) == sorted(row["operation_name"] for row in table) != []


def extras(model: BaseModel, path: str) -> list[str]:
    """Attributes that the schema does not know. What is in unmapped is free."""
    found = [f"{path}.{name}" for name in model.model_extra or {}]
    for name, value in model:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, BaseModel) and name != "unmapped":
                found += extras(item, f"{path}.{name}")
    return found


def assert_valid_api_activity(event: Row) -> None:
    """As the schema says, which the models follow but for what is asserted by hand: they fill in and let pass."""
    assert extras(ApiActivity.model_validate(event), "event") == []
    required = {"activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time"}
    assert required | {"metadata", "actor", "api", "src_endpoint"} <= set(event)
    assert (event["category_uid"], event["class_uid"]) == (6, 6003)
    assert event["type_uid"] == 600300 + event["activity_id"]
    assert event["activity_id"] in {1, 3, 4, 99}
    assert event["metadata"]["version"] == "1.7.0"
    assert {"uid", "name"} & set(event["actor"]["user"])
    assert {"ip", "name"} & set(event["src_endpoint"])
    assert all({"uid", "name"} & set(resource) for resource in event.get("resources", []))


class TestOcsf:
    def test_makes_a_valid_api_activity_of_every_entry(self, synced: Connection) -> None:
        events = ocsf_events(synced)

        [table] = rows_of(synced, "SELECT count(*) AS entries FROM audit_logs")
        assert len(events) == table["entries"] > 0
        for event in events:
            assert_valid_api_activity(event)

    def test_puts_every_column_where_the_schema_has_it(self, empty: Connection) -> None:
        insert(empty, [FULL])

        [event] = ocsf_events(empty)
        assert_valid_api_activity(event)
        assert event == {
            "activity_id": 3,
            "activity_name": "Update",
            "category_uid": 6,
            "category_name": "Application Activity",
            "class_uid": 6003,
            "class_name": "API Activity",
            "type_uid": 600303,
            "type_name": "API Activity: Update",
            "severity_id": 1,
            "severity": "Informational",
            "time": EPOCH_MS,
            "status_id": 1,
            "status": "Success",
            "metadata": {
                "version": "1.7.0",
                "product": {"name": "Tines", "vendor_name": "Tines"},
                "log_name": "audit_logs",
                "event_code": "StoryNameChange",
                "original_event_uid": "20079314",
                "tenant_uid": "5044",
                "logged_time": EPOCH_MS + 600_000 - 250,
            },
            "actor": {
                "user": {
                    "uid": "7642",
                    "name": "ada@example.com",
                    "full_name": "Ada Fischer",
                    "email_addr": "ada@example.com",
                }
            },
            "api": {"operation": "StoryNameChange", "service": {"name": "Tines"}},
            "src_endpoint": {"ip": "192.0.2.1"},
            "http_request": {"user_agent": "Mozilla/5.0"},
            "resources": [{"uid": "1478", "name": "Archive new sign-ins", "type": "story"}],
            "unmapped": {
                "inputs": FULL["inputs"],
                "outputs": FULL["outputs"],
                "metadata": FULL["metadata"],
                "additional_fields": FULL["additional_fields"],
                "story_id": "1478",
                "resource_type": "story",
                "organization_id": "6120",
                "tenant": "company",
            },
        }

    def test_is_valid_for_an_entry_of_nothing_but_id_and_time(self, empty: Connection) -> None:
        insert(empty, [BARE])

        [event] = ocsf_events(empty)
        assert_valid_api_activity(event)
        assert event["actor"] == {"user": {"name": "Unknown"}}
        assert event["src_endpoint"] == {"name": "Unknown"}
        assert event["api"]["operation"] == event["activity_name"] == "Unknown"
        assert (event["activity_id"], event["status_id"]) == (99, 0)

    def test_takes_a_blank_name_for_none(self, empty: Connection) -> None:
        insert(empty, [entry("1", AT, "Login", user_name=" ")])

        [event] = ocsf_events(empty)
        assert_valid_api_activity(event)
        assert "full_name" not in event["actor"]["user"]

    @pytest.mark.parametrize(
        ("status", "status_id", "text"),
        [
            ("success", 1, "Success"),
            ("FAILURE", 2, "Failure"),
            ("failed", 2, "Failure"),
            ("error", 2, "Failure"),
            ("pending", 99, "pending"),
            (None, 0, "Unknown"),
        ],
    )
    def test_tells_the_outcome(
        self, empty: Connection, status: str | None, status_id: int, text: str
    ) -> None:
        insert(empty, [entry("1", AT, "Login", status=status)])

        [event] = ocsf_events(empty)
        assert_valid_api_activity(event)
        assert (event["status_id"], event["status"]) == (status_id, text)

    @pytest.mark.parametrize(
        ("operation", "activity_id", "name"),
        [
            ("StoryCreation", 1, "Create"),
            ("StoryNameChange", 3, "Update"),
            ("TeamDestruction", 4, "Delete"),
            ("Login", 99, "Login"),
            ("ActionRun", 99, "ActionRun"),
        ],
    )
    def test_tells_the_activity(
        self, empty: Connection, operation: str, activity_id: int, name: str
    ) -> None:
        insert(empty, [entry("1", AT, operation)])

        [event] = ocsf_events(empty)
        assert_valid_api_activity(event)
        assert (event["activity_id"], event["activity_name"]) == (activity_id, name)

    def test_names_the_tenant_as_the_resource_of_its_settings(self, empty: Connection) -> None:
        insert(empty, [entry("1", AT, "SsoConfigurationSamlSet", resource_type="tenant")])

        [event] = ocsf_events(empty)
        assert_valid_api_activity(event)
        assert event["resources"] == [{"uid": "5044", "type": "tenant"}]


# Of ECS 9.4.0. The types that are expected of each category.
EXPECTED_TYPES = {
    "api": "access admin allowed change creation deletion denied end info start user",
    "authentication": "start end info",
    "configuration": "access change creation deletion info",
    "iam": "admin change creation deletion group info user",
}
OUTCOMES = {"failure", "success", "unknown"}
TEXTS = (
    "ecs.version event.kind event.action event.outcome event.id event.module event.dataset user.id user.email "
    "user.name user.full_name source.ip user_agent.original organization.id organization.name"
).split()
TIMES = ["@timestamp", "event.created"]
# Of DuckDB and of PostgreSQL.
KINDS = {
    **dict.fromkeys(["VARCHAR", "character varying", "text"], "text"),
    **dict.fromkeys(["TIMESTAMP", "timestamp with time zone"], "time"),
    **dict.fromkeys(["VARCHAR[]", "ARRAY"], "list"),
}
LISTS = ["event.category", "event.type", "related.ip", "related.user"]


def assert_values_are_allowed(event: Row) -> None:
    assert (event["ecs.version"], event["event.kind"]) == ("9.4.0", "event")
    assert event["event.outcome"] in OUTCOMES
    [category] = event["event.category"]
    assert event["event.type"] != []
    assert set(event["event.type"]) <= set(EXPECTED_TYPES[category].split())
    assert None not in event["related.ip"] + event["related.user"]


class TestEcs:
    def test_has_no_values_but_those_that_are_allowed(self, synced: Connection) -> None:
        events = ecs_events(synced)

        [table] = rows_of(synced, "SELECT count(*) AS entries FROM audit_logs")
        assert len(events) == table["entries"] > 0
        for event in events:
            assert_values_are_allowed(event)

    def test_has_the_fields_of_ecs_with_their_types_and_its_own_under_tines(
        self, synced: Connection
    ) -> None:
        columns = rows_of(
            synced,
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'tines' AND table_name = 'audit_logs_ecs'",
        )

        types = {row["column_name"]: KINDS.get(row["data_type"]) for row in columns}
        of_ecs = {name: kind for name, kind in types.items() if not name.startswith("tines.")}
        assert of_ecs == {
            **dict.fromkeys(TEXTS, "text"),
            **dict.fromkeys(TIMES, "time"),
            **dict.fromkeys(LISTS, "list"),
        }

    def test_puts_every_column_where_ecs_has_it(self, empty: Connection) -> None:
        insert(empty, [FULL])

        [event] = ecs_events(empty)
        assert_values_are_allowed(event)
        objects = {name: json.loads(event.pop(f"tines.{name}")) for name in ("inputs", "outputs", "metadata")}
        assert objects == {name: FULL[name] for name in objects}
        assert json.loads(event.pop("tines.additional_fields")) == FULL["additional_fields"]
        assert sorted(event.pop("related.user")) == ["7642", "Ada Fischer", "ada@example.com"]
        assert event == {
            "@timestamp": AT,
            "ecs.version": "9.4.0",
            "event.kind": "event",
            "event.category": ["configuration"],
            "event.type": ["change"],
            "event.action": "StoryNameChange",
            "event.outcome": "success",
            "event.id": "20079314",
            "event.module": "tines",
            "event.dataset": "tines.audit_logs",
            "event.created": datetime(2026, 3, 4, 12, 10),
            "user.id": "7642",
            "user.email": "ada@example.com",
            "user.name": "ada@example.com",
            "user.full_name": "Ada Fischer",
            "source.ip": "192.0.2.1",
            "user_agent.original": "Mozilla/5.0",
            "organization.id": "6120",
            "organization.name": "company",
            "related.ip": ["192.0.2.1"],
            "tines.tenant_id": "5044",
            "tines.story_id": "1478",
            "tines.resource.type": "story",
            "tines.resource.id": "1478",
            "tines.resource.name": "Archive new sign-ins",
            "tines.status": "success",
        }

    def test_is_right_for_an_entry_of_nothing_but_id_and_time(self, empty: Connection) -> None:
        insert(empty, [BARE])

        [event] = ecs_events(empty)
        assert_values_are_allowed(event)
        assert (event["event.category"], event["event.type"]) == (["api"], ["info"])
        assert (event["related.ip"], event["related.user"]) == ([], [])

    @pytest.mark.parametrize(
        ("operation", "category", "types"),
        [
            ("Login", "authentication", ["start"]),
            ("UserEdit", "iam", ["user", "change"]),
            ("UserReinvitation", "iam", ["user", "info"]),
            ("TeamMembersAddition", "iam", ["group", "change"]),
            ("AuthenticationTokenDeletion", "iam", ["admin", "deletion"]),
            ("SsoConfigurationOidcSet", "iam", ["admin", "change"]),
            ("TenantConfigChange", "configuration", ["change"]),
            ("UserCredentialSave", "configuration", ["change"]),
            ("StoryCreation", "configuration", ["creation"]),
            ("ActionRun", "api", ["info"]),
        ],
    )
    def test_categorizes_an_operation(
        self, empty: Connection, operation: str, category: str, types: list[Any]
    ) -> None:
        insert(empty, [entry("1", AT, operation)])

        [event] = ecs_events(empty)
        assert_values_are_allowed(event)
        assert (event["event.category"], event["event.type"]) == ([category], types)


def test_the_files_of_postgresql_differ_from_the_others_in_its_functions_only() -> None:
    functions = {
        r"json_merge_patch\('{}', ": "json_strip_nulls(",
        r"json_(object|array)\(": r"json_build_\1(",
        r"sha256\((\w+)\)": r"encode(sha256(convert_to(\1, 'UTF8')), 'hex')",
    }
    own = sorted(path.name for path in FOLDER.glob("postgres/*"))
    assert own == ["audit-logs-ocsf.sql", "audit-logs-pseudonymous.sql"]
    for name in own:
        text = (FOLDER / name).read_text()
        for pattern, replacement in functions.items():
            text = re.sub(pattern, replacement, text)
        assert (FOLDER / "postgres" / name).read_text() == text
