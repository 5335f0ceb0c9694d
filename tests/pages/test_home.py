"""The home's rows and totals, from canned answers; sums are worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from dashapp.tiles.periods import Complete, Period
from dashapp.ui.language.say import speaking
from data.query.many import Figures, WorkspaceFigures, of_answers
from pages.home.overview import Share, Whole, WorkspaceOverview, change, period_to, questions, total
from pages.home.page import screen
from pages.home.rows import LONGEST_SEARCH, MOST_ROWS, listed
from tests.pages.tests_text import text

PERIOD = Period("28", date(2026, 10, 26), date(2026, 11, 22))


#: Of the three days before 100 e-mails, and some before those: a full earlier period.
FULL = (0, 0, 1, 0, 100, 0)


def look(
    name: str = "Harbour Coffee",
    agency: str = "North",
    *,
    sent: tuple[int, ...] = (60, 60, 0),
    before: tuple[int, ...] = FULL,
    opens: tuple[int, int] = (30, 110),
    ever: bool = True,
) -> WorkspaceOverview:
    """120 e-mails in three days, the last of which is running."""
    rates = {"opens": opens, "replies": (4, 80), "positive": (2, 80)}
    latest = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    told = WorkspaceFigures(
        latest if ever else None, Figures(rates, {"sent": sent, "sent_before": before}), failing=False
    )
    slug = name.lower().replace(" ", "-")
    return WorkspaceOverview(slug, name, agency, "Europe/Madrid", told, latest + timedelta(hours=1))


def test_it_asks_for_28_days_and_the_28_before() -> None:
    asked = questions(PERIOD)
    assert period_to(PERIOD.to) == PERIOD
    assert (asked["sent"].from_, asked["sent"].to) == (date(2026, 10, 26), date(2026, 11, 22))
    # With the 28 before them, to know whether they are full.
    assert (asked["sent_before"].from_, asked["sent_before"].to) == (date(2026, 8, 31), date(2026, 10, 25))
    assert asked["opens"].attribution == "email"
    assert asked["replies"].attribution == "lead"


def test_the_answers_become_a_glance() -> None:
    rate = {"n": 3, "base": 10, "rate": 0.3}
    answers = {
        "sent": {"total": 7, "days": [{"day": "2026-11-21", "n": 3}, {"day": "2026-11-22", "n": 4}]},
        "sent_before": {
            "total": 15,
            "days": [{"day": f"2026-10-{day}", "n": n} for day, n in ((22, 1), (23, 2), (24, 5), (25, 7))],
        },
        "opens": rate,
        "replies": rate,
        "positive": rate,
    }
    last = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    at = last + timedelta(hours=2)
    found = WorkspaceOverview(
        "a", "A", "North", "UTC", WorkspaceFigures(last, of_answers(answers), failing=False), at
    )
    assert found.complete_to == Complete(date(2026, 11, 22))
    assert (found.sent, found.days, found.opens, found.positive) == (7, (3, 4), Share(3, 10), Share(3, 10))
    # Of the two days the running one is left out, and with it the last of the two before.
    assert found.whole == Whole(3, 5, full=True)


def test_the_total_divides_last() -> None:
    sums = total([look(opens=(1, 2)), look(opens=(9, 98))])
    assert sums.opens.rate == pytest.approx(0.10)  # 10 of 100, not the mean of 50% and 9.2%
    assert (sums.sent, sums.whole) == (240, Whole(240, 200, full=True))


def test_who_has_no_full_earlier_period_or_cannot_be_read_adds_to_neither_side() -> None:
    unreadable = WorkspaceOverview(
        "b", "B", "North", "UTC", WorkspaceFigures(None, None, failing=True), datetime.now(UTC)
    )
    assert total([look(), look(before=(0, 0, 0, 0, 100, 0)), unreadable]).whole == Whole(120, 100, full=True)
    assert (unreadable.failed, unreadable.sent, unreadable.opens.rate) == (True, 0, None)


def test_a_change_from_nothing_is_none() -> None:
    assert change(Whole(50, 0, full=True)) is None
    assert change(Whole(120, 19, full=True)) is None  # too few to compare
    assert change(Whole(120, 100, full=False)) is None
    assert change(Whole(120, 100, full=True)) == pytest.approx(0.2)


def test_why_there_is_no_change_is_told() -> None:
    assert "no full earlier period" in text(screen([look(before=(0, 0, 0, 0, 100, 0))], agencies=["North"]))
    assert "too few to compare" in text(screen([look(before=(0, 0, 1, 0, 5, 0))], agencies=["North"]))


def test_the_row_shows_figures_bases_and_change() -> None:
    shown = text(screen([look()], agencies=["North"]))
    for part in (
        "Harbour Coffee",
        "+20.0%",
        "30 of 110",
        "27.3%",
        "5.0%",
        "Data complete to 21 Nov, today until 10:05",
        "Madrid",
    ):
        assert part in shown, part
    assert "/w/harbour-coffee" in shown


def test_one_workspace_needs_no_search() -> None:
    assert "workspace-search" not in text(screen([look()], agencies=["North"]))
    assert "workspace-search" in text(screen([look(), look("Pine")], agencies=["North"]))


def test_several_agencies_are_grouped() -> None:
    shown = text(screen([look(), look("Colossus", "South")], agencies=["North", "South"]))
    assert "2 workspaces in 2 agencies" in shown
    assert shown.count("dk-group-name") == 2


def test_a_workspace_without_data_says_what_to_do() -> None:
    shown = text(screen([look(ever=False), look("Pine")], agencies=["North"]))
    assert "Connect a source" in shown


def test_the_empty_home_tells_an_owner_the_command_and_others_whom_to_ask() -> None:
    assert "vitrine workspace create" in text(screen([], agencies=["North"], may_create=True))
    assert "Ask the owner" in text(screen([], agencies=["North"]))


def test_a_name_with_markup_stays_text() -> None:
    shown = text(screen([look("<img src=x onerror=alert(1)>")], agencies=["North"]))
    assert '"html": "<img' not in shown


def names(count: int, agency: str = "North") -> list[WorkspaceOverview]:
    """Client 001, Client 002 …"""
    return [look(f"Client {n:03}", agency) for n in range(1, count + 1)]


def shown_of(overviews: list[WorkspaceOverview], **asked: str) -> str:
    """The page of an address, as text."""
    agencies = list(dict.fromkeys(one.agency for one in overviews))
    return text(screen(overviews, agencies=agencies, page=listed(overviews, asked)))


def rows_of(overviews: list[WorkspaceOverview], **asked: str) -> list[str]:
    return [one.name for one in listed(overviews, asked).rows]


def test_up_to_fifty_workspaces_are_all_sent_and_filtered_in_the_browser() -> None:
    some = names(MOST_ROWS)
    shown = shown_of(some, q="nothing like it", page="7")
    assert shown.count('"data-name"') == MOST_ROWS
    for part in ("dk-pager", "data-far"):
        assert part not in shown


def test_of_more_fifty_are_sent_and_the_last_page_has_the_rest() -> None:
    some = names(120)
    first, last = shown_of(some), shown_of(some, page="3")
    assert (first.count('"data-name"'), last.count('"data-name"')) == (50, 20)
    assert rows_of(some, page="3")[0] == "Client 101"
    assert "1–50 of 120" in first
    assert "101–120 of 120" in last
    assert ("/?page=2" in first, "/?page=3" in first, "/?page=2" in last) == (True, False, True)
    assert ("Previous" in first, "Next" in first) == (False, True)
    assert ("Previous" in last, "Next" in last) == (True, False)


def test_the_totals_are_of_all_whatever_is_shown() -> None:
    some = names(120)
    for asked in ({}, {"page": "3"}, {"q": "007"}, {"q": "nobody"}):
        shown = shown_of(some, **asked)
        assert "14,400" in shown  # 120 times 120
        assert "3,600 of 13,200" in shown
        assert "all workspaces" in shown
        assert "120 workspaces of North" in shown


def test_a_search_narrows_and_is_paged_too() -> None:
    some = names(120)
    assert rows_of(some, q=" 07 ") == ["Client 007", *[f"Client {n:03}" for n in range(70, 80)], "Client 107"]
    assert rows_of(some, q="CLIENT 119") == ["Client 119"]
    found = listed(some, {"q": "client 0", "page": "2"})
    assert (found.count, found.page, found.rows[0].name) == (99, 2, "Client 051")
    shown = shown_of(some, q="client 0", page="1")
    assert "/?q=client+0&page=2" in shown
    assert '"value": "client 0"' in shown
    assert "1 of 1" in shown_of(some, q="119")


def test_a_search_that_finds_nothing_says_so() -> None:
    shown = shown_of(names(120), q="<b>Colossus</b>")
    assert "No workspace has this in its name" in shown
    assert "dk-gone" not in shown
    assert "dk-pager" not in shown
    assert "dk-gone" in shown_of(names(120))


@pytest.mark.parametrize(
    ("said", "page"),
    [
        *[(said, 1) for said in ("0", "-3", "abc", "", "²", "1e9", "2.0")],
        *[(said, 3) for said in ("07", str(10**9), "9" * 1999)],
        ("2", 2),
    ],
)
def test_a_wrong_page_is_the_nearest_there_is(said: str, page: int) -> None:
    assert listed(names(120), {"page": said}).page == page
    assert listed(names(120), {"page": said, "q": "nobody"}).page == 1


def test_a_long_search_is_cut() -> None:
    found = listed(names(120), {"q": "x" * 1_900})
    assert found.q == "x" * LONGEST_SEARCH
    assert listed(names(120), {"q": " " * 1_900}).count == 120
    assert listed(names(120), {"q": "\0\ud800"}).q == ""


def test_several_agencies_are_paged_through_in_order() -> None:
    some = names(60) + names(60, "South")
    shown = shown_of(some, page="2")
    assert "120 workspaces in 2 agencies" in shown
    assert shown.count("dk-group-name") == 2
    assert [one.agency for one in listed(some, {"page": "2"}).rows] == ["North"] * 10 + ["South"] * 40
    assert shown_of(some, page="3").count("dk-group-name") == 1


def test_french_counts_in_french() -> None:
    with speaking("fr"):
        shown = shown_of(names(1_200), page="2")
    for part in ("51–100 sur 1\u202f200", "Précédent", "Suivant", "1\u202f200 espaces de travail"):
        assert part in shown, part


def test_a_thousand_workspaces_are_sent_as_fifty() -> None:
    some = [look(f"Client {n}", sent=tuple(range(n, n + 28))) for n in range(1_000)]
    page: Component = screen(some, agencies=["North"])
    assert len(to_json_plotly(page)) < 200_000
