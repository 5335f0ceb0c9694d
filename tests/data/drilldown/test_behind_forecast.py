"""The e-mails behind a forecast: as many as each day says, the right ones, and what held each of them back.

The second half holds them against a plain simulation that places e-mail after e-mail in queues, and counts nothing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data.drilldown import UpcomingEmail, behind
from data.errors import BadQuery, NotInScope
from data.query.ask import Query, ask
from data.scope import Scope
from tests.data.answers.test_answers_future import ALICE, BOB, NOW, STEPS, _journey, _planned, _sent
from tests.support.product import Product

#: Monday 2 September 2024, noon in Paris.
TODAY = date(2024, 9, 2)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("ahead")))


def _rows(
    product: Product,
    workspace: int,
    cell: str,
    part: Any = "n",
    scope: Scope | None = None,
    limit: int = 2,
    **options: Any,
) -> list[UpcomingEmail]:
    """Every row by pages of two; as many as is told on each page."""
    query = Query.model_validate({"name": "future_emails", "as_of": NOW, **options})
    rows: list[Any] = []
    after = None
    while True:
        page = behind(
            product.lake,
            scope or Scope(frozenset({workspace})),
            workspace,
            query,
            cell,
            part=part,
            after=after,
            limit=limit,
        )
        rows += page.rows
        if page.after is None:
            assert len(rows) == page.total == len(set(rows))
            return rows
        after = page.after


def _who(rows: list[UpcomingEmail]) -> list[str]:
    return [row.lead.partition("@")[0] for row in rows]


def test_who_goes_out_when_which_step_and_why(product: Product) -> None:
    """Ann waits for step 2 from her mailbox; Ben for his first; Cleo is back on the 6th; Dan's day is not known."""
    workspace = _planned(
        product,
        [_sent("ann", "2024-08-31T08:00:00Z", sender="a@n.io"), _sent("cleo", "2024-08-20T08:00:00Z")],
        steps=STEPS,
        journeys=[
            _journey("ben", "in_trigger", "2024-09-04T08:00:00Z", user=BOB),
            _journey("cleo", "paused_until", "2024-09-06"),
            _journey("dan", "not_started"),
        ],
        mailboxes=[{"sender": "A@n.io", "daily_limit": 5}],
    )
    assert _rows(product, workspace, "") == [
        UpcomingEmail(
            "ann@x.io", "Autumn", "2", "a@n.io", ALICE, "follow_up", date(2024, 9, 3), date(2024, 9, 3), ()
        ),
        UpcomingEmail("dan@x.io", "Autumn", "1", None, "(none)", "not_started", None, date(2024, 9, 3), ()),
        UpcomingEmail(
            "ben@x.io", "Autumn", "1", None, BOB, "in_trigger", date(2024, 9, 4), date(2024, 9, 4), ()
        ),
        UpcomingEmail(
            "cleo@x.io", "Autumn", "2", None, ALICE, "resumed", date(2024, 9, 6), date(2024, 9, 6), ()
        ),
    ]
    assert _who(_rows(product, workspace, "d:2024-09-03")) == ["ann", "dan"]
    assert _rows(product, workspace, "d:2024-09-05") == []
    assert _rows(product, workspace, "", "held") == []


def test_what_the_limit_holds_back(product: Product) -> None:
    """Five due on Tuesday at two a day: the first two go on the 3rd, the last one on the 5th."""
    rows = [_journey(f"l{n}", "not_started", "2024-09-03") for n in range(5)]
    workspace = _planned(product, [], journeys=rows, mailboxes=[{"sender": "a@n.io", "daily_limit": 2}])
    assert [(row.goes_on, row.held) for row in _rows(product, workspace, "")] == [
        (date(2024, 9, 3), ()),
        (date(2024, 9, 3), ()),
        (date(2024, 9, 4), ("room",)),
        (date(2024, 9, 4), ("room",)),
        (date(2024, 9, 5), ("room",)),
    ]
    assert _who(_rows(product, workspace, "d:2024-09-03", "held")) == ["l2", "l3", "l4"]
    assert _who(_rows(product, workspace, "d:2024-09-04", "held")) == ["l4"]
    assert _rows(product, workspace, "d:2024-09-05", "held") == []


