"""The journeys an e-mail can be due in are all that matter: the same answers as from every journey there is.

The reference is the long way: sequences of all journeys, from every event (data/answers/known_journeys.sql). Worlds
are made by chance about the cutoff: the last e-mail two weeks and its wait ago, an hour or a day to either side, in
zones at both ends of the day; years-old e-mails with and without a word of the source; every way to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data.answers import due, under_way
from data.answers import facts as facts_of
from data.drilldown import everything_behind
from data.plans import cache as kept_plans
from data.plans import load as plans
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.product import Product

NOW = datetime(2024, 9, 2, 10, 0, tzinfo=UTC)
ALICE, BOB = "alice@north.example", "bob@north.example"
#: From an e-mail to the next: 3 days, 3 (a call lies between), and 10 and a half.
STEPS = [
    {"campaign": "Autumn", "step": "1", "wait_days": 0},
    {"campaign": "Autumn", "step": "2", "wait_days": 3},
    {"campaign": "Autumn", "step": "call", "channel": "phone", "wait_days": 1},
    {"campaign": "Autumn", "step": "4", "wait_days": 2},
    {"campaign": "Winter", "step": "1", "wait_days": 0},
    {"campaign": "Winter", "step": "2", "wait_days": 10.5},
]
AUTUMN = {"campaign": "Autumn", "step": "1", "user": ALICE}
ENDS = (
    {"event": "replied", "reply_category": "interested"},
    {"event": "replied", "reply_category": "out_of_office"},
    {"event": "bounced"},
    {"event": "unsubscribed"},
    {"event": "complained"},
    {"event": "opened"},
)
CALLS = (
    {"event": "booked", "channel": "phone"},
    {"event": "call_back", "channel": "phone"},
    {"event": "replied", "channel": "linkedin", "reply_category": "interested"},
    {"event": "video_opened", "channel": "video"},
    {"event": "unsubscribed", "channel": "linkedin"},
)
WAITS: dict[str, tuple[tuple[str, float], ...]] = {
    "Autumn": (("1", 3), ("2", 3), ("4", 0)),
    "Winter": (("1", 10.5),),
    "Gone": (("1", 0),),
}
STATES = ("in_trigger", "not_started", "running", "paused_until", "finished")
ZONES = ("Europe/Paris", "Pacific/Kiritimati", "Pacific/Pago_Pago")
BOXES = [
    {"sender": "a@n.io", "daily_limit": 3, "sending_window": "09:00-18:00"},
    {"sender": "b@n.io", "user": BOB},
]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("near")))


def _at(moment: datetime) -> str:
    return moment.isoformat()


def _event(name: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {"event_id": name, "occurred_at": _at(at), **more}


def _world(chance: Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Events and journeys of forty leads."""
    events, journeys = [], []
    pick = chance.choice
    for number in range(40):
        lead = f"lead{number}@x.io"
        for campaign in ("Autumn", "Winter", "Gone")[: pick((1, 1, 2, 3))]:
            last, wait = pick(WAITS[campaign])
            edge = timedelta(days=14 + wait) + timedelta(
                hours=pick((-40, -25, -14, -9, -1, 0, 1, 9, 14, 25, 40))
            )
            start = NOW - pick((edge, edge, timedelta(days=chance.randrange(18)), timedelta(days=700)))
            for step in range(pick((0, 1, 1, 2, 3))):
                at = start - timedelta(days=9 * step, minutes=chance.randrange(3))
                message = None if chance.random() < 0.02 else f"{lead}-{campaign}-{step}"
                told = {"message_id": message or f"nobody-{number}-{campaign}-{step}", "campaign": campaign}
                mail = {**told, "step": pick("124") if step else last, "user": pick((ALICE, ALICE, BOB))}
                who = {} if message is None else {"lead": lead}
                sender = pick(("a@n.io", "A@n.io", "b@n.io", "c@n.io"))
                events.append(_event(told["message_id"], at, event="sent", sender=sender, **mail, **who))
                if chance.random() < 0.25:
                    named = pick(({"message_id": told["message_id"]}, {"lead": lead}))
                    end = pick(ENDS)
                    if end["event"] in {"bounced", "opened"}:
                        named = {"message_id": told["message_id"]}
                    later = at + timedelta(hours=chance.randrange(1, 5))
                    events.append(_event(f"{told['message_id']}-end", later, **end, **named))
                if chance.random() < 0.12:
                    act = pick(CALLS)
                    named = pick(
                        (
                            {"message_id": told["message_id"]},
                            {"lead": lead, "campaign": campaign, "user": BOB},
                        )
                    )
                    events.append(
                        _event(f"{told['message_id']}-act", at + timedelta(hours=2), **act, **named)
                    )
            if chance.random() < 0.5:
                row: dict[str, Any] = {"lead": lead, "campaign": campaign, "state": pick(STATES)}
                if chance.random() < 0.7:
                    moment = NOW + timedelta(hours=pick((-900 * 24, -40, -3, 2, 30, 170, 230, 900)))
                    row["next_step_at"] = pick((_at(moment), f"{moment:%Y-%m-%d}"))
                journeys.append(row | pick(({}, {"user": BOB})))
    return [one for one in events if one["occurred_at"] <= _at(NOW)], journeys


