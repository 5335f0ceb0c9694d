"""What a page narrows its tiles to, and what it compares with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from dashapp.tiles.base import Filters, page_for
from dashapp.tiles.render import render_tile
from data.query.ask import Query

PAGE = page_for("Acme", "Europe/Paris", datetime(2026, 10, 28, 12, tzinfo=UTC))
KPI = SimpleNamespace(
    id="open", type="kpi", x=0, y=0, w=3, h=2, title=None, options={"metric": "open", "attribution": "email"}
)


def test_a_page_without_filters_asks_what_the_tile_asks() -> None:
    query = Query(name="rate", campaign="Autumn")
    assert Filters().narrow(query) is query


def test_the_pages_filters_fill_what_the_tile_leaves_open() -> None:
    filters = Filters(campaign="Autumn", recipient_provider="gmail")
    narrowed = filters.narrow(Query(name="rate", campaign="Winter"))
    assert (narrowed.campaign, narrowed.recipient_provider) == ("Winter", "gmail")


def test_every_query_of_a_rendered_tile_is_narrowed() -> None:
    asked: list[Query] = []

    def answer(queries: dict[str, Query]) -> dict[str, dict[str, Any]]:
        asked.extend(queries.values())
        return {key: {"n": 0, "base": 0, "rate": None, "untracked": 0, "groups": []} for key in queries}

    render_tile(KPI, replace(PAGE, filters=Filters(campaign="Autumn", user="alice@north.example")), answer)
    assert len(asked) == 2  # the period and the one before
    assert {(query.campaign, query.user) for query in asked} == {("Autumn", "alice@north.example")}


def test_a_tile_says_beside_its_title_what_the_page_leaves_out() -> None:
    """So that a tile alone (a picture, a part of a screen) is not taken for all there is."""

    def answer(queries: dict[str, Query]) -> dict[str, dict[str, Any]]:
        return {key: {"n": 1, "base": 4, "rate": 0.25, "untracked": 0, "groups": []} for key in queries}

    narrowed = replace(PAGE, filters=Filters(campaign="Autumn", recipient_provider="gmail"))
    assert '<span class="mark" title="Autumn, to Gmail">' in render_tile(KPI, narrowed, answer)
    own = SimpleNamespace(**{**vars(KPI), "options": {**KPI.options, "campaign": "Winter"}})
    assert '<span class="mark" title="Winter, to Gmail">' in render_tile(own, narrowed, answer)
    assert 'class="mark"' not in render_tile(KPI, PAGE, answer)
    theirs = replace(
        PAGE, filters=Filters(user="bob@north.example"), team=(("bob@north.example", "Bob Berg"),)
    )
    assert '<span class="mark" title="Bob Berg">' in render_tile(KPI, theirs, answer)


def test_a_year_ago_is_52_weeks_the_same_weekdays() -> None:
    page = replace(PAGE, compare="year")
    assert (page.period.from_, page.period.to) == (date(2026, 10, 1), date(2026, 10, 28))
    assert (page.previous.from_, page.previous.to) == (date(2025, 10, 2), date(2025, 10, 29))
    assert page.previous.to.weekday() == page.period.to.weekday()
    assert page.before == "the same days 52 weeks before"
    assert PAGE.before == "the previous 28 days"
    assert replace(page, lang="fr").before_short == "52 semaines avant"


def test_a_provider_we_do_not_know_is_refused() -> None:
    with pytest.raises(ValidationError):
        Filters.model_validate({"sender_provider": "yahoo"})


#: Every tile type that compares.
COMPARING = (
    KPI,
    SimpleNamespace(id="sent", type="kpi", x=0, y=0, w=3, h=2, title=None, options={"metric": "sent"}),
    SimpleNamespace(id="trend", type="trend", x=0, y=0, w=8, h=4, title=None, options={"metric": "reply"}),
    SimpleNamespace(id="campaigns", type="top_campaigns", x=0, y=0, w=4, h=4, title=None, options={}),
)


def rendered(tile: Any, page: Any) -> tuple[list[Query], str]:
    """What a tile asks, and what it shows when 20 of 50 answered now and 10 of 100 in any other range or moment."""
    asked: list[Query] = []

    def answer(queries: dict[str, Query]) -> dict[str, dict[str, Any]]:
        asked.extend(queries.values())
        return {key: _answer(query, page) for key, query in queries.items()}

    return asked, str(render_tile(tile, page, answer))


def _answer(query: Query, page: Any) -> dict[str, Any]:
    now = query.from_ == page.period.from_ and query.cut is None
    n, base = (20, 50) if now else (10, 100)
    rate = {"n": n, "base": base, "rate": n / base, "untracked": 0}
    day = str(query.from_)
    key = "Autumn" if query.by == "campaign" else day
    days = [{"day": day, "n": n}]
    return {**rate, "by": query.by, "groups": [{"key": key, **rate}], "total": n, "days": days}


@pytest.mark.parametrize("tile", COMPARING, ids=lambda tile: tile.id)
def test_without_a_comparison_nothing_earlier_is_asked_nor_shown(tile: Any) -> None:
    asked, shown = rendered(tile, PAGE)
    without, bare = rendered(tile, replace(PAGE, compare="none"))
    assert {query.from_ for query in without} == {PAGE.period.from_}
    assert {query.from_ for query in asked} == {PAGE.period.from_, PAGE.previous.from_}
    for word in ("prev.", 'class="chip', "Previous", "Change"):
        assert word not in bare
    assert len(bare) < len(shown)


@pytest.mark.parametrize("tile", COMPARING, ids=lambda tile: tile.id)
def test_at_the_same_age_the_earlier_days_are_asked_as_they_stood_then(tile: Any) -> None:
    asked, _ = rendered(tile, PAGE)
    moments = {query.cut for query in asked if query.from_ == PAGE.previous.from_}
    # 28 days before 28 October, 13:00 in Madrid, where the clocks went back on the 25th.
    assert moments == {datetime(2026, 9, 30, 11, tzinfo=UTC)}
    assert {query.cut for query in asked if query.from_ == PAGE.period.from_} == {None}
    by_now, _ = rendered(tile, replace(PAGE, compare="by_now"))
    assert {query.cut for query in by_now} == {None}