def test_a_weekend_and_a_limit_are_told_in_their_order(product: Product) -> None:
    """Three of one mailbox due on Friday, one a day, none at the weekend; the third waits beyond Monday."""
    events = [_sent(lead, "2024-09-02T06:00:00Z", sender="a@n.io") for lead in ("ann", "ben", "cleo")]
    events = [{**one, "occurred_at": "2024-09-01T06:00:00Z"} for one in events]
    steps = [STEPS[0], {**STEPS[1], "wait_days": 5}]
    box = {"sender": "a@n.io", "daily_limit": 1, "sending_days": "mon-fri"}
    workspace = _planned(product, events, steps=steps, mailboxes=[box])
    assert [(row.goes_on, row.held) for row in _rows(product, workspace, "")] == [
        (date(2024, 9, 6), ()),
        (date(2024, 9, 9), ("limit 1", "day")),
    ]
    (waiting,) = _rows(product, workspace, "", "held")
    assert (waiting.lead, waiting.goes_on, waiting.held) == ("cleo@x.io", None, ("limit 1", "day"))
    assert [row.held for row in _rows(product, workspace, "d:2024-09-07", "held")] == [("limit 1", "day")] * 2


def test_a_closed_window_and_what_is_overdue(product: Product) -> None:
    """Due at 19:00 in Paris where the window closes at 18:00; and one that should have gone out yesterday."""
    box = {"sender": "a@n.io", "daily_limit": 9, "sending_window": "9:00-18:00"}
    late = [_journey("ann", "not_started", "2024-09-03T17:00:00Z")]
    (ann,) = _rows(product, _planned(product, [], journeys=late, mailboxes=[box]), "")
    assert (ann.due_on, ann.goes_on, ann.held) == (date(2024, 9, 3), date(2024, 9, 4), ("window",))
    overdue = [_journey("ben", "not_started", "2024-09-01")]
    (ben,) = _rows(product, _planned(product, [], journeys=overdue), "")
    assert (ben.due_on, ben.goes_on, ben.held) == (date(2024, 9, 1), date(2024, 9, 3), ("late",))


def test_a_member_and_a_guest_see_their_own(product: Product) -> None:
    events = [_sent("ann", "2024-08-31T08:00:00Z"), _sent("ben", "2024-08-31T08:00:00Z", user=BOB)]
    rows = [
        _journey("cleo", "not_started", "2024-09-04", user=BOB),
        _journey("dan", "not_started", "2024-09-05", campaign="Winter", user=ALICE),
    ]
    workspace = _planned(product, events, steps=STEPS, journeys=rows)
    assert _who(_rows(product, workspace, "")) == ["ann", "ben", "cleo", "dan"]
    assert _who(_rows(product, workspace, "", scope=Scope(frozenset({workspace}), user=BOB))) == [
        "ben",
        "cleo",
    ]
    winter = Scope(frozenset({workspace}), campaigns=frozenset({"Winter"}))
    assert _who(_rows(product, workspace, "", scope=winter)) == ["dan"]
    assert _who(_rows(product, workspace, "", campaign="Winter")) == ["dan"]
    with pytest.raises(NotInScope):
        _rows(product, workspace, "", scope=Scope(frozenset({workspace + 1})))


def test_where_nothing_is_known_there_are_no_rows(product: Product) -> None:
    workspace = _planned(product, [])
    assert _rows(product, workspace, "") == []
    for cell in ("d:2024-09-03..2024-09-04", "=Autumn", "d:2024-09-31", "w:2024-09-02"):
        with pytest.raises(BadQuery):
            _rows(product, workspace, cell)
    rate = Query(name="rate", data_type="open")
    with pytest.raises(BadQuery):
        behind(product.lake, Scope(frozenset({workspace})), workspace, rate, "", part="held")


