"""The cube of activity against the events themselves: whatever the sequence of refreshes, merges and rebuilds.

The reference counts event by event (counted_*.sql over the relations of data/answers), as answers did before there
was a cube. Alice's workspaces hold messages and leads of the same names; Charlie's stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text

from data.answers.facts import open_facts
from data.building import build, earlier_events, merging
from data.building.recheck import recheck
from data.errors import DamagedFile
from data.lake import backlog, manifest
from data.marts import activity_marts
from data.query import ask as questions
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.examples import examples
from tests.support.history.histories import History, Record, histories, taken_in
from tests.support.product import Product

LATER = datetime(2026, 3, 1, tzinfo=UTC)
ASKED: tuple[Mapping[str, Any], ...] = (
    {"name": "hours", "event": "sent"},
    {"name": "hours", "event": "opened"},
    {"name": "hours", "event": "opened", "engagement": "all", "campaign": "Autumn"},
    {"name": "hours", "event": "clicked", "engagement": "all", "recipient_provider": "gmail"},
    {"name": "hours", "event": "replied", "user": "alice@north.example"},
    {"name": "hours", "event": "replied", "engagement": "all", "from": "2024-03-01", "to": "2024-10-20"},
    {"name": "reply_categories"},
    {"name": "reply_categories", "campaign": "(none)", "sender_provider": "custom"},
)
REFERENCES = {
    name: (Path(__file__).parent / f"counted_{name}.sql").read_text()
    for name in ("hours", "reply_categories")
}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("activity")))


def counted(
    product: Product, scope: Scope, workspace: int, queries: Sequence[Query], as_of: datetime = LATER
) -> list[Any]:
    """The answers by events: {(weekday, hour): n} or [(category, sentiment, n)]."""
    current = questions.state(product.lake, scope, workspace)
    found: list[Any] = []
    with open_facts(product.lake, scope, current, as_of, lambda _: []) as facts:
        for query in queries:
            values = {"event": query.asked_event} if query.name == "hours" else {}
            rows = facts.select(REFERENCES[query.name], query, **values)
            found.append({(day, hour): n for day, hour, n in rows} if query.name == "hours" else rows)
    return found


def answered(product: Product, scope: Scope, workspace: int, query: Query, as_of: datetime = LATER) -> Any:
    """The product's answer in the same form."""
    found = ask(product.lake, scope, workspace, query.model_copy(update={"as_of": as_of}))
    if query.name == "hours":
        assert found["total"] == sum(cell["n"] for cell in found["cells"])
        assert len(found["cells"]) == 7 * 24
        return {(cell["weekday"], cell["hour"]): cell["n"] for cell in found["cells"] if cell["n"]}
    assert found["total"] == sum(row["n"] for row in found["rows"])
    return [(row["category"], row["sentiment"], row["n"]) for row in found["rows"]]


@st.composite
def sequences(draw: st.DrawFn) -> tuple[History, list[tuple[str, list[Record]]]]:
    """A history cut into up to six deliveries, with a merge or a rebuild after some of them."""
    history = draw(histories(max_messages=14))
    return history, draw(taken_in(history.events))


