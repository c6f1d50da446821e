"""The detection queries of docs/sql: each finds what was planted, and not what is harmless beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sql_files import FOLDER, Connection, Row, entry, insert, rows_of, text_of

# A Wednesday. The newest entry of every table is of now.
NOW = datetime(2026, 3, 4, 12)

HOME = "192.0.2.1"
ELSEWHERE = "198.51.100.7"
OTHER_TENANT = {"tenant_id": "6120", "tenant": "other"}


def ago(days: float = 0, **parts: float) -> datetime:
    return NOW - timedelta(days=days, **parts)


@dataclass(frozen=True)
class Case:
    """A table, and the ids of the entries that a query finds in it, in this order."""

    name: str
    rows: list[Row]
    found: list[str]


def known(**columns: Any) -> list[Row]:
    """Entries that make a user known, from the address HOME."""
    return [entry(f"known-{days}", ago(days), "StoryNameChange", **columns) for days in (60, 20)]


LOGINS = [
    Case(
        "a login from an address that the user did not come from before",
        [
            *known(),
            entry("planted", ago(1), "Login", ip_address=ELSEWHERE),
            entry("harmless", ago(2), "Login", ip_address=HOME),
        ],
        ["planted"],
    ),
    Case(
        "one login, not those that follow it from the same address",
        [*known(), *(entry(f"login-{days}", ago(days), "Login", ip_address=ELSEWHERE) for days in (3, 2, 1))],
        ["login-3"],
    ),
    Case(
        "a login from an address that was last used before the history",
        [
            entry("long-ago", ago(100), "Login", ip_address=ELSEWHERE),
            *known(),
            entry("again", ago(1), "Login", ip_address=ELSEWHERE),
        ],
        ["again"],
    ),
    Case(
        "a login although other entries of its second have lower ids",
        [
            *known(),
            entry("1", ago(1), "StoryNameChange", ip_address=ELSEWHERE),
            entry("2", ago(1), "Login", ip_address=ELSEWHERE),
        ],
        ["2"],
    ),
    Case(
        "a login from an address that only another user came from",
        [
            *known(),
            entry("other", ago(30), "Login", ip_address=ELSEWHERE, user_id="7650"),
            entry("planted", ago(1), "Login", ip_address=ELSEWHERE),
        ],
        ["planted"],
    ),
    Case(
        "a login from an address that only the same id in another tenant came from",
        [
            *known(),
            entry("other", ago(30), "Login", ip_address=ELSEWHERE, **OTHER_TENANT),
            entry("planted", ago(1), "Login", ip_address=ELSEWHERE),
        ],
        ["planted"],
    ),
    Case(
        "a login by tenant where Tines gives no id of the tenant",
        [*known(tenant_id=None), entry("planted", ago(1), "Login", ip_address=ELSEWHERE, tenant_id=None)],
        ["planted"],
    ),
    Case(
        "nothing of a user who is new",
        [
            entry("first", ago(3), "Login", ip_address=HOME),
            entry("second", ago(1), "Login", ip_address=ELSEWHERE),
        ],
        [],
    ),
    Case(
        "nothing that is not a login, has no address or no user, or is too old to be judged",
        [
            *known(),
            entry("change", ago(1), "StoryNameChange", ip_address=ELSEWHERE),
            entry("no-address", ago(1), "Login", ip_address=None),
            entry("no-user", ago(1), "Login", user_id=None, ip_address="203.0.113.5"),
            entry("old", ago(8), "Login", ip_address="203.0.113.6"),
        ],
        [],
    ),
]

WEDNESDAY = datetime(2026, 3, 4)
SATURDAY = datetime(2026, 2, 28)


def at(day: datetime, time: str) -> datetime:
    return datetime.fromisoformat(f"{day.date()}T{time}")


SECRETS = [
    Case(
        "a key that is made at night",
        [
            entry("planted", at(WEDNESDAY, "03:10"), "AuthenticationTokenCreation"),
            entry("harmless", at(WEDNESDAY, "10:10"), "AuthenticationTokenCreation"),
        ],
        ["planted"],
    ),
    Case(
        "a credential that is changed at the weekend",
        [
            entry("planted", at(SATURDAY, "10:10"), "CredentialSave"),
            entry("harmless", at(WEDNESDAY, "10:10"), "CredentialSave"),
        ],
        ["planted"],
    ),
    Case(
        "what is done before work begins, or when it has ended",
        [
            entry("ended", at(WEDNESDAY - timedelta(days=1), "19:00"), "CredentialDestruction"),
            entry("ending", at(WEDNESDAY - timedelta(days=1), "18:59:59"), "CredentialDestruction"),
            entry("not-yet", at(WEDNESDAY, "06:59:59"), "CredentialDestruction"),
            entry("begun", at(WEDNESDAY, "07:00"), "CredentialDestruction"),
        ],
        ["ended", "not-yet"],
    ),
    Case(
        "nothing that Tines does by itself, is about no secret, or is too old to be judged",
        [
            entry("refresh", at(WEDNESDAY, "03:10"), "CredentialOauthTokenRefresh"),
            entry("story", at(WEDNESDAY, "03:10"), "StoryNameChange"),
            entry("old", at(WEDNESDAY - timedelta(days=8), "03:10"), "CredentialSave"),
        ],
        [],
    ),
]


def deletions(count: int, seconds_apart: float, operation: str = "CredentialDestruction", **columns: Any) -> list[Row]:
    """Entries that end an hour ago."""
    start = ago(hours=1, seconds=seconds_apart * (count - 1))
    times = [start + timedelta(seconds=seconds_apart * index) for index in range(count)]
    prefix = "-".join([operation, *columns.values()])
    return [entry(f"{prefix}-{index}", time, operation, **columns) for index, time in enumerate(times)]


def earlier(rows: list[Row], **parts: float) -> list[Row]:
    return [row | {"id": f"earlier-{row['id']}", "timestamp": row["timestamp"] - timedelta(**parts)} for row in rows]


MASS_DELETIONS = [
    Case(
        "twenty deletions by one user within ten minutes",
        [*deletions(20, 30), *deletions(19, 30, user_id="harmless")],
        ["7642"],
    ),
    Case("twenty deletions of one second, once", deletions(20, 0), ["7642"]),
    Case("thirty deletions in a row, once", deletions(30, 20), ["7642"]),
    Case(
        "two bursts of a user, each",
        [*deletions(20, 10), *earlier(deletions(20, 10), hours=2)],
        ["7642", "7642"],
    ),
    Case(
        "deletions of different kinds together",
        [*deletions(10, 30), *deletions(10, 30, "TeamDestruction")],
        ["7642"],
    ),
    Case("nothing that is spread over an hour", deletions(20, 180), []),
    Case("nothing of what belongs to editing a story", deletions(60, 1, "StoryItemsDestruction"), []),
    Case("nothing of two users together", [*deletions(10, 1), *deletions(10, 1, user_id="7650")], []),
    Case("nothing of one id in two tenants together", [*deletions(10, 1), *deletions(10, 1, **OTHER_TENANT)], []),
    Case(
        "nothing that is too old to be judged",
        earlier(deletions(20, 1), days=8),
        [],
    ),
]

SETTINGS = [
    Case(
        "settings of the tenant",
        [
            entry("config", ago(days=3), "TenantConfigChange", user_email=None),
            entry("egress", ago(days=2), "ActionEgressControlRuleDeletion"),
            entry("harmless", ago(days=1), "StoryNameChange"),
            entry("old", ago(days=8), "TenantFeatureFlagToggle"),
        ],
        ["config", "egress"],
    ),
    Case(
        "a user who edits the own rights",
        [
            entry("planted", ago(1), "UserEdit", resource_type="user", resource_id="7642"),
            entry("harmless", ago(1), "UserEdit", resource_type="user", resource_id="7650"),
            entry("no-user", ago(1), "UserEdit", resource_type="user", user_id=None, user_email=None),
        ],
        ["planted"],
    ),
    Case(
        "a user who joins a team by own hand, however the inputs are nested and the address is written",
        [
            entry("planted", ago(1), "TeamMembersAddition", inputs={"inputs": {"emails": ["Ada@Example.com"]}}),
            entry("harmless", ago(1), "TeamMembersAddition", inputs={"inputs": {"emails": ["nada@example.com"]}}),
            entry("no-inputs", ago(1), "TeamMembersAddition"),
        ],
        ["planted"],
    ),
    Case(
        "nothing of the own address in other operations",
        [entry("recipient", ago(1), "StoryRecipientAddition", inputs={"inputs": {"address": "ada@example.com"}})],
        [],
    ),
]

FIRST_USES = [
    Case(
        "an operation that a known user did not use before, once",
        [
            *known(),
            entry("planted", ago(3), "AuthenticationTokenCreation"),
            entry("second", ago(1), "AuthenticationTokenCreation"),
        ],
        ["planted"],
    ),
    Case(
        "an operation that was last used before the history",
        [
            entry("long-ago", ago(100), "UsersInvitation"),
            entry("month-ago", ago(30), "StoryImport"),
            entry("planted", ago(1), "UsersInvitation"),
            entry("harmless", ago(1), "StoryImport"),
        ],
        ["planted"],
    ),
    Case(
        "an operation that only another user used",
        [
            *known(),
            entry("other", ago(30), "UserDeletion", user_id="7650"),
            entry("planted", ago(1), "UserDeletion"),
        ],
        ["planted"],
    ),
    Case(
        "an operation that only the same id in another tenant used",
        [
            *known(),
            entry("other", ago(30), "UserDeletion", **OTHER_TENANT),
            entry("planted", ago(1), "UserDeletion"),
        ],
        ["planted"],
    ),
    Case(
        "nothing of a user who is new, or of no user",
        [
            entry("first", ago(3), "StoryNameChange"),
            entry("new", ago(1), "AuthenticationTokenCreation"),
            entry("no-user", ago(1), "AuthenticationTokenCreation", user_id=None),
        ],
        [],
    ),
    Case(
        "nothing that is not sensitive, or too old to be judged",
        [
            *known(),
            entry("usual", ago(1), "StoryDescriptionChange"),
            entry("old", ago(8), "AuthenticationTokenCreation"),
        ],
        [],
    ),
]

# Captured entries of 2023 have no inputs.
DISABLED = [
    Case(
        "actions and stories that are disabled, by inputs as Tines nests them or without any",
        [
            entry("bare", ago(4), "ActionsDisabledChange"),
            entry("actions", ago(3), "ActionsDisabledChange", inputs={"inputs": {"agentIds": [7], "disabled": True}}),
            entry("story", ago(2), "StoryDisabledChange", inputs={"inputs": {"storyId": 1478, "disabled": True}}),
            entry("flat", ago(1), "StoryDisabledChange", inputs={"storyId": 1478, "disabled": True}),
        ],
        ["bare", "actions", "story", "flat"],
    ),
    Case(
        "nothing that is enabled again, is another change, or is too old to be judged",
        [
            entry("enabled", ago(2), "ActionsDisabledChange", inputs={"inputs": {"agentIds": [7], "disabled": False}}),
            entry("flat", ago(2), "StoryDisabledChange", inputs={"storyId": 1478, "disabled": False}),
            entry("other", ago(1), "ActionsMonitoringChange", inputs={"inputs": {"disabled": True}}),
            entry("old", ago(8), "ActionsDisabledChange"),
        ],
        [],
    ),
]

JOBS = [
    Case(
        "each deletion of queued or retrying jobs, a single one too",
        [
            entry("queued", ago(3), "JobsQueuedDeletion"),
            entry("retrying", ago(2), "JobsRetryingDeletion", inputs={"storyId": 1478}),
            entry("story", ago(1), "StoryJobsClearance", inputs={"storyId": 1478}),
        ],
        ["queued", "retrying", "story"],
    ),
    Case(
        "nothing that deletes something else, or is too old to be judged",
        [
            entry("event", ago(1), "EventDeletion", inputs={"eventId": 71443}),
            entry("old", ago(8), "JobsQueuedDeletion"),
        ],
        [],
    ),
]

KEY = "AuthenticationTokenCreation"
SERVICE_KEYS = [
    Case(
        "a key that belongs to nobody, not one of a person",
        [
            entry("service", ago(2), KEY, inputs={"inputs": {"name": "tenant-api-key", "isServiceToken": True}}),
            entry("personal", ago(1), KEY, inputs={"inputs": {"name": "own-api-key", "isServiceToken": False}}),
        ],
        ["service"],
    ),
    Case(
        "nothing without inputs, with others, or too old to be judged",
        [
            entry("bare", ago(3), KEY),
            entry("empty", ago(2), KEY, inputs={}),
            entry("deleted", ago(1), "AuthenticationTokenDeletion", inputs={"inputs": {"isServiceToken": True}}),
            entry("old", ago(8), KEY, inputs={"inputs": {"name": "tenant-api-key", "isServiceToken": True}}),
        ],
        [],
    ),
]

AUTHORITIES = [
    Case(
        "an authority that is set, and no other setting",
        [
            entry("set", ago(2), "CustomCertificateAuthoritySet", inputs={}),
            entry("other", ago(1), "TenantConfigChange"),
            entry("old", ago(8), "CustomCertificateAuthoritySet", inputs={}),
        ],
        ["set"],
    ),
]

SAML = {"domainId": "REDACTED", "fingerprint": "REDACTED", "idpCertificate": "REDACTED", "targetUrl": "REDACTED"}
SIGN_ON = [
    Case(
        "each way of single sign-on that is set, also by a user without an address",
        [
            entry("saml", ago(3), "SsoConfigurationSamlSet", inputs=SAML),
            entry("oidc", ago(2), "SsoConfigurationOidcSet", user_email=None),
            entry("none", ago(1), "SsoConfigurationDefaultSet"),
            entry("other", ago(1), "TenantConfigChange"),
            entry("old", ago(8), "SsoConfigurationSamlSet", inputs=SAML),
        ],
        ["saml", "oidc", "none"],
    ),
]

TEAMS = [
    Case(
        "a single team that is destroyed, and no other change of teams",
        [
            entry("destroyed", ago(2), "TeamDestruction", resource_type="team", resource_id="7", inputs={"teamId": 7}),
            entry("bare", ago(1), "TeamDestruction"),
            entry("member", ago(1), "TeamMemberRemoval", inputs={"teamId": 7, "userId": 7650}),
            entry("old", ago(8), "TeamDestruction"),
        ],
        ["destroyed", "bare"],
    ),
]

CASES = {
    "detections/actions-disabled.sql": DISABLED,
    "detections/certificate-authority-set.sql": AUTHORITIES,
    "detections/queued-jobs-deleted.sql": JOBS,
    "detections/service-key-created.sql": SERVICE_KEYS,
    "detections/sso-changed.sql": SIGN_ON,
    "detections/team-destroyed.sql": TEAMS,
    "detections/login-from-new-address.sql": LOGINS,
    "detections/secrets-changed-outside-hours.sql": SECRETS,
    "detections/mass-deletion.sql": MASS_DELETIONS,
    "detections/access-settings-changed.sql": SETTINGS,
    "detections/first-use-of-sensitive-operation.sql": FIRST_USES,
}


def found(connection: Connection, sql: str) -> list[str]:
    """Ids of entries; of users, where rows are of more than one entry."""
    return [row.get("id", row["user_id"]) for row in rows_of(connection, sql)]


@pytest.mark.parametrize(
    ("query", "case"),
    [pytest.param(query, case, id=f"{query} finds {case.name}") for query, cases in CASES.items() for case in cases],
)
def test_a_query_finds(empty: Connection, query: str, case: Case) -> None:
    insert(empty, [*case.rows, entry("now", NOW, "StoryNameChange", user_id="9000")])

    assert found(empty, text_of(query, empty)) == case.found


def test_working_hours_are_those_of_the_time_zone(empty: Connection) -> None:
    insert(
        empty,
        [
            entry("half-past-seven", at(WEDNESDAY, "06:30"), "CredentialSave"),
            entry("half-past-seven-at-night", at(WEDNESDAY, "18:30"), "CredentialSave"),
        ],
    )
    sql = text_of("detections/secrets-changed-outside-hours.sql", empty)
    berlin = sql.replace("'UTC' AS time_zone", "'Europe/Berlin' AS time_zone")
    assert berlin != sql

    assert found(empty, sql) == ["half-past-seven"]
    assert found(empty, berlin) == ["half-past-seven-at-night"]


@pytest.mark.parametrize("query", CASES)
def test_a_query_runs_on_a_table_without_rows(empty: Connection, query: str) -> None:
    assert found(empty, text_of(query, empty)) == []


@pytest.mark.parametrize("query", CASES)
def test_a_query_runs_on_what_was_synced(synced: Connection, query: str) -> None:
    rows_of(synced, text_of(query, synced))


def test_every_detection_has_cases() -> None:
    detections = [path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("detections/*")]
    of_silence = ["detections/gaps.sql", "detections/log-went-silent.sql"]
    assert sorted(detections) == sorted([*CASES, *of_silence])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("detections/*")), ids=lambda path: path.name)
def test_a_detection_says_what_to_do_when_it_fires(path: Path) -> None:
    assert "\n-- When it fires: " in path.read_text()
