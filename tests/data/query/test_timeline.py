"""The timeline page by page, what its lines hold, and the cells of the dashboard's figures; worked out by hand.

Alice and Bob send for Harbour; Charlie's workspace has the same leads with absurdly large numbers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.answers import facts
from data.drilldown import behind
from data.errors import BadQuery, NotInScope
from data.query import timeline
from data.query.ask import Query, ask
from data.scope import Scope
from tests.data.answers.test_answers_worked import ALICE, AS_OF, BOB, _events
from tests.support.examples import examples
from tests.support.history.histories import History, histories
from tests.support.product import Product

LONG = datetime(2024, 9, 1, tzinfo=UTC)
#: After everything that happens in a random history.
NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)


def _many(count: int) -> list[dict[str, Any]]:
    """`count` messages, one every 20 minutes; every third is opened twice, ten minutes and three days later."""
    records: list[dict[str, Any]] = []
    for n in range(count):
        at = LONG + timedelta(minutes=20 * n)
        who = {
            "message_id": f"m{n:05}",
            "lead": f"lead{n % 50}@x.io",
            "user": (ALICE, BOB)[n % 2],
            "campaign": "Autumn",
        }
        happened = [("sent", at)]
        if n % 3 == 0:
            happened += [("opened", at + timedelta(minutes=10)), ("opened", at + timedelta(days=3))]
        records += [
            {**who, "event": event, "event_id": f"{n}-{i}", "occurred_at": when.isoformat()}
            for i, (event, when) in enumerate(happened)
        ]
    return records


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Product, int, int]:
    """(product, the small week of the worked figures, five weeks of many messages)."""
    product = Product.open(tmp_path_factory.mktemp("timeline"))
    small, long, charlies = product.workspace("UTC"), product.workspace("UTC"), product.charlies()
    canary = [{**record, "campaign": "ZZZ-LEAK-CANARY"} for record in _many(600)]
    product.take_in_all({small: _events(), long: _many(2_500), charlies: canary})
    return product, small, long


def _query(**options: Any) -> Query:
    return Query.model_validate({"name": "timeline", "as_of": AS_OF, **options})


def _walk(
    product: Product, workspace: int, query: Query, size: int, user: str | None = None
) -> list[dict[str, Any]]:
    """All groups as who scrolls to the end sees them: what they have already is passed over."""
    scope, found, after = Scope(frozenset({workspace}), user=user), {}, None
    while True:
        page = timeline.older(product.lake, scope, workspace, query, after, size)
        for group in page["groups"]:
            found.setdefault((group["channel"], group["action"], group["event"]), group)
        after = page["after"]
        if after is None:
            return list(found.values())


@pytest.mark.parametrize("size", [1, 3, 50])
def test_who_walks_to_the_end_has_every_group_once_with_its_count(
    house: tuple[Product, int, int], size: int
) -> None:
    product, small, _ = house
    whole = ask(product.lake, Scope(frozenset({small})), small, _query())["groups"]
    assert len(whole) == 11
    assert _walk(product, small, _query(), size) == whole


def test_alice_walks_past_her_own_only(house: tuple[Product, int, int]) -> None:
    product, small, _ = house
    found = _walk(product, small, _query(), 2, user=ALICE)
    assert {group["user"] for group in found} == {ALICE}
    assert [(g["event"], g["lead"], g["count"]) for g in found] == [
        ("in_transit", "gus@x.io", 1),
        ("mailed", "gus@x.io", 1),
        ("replied", "ben@x.io", 1),
        ("opened", "ben@x.io", 2),
        ("clicked", "ann@x.io", 3),
        ("opened", "ann@x.io", 3),
    ]


def test_a_page_far_back_looks_at_no_more_than_the_first(house: tuple[Product, int, int]) -> None:
    """2,500 messages over 35 days: a page of 20 needs two days, wherever it stands."""
    product, _, long = house
    last = LONG + timedelta(days=40)
    query = _query(**{"as_of": last, "from": "2024-09-01", "to": "2024-10-10"})
    scope, after, depth = Scope(frozenset({long})), None, 0
    stretches: list[timedelta] = []
    seen: dict[str, int] = {}
    while True:
        page = timeline.older(product.lake, scope, long, query, after, 20)
        for group in page["groups"]:
            seen.setdefault(group["action"], group["count"])
        if after is not None and page["after"] is not None:
            begun = datetime.fromisoformat(page["groups"][0]["at"])
            stretches.append(begun - datetime.fromisoformat(page["since"]))
        after, depth = page["after"], depth + 1
        if after is None:
            break
    assert depth > 60
    assert max(stretches) <= timedelta(days=4)
    assert set(seen.values()) == {2}, "the opening three days before is counted, too"
    assert len(seen) == 834


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Every workspace counts as big: pages are made of stretches. Gives (events of other channels, of e-mails) each
    held at the end."""
    held: list[tuple[int, int]] = []
    relate = facts.relate_stretch

    def relating(connection: Any, *given: Any) -> datetime:
        low = relate(connection, *given)
        counts = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM shown_mails)"
        held.append(connection.execute(counts).fetchone())
        return low

    monkeypatch.setattr(facts, "SMALL", 0)
    monkeypatch.setattr(facts, "relate_stretch", relating)
    return held


