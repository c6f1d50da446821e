"""What the suite does not ask and the platform relies on: states, and catalogs that do not fit."""

import json
from collections.abc import Callable

import pytest

from container import Run, configured_catalog, cursor_of, ids_of, read
from tenant import ROOT, Tenant

ENTRIES = 18_000


@pytest.fixture(scope="module")
def large_tenant(start_tenant: Callable[..., Tenant]) -> Tenant:
    """Has more entries than one checkpoint spans."""
    return start_tenant(entries=ENTRIES)


@pytest.fixture(scope="module")
def large_read(large_tenant: Tenant) -> Run:
    run = read(large_tenant)
    assert run.exit_code == 0
    return run


def test_a_second_read_brings_only_what_is_new_and_a_third_nothing(start_tenant: Callable[..., Tenant]) -> None:
    tenant = start_tenant(entries=1200)
    first = read(tenant)
    assert len(first.ids) == 1200

    added = [*tenant.add_late(5, minutes=5), *tenant.add(20)]
    second = read(tenant, state=first.states[-1:])
    assert sorted(second.ids) == sorted(added)

    third = read(tenant, state=second.states[-1:])
    assert (third.exit_code, third.ids, third.statuses[-1]) == (0, [], "COMPLETE")
    assert third.states


def test_from_every_state_of_a_read_exactly_the_rest_is_read(large_tenant: Tenant, large_read: Run) -> None:
    assert len(set(large_read.ids)) == len(large_read.ids) == ENTRIES
    positions = [index for index, message in enumerate(large_read.messages) if message["type"] == "STATE"]
    assert len(positions) >= 4

    for position in positions:
        rest = read(large_tenant, state=[large_read.messages[position]["state"]])
        assert rest.exit_code == 0
        assert ids_of(large_read.messages[:position]) + rest.ids == large_read.ids


def test_cursors_never_move_backwards(large_read: Run) -> None:
    cursors = [cursor_of(state) for state in large_read.states]
    assert cursors == sorted(cursors)


def test_a_state_counts_the_records_since_the_one_before(large_read: Run) -> None:
    counted, since = [], 0
    for message in large_read.messages:
        if message["type"] == "RECORD":
            since += 1
        elif message["type"] == "STATE":
            counted.append((message["state"]["sourceStats"]["recordCount"], since))
            since = 0
    assert since == 0
    assert all(said == found for said, found in counted)


def test_a_state_in_the_future_brings_no_records_and_stays(tenant: Tenant) -> None:
    abnormal = json.loads((ROOT / "integration_tests/abnormal_state.json").read_text())

    run = read(tenant, state=abnormal)

    assert (run.exit_code, run.ids, run.statuses[-1]) == (0, [], "COMPLETE")
    assert run.states
    assert all(cursor_of(state) >= cursor_of(abnormal[0]) for state in run.states)


def test_a_full_refresh_honours_a_state_as_well(tenant: Tenant, full_read: Run) -> None:
    catalog = configured_catalog()
    catalog["streams"][0].update(sync_mode="full_refresh", destination_sync_mode="overwrite")

    assert read(tenant, catalog=catalog).ids == full_read.ids
    assert read(tenant, catalog=catalog, state=full_read.states[-1:]).ids == []


def test_a_catalog_with_an_unknown_stream_fails_and_names_it(tenant: Tenant) -> None:
    catalog = configured_catalog()
    catalog["streams"][0]["stream"]["name"] = "no_such_stream"

    run = read(tenant, catalog=catalog)

    assert run.exit_code == 1
    assert run.ids == []
    [error] = run.errors
    assert "no_such_stream" in error["message"]


def test_a_state_that_can_not_be_read_fails_and_starts_nothing_over(tenant: Tenant) -> None:
    broken = {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": "audit_logs"}, "stream_state": {"timestamp": 7}},
    }

    run = read(tenant, state=[broken])

    assert (run.exit_code, run.ids) == (1, [])
    assert run.errors[0]["failure_type"] == "config_error"
