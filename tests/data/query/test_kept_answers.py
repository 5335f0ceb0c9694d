"""Kept answers: counted once for a scope and a version, never given to another scope, never given too long.

Alice owns North with Harbour Coffee, where Bob sent one of three e-mails; Charlie's Colossus in South has a
thousand. Work is counted (readings opened), never timed.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dashapp.db.tenants import Workspace
from data.answer_cache import KeptAnswers
from data.answers.keys import key_of
from data.building import failures, restated
from data.cache import OVERHEAD, Memory
from data.lake.lake import Lake, open_lake
from data.lake.tables import layer_file
from data.marts.checks import Finding
from data.plans import load as plans
from data.query import ask as query
from data.query.ask import Query
from data.query.page_cache import kept_page
from data.scope import Scope
from tests.support.kept import Keeper
from tests.support.product import Product

ALICE, BOB = "alice@north.example", "bob@north.example"
SENT_IN = {"from": date(2026, 1, 1), "to": date(2026, 1, 31)}
#: One question of every name whose answers are kept, with what it needs.
ASKED: dict[str, dict[str, Any]] = {
    "rate": {**SENT_IN, "by": "user"},
    "sent_emails": SENT_IN,
    "cohort": {"clock": "elapsed"},
    "week1": {"attribution": "lead"},
    "future_emails": {},
    "engagement_overview": SENT_IN,
    "action_analytics": SENT_IN,
    "top_campaigns": SENT_IN,
    "hot_leads": SENT_IN,
    "timeline": SENT_IN,
    "audience": {**SENT_IN, "campaign": "Autumn"},
    "hours": SENT_IN,
    "top_links": SENT_IN,
    "reply_categories": SENT_IN,
}
QUERIES = {name: Query.model_validate({"name": name, **options}) for name, options in ASKED.items()}
SENDS = QUERIES["sent_emails"]


def event(number: int, kind: str, at: str, user: str = ALICE, **more: Any) -> dict[str, Any]:
    found = {"event_id": f"{kind}{number}", "event": kind, "occurred_at": at, "message_id": f"m{number}"}
    own = {"lead": f"l{number}@client.example", "user": user, "campaign": "Autumn"} if kind == "sent" else {}
    return {**found, **own, **more}


HARBOUR = [
    event(1, "sent", "2026-01-05T09:00:00Z"),
    event(2, "sent", "2026-01-06T09:00:00Z"),
    event(3, "sent", "2026-01-07T09:00:00Z", BOB),
    event(1, "opened", "2026-01-05T10:00:00Z"),
    event(1, "clicked", "2026-01-05T10:05:00Z", url="https://north.example/menu"),
    event(3, "replied", "2026-01-08T10:00:00Z", reply_category="interested"),
]


@dataclass
class House:
    """A lake with kept answers, the two workspaces, and how often their marts or events were opened."""

    product: Product
    lake: Lake
    harbour: int
    colossus: int
    opened: Counter[str]

    def ask(self, queries: Mapping[str, Query], scope: Scope | None = None, at: int | None = None) -> Any:
        workspace = at or self.harbour
        return query.ask_all(self.lake, scope or Scope(frozenset({workspace})), workspace, queries)

    def sends(self, scope: Scope | None = None, at: int | None = None) -> int:
        return int(self.ask({"sends": SENDS}, scope, at)["sends"]["total"])

    def work(self, act: Callable[[], Any]) -> int:
        """How often something was opened to count by `act`."""
        before = self.opened.total()
        act()
        return self.opened.total() - before


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> House:
    product = Product.open(tmp_path)

    def make() -> tuple[int, int]:
        colossus = product.charlies("colossus")
        harbour = product.workspace("Europe/Paris")
        many = [event(n, "sent", "2026-01-05T09:00:00Z") for n in range(1_000)]
        product.take_in_all({harbour: HARBOUR, colossus: many})
        return harbour, colossus

    harbour, colossus = product.holding(keeper, make)
    opened: Counter[str] = Counter()
    for name in ("open_warehouse", "open_facts"):
        real = getattr(query, name)

        def counted(*given: Any, _real: Any = real, _name: str = name) -> Any:
            opened[_name] += 1
            return _real(*given)

        monkeypatch.setattr(query, name, counted)
    return House(product, _again(product.lake), harbour, colossus, opened)


def _again(lake: Lake) -> Lake:
    """The same database and files, as another app opens them."""
    return open_lake(lake.engine, lake.store, KeptAnswers(Memory()))


def test_the_same_page_asked_twice_counts_nothing_the_second_time(house: House) -> None:
    first = house.ask(QUERIES)
    assert house.opened == {"open_warehouse": 1, "open_facts": 1}
    minute = first["top_campaigns"]["as_of"][:16]
    second = house.ask(
        {name: one for name, one in QUERIES.items() if name not in {"top_campaigns", "future_emails"}}
    )
    assert house.opened == {"open_warehouse": 1, "open_facts": 1}
    assert second == {name: first[name] for name in second}
    third = house.ask(QUERIES)
    if third["top_campaigns"]["as_of"][:16] == minute:  # what is planned is kept to the end of the minute
        assert third == first


def test_a_kept_answer_is_what_counting_at_its_moment_gives(house: House) -> None:
    house.ask(QUERIES)
    kept = house.ask(QUERIES)
    assert kept["sent_emails"]["total"] == 3
    assert kept["rate"]["groups"] == [
        {"key": ALICE, "n": 1, "base": 2, "rate": 0.5},
        {"key": BOB, "n": 0, "base": 1, "rate": 0.0},
    ]
    for name, found in kept.items():
        asked = QUERIES[name].model_copy(update={"as_of": datetime.fromisoformat(found["as_of"])})
        assert query.ask(house.product.lake, Scope(frozenset({house.harbour})), house.harbour, asked) == found


def test_bob_who_sees_his_own_sends_never_gets_what_was_counted_for_alice(house: House) -> None:
    own = Scope(frozenset({house.harbour}), user=BOB)
    some = Scope(frozenset({house.harbour}), campaigns=frozenset({"Spring"}))
    assert [house.sends(), house.sends(own), house.sends(some)] == [3, 1, 0]
    assert house.work(lambda: [house.sends(some), house.sends(own), house.sends()]) == 0
    assert [house.sends(own), house.sends(), house.sends(some)] == [1, 3, 0]


def test_each_agency_gets_its_own(house: House) -> None:
    wide = Scope(frozenset({house.harbour, house.colossus}))
    assert [house.sends(), house.sends(at=house.colossus)] == [3, 1_000]
    assert [house.sends(), house.sends(at=house.colossus)] == [3, 1_000]
    assert house.work(lambda: house.sends(wide)) == 1, "another scope is another key, though it sees the same"
    with pytest.raises(query.NotInScope):
        house.sends(Scope(frozenset({house.colossus})), at=house.harbour)


def test_two_apps_in_one_process_share_nothing(house: House) -> None:
    other = replace(house, lake=_again(house.lake))
    assert house.work(house.sends) == 1
    assert house.work(other.sends) == 1
    assert house.work(other.sends) == 0


def test_nobody_can_change_what_another_gets(house: House) -> None:
    house.sends()
    house.ask({"sends": SENDS})["sends"]["days"].clear()
    house.ask({"sends": SENDS})["sends"]["total"] = 1_000_000
    found = house.ask({"sends": SENDS})["sends"]
    assert (found["total"], len(found["days"])) == (3, 31)


def test_a_new_version_is_counted_anew(house: House) -> None:
    assert house.sends() == 3
    house.product.take_in(house.harbour, [event(4, "sent", "2026-01-09T09:00:00Z")])
    assert house.sends() == 4
    assert house.work(house.sends) == 0


def test_what_is_published_while_an_answer_is_counted_keeps_it_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = query.open_warehouse

    def slow(*given: Any) -> Any:
        monkeypatch.setattr(query, "open_warehouse", real)
        house.product.take_in(house.harbour, [event(4, "sent", "2026-01-09T09:00:00Z")])
        return real(*given)

    monkeypatch.setattr(query, "open_warehouse", slow)
    house.sends()
    assert house.lake.kept is not None
    assert house.lake.kept.size == 0
    assert house.sends() == 4


def test_a_correction_is_told_beside_a_kept_answer_and_only_as_long_as_it_is_news(house: House) -> None:
    house.sends()
    now = datetime.now(UTC)
    for cause, at in (("late", now), ("rebuilt", now - restated.TELL_FOR)):
        with house.lake.engine.begin() as connection:
            one = restated.Restated(house.harbour, date(2026, 1, 5), cause, 2, 2, at)
            restated.keep(connection, [one])
    before = house.opened.total()
    found = house.ask({"sends": SENDS})["sends"]
    assert house.opened.total() == before
    assert [told["why"] for told in found["restated"]] == ["late"]


def test_other_time_zone_failed_check_damaged_file(house: House) -> None:
    house.sends()
    with Session(house.lake.engine) as session:
        session.get_one(Workspace, house.harbour).timezone = "Asia/Kolkata"
        session.commit()
    assert house.ask({"sends": SENDS})["sends"]["timezone"] == "Asia/Kolkata"
    assert house.work(house.sends) == 0

    wrong = {house.harbour: [Finding(house.harbour, "units", "sums", 1, (), "One too many.", "Look.")]}
    failures.record(house.lake.engine, wrong, "recheck", {house.harbour: 1})
    assert house.work(house.sends) == 1, "while a check fails every answer is counted"
    assert house.work(house.sends) == 1
    with house.lake.engine.begin() as connection:
        failures.close(connection, [house.harbour])
    assert house.work(house.sends) == 0, "and what was kept before is right again: its version is the same"

    with house.lake.engine.begin() as connection:
        connection.execute(update(layer_file).values(quarantined=1))
    assert house.work(house.sends) == 1
    assert house.work(house.sends) == 1


def test_new_plans_are_seen_at_once(house: House) -> None:
    """A minute's answer of what is planned goes with the plans: no wait for the next minute."""
    ahead = {"ahead": QUERIES["future_emails"]}
    assert house.ask(ahead)["ahead"]["missing"] == ["campaigns", "steps", "journeys", "mailboxes"]
    steps = [{"campaign": "Autumn", "step": "1", "wait_days": 0}]
    plans.load(house.lake, house.harbour, "steps", steps)
    assert house.ask(ahead)["ahead"]["missing"] == ["campaigns", "journeys", "mailboxes"]
    plans.load(house.lake, house.colossus, "mailboxes", [{"sender": "c@south.example", "daily_limit": 9}])
    assert house.ask(ahead)["ahead"]["missing"] == ["campaigns", "journeys", "mailboxes"]