@pytest.mark.parametrize("seed", range(3))
def test_as_many_and_the_same_as_a_simulation_places(product: Product, seed: int) -> None:
    dice = Random(seed)
    boxes = [
        {"sender": f"{name}@n.io", "daily_limit": dice.randint(0, 4), "sending_days": days}
        for name, days in (("a", "mon-fri"), ("b", "1,3,5,7"), ("c", "1-7"))
    ][: dice.randint(0, 3)]
    last_sent = {f"f{n}": (dice.randint(0, 9), f"{dice.choice('abcd')}@n.io") for n in range(25)}
    events = [
        _sent(lead, f"{TODAY - timedelta(days=ago)}T06:00:00Z", sender=sender)
        for lead, (ago, sender) in last_sent.items()
    ]
    days = {f"j{n}": dice.randint(-3, 9) for n in range(25)}
    rows = [_journey(lead, "not_started", str(TODAY + timedelta(days=n))) for lead, n in days.items()]
    workspace = _planned(product, events, steps=STEPS, journeys=rows, mailboxes=boxes)

    due = {lead: (TODAY + timedelta(days=3 - ago), sender) for lead, (ago, sender) in last_sent.items()}
    due |= {lead: (TODAY + timedelta(days=n), "") for lead, n in days.items()}
    gone, waiting = _simulated(due, boxes, last_sent)

    query = Query.model_validate({"name": "future_emails", "as_of": NOW})
    told = ask(product.lake, Scope(frozenset({workspace})), workspace, query)["days"]
    for one in told:
        cell, day = f"d:{one['day']}", date.fromisoformat(one["day"])
        out, held = (_rows(product, workspace, cell, part, limit=50) for part in ("n", "held"))
        assert (len(out), len(held)) == (one["n"], one["held_back"])
        assert sorted(_who(out)) == sorted(gone[day])
        assert sorted(_who(held)) == sorted(waiting[day])
        assert all(row.held for row in held), "what waits says why"
    assert len(_rows(product, workspace, "", limit=7)) == sum(one["n"] for one in told)


def _simulated(
    due: dict[str, tuple[date, str]], boxes: list[dict[str, Any]], sent: dict[str, tuple[int, str]]
) -> tuple[dict[date, list[str]], dict[date, list[str]]]:
    """Who leaves and who waits on each day: first due first out, then by name; the rest takes what is free."""
    known = {box["sender"]: box for box in boxes}
    open_on = {"mon-fri": {1, 2, 3, 4, 5}, "1,3,5,7": {1, 3, 5, 7}, "1-7": set(range(1, 8))}
    gone: dict[date, list[str]] = defaultdict(list)
    waiting: dict[date, list[str]] = defaultdict(list)
    left = dict(due)
    for number in range(8):
        day = TODAY + timedelta(days=number)
        queues: dict[str, list[str]] = defaultdict(list)
        for lead, (at, sender) in sorted(
            left.items(), key=lambda one: (max(one[1][0], TODAY), one[1][0], f"{one[0]}@x.io")
        ):
            overdue = not boxes and at < TODAY
            if (TODAY + timedelta(days=1) if overdue else at) <= day:
                queues[sender if sender in known else ""].append(lead)
        free = 0 if boxes else 10**6
        for sender, box in known.items():
            room = box["daily_limit"] if day.isoweekday() in open_on[box["sending_days"]] else 0
            if not number:
                room = max(0, room - sum(not ago and who == sender for ago, who in sent.values()))
            out = queues[sender][:room]
            gone[day] += out
            waiting[day] += queues[sender][room:]
            free += room - len(out)
        gone[day] += queues[""][:free]
        waiting[day] += queues[""][free:]
        for lead in gone[day]:
            del left[lead]
    return gone, waiting
