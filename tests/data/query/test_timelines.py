"""An earlier period as it stood at the same age: the same figures as from the events up to then, and cheaper.

`as_of` makes the marts of the events up to a moment; `cut` reads the published messages once a local day. Histories
are made by chance: bounces after opens, journeys of several messages, days in zones far from UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data.building.build import refresh
from data.drilldown import behind
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.segments import drain
from data.query import timelines
from data.query.ask import Query, ask_all
from data.scope import Scope
from tests.support.product import Product

START = datetime(2026, 9, 1, tzinfo=UTC)
SENT = {"name": "sent_emails"}
RATES = [
    {"name": "rate", "data_type": data_type, "attribution": attribution, "by": by}
    for data_type in ("open", "reply", "positive_reply", "bounce", "unsubscribe")
    for attribution in ("email", "lead")
    for by in (None, "day", "campaign")
]


def history(rng: Random, prefix: str, count: int, days: int = 60) -> list[dict[str, Any]]:
    """E-mails in journeys of two or three, each with what may happen to it, in any order in time."""
    found: list[dict[str, Any]] = []
    for n in range(count):
        sent = START + timedelta(seconds=rng.randrange(days * 86_400))
        about = {
            "message_id": f"{prefix}-{n}",
            "lead": f"{prefix}{rng.randrange(count // 2)}@client.example",
            "campaign": rng.choice(["Autumn", "Winter"]),
        }
        chances: list[tuple[str, float, dict[str, Any]]] = [
            ("sent", 1.0, {}),
            ("bounced", 0.08, {"bounce_kind": "hard"}),
            ("opened", 0.5, {}),
            ("replied", 0.2, {"reply_category": rng.choice(["interested", "not_interested", "not_now"])}),
            ("unsubscribed", 0.05, {}),
        ]
        for event, chance, more in chances:
            if rng.random() < chance:
                later = 0 if event == "sent" else rng.randrange(9 * 86_400)
                at = (sent + timedelta(seconds=later)).isoformat()
                found.append(
                    {**about, **more, "event": event, "event_id": f"{prefix}-{n}-{event}", "occurred_at": at}
                )
    return found


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("cut")))


@contextmanager
def looked_through(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The local days for which the messages were looked through meanwhile."""
    seen: list[Any] = []
    make = timelines._timeline

    def counted(*given: Any) -> Any:
        seen.append(given[3])
        return make(*given)

    with monkeypatch.context() as patched:
        patched.setattr(timelines, "_timeline", counted)
        yield seen


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_cut_is_what_the_events_up_to_then_say(product: Product, zone: str) -> None:
    rng = Random(zone)
    mine, charlies = product.workspace(zone), product.workspace("UTC")
    product.take_in_all({mine: history(rng, "m", 400), charlies: history(rng, "c", 200)})
    for _ in range(4):
        cut = START + timedelta(seconds=rng.randrange(5 * 86_400, 60 * 86_400))
        first = (cut - timedelta(days=rng.randrange(1, 25))).date()
        days = {"from": first, "to": first + timedelta(days=rng.randrange(1, 28))}
        asked = {
            f"{how} {n}": Query.model_validate({**query, **days, how: cut})
            for n, query in enumerate([SENT, *RATES])
            for how in ("as_of", "cut")
        }
        answers = ask_all(product.lake, Scope(frozenset({mine})), mine, asked)
        for n, query in enumerate([SENT, *RATES]):
            then, cheap = (dict(answers[f"{how} {n}"]) for how in ("as_of", "cut"))
            then.pop(
                "unattributed", None
            )  # told beside the figure of now, not of the one it is compared with
            assert {**then, "as_of": ""} == {**cheap, "as_of": ""}, (query, cut, days)