def test_what_has_no_key(house: House) -> None:
    """A told moment, a version that does not reach the moment, and what other workspaces are part of."""
    scope = Scope(frozenset({house.harbour}))
    current = query.state(house.lake, scope, house.harbour)
    last = current.last_event_at
    assert last is not None

    def key(asked: Query, moment: datetime, plans_: int | None = 0) -> Any:
        return key_of(scope, current, asked, moment, plans_)

    noon = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
    assert key(SENDS, last) == key(SENDS, last.replace(hour=20))
    assert key(SENDS, last - timedelta(microseconds=1)) is None
    assert key(SENDS.model_copy(update={"as_of": noon}), noon) is None
    report = Query.model_validate({"name": "campaign_report", "campaign": "Autumn"})
    assert key(report, noon) is None
    # Paris is an hour ahead: its day begins at 23:00 UTC.
    assert key(SENDS, noon.replace(hour=22)) == key(SENDS, noon) != key(SENDS, noon.replace(hour=23))
    ahead = QUERIES["future_emails"]
    assert key(ahead, noon) == key(ahead, noon.replace(second=59)) != key(ahead, noon.replace(minute=1))
    assert key(ahead, noon, 1) != key(ahead, noon, 0)
    # 02:30 is twice on the night the clocks go back, and is not one minute.
    back = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert key(ahead, back) != key(ahead, back + timedelta(hours=1))


