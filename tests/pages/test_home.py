"""The home's rows and totals, from canned answers; sums are worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests_text import text

from dashapp.tiles.periods import Period
from pages.glance import Glance, Share, change, glance, questions, total
from pages.home import screen

PERIOD = Period("28", date(2026, 10, 26), date(2026, 11, 22))


def look(name: str = "Harbour Coffee", agency: str = "North", **more: Any) -> Glance:
    given: dict[str, Any] = {
        "slug": name.lower().replace(" ", "-"),
        "name": name,
        "agency": agency,
        "timezone": "Europe/Madrid",
        "complete_to": date(2026, 11, 22),
        "sent": 120,
        "sent_before": 100,
        "days": (4, 6, 5),
        "opens": Share(30, 110),
        "replies": Share(4, 80),
        "positive": Share(2, 80),
        "positive_before": 4,
    }
    return Glance(**{**given, **more})


def test_it_asks_for_28_days_and_the_28_before() -> None:
    asked = questions(PERIOD)
    assert (asked["sent"].from_, asked["sent"].to) == (date(2026, 10, 26), date(2026, 11, 22))
    assert (asked["sent_before"].from_, asked["sent_before"].to) == (date(2026, 9, 28), date(2026, 10, 25))
    assert asked["opens"].attribution == "email"
    assert asked["replies"].attribution == "lead"


def test_the_answers_become_a_glance() -> None:
    rate = {"n": 3, "base": 10, "rate": 0.3}
    answers = {
        "sent": {"total": 7, "days": [{"day": "2026-11-21", "n": 3}, {"day": "2026-11-22", "n": 4}]},
        "sent_before": {"total": 5, "days": []},
        "opens": rate,
        "replies": rate,
        "positive": rate,
        "positive_before": rate,
    }
    found = glance(
        slug="a", name="A", agency="North", timezone="UTC", complete_to=date(2026, 11, 22), answers=answers
    )
    assert (found.sent, found.sent_before, found.days, found.opens) == (7, 5, (3, 4), Share(3, 10))


def test_the_total_divides_last() -> None:
    sums = total([look(opens=Share(1, 2)), look(opens=Share(9, 98))])
    assert sums.opens.rate == pytest.approx(0.10)  # 10 of 100, not the mean of 50 % and 9.2 %
    assert sums.sent == 240


def test_a_change_from_nothing_is_none() -> None:
    assert change(5, 0) is None
    assert change(120, 100) == pytest.approx(0.2)


def test_the_row_shows_figures_bases_and_change() -> None:
    shown = text(screen([look()], agencies=["North"]))
    for part in (
        "Harbour Coffee",
        "+20.0 %",
        "30 of 110",
        "27.3 %",
        "5.0 %",
        "Data complete to 22 Nov",
        "Madrid",
    ):
        assert part in shown, part
    assert "/w/harbour-coffee/analytics" in shown


def test_one_workspace_needs_no_search() -> None:
    assert "workspace-search" not in text(screen([look()], agencies=["North"]))
    assert "workspace-search" in text(screen([look(), look("Pine")], agencies=["North"]))


def test_several_agencies_are_grouped() -> None:
    shown = text(screen([look(), look("Colossus", "South")], agencies=["North", "South"]))
    assert "2 workspaces in 2 agencies" in shown
    assert shown.count("dk-group-name") == 2


def test_a_workspace_without_data_says_what_to_do() -> None:
    shown = text(screen([look(complete_to=None), look("Pine")], agencies=["North"]))
    assert "Connect a source" in shown


def test_the_empty_home_tells_an_owner_the_command_and_others_whom_to_ask() -> None:
    assert "vitrine workspace create" in text(screen([], agencies=["North"], may_create=True))
    assert "Ask the owner" in text(screen([], agencies=["North"]))


def test_a_name_with_markup_stays_text() -> None:
    shown = text(screen([look("<img src=x onerror=alert(1)>")], agencies=["North"]))
    assert '"html": "<img' not in shown
