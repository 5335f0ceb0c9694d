"""docs/numbers.md, figure by figure: every row of its table over the whole 12 × 12 grid, by two implementations.

`reference` is the plain Python oracle; `product` is the real path: canonical, inbox, segments, marts, `ask`.
What the table does not name was worked out by hand from the fourteen events.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.history import worked_example
from tests.support.product import Product
from tests.support.reference.figures import answer

Ask = Callable[[dict[str, Any]], dict[str, Any]]
Cell = tuple[int, int, str]

SECOND, NINTH, SIXTEENTH = "2024-09-02", "2024-09-09", "2024-09-16"
COHORTS = [(date(2024, 7, 1) + timedelta(weeks=week)).isoformat() for week in range(12)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """`ask` over a workspace of Alice's agency that took the example in, last event first."""
    lake = Product.open(Path(tmp_path_factory.mktemp("worked_example")))
    workspace = lake.workspace(worked_example.TIMEZONE)
    lake.take_in(workspace, list(reversed(worked_example.events())))
    return lambda query: lake.ask(workspace, query, worked_example.AS_OF)


@pytest.fixture(params=["reference", "product"])
def ask(request: pytest.FixtureRequest) -> Ask:
    if request.param == "product":
        found: Ask = request.getfixturevalue("product")
        return found
    return lambda query: answer(worked_example.events(), worked_example.TIMEZONE, query, worked_example.AS_OF)


def _values(base: int, *counts: int, young: int = 1) -> list[Cell]:
    """Cells with these counts, of which the last `young` are in progress."""
    finished = len(counts) - young
    return [(n, base, "value" if week < finished else "in_progress") for week, n in enumerate(counts)]


#: data type, attribution, clock -> cohort -> the cells that are neither future nor without a base.
GRIDS: dict[tuple[str, str, str], dict[str, list[Cell]]] = {
    # The table of docs/numbers.md, row by row; the cohort of 9 September is beside it where the table is silent.
    ("open", "email", "calendar"): {SECOND: _values(3, 1, 3, 3), NINTH: _values(3, 0, 0)},
    # m3 is 9 days old, so weeks 2 and 3 of its cohort are not over; m5 to m7 are between 7 and 9 days old.
    ("open", "email", "elapsed"): {SECOND: _values(3, 3, 3, 3, young=2), NINTH: _values(3, 0, 0)},
    ("reply", "email", "calendar"): {SECOND: _values(3, 0, 0, 1), NINTH: _values(3, 1, 1)},
    ("reply", "lead", "calendar"): {SECOND: _values(3, 0, 1, 2), NINTH: _values(1, 0, 0)},
    ("positive_reply", "email", "calendar"): {SECOND: _values(3, 0, 0, 0), NINTH: _values(3, 1, 1)},
    ("positive_reply", "lead", "calendar"): {SECOND: _values(3, 0, 1, 1), NINTH: _values(1, 0, 0)},
    ("bounce", "email", "calendar"): {SECOND: _values(4, 1, 1, 1), NINTH: _values(3, 0, 0)},
    # Beyond the table.
    ("negative_reply", "email", "calendar"): {SECOND: _values(3, 0, 0, 1), NINTH: _values(3, 0, 0)},
    ("negative_reply", "lead", "calendar"): {SECOND: _values(3, 0, 0, 1), NINTH: _values(1, 0, 0)},
    # L1's journey is opened in week 1, L2's and L3's in week 2.
    ("open", "lead", "calendar"): {SECOND: _values(3, 1, 3, 3), NINTH: _values(1, 0, 0)},
    # L2's reply comes 8.3 days after m2, L1's 15.0 days after m1.
    ("reply", "lead", "elapsed"): {SECOND: _values(3, 0, 1, 2, young=2), NINTH: _values(1, 0, 0)},
    ("bounce", "lead", "calendar"): {SECOND: _values(4, 1, 1, 1), NINTH: _values(1, 0, 0)},
    ("click", "email", "calendar"): {SECOND: _values(3, 0, 0, 0), NINTH: _values(3, 0, 0)},
    ("unsubscribe", "lead", "calendar"): {SECOND: _values(3, 0, 0, 0), NINTH: _values(1, 0, 0)},
}


