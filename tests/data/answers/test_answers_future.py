"""Future e-mails worked out by hand: Monday 2 September 2024, 12:00 in Paris (10:00 UTC)."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.plans import load as plans
from data.query import ask as query
from data.query.ask import Query, ask
from data.query.forecasts import snapshot_forecast
from data.scope import Scope
from tests.support.product import Product
from tests.support.reference.forecast import Mail, Mailbox, forecast

NOW = datetime(2024, 9, 2, 10, 0, tzinfo=UTC)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALICE, BOB = "alice@north.example", "bob@north.example"
STEPS = [
    {"campaign": "Autumn", "step": "1", "wait_days": 0},
    {"campaign": "Autumn", "step": "2", "wait_days": 3},
    {"campaign": "Autumn", "step": "call", "channel": "phone", "wait_days": 1},
    {"campaign": "Autumn", "step": "4", "wait_days": "2"},
]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("future")))


def _sent(lead: str, at: str, step: str = "1", **more: Any) -> dict[str, Any]:
    message = f"{lead}-{step}-{at}"
    who = {"lead": f"{lead}@x.io", "campaign": "Autumn", "step": step, "user": ALICE, "message_id": message}
    return {"event_id": message, "event": "sent", "occurred_at": at, **who, **more}


def _planned(product: Product, events: list[dict[str, Any]], **kinds: list[dict[str, Any]]) -> int:
    """A workspace in Paris with these events and reference data, beside Charlie's with absurdly much of both."""
    workspace, charlies = product.workspace("Europe/Paris"), product.workspace("Europe/Paris")
    product.take_in(workspace, events or [_sent("old", "2024-01-01T10:00:00Z")])
    many = [
        {"lead": f"zzz{n}@x.io", "campaign": "Autumn", "state": "not_started", "next_step_at": "2024-09-03"}
        for n in range(900)
    ]
    plans.load(product.lake, charlies, "journeys", many)
    for kind, records in kinds.items():
        told = plans.load(product.lake, workspace, kind, records)
        assert told.parked == []
    return workspace


def _ask(product: Product, workspace: int, scope: Scope | None = None, **options: Any) -> dict[str, Any]:
    asked = Query.model_validate({"name": "future_emails", "as_of": NOW, **options})
    return ask(product.lake, scope or Scope(frozenset({workspace})), workspace, asked)


def _days(found: dict[str, Any]) -> dict[int, tuple[int, int]]:
    """Day of September → (n, held back), where either is not 0."""
    return {
        int(day["day"][-2:]): (day["n"], day["held_back"])
        for day in found["days"]
        if day["n"] or day["held_back"]
    }


def _journey(lead: str, state: str, at: str | None = None, **more: Any) -> dict[str, Any]:
    row = {"lead": f"{lead}@x.io", "campaign": "Autumn", "state": state, **more}
    return row if at is None else {**row, "next_step_at": at}


def test_nothing_known_is_no_zero(product: Product) -> None:
    found = _ask(product, _planned(product, []))
    assert (found["total"], found["days"]) == (None, [])
    assert found["missing"] == ["campaigns", "steps", "journeys", "mailboxes"]


def test_the_seven_days_from_tomorrow(product: Product) -> None:
    """Days are Paris's: 22:30 UTC on the 3rd is the 4th there. The 2nd is today, the 10th too far."""
    rows = [
        _journey("ann", "in_trigger", "2024-09-03T08:00:00Z"),
        _journey("ben", "not_started", "2024-09-03T22:30:00Z"),
        _journey("cleo", "running", "2024-09-09"),
        _journey("dan", "paused_until", "2024-09-05T09:00:00Z"),
        _journey("eve", "finished", "2024-09-05T09:00:00Z"),
        _journey("fay", "not_started", "2024-09-10T08:00:00Z"),
        _journey("gus", "not_started"),
        _journey("hal", "running", "2024-09-02T15:00:00Z"),
    ]
    found = _ask(product, _planned(product, [], journeys=rows))
    assert [day["day"] for day in found["days"]] == [f"2024-09-0{n}" for n in range(3, 10)]
    assert _days(found) == {3: (2, 0), 4: (1, 0), 5: (1, 0), 9: (1, 0)}
    assert found["total"] == 5
    assert found["origins"] == {"follow_up": 1, "in_trigger": 1, "not_started": 2, "resumed": 1}