def test_cohorts_by_elapsed_weeks_hold_to_the_next_border_and_no_longer(house: House) -> None:
    scope = Scope(frozenset({house.harbour}))
    current = query.state(house.lake, scope, house.harbour)
    asked = {"grid": QUERIES["cohort"]}

    def states(moment: datetime) -> tuple[list[str], datetime | None]:
        found, until = query._answers(house.lake, scope, current, asked, moment, [])["grid"]
        row = next(row for row in found["rows"] if row["cohort"] == "2026-01-05")
        return [cell["state"] for cell in row["cells"]], until

    moment, borders = datetime(2026, 1, 10, 12, 0, tzinfo=UTC), []
    for _ in range(6):
        told, until = states(moment)
        assert until is not None
        assert states(until - timedelta(microseconds=1))[0] == told, "until then time changes nothing"
        assert states(until)[0] != told, "and then it does"
        borders.append(until)
        moment = until
    # The oldest unit began on Monday 5 January at 09:00, the youngest on Wednesday the 7th.
    assert borders == [datetime(2026, 1, day, 9, tzinfo=UTC) for day in (12, 14, 19, 21, 26, 28)]


def test_a_page_is_made_once_for_a_scope_a_version_and_what_it_shows(house: House) -> None:
    calls: Counter[str] = Counter()

    def page(scope: Scope, shown: str = "28 days", *, whole: bool = True, name: str = "sent_emails") -> str:
        def make() -> tuple[str, bool]:
            calls[shown] += 1
            total = query.ask_all(house.lake, scope, house.harbour, {"a": SENDS})["a"]["total"]
            return f"{shown}: {total}", whole

        return kept_page(house.lake, scope, house.harbour, [QUERIES[name]], shown, make)

    alice, bob = Scope(frozenset({house.harbour})), Scope(frozenset({house.harbour}), user=BOB)
    assert [page(alice), page(bob), page(alice), page(bob)] == ["28 days: 3", "28 days: 1"] * 2
    assert calls == {"28 days": 2}
    assert [page(alice, "7 days"), page(alice, "7 days")] == ["7 days: 3"] * 2
    assert calls["7 days"] == 1
    for _ in range(2):
        page(alice, "with a failed tile", whole=False)
    assert calls["with a failed tile"] == 2
    with pytest.raises(query.NotInScope):
        page(Scope(frozenset({house.colossus})))

    with house.lake.engine.begin() as connection:
        restated.keep(
            connection,
            [restated.Restated(house.harbour, date(2026, 1, 5), "late", 1, 1, datetime.now(UTC))],
        )
    page(alice)
    assert calls["28 days"] == 3, "a correction to be told makes another page"
    house.product.take_in(house.harbour, [event(4, "sent", "2026-01-09T09:00:00Z")])
    assert [page(alice), page(alice)] == ["28 days: 4"] * 2
    assert calls["28 days"] == 4
    wrong = {house.harbour: [Finding(house.harbour, "units", "sums", 1, (), "One too many.", "Look.")]}
    failures.record(house.lake.engine, wrong, "recheck", {house.harbour: 2})
    page(alice)
    page(alice)
    assert calls["28 days"] == 6


