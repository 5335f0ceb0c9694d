"""Plans and what is due of them, kept in memory: read once, never too long, never for anybody else.

Monday 2 September 2024, noon in Paris, as in test_answers_future.py. Reads of the database are counted, not timed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from data.answers import due
from data.drilldown import behind
from data.plans import cache as kept_plans
from data.plans import load as plans
from data.query.ask import Query
from data.scope import Scope
from tests.data.answers.test_answers_future import (
    ALICE,
    BOB,
    NOW,
    STEPS,
    _ask,
    _days,
    _journey,
    _planned,
    _sent,
)
from tests.support.product import Product

ROWS = re.compile(r"\bFROM plan_(campaign|step|journey|mailbox)\b")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def product(tmp_path: Path) -> Product:
    due.forget()
    kept_plans.forget()
    return Product.open(tmp_path)


@contextmanager
def plan_rows_read(product: Product) -> Iterator[list[str]]:
    """The statements that read rows of plans meanwhile; with the one that asks for the stamp, so none is blind."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found = ROWS.search(statement)
        if found:
            seen.append(found[1])
        elif "plan_stamp" in statement:
            seen.append("stamp")

    event.listen(product.lake.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(product.lake.engine, "before_cursor_execute", note)


def harbour(product: Product) -> int:
    """Ann's second step is due on the 3rd; Ben and Cleo start on the 4th; one mailbox, two a day until six."""
    return _planned(
        product,
        [_sent("ann", "2024-08-31T08:00:00Z", sender="a@n.io")],
        steps=STEPS,
        journeys=[
            _journey("ben", "not_started", "2024-09-04T09:00:00Z"),
            _journey("cleo", "in_trigger", "2024-09-04T10:00:00Z", user=BOB),
        ],
        mailboxes=[{"sender": "a@n.io", "daily_limit": 2, "sending_window": "09:00-18:00"}],
    )


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_second_question_reads_no_plan_row(product: Product) -> None:
    """Nor is an e-mail read again: not for the figure, at another minute, and not for the rows behind it."""
    workspace = harbour(product)
    with plan_rows_read(product) as seen:
        first = _ask(product, workspace)
    assert sorted(set(seen)) == ["campaign", "journey", "mailbox", "stamp", "step"]
    assert all(seen.count(kind) == 1 for kind in ("campaign", "journey", "mailbox", "step"))
    assert _days(first) == {3: (1, 0), 4: (2, 0)}
    with plan_rows_read(product) as seen:
        second = _ask(product, workspace, as_of=later(1))
        asked = Query.model_validate({"name": "future_emails", "as_of": later(2)})
        rows = behind(product.lake, Scope(frozenset({workspace})), workspace, asked, "d:2024-09-04").rows
    assert set(seen) == {"stamp"}
    assert _days(second) == _days(first)
    assert [row.lead for row in rows] == ["ben@x.io", "cleo@x.io"]  # type: ignore[union-attr]


def test_the_events_are_not_opened_for_what_is_kept(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = harbour(product)
    first = _ask(product, workspace)

    def never(*_: object) -> None:
        raise AssertionError("the events were opened")

    monkeypatch.setattr(due, "under_way", never)
    assert _days(_ask(product, workspace, as_of=later(1))) == _days(first)
    with pytest.raises(AssertionError, match="opened"):
        _ask(product, workspace, user=BOB)


def test_a_changed_plan_is_seen_by_the_next_question(product: Product) -> None:
    workspace = harbour(product)
    assert _days(_ask(product, workspace)) == {3: (1, 0), 4: (2, 0)}
    plans.load(product.lake, workspace, "journeys", [_journey("dan", "not_started", "2024-09-05")])
    assert _days(_ask(product, workspace)) == {3: (1, 0), 4: (2, 0), 5: (1, 0)}
    plans.load(product.lake, workspace, "mailboxes", [{"sender": "a@n.io", "daily_limit": 1}])
    assert _days(_ask(product, workspace)) == {3: (1, 0), 4: (1, 1), 5: (1, 1), 6: (1, 0)}
    plans.load(product.lake, workspace, "campaigns", [{"name": "Autumn", "status": "paused"}])
    assert _days(_ask(product, workspace)) == {}


_ELSEWHERE = """
import sys
from pathlib import Path
import dashapp.db.tenants
from dashapp.db.engine import make_engine
from data.plans import load as plans
from data.lake.lake import open_lake
lake = open_lake(make_engine(sys.argv[1]), Path(sys.argv[2]))
row = {"lead": "dan@x.io", "campaign": "Autumn", "state": "not_started", "next_step_at": "2024-09-05"}
assert plans.load(lake, int(sys.argv[3]), "journeys", [row]).new == 1
"""


def test_a_change_by_another_process_is_seen_too(product: Product) -> None:
    workspace = harbour(product)
    assert _days(_ask(product, workspace)) == {3: (1, 0), 4: (2, 0)}
    url = product.lake.engine.url.render_as_string(hide_password=False)
    told = [sys.executable, "-c", _ELSEWHERE, url, str(product.lake.root), str(workspace)]
    subprocess.run(told, check=True, cwd=ROOT, timeout=60)
    assert _days(_ask(product, workspace)) == {3: (1, 0), 4: (2, 0), 5: (1, 0)}


def test_new_events_are_seen_and_so_is_the_next_day(product: Product) -> None:
    """Ann's second step goes out on the 2nd: her third e-mail is due on the 5th. On the 3rd Ben's is tomorrow's."""
    workspace = harbour(product)
    _ask(product, workspace)
    product.take_in(workspace, [_sent("ann", "2024-09-02T08:00:00Z", "2", sender="a@n.io")])
    assert _days(_ask(product, workspace)) == {4: (2, 0), 5: (1, 0)}
    tomorrow = _ask(product, workspace, as_of=later(24 * 60))
    assert (tomorrow["days"][0]["day"], _days(tomorrow)) == ("2024-09-04", {4: (2, 0), 5: (1, 0)})


def test_nobody_gets_what_was_kept_for_somebody_else(product: Product) -> None:
    """Charlie plans nine hundred e-mails in a campaign of the same name; Bob sees his own, a guest one campaign."""
    north, south = harbour(product), product.workspace("Europe/Paris")
    product.take_in(south, [_sent("charlie", "2024-01-01T10:00:00Z")])
    many = [_journey(f"z{n}", "not_started", "2024-09-03") for n in range(900)]
    plans.load(product.lake, south, "journeys", many)
    plans.load(
        product.lake, north, "journeys", [_journey("eve", "not_started", "2024-09-06", campaign="Winter")]
    )
    both = frozenset({north, south})
    scopes: list[tuple[int, Scope, dict[int, tuple[int, int]]]] = [
        (north, Scope(frozenset({north})), {3: (1, 0), 4: (2, 0), 6: (1, 0)}),
        (south, Scope(frozenset({south})), {3: (900, 0)}),
        (north, Scope(frozenset({north}), user=BOB), {4: (1, 0)}),
        (north, Scope(frozenset({north}), campaigns=frozenset({"Winter"})), {6: (1, 0)}),
        (south, Scope(both, campaigns=frozenset({"Winter"})), {}),
    ]
    for _ in range(2):
        for workspace, scope, expected in scopes:
            assert _days(_ask(product, workspace, scope)) == expected
    for _ in range(2):
        assert _days(_ask(product, north, campaign="Winter")) == {6: (1, 0)}
        assert _days(_ask(product, north, user=BOB)) == {4: (1, 0)}
        assert _days(_ask(product, north, user=ALICE)) == {3: (1, 0)}
    wide = due._kept.size
    due.forget()
    assert wide > 0 == due._kept.size


def test_two_databases_in_one_process_share_nothing(product: Product, tmp_path: Path) -> None:
    """The same ids, the same stamps: only the database differs."""
    (tmp_path / "other").mkdir()
    other = Product.open(tmp_path / "other")
    first = harbour(product)
    second = _planned(other, [_sent("old", "2024-08-31T08:00:00Z", "4", sender="a@n.io")], steps=STEPS)
    assert first == second
    assert _days(_ask(product, first)) == {3: (1, 0), 4: (2, 0)}
    assert _days(_ask(other, second)) == {}
    assert _days(_ask(product, first)) == {3: (1, 0), 4: (2, 0)}


@pytest.mark.parametrize(
    "boxes", [[], [{"sender": "a@n.io", "daily_limit": 2, "sending_window": "9:00-18:00"}]]
)
def test_what_is_kept_answers_every_moment_as_if_it_were_made_then(
    product: Product, boxes: list[dict[str, Any]]
) -> None:
    """Every half hour of two days, over due moments, the window's end and midnight; asked forwards and back."""
    rows = [
        _journey("ben", "not_started", "2024-09-02T13:10:00Z"),
        _journey("cleo", "running", "2024-09-02T17:40:00Z"),
        _journey("dan", "running", "2024-09-01T09:00:00Z"),
        _journey("eve", "in_trigger", "2024-09-03T10:00:00Z"),
        _journey("fay", "in_trigger"),
        _journey("gus", "paused_until", "2024-09-03"),
    ]
    events = [_sent("ann", "2024-08-31T08:00:00Z", sender="a@n.io")]
    workspace = _planned(product, events, steps=STEPS, journeys=rows, mailboxes=boxes)
    moments = [later(30 * n) for n in range(96)]
    made = []
    for at in moments:
        due.forget()
        kept_plans.forget()
        made.append(_ask(product, workspace, as_of=at))
    assert [_ask(product, workspace, as_of=at) for at in moments] == made
    assert [_ask(product, workspace, as_of=at) for at in reversed(moments)] == made[::-1]
    figures = [(answer["days"][0]["day"], answer["total"], str(_days(answer))) for answer in made]
    assert len(set(figures)) > 4, "time does change the answer"


def test_the_plans_of_a_workspace_are_what_the_database_holds(product: Product) -> None:
    """Few words are kept as numbers: nothing of that may be seen."""
    workspace = harbour(product)
    told = kept_plans.plans_of(product.lake.engine, workspace)
    assert told is kept_plans.plans_of(product.lake.engine, workspace)
    assert told.known == {"steps", "journeys", "mailboxes"}
    assert told.stamp == 3, "one for each file that changed something"
    ben = next(row for row in told.tables["journeys"].to_pylist() if row["lead"] == "ben@x.io")
    assert ben == {
        "campaign": "Autumn",
        "lead": "ben@x.io",
        "state": "not_started",
        "next_step_at": datetime(2024, 9, 4, 9, tzinfo=UTC).replace(tzinfo=None),
        "next_step_on": None,
        "user": None,
    }
    assert told.bytes > 0