def test_follow_ups_when_their_wait_ends(product: Product) -> None:
    """Step 2 three days after the first; step 4 three days after the second (a call lies between)."""
    events = [
        _sent("ann", "2024-08-31T08:00:00Z"),
        _sent("ben", "2024-09-01T08:00:00Z", "2"),
        _sent("cleo", "2024-08-20T08:00:00Z", "4"),
        # Due on the 1st, not out yet: tomorrow. Due a month ago: stopped elsewhere.
        _sent("dan", "2024-08-29T08:00:00Z"),
        _sent("eve", "2024-07-29T08:00:00Z"),
        # Due today: today's.
        _sent("fay", "2024-08-30T08:00:00Z"),
    ]
    found = _ask(product, _planned(product, events, steps=STEPS))
    assert _days(found) == {3: (2, 0), 4: (1, 0)}


@pytest.mark.parametrize("name", ["replied", "unsubscribed", "bounced", "complained"])
def test_who_answered_or_left_gets_no_more(product: Product, name: str) -> None:
    message = _sent("ann", "2024-08-31T08:00:00Z")
    later = {"event_id": "x", "event": name, "occurred_at": "2024-09-01T08:00:00Z"}
    out_of_office = {"reply_category": "out_of_office", "event": "replied"}
    workspace = _planned(product, [message, {**later, "message_id": message["message_id"]}], steps=STEPS)
    assert _ask(product, workspace)["total"] == 0
    away = [message, {**later, "message_id": message["message_id"], **out_of_office}]
    assert _ask(product, _planned(product, away, steps=STEPS))["total"] == 1, (
        "a machine's answer ends nothing"
    )


def test_out_of_office_moves_to_the_resume_date(product: Product) -> None:
    """Its wait would end on the 3rd; the source says paused until the 6th."""
    workspace = _planned(
        product,
        [_sent("ann", "2024-08-31T08:00:00Z")],
        steps=STEPS,
        journeys=[_journey("ann", "paused_until", "2024-09-06")],
    )
    assert _days(_ask(product, workspace)) == {6: (1, 0)}


def test_a_step_that_went_out_is_not_due_again(product: Product) -> None:
    """The source said 1 September for the first step; it went out then, so step 2 follows three days later."""
    workspace = _planned(
        product,
        [_sent("ann", "2024-09-01T08:00:05Z")],
        steps=STEPS,
        journeys=[_journey("ann", "not_started", "2024-09-01T08:00:00Z")],
    )
    assert _days(_ask(product, workspace)) == {4: (1, 0)}


def test_a_campaign_that_stopped_sends_nothing(product: Product) -> None:
    rows = [_journey("ann", "not_started", "2024-09-03")]
    stopped = [{"name": "Autumn", "status": "Paused"}]
    assert _ask(product, _planned(product, [], journeys=rows, campaigns=stopped))["total"] == 0
    going = [{"name": "Autumn", "status": "active"}]
    assert _ask(product, _planned(product, [], journeys=rows, campaigns=going))["total"] == 1


def test_the_daily_limit_holds_back(product: Product) -> None:
    """Five due on Tuesday at two a day: 2, 2, 1; what waits is told each day."""
    rows = [_journey(f"l{n}", "not_started", "2024-09-03") for n in range(5)]
    workspace = _planned(product, [], journeys=rows, mailboxes=[{"sender": "a@n.io", "daily_limit": 2}])
    found = _ask(product, workspace)
    assert _days(found) == {3: (2, 3), 4: (2, 1), 5: (1, 0)}
    assert found["total"] == 5


def test_no_sending_at_the_weekend(product: Product) -> None:
    """Friday takes one of three; Saturday and Sunday none; Monday, the last day shown, one more."""
    rows = [_journey(f"l{n}", "not_started", "2024-09-06") for n in range(3)]
    box = {"sender": "a@n.io", "daily_limit": 1, "sending_days": "mon-fri"}
    found = _ask(product, _planned(product, [], journeys=rows, mailboxes=[box]))
    assert _days(found) == {6: (1, 2), 7: (0, 2), 8: (0, 2), 9: (1, 1)}


