"""The queries that docs/privacy.md leads to: pseudonyms instead of persons, a person who is erased, what is too old."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sql_files import Connection, Row, entry, insert, rows_of, text_of

from tenant import ROOT

AT = datetime(2026, 3, 4, 12)
# Whom erase-person.sql erases, as it stands there.
ADA: Row = {"user_id": "7642", "user_email": "ada@example.com", "tenant_id": "5044"}
BERT: Row = {"user_id": "7650", "user_email": "bert@example.com", "ip_address": "198.51.100.7"}


@pytest.fixture
def table(empty: Connection) -> Connection:
    """Without rows; with the secret of the pseudonyms and their view."""
    empty.execute("CREATE TABLE pseudonym_secret AS SELECT 'a secret of this test' AS secret")
    empty.execute(text_of("audit-logs-pseudonymous.sql", empty))
    return empty


def pseudonyms(connection: Connection, column: str = "user_pseudonym") -> dict[str, str | None]:
    rows = rows_of(connection, f"SELECT id, {column} AS value FROM audit_logs_pseudonymous")
    return {row["id"]: row["value"] for row in rows}


class TestPseudonyms:
    def test_nothing_of_the_view_names_a_person(self, table: Connection) -> None:
        personal = {
            "user_name": "Ada Fischer",
            "user_agent": "Mozilla/5.0",
            "request_ip": "192.0.2.1",
            "request_user_agent": "Mozilla/5.0",
            "inputs": {"email": "ada@example.com"},
            "outputs": {"email": "ada@example.com"},
            "metadata": {"email": "ada@example.com"},
            "additional_fields": {"email": "ada@example.com"},
        }
        user = {"resource_type": "user", "resource_id": "7642", "resource_name": "Ada Fischer"}
        insert(table, [entry("1", AT, "UserEdit", **personal, **user)])

        [row] = rows_of(table, "SELECT * FROM audit_logs_pseudonymous")
        assert not re.search(r"7642|ada|fischer|192\.0\.2\.1|mozilla", str(row), re.IGNORECASE)
        assert (row["id"], row["timestamp"], row["operation_name"]) == ("1", AT, "UserEdit")

    def test_a_user_has_one_pseudonym_as_user_and_as_resource_and_nobody_else_has_it(
        self, table: Connection
    ) -> None:
        edited = {"resource_type": "user", "resource_id": "7642"}
        insert(table, [entry("1", AT, "Login"), entry("2", AT, "Login"), entry("3", AT, "UserEdit", **BERT, **edited)])

        users = pseudonyms(table)
        assert users["1"] == users["2"] == pseudonyms(table, "resource_id")["3"]
        assert users["3"] not in (None, users["1"])

    def test_the_same_id_in_another_tenant_is_another_user(self, table: Connection) -> None:
        insert(table, [entry("1", AT, "Login"), {**entry("2", AT, "Login"), "tenant_id": "6120"}])

        users = pseudonyms(table)
        assert users["1"] != users["2"]

    def test_with_another_secret_all_are_others(self, table: Connection) -> None:
        insert(table, [entry("1", AT, "Login")])
        before = pseudonyms(table), pseudonyms(table, "address_pseudonym")
        table.execute("UPDATE pseudonym_secret SET secret = 'another one'")

        assert pseudonyms(table) != before[0]
        assert pseudonyms(table, "address_pseudonym") != before[1]

    def test_who_is_not_known_has_none(self, table: Connection) -> None:
        insert(table, [{"id": "1", "timestamp": AT}])

        assert pseudonyms(table) == pseudonyms(table, "address_pseudonym") == {"1": None}


def left(connection: Connection) -> list[str]:
    connection.execute(text_of("erase-person.sql", connection))
    return [row["id"] for row in rows_of(connection, "SELECT id FROM audit_logs ORDER BY id")]


class TestErasure:
    def test_every_row_of_the_person_goes_and_no_other(self, empty: Connection) -> None:
        upper = {"user_id": None, "user_email": "Ada@Example.com"}
        elsewhere = {**entry("5", AT, "Login"), "tenant_id": "6120"}
        insert(empty, [entry("1", AT, "Login"), entry("1", AT, "Login"), entry("2", AT, "Login", **BERT)])
        insert(empty, [entry("3", AT, "Login", **upper), {"id": "4", "timestamp": AT}, elsewhere])

        assert left(empty) == ["2", "4", "5"]

    @pytest.mark.parametrize("column", ["inputs", "outputs", "metadata", "additional_fields"])
    def test_an_entry_of_somebody_else_loses_what_names_the_person(
        self, empty: Connection, column: str
    ) -> None:
        insert(empty, [entry("1", AT, "UserInvitation", **BERT, **{column: {"inputs": {"email": "ADA@example.com"}}})])

        assert left(empty) == ["1"]
        [row] = rows_of(empty, "SELECT * FROM audit_logs")
        assert not re.search("ada@", str(row), re.IGNORECASE)
        assert (row["operation_name"], row["user_email"]) == ("UserInvitation", "bert@example.com")

    def test_an_entry_about_the_person_by_id_loses_it_too(self, empty: Connection) -> None:
        edited = {"resource_type": "user", "resource_id": ADA["user_id"], "resource_name": "Ada Fischer"}
        insert(empty, [entry("1", AT, "UserEdit", **BERT, **edited, inputs={"name": "Ada Fischer"})])

        assert left(empty) == ["1"]
        [row] = rows_of(empty, "SELECT resource_name, inputs FROM audit_logs")
        assert row == {"resource_name": None, "inputs": None}

    def test_an_entry_without_the_person_keeps_all(self, empty: Connection) -> None:
        story = {"resource_type": "story", "resource_id": ADA["user_id"], "resource_name": "Archive"}
        insert(empty, [entry("1", AT, "StoryNameChange", **BERT, **story, inputs={"name": "Archive"})])

        assert left(empty) == ["1"]
        [row] = rows_of(empty, "SELECT resource_name, inputs IS NOT NULL AS has_inputs FROM audit_logs")
        assert row == {"resource_name": "Archive", "has_inputs": True}


def test_the_page_deletes_what_is_older_than_its_retention(empty: Connection) -> None:
    [sql] = re.findall(r"^```sql\n(.*?)^```$", (ROOT / "docs/privacy.md").read_text(), re.DOTALL | re.MULTILINE)
    now = datetime.now()
    insert(empty, [entry("old", now - timedelta(days=400), "Login"), entry("new", now - timedelta(days=300), "Login")])
    empty.execute(sql)

    assert [row["id"] for row in rows_of(empty, "SELECT id FROM audit_logs")] == ["new"]
