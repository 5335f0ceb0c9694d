"""The figures of many workspaces counted together are what each of them says alone, and are counted once.

Alice owns North, whose clients live in three time zones; Bob sent some of their e-mails. Charlie's South has a
client too. Work is counted (statements, workspaces in them), never timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from data.answer_cache import KeptAnswers
from data.building import failures
from data.errors import LakeUnavailable, NotInScope
from data.lake import manifest
from data.lake.tables import layer_file
from data.marts import layer_files
from data.marts.checks import Finding
from data.query import ask as query
from data.query import many as together
from data.query.many import Figures, figures, of_answers
from data.question import Query
from data.scope import Scope
from pages.home.overview import period_to, questions
from tests.support.kept import Keeper
from tests.support.product import Product

#: Friday evening in London and New York, Saturday morning in Tokyo.
MOMENT = datetime(2024, 9, 20, 20, 0, tzinfo=UTC)
ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "UTC", "Asia/Tokyo", "UTC")
ALICE, BOB = "alice@north.example", "bob@north.example"
#: Days on both sides of every border of the two periods, in every zone; the last is Tokyo's own today.
WHEN = (
    "2024-07-25T12", "2024-07-26T12", "2024-07-26T22", "2024-07-27T12", "2024-08-01T09", "2024-08-23T12",
    "2024-08-23T22", "2024-08-24T02", "2024-08-24T12", "2024-08-25T09", "2024-09-10T09", "2024-09-20T16",
)  # fmt: skip


def _mails(seed: int, first: int = 0, when: tuple[str, ...] = WHEN) -> list[dict[str, Any]]:
    """An e-mail a moment to a lead of its own; every second is opened, every third answered, some say yes."""
    events = []
    for n, at in enumerate(when, first):
        who = {"message_id": f"m{n}", "lead": f"l{n}@client.example", "campaign": f"C{n % 2}"}
        who["user"] = BOB if (n + seed) % 4 == 0 else ALICE
        events.append({"event_id": f"s{n}", "event": "sent", "occurred_at": f"{at}:00:00Z", **who})
        if (n + seed) % 2 == 0:
            machine = (n + seed) % 6 == 0
            events.append(
                {"event_id": f"o{n}", "event": "opened", "occurred_at": f"{at}:10:00Z", "machine": machine}
                | who
            )
        if (n + seed) % 3 == 0:
            kind = "interested" if (n + seed) % 2 else "not_now"
            events.append(
                {"event_id": f"r{n}", "event": "replied", "occurred_at": f"{at}:20:00Z", **who}
                | {"reply_category": kind}
            )
    return events


def _asked(today: date) -> dict[str, Query]:
    return questions(period_to(today))


class House:
    """Alice's six clients, the first two with two layers, the last without slices; and one without data."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self.product = Product.open(folder)
        self.lake = replace(self.product.lake, kept=KeptAnswers())
        self.ids, self.empty, self.charlies = self.product.holding(keeper, self._made)
        self.scope = Scope(frozenset([*self.ids, self.empty]))

    def _made(self) -> tuple[list[int], int, int]:
        ids = [self.product.workspace(zone) for zone in ZONES]
        self.product.take_in_all({one: _mails(n) for n, one in enumerate(ids[:5])})
        self.product.take_in_all({ids[5]: _mails(0, when=WHEN[:1])})
        later = WHEN[6:]
        self.product.take_in_all({one: _mails(n, 20, later) for n, one in enumerate(ids[:2])})
        return ids, self.product.workspace("Asia/Tokyo"), self._charlies()

    def _charlies(self) -> int:
        id_ = self.product.charlies()
        self.product.take_in(id_, _mails(0) + _mails(0, 40))
        return id_

    def scopes(self, scope: Scope | None = None) -> dict[int, Scope]:
        return dict.fromkeys([*self.ids, self.empty], scope or self.scope)

    def told(self, scope: Scope | None = None) -> dict[int, together.WorkspaceFigures]:
        return figures(self.lake, self.scopes(scope), _asked, MOMENT)

    def alone(self, one: int, scope: Scope | None = None) -> Figures:
        """What the workspace says by itself at that moment; nothing of it is kept."""
        with self.lake.engine.connect() as connection:
            timezone = manifest.current(connection, [one])[one].timezone
        today = MOMENT.astimezone(together.zone(timezone)).date()
        asked = {name: one.model_copy(update={"as_of": MOMENT}) for name, one in _asked(today).items()}
        return of_answers(query.ask_all(self.lake, scope or self.scope, one, asked))

    def units_of(self, one: int) -> Path:
        with self.lake.engine.connect() as connection:
            layer = manifest.current(connection, [one])[one].layers[0]
        return self.lake.path(layer.files["units"].path)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> House:
    monkeypatch.setattr(layer_files, "SLICE_ABOVE", 3)
    made = House(tmp_path, keeper)
    with made.lake.engine.connect() as connection:
        states = manifest.current(connection, made.ids)
    assert [len(states[one].layers) for one in made.ids] == [2, 2, 1, 1, 1, 1]
    assert [any(layer.sliced for layer in states[one].layers) for one in made.ids] == [True] * 5 + [False]
    return made


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[set[int]]]:
    """The workspaces of each statement."""
    found: list[set[int]] = []
    count = together._count

    def counting(lake: Any, due: Any, wanted: Any) -> dict[int, Figures]:
        found.append({one.state.workspace_id for one in due})
        return count(lake, due, wanted)

    monkeypatch.setattr(together, "_count", counting)
    return found