def made(text: str, until: datetime | None = None) -> Callable[[Sequence[str]], Any]:
    return lambda names: ({name: ({"is": text}, until) for name in names}, True)


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_answer_ends_when_it_says() -> None:
    kept = KeptAnswers()
    soon = NOON + timedelta(seconds=1)
    assert kept.get({"a": "key"}, NOON, made("first", soon)) == {"a": {"is": "first"}}
    assert kept.get({"a": "key"}, NOON, made("second")) == {"a": {"is": "first"}}
    assert kept.get({"a": "key"}, soon, made("third")) == {"a": {"is": "third"}}


def test_never_more_bytes_than_allowed_and_the_longest_unused_goes_first() -> None:
    kept = KeptAnswers(Memory({"answers": 3 * (OVERHEAD + 100)}))
    for key in ("one", "two", "three"):
        kept.get({"a": key}, NOON, made(key))
    kept.get({"a": "one"}, NOON, made("again"))
    kept.get({"a": "four"}, NOON, made("four" * 20))
    assert kept.size <= 3 * (OVERHEAD + 100)
    assert kept.get({"a": "one"}, NOON, made("lost")) == {"a": {"is": "one"}}
    assert kept.get({"a": "two"}, NOON, made("made anew")) == {"a": {"is": "made anew"}}
    for number in range(500):
        kept.get({"a": number}, NOON, made("x" * number))
        assert kept.size <= 3 * (OVERHEAD + 100)
    kept.get({"a": "big"}, NOON, made("x" * 10_000))
    before = kept.size
    assert kept.get({"a": "big"}, NOON, made("again" + "x" * 10_000))["a"]["is"].startswith("again")
    assert kept.size == before, "what is bigger than half of it is given and not kept"