@pytest.mark.parametrize("user", [None, ALICE])
@pytest.mark.parametrize("size", [1, 3, 50])
def test_pages_made_of_stretches_say_the_same(
    house: tuple[Product, int, int], monkeypatch: pytest.MonkeyPatch, size: int, user: str | None
) -> None:
    """All channels, early openings, events that name their lead alone: as from everything that ever happened."""
    product, small, _ = house
    whole = _walk(product, small, _query(), size, user)
    monkeypatch.setattr(facts, "SMALL", 0)
    assert _walk(product, small, _query(), size, user) == whole
    everything = _query(engagement="all")
    found = _walk(product, small, everything, size, user)
    monkeypatch.setattr(facts, "SMALL", 10_000)
    assert found == _walk(product, small, everything, size, user)


def test_a_page_of_a_big_workspace_holds_what_it_needs_of_it(
    house: tuple[Product, int, int], big: list[tuple[int, int]]
) -> None:
    product, _, long = house
    query = _query(**{"as_of": LONG + timedelta(days=40), "from": "2024-09-01", "to": "2024-10-10"})
    found = _walk(product, long, query, 50)
    assert {group["count"] for group in found} == {2}, "the opening three days before is counted, too"
    assert len(found) == 834
    assert max(events for events, _ in big) == 0, "no other channel is told of"
    assert max(mails for _, mails in big) <= 600, "of 1,668"