def _workspace(product: Product, seed: int) -> int:
    """A world in three deliveries, so three layers; Charlie's next door has absurdly much of the same names."""
    chance = Random(seed)
    events, journeys = _world(chance)
    workspace, charlies = product.workspace(ZONES[seed % len(ZONES)]), product.workspace("UTC")
    chance.shuffle(events)
    sent = {"event": "sent", "lead": "lead1@x.io", "campaign": "Autumn", "step": "1"}
    many = [_event(f"c{n}", NOW - timedelta(days=2), message_id=f"c{n}", **sent) for n in range(99)]
    third = len(events) // 3
    product.take_in_all({workspace: events[:third], charlies: many})
    product.take_in(workspace, events[third : 2 * third])
    product.take_in(workspace, events[2 * third :])
    kinds: dict[str, list[dict[str, Any]]] = {"journeys": journeys}
    if seed % 4:
        kinds["steps"] = STEPS
    if seed % 2:
        kinds["mailboxes"] = BOXES
    if seed % 3:
        kinds["campaigns"] = [
            {"name": "Winter", "status": "active", "owner": BOB},
            {"name": "Gone", "status": "paused"},
        ]
    for kind, rows in kinds.items():
        assert plans.load(product.lake, workspace, kind, rows).parked == []
    return workspace


def _asked(product: Product, workspace: int) -> list[Any]:
    """Every way to ask: the figures, and of each the e-mails they count."""
    own = frozenset({workspace})
    everything, bobs = Scope(own), Scope(own, user=BOB)
    ways: list[tuple[Scope, dict[str, Any]]] = [
        (everything, {}),
        (everything, {"campaign": "Autumn"}),
        (everything, {"user": ALICE}),
        (everything, {"as_of": NOW + timedelta(days=1, hours=3)}),
        (bobs, {}),
        (bobs, {"user": ALICE}),
        (Scope(own, campaigns=frozenset({"Winter", "Gone"})), {"user": BOB}),
        (Scope(own, campaigns=frozenset({"Autumn"}), user=ALICE), {"campaign": "Autumn"}),
    ]
    due.forget()
    kept_plans.forget()
    found: list[Any] = []
    for scope, options in ways:
        asked = Query.model_validate({"name": "future_emails", "as_of": NOW, **options})
        found.append(ask(product.lake, scope, workspace, asked))
        rows = everything_behind(product.lake, scope, workspace, asked, "", part="n", most=500)
        found.append([str(row) for row in rows])
    return found


@contextmanager
def _the_long_way(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(under_way._Near, "make", lambda *_: False)
        yield


@pytest.mark.parametrize("seed", [1, 2])
def test_as_from_every_journey_there_is(product: Product, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = _workspace(product, seed)
    with _the_long_way(monkeypatch):
        long_way = _asked(product, workspace)
    near = _asked(product, workspace)
    assert near == long_way
    assert any(one["total"] for one in near if isinstance(one, dict)), (
        "a world in which nothing is due proves nothing"
    )


def test_what_a_machine_answered_ends_nothing_either_way(product: Product) -> None:
    """Beside its e-mail nobody says that a machine replied: such a workspace is read the long way."""
    events = [
        _event(
            f"m{n}", NOW - timedelta(days=2), event="sent", message_id=f"m{n}", lead=f"lead{n}@x.io", **AUTUMN
        )
        for n in range(3)
    ]
    answer = {"event": "replied", "reply_category": "interested", "message_id": "m1"}
    workspace = product.workspace("Europe/Paris")
    product.take_in(workspace, [*events, _event("r1", NOW - timedelta(days=1), **answer, machine=True)])
    plans.load(product.lake, workspace, "steps", STEPS)
    assert _total(product, workspace) == 3
    product.take_in(workspace, [_event("r2", NOW - timedelta(hours=23), **answer)])
    assert _total(product, workspace) == 2


def test_only_the_leads_that_matter_are_looked_at(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 203 leads Ann's follow-up is due, Ben is told of, Cleo answered: three journeys, no relation of all."""
    long_ago, lately = NOW - timedelta(days=60), NOW - timedelta(days=2)
    events = [
        _event(f"m{n}", long_ago, event="sent", message_id=f"m{n}", lead=f"lead{n}@x.io", **AUTUMN)
        for n in range(200)
    ]
    for name, at in (("ann", lately), ("ben", long_ago), ("cleo", lately)):
        events.append(_event(name, at, event="sent", message_id=name, lead=f"{name}@x.io", **AUTUMN))
    answer = {"event": "replied", "reply_category": "interested"}
    events += [_event("r", lately + timedelta(hours=1), message_id="cleo", **answer)]
    events += [_event(f"r{n}", long_ago + timedelta(days=1), message_id=f"m{n}", **answer) for n in range(50)]
    workspace = product.workspace("Europe/Paris")
    product.take_in(workspace, events)
    plans.load(product.lake, workspace, "steps", STEPS)
    told = {"campaign": "Autumn", "state": "paused_until"}
    rows = [{"lead": f"lead{n}@x.io", **told, "next_step_at": "2024-12-24"} for n in range(100)]
    rows.append({"lead": "ben@x.io", **told, "next_step_at": "2024-09-04"})
    plans.load(product.lake, workspace, "journeys", rows)

    def never(*_: object) -> None:
        raise AssertionError("every event was opened")

    monkeypatch.setattr(facts_of, "relate", never)
    seen: dict[str, int] = {}
    make = under_way._Near.make

    def count(near: Any, *values: Any) -> bool:
        made = make(near, *values)
        for table in ("last_mails", "sequences"):
            seen[table] = near.connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        return made

    monkeypatch.setattr(under_way._Near, "make", count)
    assert _total(product, workspace) == 2
    assert seen == {"last_mails": 3, "sequences": 3}


def _total(product: Product, workspace: int) -> Any:
    asked = Query.model_validate({"name": "future_emails", "as_of": NOW})
    return ask(product.lake, Scope(frozenset({workspace})), workspace, asked)["total"]