def test_a_hundred_who_ask_at_once_cost_one_counting() -> None:
    kept, calls, waiting = KeptAnswers(), Counter[str](), threading.Semaphore(0)
    begun, go = threading.Event(), threading.Event()

    def slow(names: Sequence[str]) -> Any:
        calls.update(names)
        begun.set()
        assert go.wait(30)
        return {name: ({"is": name}, None) for name in names}, True

    found: list[Any] = []

    def look() -> None:
        waiting.release()
        found.append(kept.get({"a": 1, "b": 2}, NOON, slow))

    threads = [threading.Thread(target=look) for _ in range(100)]
    threads[0].start()
    assert begun.wait(30)
    for thread in threads[1:]:
        thread.start()
    for _ in threads:
        assert waiting.acquire(timeout=30)
    go.set()
    for thread in threads:
        thread.join(30)
    assert calls == {"a": 1, "b": 1}
    assert found == [{"a": {"is": "a"}, "b": {"is": "b"}}] * 100


def test_pages_that_share_some_questions_wait_for_those_only() -> None:
    """Alice's page asks a and b, Bob's b and c at the same time: b is counted once, and neither waits for ever."""
    kept, calls, both = KeptAnswers(), Counter[Any](), threading.Barrier(2)

    def make(names: Sequence[str]) -> Any:
        calls.update(names)
        both.wait(30)
        return {name: ({"is": name}, None) for name in names}, True

    found: dict[str, Any] = {}

    def look(who: str, keys: dict[str, str]) -> None:
        found[who] = kept.get(keys, NOON, make)

    threads = [
        threading.Thread(target=look, args=("alice", {"a": "a", "b": "b"})),
        threading.Thread(target=look, args=("bob", {"b": "b", "c": "c"})),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert calls == {"a": 1, "b": 1, "c": 1}
    assert json.dumps(found["alice"]) == json.dumps({"a": {"is": "a"}, "b": {"is": "b"}})
    assert found["bob"] == {"b": {"is": "b"}, "c": {"is": "c"}}


def test_who_fails_leaves_the_others_to_try_for_themselves() -> None:
    kept, begun, go = KeptAnswers(), threading.Event(), threading.Event()

    def broken(_names: Sequence[str]) -> Any:
        begun.set()
        assert go.wait(30)
        raise OSError("the file is gone")

    failed: list[OSError] = []

    def first() -> None:
        try:
            kept.get({"a": 1}, NOON, broken)
        except OSError as error:
            failed.append(error)

    found: list[Any] = []
    threads = [
        threading.Thread(target=first),
        threading.Thread(target=lambda: found.append(kept.get({"a": 1}, NOON, made("whole")))),
    ]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join(30)
    assert len(failed) == 1
    assert found == [{"a": {"is": "whole"}}]
