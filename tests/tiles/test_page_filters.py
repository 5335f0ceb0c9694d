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
from data.query import Query

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


def test_a_year_ago_is_52_weeks_the_same_weekdays() -> None:
    page = replace(PAGE, compare="year")
    assert (page.period.from_, page.period.to) == (date(2026, 10, 1), date(2026, 10, 28))
    assert (page.previous.from_, page.previous.to) == (date(2025, 10, 2), date(2025, 10, 29))
    assert page.previous.to.weekday() == page.period.to.weekday()
    assert page.t("versus", days=28) == "versus the same 28 days 52 weeks before"
    assert PAGE.t("versus", days=28) == "versus the previous 28 days"
    assert replace(page, lang="fr").t("previous", value="12") == "12 52 semaines avant"


def test_a_provider_we_do_not_know_is_refused() -> None:
    with pytest.raises(ValidationError):
        Filters.model_validate({"sender_provider": "yahoo"})