def _expected_row(cohort: str, cells: list[Cell] | None) -> dict[str, Any]:
    if cells is None:  # nothing was sent that week: no base up to now, blank after
        current = 12 - COHORTS.index(cohort)
        states = ["no_base" if week <= current else "future" for week in range(1, 13)]
        found: list[dict[str, Any]] = [
            {"week": week, "n": 0 if state == "no_base" else None, "rate": None, "state": state}
            for week, state in enumerate(states, start=1)
        ]
        return {"cohort": cohort, "base": 0, "untracked": 0, "cells": found}
    found = [
        {"week": week, "n": n, "rate": n / base, "state": state}
        for week, (n, base, state) in enumerate(cells, start=1)
    ]
    blank = range(len(cells) + 1, 13)
    found += [{"week": week, "n": None, "rate": None, "state": "future"} for week in blank]
    return {"cohort": cohort, "base": cells[0][1], "untracked": 0, "cells": found}


@pytest.mark.parametrize("options", GRIDS, ids="-".join)
def test_every_cell_of_the_grid(ask: Ask, options: tuple[str, str, str]) -> None:
    data_type, attribution, clock = options
    query = {"name": "cohort", "data_type": data_type, "attribution": attribution, "clock": clock}
    expected = [_expected_row(cohort, GRIDS[options].get(cohort)) for cohort in COHORTS]
    assert ask(query)["rows"] == expected


def test_week_one_pools_the_two_complete_cohorts(ask: Ask) -> None:
    found = ask({"name": "week1", "data_type": "reply"})
    assert found["headline"] == {"n": 1, "base": 6, "rate": 1 / 6}
    assert [point["cohort"] for point in found["points"]] == COHORTS
    assert found["points"][-3:] == [
        {"cohort": SECOND, "n": 0, "base": 3, "rate": 0.0, "state": "value"},
        {"cohort": NINTH, "n": 1, "base": 3, "rate": 1 / 3, "state": "value"},
        {"cohort": SIXTEENTH, "n": 0, "base": 0, "rate": None, "state": "no_base"},
    ]


def test_sent_emails_of_the_second_week_with_its_empty_days(ask: Ask) -> None:
    found = ask({"name": "sent_emails", "from": "2024-09-08", "to": "2024-09-12"})
    days = {"2024-09-08": 1, "2024-09-09": 0, "2024-09-10": 2, "2024-09-11": 1, "2024-09-12": 0}
    assert found["total"] == 4
    assert found["days"] == [{"day": day, "n": n} for day, n in days.items()]


def test_sent_emails_without_a_range_runs_from_the_first_message_to_now(ask: Ask) -> None:
    found = ask({"name": "sent_emails"})
    assert found["total"] == 7
    assert (found["days"][0]["day"], found["days"][-1]["day"]) == ("2024-09-02", "2024-09-18")
    assert len(found["days"]) == 17


@pytest.mark.parametrize(
    ("options", "n", "base"),
    [
        ({"data_type": "open"}, 3, 6),
        ({"data_type": "open", "attribution": "lead"}, 3, 4),
        ({"data_type": "open", "from": "2024-09-02", "to": "2024-09-04"}, 2, 2),
        ({"data_type": "open", "from": "2024-09-03", "to": "2024-09-08"}, 2, 2),
        ({"data_type": "reply"}, 2, 6),
        ({"data_type": "reply", "attribution": "lead"}, 2, 4),
        ({"data_type": "positive_reply", "attribution": "lead"}, 1, 4),
        ({"data_type": "negative_reply", "from": "2024-09-02", "to": "2024-09-02"}, 1, 1),
        ({"data_type": "bounce"}, 1, 7),
        ({"data_type": "bounce", "attribution": "lead"}, 1, 5),
        ({"data_type": "reply", "recipient_provider": "gmail"}, 2, 4),
        ({"data_type": "reply", "recipient_provider": "outlook"}, 0, 0),
        ({"data_type": "reply", "campaign": "Somewhere else"}, 0, 0),
        ({"data_type": "reply", "user": worked_example.ALICE}, 2, 6),
    ],
)
def test_rates_over_a_range(ask: Ask, options: dict[str, Any], n: int, base: int) -> None:
    found = ask({"name": "rate", **options})
    assert (found["n"], found["base"], found["untracked"]) == (n, base, 0)
    assert found["rate"] == (n / base if base else None)


def test_replies_by_step_and_by_week_add_up(ask: Ask) -> None:
    by_step = ask({"name": "rate", "data_type": "reply", "by": "step"})["groups"]
    assert by_step == [
        {"key": "1", "n": 1, "base": 4, "rate": 1 / 4},  # m1; m2, m3, m7 have none; m4 bounced
        {"key": "2", "n": 1, "base": 2, "rate": 1 / 2},  # m6; m5 has none
    ]
    by_week = ask({"name": "rate", "data_type": "reply", "by": "week"})["groups"]
    assert by_week == [
        {"key": SECOND, "n": 1, "base": 3, "rate": 1 / 3},
        {"key": NINTH, "n": 1, "base": 3, "rate": 1 / 3},
    ]