def test_a_follow_up_leaves_from_its_own_mailbox(product: Product) -> None:
    """Ann's mailbox sends one a day and has two due on Tuesday; the lead without a mailbox takes Bob's room."""
    events = [
        _sent("ann", "2024-08-31T08:00:00Z", sender="a@n.io"),
        _sent("ben", "2024-08-31T08:00:00Z", sender="A@n.io"),
    ]
    boxes = [{"sender": "a@n.io", "daily_limit": 1}, {"sender": "b@n.io", "daily_limit": 1}]
    rows = [_journey("new", "not_started", "2024-09-03")]
    found = _ask(product, _planned(product, events, steps=STEPS, journeys=rows, mailboxes=boxes))
    assert _days(found) == {3: (2, 1), 4: (1, 0)}


def test_after_the_window_it_is_tomorrow(product: Product) -> None:
    """Due on Tuesday at 19:00 in Paris, the window closes at 18:00."""
    box = {"sender": "a@n.io", "daily_limit": 9, "sending_window": "9:00-18:00"}
    rows = [
        _journey("ann", "not_started", "2024-09-03T17:00:00Z"),
        _journey("ben", "not_started", "2024-09-03"),
    ]
    found = _ask(product, _planned(product, [], journeys=rows, mailboxes=[box]))
    assert _days(found) == {3: (1, 1), 4: (1, 0)}
    assert [day["reasons"] for day in found["days"][:2]] == [{"window": 1}, {}]


def test_what_waits_is_told_by_reason_and_origins_add_up_to_the_total(product: Product) -> None:
    """Two a day, Monday to Friday. Of the five of Thursday the first two by name leave then, the next on Friday;
    the fifth waits for Monday, with one of the two of Saturday; the other one stays.
    """
    rows = [
        *(_journey(f"l{n}", "not_started" if n % 2 else "in_trigger", "2024-09-05") for n in range(5)),
        *(_journey(f"s{n}", "paused_until", "2024-09-07") for n in range(2)),
    ]
    box = {"sender": "a@n.io", "daily_limit": 2, "sending_days": "mon-fri"}
    found = _ask(product, _planned(product, [], journeys=rows, mailboxes=[box]))
    assert _days(found) == {5: (2, 3), 6: (2, 1), 7: (0, 3), 8: (0, 3), 9: (2, 1)}
    assert [day["reasons"] for day in found["days"][2:]] == [
        {"room": 3},
        {"room": 1},
        {"day": 3},
        {"day": 3},
        {"room": 1},
    ]
    assert found["total"] == sum(found["origins"].values()) == 6
    assert found["origins"] == {"in_trigger": 3, "not_started": 2, "resumed": 1}


def test_what_is_late_takes_todays_room_first(product: Product) -> None:
    """Three were due yesterday; one of today's two places is used: one goes today, two tomorrow."""
    rows = [_journey(f"l{n}", "not_started", "2024-09-01") for n in range(3)]
    box = {"sender": "a@n.io", "daily_limit": 2}
    used = [_sent("old", "2024-09-02T08:00:00Z", "4", sender="a@n.io")]
    found = _ask(product, _planned(product, used, steps=STEPS, journeys=rows, mailboxes=[box]))
    assert _days(found) == {3: (2, 0)}


def test_a_member_and_a_guest_see_their_own(product: Product) -> None:
    events = [_sent("ann", "2024-08-31T08:00:00Z"), _sent("ben", "2024-08-31T08:00:00Z", user=BOB)]
    rows = [
        _journey("cleo", "not_started", "2024-09-04", user=BOB),
        _journey("dan", "not_started", "2024-09-05", campaign="Winter", user=ALICE),
        # Told as Bob's, but Alice wrote to Ann last.
        _journey("ann", "running", "2024-09-06", user=BOB),
    ]
    workspace = _planned(product, events, steps=STEPS, journeys=rows)
    assert _days(_ask(product, workspace)) == {3: (1, 0), 4: (1, 0), 5: (1, 0), 6: (1, 0)}
    bob = Scope(frozenset({workspace}), user=BOB)
    assert _days(_ask(product, workspace, bob)) == {3: (1, 0), 4: (1, 0)}
    assert _days(_ask(product, workspace, user=BOB)) == {3: (1, 0), 4: (1, 0)}
    guest = Scope(frozenset({workspace}), campaigns=frozenset({"Winter"}))
    assert _days(_ask(product, workspace, guest)) == {5: (1, 0)}
    assert _days(_ask(product, workspace, campaign="Winter")) == {5: (1, 0)}