def test_every_moment_of_a_day_is_one_look(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a day that is long over, also when new events have come."""
    workspace = product.workspace("Europe/Madrid")
    product.take_in(workspace, history(Random(1), "d", 300))
    scope = Scope(frozenset({workspace}))
    noon = datetime(2026, 10, 1, 10, tzinfo=UTC)

    def counts(hour: int) -> int:
        query = Query.model_validate(
            {"name": "rate", "data_type": "open", "from": "2026-09-20", "to": "2026-10-01"}
            | {"cut": noon + timedelta(hours=hour)}
        )
        found: int = ask_all(product.lake, scope, workspace, {"open": query})["open"]["n"]
        return found

    with looked_through(monkeypatch) as seen:
        hours = [counts(hour) for hour in range(-9, 10)]
        new = {"event": "sent", "event_id": "new", "message_id": "new", "lead": "new@client.example"}
        product.take_in(workspace, [{**new, "occurred_at": "2026-11-02T08:00:00Z"}])
        again = [counts(hour) for hour in range(-9, 10)]
    assert (len(seen), again) == (1, hours)
    assert hours == sorted(hours), "what happened does not unhappen, as nothing bounced after an open here"


def test_an_event_that_comes_late_is_in_what_had_happened_by_then(product: Product) -> None:
    """Charlie's server was away for weeks: what it tells of then is counted then."""
    workspace = product.workspace("UTC")
    product.take_in(workspace, history(Random(2), "l", 300))
    scope = Scope(frozenset({workspace}))
    query = Query.model_validate(
        {"name": "sent_emails", "from": "2026-09-20", "to": "2026-09-20", "cut": "2026-09-20T12:00:00Z"}
    )
    before = ask_all(product.lake, scope, workspace, {"sent": query})["sent"]["total"]
    late = {"event": "sent", "message_id": "late", "lead": "late@client.example", "event_id": "late"}
    received = datetime(2026, 11, 20, tzinfo=UTC)
    event = canonical({**late, "occurred_at": "2026-09-20T11:00:00Z"}, received_at=received)
    Inbox(product.lake.engine).put(workspace, None, [event], received_at=received)
    drain(product.lake)
    refresh(product.lake, [workspace])
    assert ask_all(product.lake, scope, workspace, {"sent": query})["sent"]["total"] == before + 1


def test_units_are_ripe_when_nine_in_ten_of_their_replies_have_come(product: Product) -> None:
    """300 e-mails, one a lead; 100 are answered: 80 within the first day, 9 on the second, 11 on the fifth.

    So 80, 89, 89, 89 and 100 % have come after 1 to 5 days: ripe after 5. A second workspace has 150 e-mails
    only, and goes by the usual 7 days.
    """
    ends = [1] * 80 + [2] * 9 + [5] * 11
    known, small = product.workspace("UTC"), product.workspace("UTC")

    def told(prefix: str, count: int) -> list[dict[str, Any]]:
        found = []
        for n in range(count):
            sent = datetime(2026, 9, 1 + n % 28, 9, tzinfo=UTC)
            about = {
                "message_id": f"{prefix}{n}",
                "lead": f"{prefix}{n}@client.example",
                "campaign": "Autumn",
            }
            found.append(
                {**about, "event": "sent", "event_id": f"{prefix}s{n}", "occurred_at": sent.isoformat()}
            )
            if n < len(ends):
                at = (sent + timedelta(days=ends[n], hours=-1)).isoformat()
                reply = {"event": "replied", "event_id": f"{prefix}r{n}", "reply_category": "not_now"}
                found.append({**about, **reply, "occurred_at": at})
        return found

    product.take_in_all({known: told("k", 300), small: told("s", 150)})
    asked = {"name": "rate", "data_type": "reply", "by": "day", "marks": True}
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    found = product.ask(known, asked, at)
    assert (found["progress"]["days"], found["progress"]["learned"], found["since"]) == (
        5,
        True,
        "2026-09-01",
    )
    assert found["progress"]["groups"] == []
    assert product.ask(small, asked, at)["progress"] == {
        "days": 7,
        "learned": False,
        "groups": [],
        "whole": False,
    }


def test_days_and_groups_too_young_are_in_progress(product: Product) -> None:
    """Without history replies take 7 days: on the 10th, the days from the 3rd on are in progress.

    Winter sent on the 1st alone; Autumn on the 1st and, as much again, today: half of its replies have come.
    """
    workspace = product.workspace("Europe/Madrid")
    days = {"Winter": [1], "Autumn": [1, 3, 10]}
    product.take_in(
        workspace,
        [
            {
                "event": "sent",
                "event_id": f"{campaign}{day}",
                "message_id": f"{campaign}{day}",
                "lead": f"{campaign}{day}@client.example",
                "campaign": campaign,
                "occurred_at": datetime(2026, 9, day, 8, tzinfo=UTC).isoformat(),
            }
            for campaign, sent in days.items()
            for day in sent
        ],
    )
    at = datetime(2026, 9, 10, 12, tzinfo=UTC)
    asked = {"name": "rate", "data_type": "reply", "marks": True}
    by_day = product.ask(workspace, {**asked, "by": "day"}, at)["progress"]
    assert by_day["groups"] == ["2026-09-03", "2026-09-10"]
    assert product.ask(workspace, {**asked, "by": "campaign"}, at)["progress"]["groups"] == ["Autumn"]
    # Of an e-mail of the 3rd six whole days are over: 6/7 of 90 % have come, of today's nothing.
    whole = product.ask(workspace, asked, at)["progress"]
    assert whole["whole"] is True  # (1 + 1 + 0.77 + 0) / 4


def test_a_narrowed_scope_learns_the_first_day_of_its_own(product: Product) -> None:
    workspace = product.workspace("UTC")
    sent = [("bob@north.example", 1), ("alice@north.example", 5)]
    product.take_in(
        workspace,
        [
            {
                "event": "sent",
                "event_id": user,
                "message_id": user,
                "lead": f"{day}@client.example",
                "user": user,
                "occurred_at": datetime(2026, 9, day, 8, tzinfo=UTC).isoformat(),
            }
            for user, day in sent
        ],
    )
    query = {"all": Query(name="sent_emails", marks=True)}
    alices = Scope(frozenset({workspace}), user="alice@north.example")
    assert ask_all(product.lake, alices, workspace, query)["all"]["since"] == "2026-09-05"
    everyone = Scope(frozenset({workspace}))
    assert ask_all(product.lake, everyone, workspace, query)["all"]["since"] == str(date(2026, 9, 1))


def test_the_rows_behind_an_earlier_figure_are_those_it_counts(product: Product) -> None:
    workspace = product.workspace("Europe/Madrid")
    product.take_in(workspace, history(Random(3), "b", 200))
    scope = Scope(frozenset({workspace}))
    query = Query.model_validate(
        {"name": "rate", "data_type": "open", "from": "2026-09-20", "to": "2026-10-01"}
        | {"cut": "2026-09-28T09:00:00Z"}
    )
    counted = ask_all(product.lake, scope, workspace, {"open": query})["open"]
    found = behind(product.lake, scope, workspace, query, "", limit=500)
    assert (found.n, found.base, len(found.rows)) == (counted["n"], counted["base"], counted["n"])
