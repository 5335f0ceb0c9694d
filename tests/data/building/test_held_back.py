"""An answer whose workspace is held back or behind says so, and since when; silence means up to date.

Alice's Harbour Coffee is held back for one reason after the other; Charlie's Colossus, beside it, says nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from dashapp.db.tenants import Workspace
from data.answer_cache import KeptAnswers
from data.building import failures
from data.building.build import refresh
from data.cubes.workspace_state import LATE, late
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.segments import drain
from data.lake.tables import mart_version
from data.marts.checks import Finding
from data.query import ask as query
from data.query.ask import Query, ask, ask_all
from data.scope import Scope

AT = datetime(2026, 10, 28, 12, 0, tzinfo=UTC)
QUERIES = {
    name: Query.model_validate({"name": name, **more})
    for name, more in (
        ("sent_emails", {}),
        ("rate", {}),
        ("week1", {}),
        ("engagement_overview", {}),
        ("future_emails", {}),
        ("timeline", {"as_of": AT + timedelta(days=1)}),
    )
}


def send(lake: Lake, workspace_id: int, name: str, at: datetime = AT) -> None:
    """A message, acknowledged at `at`."""
    record = {
        "event": "sent",
        "event_id": name,
        "message_id": name,
        "lead": f"{name}@client.example",
        "occurred_at": "2026-10-27T10:00:00Z",
    }
    Inbox(lake.engine).put(workspace_id, None, [canonical(record, received_at=at)], received_at=at)


def said(lake: Lake, workspace_id: int) -> Any:
    """What all answers say of being held back: the same."""
    answers = ask_all(lake, Scope(frozenset({workspace_id})), workspace_id, QUERIES)
    (one,) = {str(answer.get("held_back", "nothing")) for answer in answers.values()}
    assert one != "None", "left out when all is well"
    return answers["rate"].get("held_back")


def fail(lake: Lake, workspace_id: int, stage: str, at: datetime) -> None:
    """A check failed for the version there is."""
    found = {workspace_id: [Finding(workspace_id, "units", "adds_up", 1, ("{}",), "Wrong.", "Look.")]}
    versions = {workspace_id: manifest.version(lake.engine, workspace_id)}
    assert failures.record(lake.engine, found, stage, versions, at=at) == {workspace_id}


@pytest.fixture
def both(lake: Lake, north: Any, south: Any) -> Lake:
    """One message each, counted; answers are kept as in the web process."""
    lake = Lake(lake.engine, lake.store, KeptAnswers())
    send(lake, north.harbour, "h1")
    for number in range(50):
        send(lake, south.colossus, f"c{number}")
    drain(lake)
    refresh(lake)
    return lake


def test_what_waits_is_told_from_the_inbox_to_the_figures(both: Lake, north: Any, south: Any) -> None:
    assert said(both, north.harbour) is None
    send(both, north.harbour, "h2", AT + timedelta(minutes=1))
    send(both, north.harbour, "h3", AT + timedelta(minutes=2))
    assert said(both, north.harbour) == {"since": "2026-10-28T12:01:00Z", "why": "waiting"}
    assert said(both, south.colossus) is None
    drain(both)
    waits = said(both, north.harbour)
    assert waits["why"] == "waiting"
    assert waits["since"].endswith("Z")
    refresh(both, [north.harbour])
    assert said(both, north.harbour) is None


@pytest.mark.postgres_long
def test_who_asked_before_an_event_came_in_is_not_told_of_it(both: Lake, north: Any) -> None:
    send(both, north.harbour, "h2", AT)
    stands = query.workspace_state(both, Scope(frozenset({north.harbour})), north.harbour)
    assert stands.held_back(asked=AT - timedelta(microseconds=1)) is None
    told = stands.held_back(asked=AT)
    assert told is not None
    assert (told.since, told.why) == (AT, "waiting")


@pytest.mark.parametrize(
    ("stage", "why"), [("refresh", "check_failed"), ("rebuild", "check_failed"), ("recheck", "recount")]
)
def test_a_failed_check_is_told_until_it_is_over(
    both: Lake, north: Any, south: Any, stage: str, why: str
) -> None:
    later = datetime.now(UTC) - timedelta(minutes=1)
    fail(both, north.harbour, stage, later)
    assert said(both, north.harbour) == {"since": later.isoformat().replace("+00:00", "Z"), "why": why}
    send(both, north.harbour, "h2", AT)
    since = AT if why == "check_failed" else later
    assert said(both, north.harbour) == {"since": since.isoformat().replace("+00:00", "Z"), "why": why}
    assert said(both, south.colossus) is None
    drain(both)
    refresh(both, [north.harbour], full=True)
    assert said(both, north.harbour) is None


@pytest.mark.postgres_long
def test_a_failed_merge_leaves_the_figures_as_they_are(both: Lake, north: Any) -> None:
    fail(both, north.harbour, "merge", AT)
    assert said(both, north.harbour) is None


@pytest.mark.postgres_long
@pytest.mark.parametrize("stage", ["refresh", "rebuild"])
def test_a_failure_of_a_version_that_is_over_holds_nobody_back(both: Lake, north: Any, stage: str) -> None:
    """As one kept by a process that was killed in between, or by the versions of Vitrine that kept them wrongly."""
    fail(both, north.harbour, stage, datetime.now(UTC))
    send(both, north.harbour, "h2")
    drain(both)
    assert refresh(both, [north.harbour]).failed == {north.harbour}
    one = mart_version.c.workspace_id == north.harbour
    with both.engine.begin() as connection:
        connection.execute(update(mart_version).where(one).values(version=mart_version.c.version + 1))
        assert failures.held_back(connection) == set()
    assert said(both, north.harbour)["why"] == "waiting"
    assert refresh(both, [north.harbour]).workspaces == 1
    assert said(both, north.harbour) is None
    with both.engine.begin() as connection:
        assert failures.failures(connection) == []


def test_what_was_found_on_a_version_that_is_over_is_not_kept(both: Lake, north: Any, south: Any) -> None:
    found = {
        whose: [Finding(whose, "units", "adds_up", 1, ("{}",), "Wrong.", "Look.")]
        for whose in (north.harbour, north.pine, south.colossus)
    }
    versions = {north.harbour: 0, north.pine: 0, south.colossus: 1}
    assert failures.record(both.engine, found, "refresh", versions) == {north.pine, south.colossus}
    with both.engine.begin() as connection:
        assert {one.workspace_id for one in failures.failures(connection)} == {north.pine, south.colossus}


@pytest.mark.postgres_long
def test_a_damaged_file_and_another_zone_are_told(both: Lake, north: Any, south: Any) -> None:
    with both.engine.begin() as connection:
        connection.execute(
            update(Workspace).where(Workspace.id == north.harbour).values(timezone="Asia/Tokyo")
        )
    assert said(both, north.harbour)["why"] == "recount"
    refresh(both, [north.harbour])
    assert said(both, north.harbour) is None
    with both.engine.begin() as connection:
        state = manifest.current(connection, [north.harbour])[north.harbour]
    manifest.quarantine(both.engine, state.layers[0].files["units"].path)
    assert said(both, north.harbour)["why"] == "damaged"
    assert said(both, south.colossus) is None
    refresh(both, [north.harbour])
    assert said(both, north.harbour) is None


def test_of_many_workspaces_those_are_late_for_which_something_waits_for_long(
    both: Lake, north: Any, south: Any
) -> None:
    send(both, north.harbour, "h2", AT)
    send(both, south.colossus, "c99", AT)
    with both.engine.begin() as connection:
        own = {north.harbour, north.pine}
        assert late(connection, own, AT) == set()
        assert late(connection, own, AT + LATE) == {north.harbour}


@pytest.mark.postgres_long
def test_an_answer_costs_no_more_statements_for_it(both: Lake, north: Any) -> None:
    """What is published and where that stands (one statement, and two for its files), and whether somebody
    published. Asked again, its files are known, and so is that nobody published: where it stands is left.

    Corrections are asked for only where there are recent ones, and here are none.
    """
    seen: list[str] = []
    event.listen(both.engine, "before_cursor_execute", lambda _c, _k, statement, *_: seen.append(statement))
    ask(both, Scope(frozenset({north.harbour})), north.harbour, QUERIES["rate"])
    first = [one for one in seen if not one.startswith("BEGIN")]
    assert len(first) == 4, first
    seen.clear()
    ask(both, Scope(frozenset({north.harbour})), north.harbour, QUERIES["rate"])
    assert len([one for one in seen if not one.startswith("BEGIN")]) == 1