def test_a_forecast_is_kept_once_and_held_against_what_came(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the 2nd one e-mail was forecast for the 3rd; two went out. What is kept later changes nothing."""
    monkeypatch.setattr(query, "datetime", _Noon)
    workspace = _planned(product, [], journeys=[_journey("ann", "not_started", "2024-09-03")])
    scope = Scope(frozenset({workspace}))
    assert snapshot_forecast(product.lake, scope, workspace, date(2024, 9, 2)) == 7
    plans.load(product.lake, workspace, "journeys", [_journey("ben", "not_started", "2024-09-03")])
    assert snapshot_forecast(product.lake, scope, workspace, date(2024, 9, 2)) == 0
    product.take_in(workspace, [_sent("ann", "2024-09-03T08:00:00Z"), _sent("ben", "2024-09-03T09:00:00Z")])
    found = _ask(product, workspace, as_of=datetime(2024, 9, 5, 10, tzinfo=UTC))
    assert found["past"][0] == {"day": "2024-09-03", "forecast": 1, "actual": 2}
    assert [row["day"] for row in found["past"]] == ["2024-09-03", "2024-09-04"]
    assert _ask(product, workspace, as_of=datetime(2024, 9, 5, 10, tzinfo=UTC), user=ALICE)["past"] == []


class _Noon(datetime):
    """A clock that stands at NOW."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return NOW if tz is None else NOW.astimezone(tz)


@pytest.mark.more
def test_random_plans_come_to_an_independent_forecast(
    product: Product, request: pytest.FixtureRequest
) -> None:
    """Alice's mailboxes and leads by chance; each e-mail is placed by hand, one by one."""
    many = "more" in (request.config.getoption("-m") or "")
    for seed in range(120 if many else 10):
        chance = random.Random(seed)
        journeys, mails = _plan_by_chance(chance)
        boxes = [
            Mailbox(
                f"{name}@n.io",
                chance.randint(1, 4),
                set(chance.choice(([1, 2, 3, 4, 5], [1, 3, 5], [1, 2, 3, 4, 5, 6, 7], [6, 7]))),
                chance.choice((None, "11:00", "18:00")),
            )
            for name in "ab"[: chance.randint(1, 2)]
        ]
        told = [
            {
                "sender": box.sender,
                "daily_limit": box.limit,
                "sending_days": ",".join(WEEKDAYS[day - 1] for day in sorted(box.days)),
            }
            | ({"sending_window": f"9:00-{box.end}"} if box.end else {})
            for box in boxes
        ]
        found = _ask(product, _planned(product, [], journeys=journeys, mailboxes=told))
        right = forecast(datetime(2024, 9, 2, 12, 0), mails, boxes)  # noqa: DTZ001 (local)
        answer = {
            "days": [(day["day"], day["n"], day["held_back"]) for day in found["days"]],
            "total": found["total"],
            "origins": found["origins"],
        }
        assert answer == right, seed
        assert [sum(day["reasons"].values()) for day in found["days"]] == [held for *_, held in right["days"]]


def _plan_by_chance(chance: random.Random) -> tuple[list[dict[str, Any]], list[Mail]]:
    """Journeys as a source tells them, and the e-mails they stand for."""
    journeys, mails = [], []
    for number in range(chance.randint(1, 25)):
        lead, state = f"l{number:02}", chance.choice(("not_started", "in_trigger", "paused_until"))
        day = date(2024, 9, 2) + timedelta(days=chance.randint(-2, 9))
        origin = "resumed" if state == "paused_until" else state
        kind = chance.random()
        if kind < 0.3:
            hour = chance.choice((8, 10, 13, 20))
            moment = datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001 (local)
            journeys.append(_journey(lead, state, f"{day}T{hour:02}:00:00+02:00"))
            mails.append(Mail(day, lead, origin, moment=moment))
        elif kind < 0.4 and state != "paused_until":
            journeys.append(_journey(lead, state))
            mails.append(Mail(date(2024, 9, 3), lead, origin, unspecified=True))
        else:
            journeys.append(_journey(lead, state, str(day)))
            mails.append(Mail(day, lead, origin))
    return journeys, mails