@pytest.mark.more
@examples(2, 12, shrink=False, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(one=sequences(), other=sequences())
def test_any_sequence_counts_what_the_events_say(
    product: Product,
    one: tuple[History, list[tuple[str, list[Record]]]],
    other: tuple[History, list[tuple[str, list[Record]]]],
) -> None:
    workspaces = {product.workspace(history.timezone): steps for history, steps in (one, other)}
    for number in range(6):
        product.take_in_all(
            {id_: steps[number][1] for id_, steps in workspaces.items() if number < len(steps)}
        )
        for id_, steps in workspaces.items():
            how = steps[number][0] if number < len(steps) else "refresh"
            if how == "rebuild":
                product.rebuild([id_])
            elif how != "refresh":
                merging.merge_layers(product.lake, [id_], everything=how == "merge all")
    for id_ in workspaces:
        everyone = Scope(frozenset({id_}))
        bobs = Scope(frozenset({id_}), "bob@north.example", frozenset({"Autumn", "(none)"}))
        queries = [Query.model_validate(asked) for asked in ASKED]
        for scope in (everyone, bobs):
            expected = counted(product, scope, id_, queries)
            assert [answered(product, scope, id_, query) for query in queries] == expected
        assert recheck(product.lake, id_).findings == []


def _event(id_: str, what: str, at: str, message: str | None = None, **more: Any) -> Record:
    named = {} if message is None else {"message_id": message}
    return {"event_id": id_, "event": what, "occurred_at": f"2024-09-{at}:00Z", **named, **more}


SENT = _event("s1", "sent", "02T08:00", "m1", lead="ann@client.example", campaign="Autumn")
OPENED = _event("o1", "opened", "03T09:00", "m1")
MONDAY, TUESDAY = 1, 2


def _hours(product: Product, workspace: int, event: str, **more: Any) -> dict[tuple[int, int], int]:
    query = Query.model_validate({"name": "hours", "event": event, **more})
    found: dict[tuple[int, int], int] = answered(product, Scope(frozenset({workspace})), workspace, query)
    return found


def test_an_open_of_a_message_that_bounces_later_counts_no_more(product: Product) -> None:
    alices, charlies = product.workspace("Europe/Madrid"), product.workspace("UTC")
    product.take_in_all({alices: [SENT, OPENED], charlies: [SENT, OPENED]})
    assert _hours(product, alices, "opened") == {(TUESDAY, 11): 1}
    product.take_in(alices, [_event("b1", "bounced", "04T09:00", "m1")])
    assert _hours(product, alices, "opened") == {}
    assert _hours(product, alices, "sent") == {(MONDAY, 10): 1}, "it was sent all the same"
    assert _hours(product, charlies, "opened") == {(TUESDAY, 9): 1}, "Charlie's message of that name did not"


def test_opens_that_came_before_their_sent_move_to_its_campaign(product: Product) -> None:
    alices = product.workspace("UTC")
    product.take_in(alices, [{**OPENED, "campaign": "Winter"}])
    assert _hours(product, alices, "opened", campaign="Winter") == {(TUESDAY, 9): 1}
    product.take_in(alices, [SENT])
    assert _hours(product, alices, "opened", campaign="Winter") == {}
    assert _hours(product, alices, "opened", campaign="Autumn") == {(TUESDAY, 9): 1}


def test_old_events_are_read_only_where_a_message_became_something_else(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    alices = product.workspace("UTC")
    product.take_in(alices, [SENT, OPENED])
    read: list[list[int]] = []

    def told(lake: Any, workspace_ids: Any, *corrections: Any) -> activity_marts.ReadOld:
        whole_reader = original(lake, workspace_ids, *corrections)

        def reader(connection: Any, wanted: str, into: str, **more: Any) -> None:
            read.append(list(workspace_ids))
            whole_reader(connection, wanted, into, **more)

        return reader

    original = earlier_events.reader
    monkeypatch.setattr(build.earlier_events, "reader", told)
    product.take_in(
        alices, [_event("o2", "opened", "03T10:00", "m1"), _event("c1", "clicked", "03T10:01", "m1")]
    )
    product.take_in(alices, [_event("r1", "replied", "05T10:00", "m1", reply_category="interested")])
    product.take_in(alices, [_event("u1", "unsubscribed", "06T10:00", lead="ann@client.example")])
    assert read == []
    product.take_in(alices, [_event("r0", "replied", "04T10:00", "m1", reply_category="not_now")])
    assert read == [[alices]]
    scope, query = Scope(frozenset({alices})), Query(name="reply_categories")
    assert answered(product, scope, alices, query) == [("not_now", "neutral", 1)]


def test_an_hour_of_the_past_is_counted_from_the_events_up_to_then(product: Product) -> None:
    alices = product.workspace("UTC")
    product.take_in(alices, [SENT, OPENED, _event("b1", "bounced", "04T09:00", "m1")])
    scope, query = Scope(frozenset({alices})), Query(name="hours")
    day_before = datetime(2024, 9, 3, 12, tzinfo=UTC)
    assert answered(product, scope, alices, query, day_before) == {(TUESDAY, 9): 1}
    assert counted(product, scope, alices, [query], day_before) == [{(TUESDAY, 9): 1}]
    assert answered(product, scope, alices, query) == {}


def test_another_time_zone_moves_every_hour(product: Product) -> None:
    """The workspace's clock was set wrong: all is built anew."""
    alices = product.workspace("UTC")
    product.take_in(alices, [SENT, OPENED])
    with product.lake.engine.begin() as database:
        database.execute(
            text("UPDATE workspace SET timezone = 'Asia/Kolkata' WHERE id = :id"), {"id": alices}
        )
    build.refresh(product.lake, [alices])
    assert _hours(product, alices, "opened") == {(TUESDAY, 14): 1}


def test_a_damaged_old_segment_holds_back_only_who_needs_it(product: Product) -> None:
    """Alice's and Charlie's opens lie in one lost segment: Alice's message bounces, Charlie's is opened again."""
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    product.take_in_all({alices: [SENT, OPENED], charlies: [SENT, OPENED]})
    with manifest.read_only(product.lake.engine).begin() as connection:
        (path,) = backlog.taken_in(connection, {alices: 1})[alices]
    product.lake.path(path).unlink()
    with pytest.raises(DamagedFile, match="keep their figures"):
        product.take_in_all(
            {
                alices: [_event("b1", "bounced", "04T09:00", "m1")],
                charlies: [_event("o2", "opened", "03T10:00", "m1")],
            }
        )
    assert _hours(product, alices, "opened") == {(TUESDAY, 9): 1}
    assert _hours(product, charlies, "opened") == {(TUESDAY, 9): 1, (TUESDAY, 10): 1}


def test_hours_and_categories_touch_no_segment(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    alices = product.workspace("UTC")
    product.take_in(alices, [SENT, OPENED])
    with manifest.read_only(product.lake.engine).begin() as connection:
        (path,) = backlog.taken_in(connection, {alices: 1})[alices]
    product.lake.path(path).unlink()

    def refuse(*_: Any) -> None:
        raise AssertionError("an answer read the events")

    monkeypatch.setattr(questions, "open_facts", refuse)
    assert _hours(product, alices, "opened") == {(TUESDAY, 9): 1}
    assert ask(product.lake, Scope(frozenset({alices})), alices, Query(name="reply_categories"))["total"] == 0