def test_what_is_opened_days_before_its_sending_shows_at_the_sending(
    house: tuple[Product, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    product = house[0]
    workspace = product.workspace("UTC")
    mail = {"message_id": "m1", "lead": "ann@x.io"}
    opened = {**mail, "event": "opened", "event_id": "o1", "occurred_at": "2024-09-01T08:00:00Z"}
    sent = {**mail, "event": "sent", "event_id": "s1", "occurred_at": "2024-09-05T08:00:00Z"}
    product.take_in(workspace, [opened])
    product.take_in(workspace, [sent])
    small = _walk(product, workspace, _query(), 5)
    assert [(one["event"], one["at"]) for one in small] == [("opened", "2024-09-05T08:00:00Z")]
    monkeypatch.setattr(facts, "SMALL", 0)
    assert _walk(product, workspace, _query(), 5) == small


@pytest.mark.more
@examples(4, 120, shrink=False, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(history=histories(max_messages=10, max_queries=2), size=st.sampled_from((1, 4)))
def test_pages_made_of_stretches_say_the_same_of_any_history(
    house: tuple[Product, int, int], history: History, size: int
) -> None:
    """In whatever order it came: what the refreshes wrote is what all events say."""
    product = house[0]
    workspace = product.workspace(history.timezone)
    for number in range(3):
        product.take_in(workspace, history.arrived(number))
    for engagement in ("human", "all"):
        query = Query.model_validate(
            {"name": "timeline", "as_of": NOW, "from": "2023-12-01", "engagement": engagement}
        )
        whole = _walk(product, workspace, query, size)
        with mock.patch.object(facts, "SMALL", 0):
            assert _walk(product, workspace, query, size) == whole


def test_a_place_that_is_none_is_refused(house: tuple[Product, int, int]) -> None:
    product, small, _ = house
    scope = Scope(frozenset({small}))
    for bad in ("", "[]", "7", '["2024-09-01T00:00:00+00:00","a","b","c","d"]', "[" * 5_000, '["x",1,2,3,4]'):
        with pytest.raises(BadQuery):
            timeline.older(product.lake, scope, small, _query(), bad, 5)
    with pytest.raises(NotInScope):
        timeline.older(product.lake, scope, small + 1, _query(), None, 5)


def test_a_line_lists_its_events_with_what_they_say(house: tuple[Product, int, int]) -> None:
    product, small, _ = house
    scope = Scope(frozenset({small}))
    opened = timeline.group(product.lake, scope, small, _query(), "email", "m1", "opened")
    assert [one["at"][11:19] for one in opened["events"]] == ["10:01:00", "10:00:59", "10:00:00"]
    replied = timeline.group(product.lake, scope, small, _query(), "email", "m2", "replied")
    assert (replied["total"], replied["events"][0]["text"]) == (1, "Please remove me.")
    assert replied["events"][0]["sentiment"] == "negative"
    bobs = Scope(frozenset({small}), user=BOB)
    assert timeline.group(product.lake, bobs, small, _query(), "email", "m2", "replied")["events"] == []


def test_more_tells_the_action_behind_a_line(house: tuple[Product, int, int]) -> None:
    product, small, _ = house
    scope = Scope(frozenset({small}))
    found = timeline.action(product.lake, scope, small, _query(), "email", "m3")
    assert found is not None
    assert (found["lead"], found["campaign"], found["user"]) == ("cleo@x.io", "Winter", BOB)
    assert found["at"] == "2024-09-03T09:00:00Z"
    call = timeline.action(product.lake, scope, small, _query(), "phone", "~e18")
    assert call is not None
    assert (call["lead"], call["campaign"]) == ("eve@x.io", "Calls")
    assert timeline.action(product.lake, scope, small, _query(), "email", "nothing") is None
    alices = Scope(frozenset({small}), user=ALICE)
    assert timeline.action(product.lake, alices, small, _query(), "email", "m3") is None


@pytest.mark.parametrize(
    ("name", "cell", "n", "base", "leads"),
    [
        ("action_analytics", "=email", 5, 5, {"ann@x.io", "ben@x.io", "cleo@x.io", "dan@x.io", "hal@x.io"}),
        ("action_analytics", "=email|opened", 2, 5, {"ann@x.io", "ben@x.io"}),
        ("action_analytics", "=email|bounced", 1, 5, {"dan@x.io"}),
        ("action_analytics", "=phone|booked", 1, 1, {"eve@x.io"}),
        ("action_analytics", "=video|video_watched", 1, 1, {"fay@x.io"}),
        ("engagement_overview", "=booked", 1, 7, {"eve@x.io"}),
        ("engagement_overview", "", 4, 7, {"ann@x.io", "cleo@x.io", "eve@x.io", "fay@x.io"}),
        ("top_campaigns", "=Autumn|engaged", 1, 3, {"ann@x.io"}),
        ("top_campaigns", "=Autumn|not_interested", 1, 3, {"ben@x.io"}),
        ("top_campaigns", "=Winter|engaged", 1, 2, {"cleo@x.io"}),
    ],
)
def test_a_figure_of_the_dashboard_opens_its_rows(
    house: tuple[Product, int, int], name: str, cell: str, n: int, base: int, leads: set[str]
) -> None:
    product, small, _ = house
    scope, query = Scope(frozenset({small})), Query.model_validate({"name": name, "as_of": AS_OF})
    found = behind(product.lake, scope, small, query, cell)
    assert (found.n, found.base) == (n, base)
    assert {row.lead for row in found.rows} == leads
    everyone = behind(product.lake, scope, small, query, cell, part="base")
    assert len(everyone.rows) == base
    pages, after = [], None
    while True:
        page = behind(product.lake, scope, small, query, cell, part="base", after=after, limit=2)
        pages += page.rows
        after = page.after
        if after is None:
            break
    assert {row.lead for row in pages} == {row.lead for row in everyone.rows}
    bobs = behind(product.lake, Scope(frozenset({small}), user=BOB), small, query, cell, part="base")
    assert {row.user for row in bobs.rows} <= {BOB}


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("action_analytics", ""),
        ("action_analytics", "=pigeon"),
        ("action_analytics", "=email|sent"),
        ("engagement_overview", "=refusal"),
        ("top_campaigns", "=Autumn"),
        ("top_campaigns", "=|engaged"),
        ("hot_leads", "=ann@x.io"),
        ("timeline", ""),
    ],
)
def test_what_is_no_cell_is_refused(house: tuple[Product, int, int], name: str, cell: str) -> None:
    product, small, _ = house
    query = Query.model_validate({"name": name, "as_of": AS_OF})
    with pytest.raises(BadQuery):
        behind(product.lake, Scope(frozenset({small})), small, query, cell)


def test_figures_and_their_cells_agree(house: tuple[Product, int, int]) -> None:
    product, small, _ = house
    scope = Scope(frozenset({small}))
    actions = ask(product.lake, scope, small, Query(name="action_analytics", as_of=AS_OF))
    for channel in actions["channels"]:
        for status in [None, *channel["statuses"]]:
            key = f"={channel['channel']}" + (f"|{status['status']}" if status else "")
            wanted = status["n"] if status else channel["n"]
            found = behind(
                product.lake, scope, small, Query(name="action_analytics", as_of=AS_OF), key, limit=500
            )
            assert found.n == wanted == len(found.rows), key
    engaged = ask(product.lake, scope, small, Query(name="engagement_overview", as_of=AS_OF))
    for reason, n in engaged["reasons"].items():
        query = Query(name="engagement_overview", as_of=AS_OF)
        assert behind(product.lake, scope, small, query, f"={reason}").n == n


@pytest.mark.parametrize(
    "name", ["engagement_overview", "action_analytics", "top_campaigns", "hot_leads", "timeline"]
)
def test_who_sees_only_their_own_gets_what_everybodys_filter_gives(
    house: tuple[Product, int, int], name: str
) -> None:
    """Alice's scope tells of Alice what the filter by user tells, and nothing of Bob whatever she filters by."""
    product, small, _ = house
    everybody, alices = Scope(frozenset({small})), Scope(frozenset({small}), user=ALICE)
    asked = Query.model_validate({"name": name, "as_of": AS_OF})
    by_alice, by_bob = (asked.model_copy(update={"user": user}) for user in (ALICE, BOB))

    def told(scope: Scope, query: Query) -> dict[str, Any]:
        answer = ask(product.lake, scope, small, query)
        return {key: value for key, value in answer.items() if key not in {"user", "as_of"}}

    def alone(answer: dict[str, Any]) -> dict[str, Any]:
        """Campaigns of the plans are listed for who sees all, with nothing in them."""
        if name != "top_campaigns":
            return answer
        return {**answer, "rows": [row for row in answer["rows"] if row["contacts"] or row["active"]]}

    assert alone(told(alices, asked)) == alone(told(everybody, by_alice))
    assert told(alices, asked) != told(everybody, asked)
    nothing = told(Scope(frozenset({small}), user="nobody@north.example"), asked)
    assert alone(told(alices, by_bob)) == alone(nothing)