@pytest.fixture
def asked_alone(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The workspaces that were asked by themselves."""
    found: list[int] = []

    def asking(lake: Any, scope: Scope, one: int, queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
        found.append(one)
        return query.ask_all(lake, scope, one, queries)

    monkeypatch.setattr(together, "ask_all", asking)
    return found


def test_all_are_counted_in_one_statement_and_each_as_alone(
    house: House, counted: list[set[int]], asked_alone: list[int]
) -> None:
    told = house.told()
    assert counted == [{*house.ids, house.empty}]
    assert asked_alone == []
    assert {one: said.figures for one, said in told.items()} == {one: house.alone(one) for one in told}
    assert house.charlies not in told


def test_the_figures_by_hand(house: House) -> None:
    """The days of UTC are 24 August to 20 September, those of Tokyo 25 August to 21 September."""
    told = house.told()
    utc, tokyo = (told[one].figures for one in (house.ids[3], house.ids[4]))
    assert utc is not None
    assert tokyo is not None
    assert (sum(utc.sent["sent"]), sum(utc.sent["sent_before"][-28:])) == (5, 4)
    assert (utc.sent["sent"][0], utc.sent["sent"][1], utc.sent["sent"][-1]) == (2, 1, 1)
    assert (sum(tokyo.sent["sent"]), sum(tokyo.sent["sent_before"][-28:])) == (3, 5)
    assert tokyo.sent["sent"][-1] == 1
    assert (len(utc.sent["sent"]), len(tokyo.sent["sent_before"])) == (28, 56)
    # Of e-mails 7 to 11 of the fourth, 7, 9 and 11 are opened; 9 by a machine. 9 answers, and says not now.
    assert utc.rates["opens"] == (2, 5)
    assert utc.rates["replies"] == (1, 5)
    assert utc.rates["positive"] == (0, 5)


def test_a_workspace_without_data_has_zeros_and_no_last_day(house: House) -> None:
    told = house.told()[house.empty]
    assert told.figures == Figures(
        dict.fromkeys(("opens", "replies", "positive"), (0, 0)),
        {"sent": (0,) * 28, "sent_before": (0,) * 56},
    )
    assert told.last_event_at is None
    assert not told.failing


def test_a_second_look_counts_nothing_and_after_an_event_exactly_one(
    house: House, counted: list[set[int]], asked_alone: list[int]
) -> None:
    before = house.told()
    assert house.told() == before
    assert len(counted) == 1
    house.product.take_in(house.ids[2], _mails(1, 60, WHEN[9:11]))
    after = house.told()
    assert counted[1:] == [{house.ids[2]}]
    assert asked_alone == []
    assert after[house.ids[2]].figures == house.alone(house.ids[2]) != before[house.ids[2]].figures
    assert {k: v for k, v in after.items() if k != house.ids[2]} == {
        k: v for k, v in before.items() if k != house.ids[2]
    }


def test_a_new_day_is_counted_anew_where_it_has_come(house: House, counted: list[set[int]]) -> None:
    house.told()
    scopes = house.scopes()
    told = figures(house.lake, scopes, _asked, MOMENT + timedelta(hours=4, minutes=30))
    new_york = house.ids[2]
    assert counted[1:] == [{*house.ids, house.empty} - {new_york, house.ids[1], house.ids[4], house.empty}]
    sent = told[house.ids[3]].figures
    assert sent is not None
    assert sum(sent.sent["sent"]) == 3


def test_a_lake_that_keeps_nothing_counts_each_time(house: House, counted: list[set[int]]) -> None:
    for _ in range(2):
        figures(house.product.lake, house.scopes(), _asked, MOMENT)
    assert len(counted) == 2


def test_other_questions_are_not_answered_with_what_was_kept(house: House) -> None:
    house.told()

    def opens_of_all(today: date) -> dict[str, Query]:
        asked = _asked(today)
        return {**asked, "opens": asked["opens"].model_copy(update={"engagement": "all"})}

    human, all_ = house.told()[house.ids[0]].figures, None
    all_ = figures(house.lake, house.scopes(), opens_of_all, MOMENT)[house.ids[0]].figures
    assert human is not None
    assert all_ is not None
    assert all_.rates["opens"][0] > human.rates["opens"][0]


@pytest.mark.parametrize(
    "narrow",
    [
        lambda scope: Scope(scope.workspace_ids, user=BOB),
        lambda scope: Scope(scope.workspace_ids, campaigns=frozenset({"C1"})),
    ],
)
def test_a_narrowed_scope_is_not_served_from_what_was_kept(
    house: House, asked_alone: list[int], narrow: Callable[[Scope], Scope]
) -> None:
    whole = house.told()
    scope = narrow(house.scope)
    for _ in range(2):
        told = house.told(scope)
        assert {one: said.figures for one, said in told.items()} == {
            one: house.alone(one, scope) for one in told
        }
    assert told[house.ids[0]].figures != whole[house.ids[0]].figures
    assert set(asked_alone) == {*house.ids, house.empty}
    assert house.told() == whole


def test_nobody_gets_what_is_not_in_the_scope(house: House) -> None:
    house.told()
    figures(house.lake, {house.charlies: Scope(frozenset({house.charlies}))}, _asked, MOMENT)
    with pytest.raises(NotInScope):
        figures(house.lake, {**house.scopes(), house.charlies: house.scope}, _asked, MOMENT)
    with pytest.raises(NotInScope):
        figures(house.lake, {9_999: Scope(frozenset({9_999}))}, _asked, MOMENT)


def test_a_broken_file_takes_no_figure_away(house: House, asked_alone: list[int]) -> None:
    """Who lies in it is asked alone and told from the events; the others are counted."""
    before = house.told()
    together.forget()
    house.units_of(house.ids[5]).write_bytes(b"no parquet")
    assert {k: v.figures for k, v in house.told().items()} == {k: v.figures for k, v in before.items()}
    assert asked_alone == [house.ids[5]]
    house.told()
    assert asked_alone == [house.ids[5]] * 2


def test_who_cannot_be_read_at_all_is_told_and_the_others_stay(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.told()
    together.forget()
    house.units_of(house.ids[5]).unlink()

    def nothing(*_: Any) -> dict[str, dict[str, Any]]:
        raise LakeUnavailable("The lake is out of reach.")

    monkeypatch.setattr(together, "ask_all", nothing)
    after = house.told()
    assert after[house.ids[5]].figures is None
    assert [after[one].figures for one in house.ids[:5]] == [before[one].figures for one in house.ids[:5]]


def test_not_in_scope_is_never_swallowed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.units_of(house.ids[5]).unlink()

    def refused(*_: Any) -> dict[str, dict[str, Any]]:
        raise NotInScope("There is no such workspace.")

    monkeypatch.setattr(together, "ask_all", refused)
    with pytest.raises(NotInScope):
        house.told()


def test_damaged_versions_and_those_ahead_of_the_moment_are_asked_alone(
    house: House, asked_alone: list[int]
) -> None:
    with house.lake.engine.begin() as connection:
        path = manifest.current(connection, [house.ids[5]])[house.ids[5]].layers[0].files["units"].path
        connection.execute(update(layer_file).where(layer_file.c.path == path).values(quarantined=1))
    early = datetime(2024, 9, 20, 15, 0, tzinfo=UTC)
    figures(house.lake, house.scopes(), _asked, early)
    assert sorted(set(asked_alone)) == sorted(house.ids)


def test_a_failing_check_is_told_and_its_figures_are_not_kept(house: House, counted: list[set[int]]) -> None:
    finding = [Finding(0, "messages", "no gaps", 1, (), "wrong", "todo")]
    versions = {house.ids[3]: manifest.version(house.lake.engine, house.ids[3])}
    failures.record(house.lake.engine, {house.ids[3]: finding, house.empty: finding}, "contract", versions)
    told = house.told()
    assert {one for one, said in told.items() if said.failing} == {house.ids[3], house.empty}
    assert told[house.ids[3]].figures == house.alone(house.ids[3])
    house.told()
    assert counted[1:] == [{house.ids[3], house.empty}]
