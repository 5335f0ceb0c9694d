"""The controls of an address, and a tile's answers as a plot and as CSV."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dashapp.ui.brand import SURFACES, contrast
from data.query import Query
from pages.controls import has_controls, page_of, read_controls
from pages.explore import _seen_on_both
from pages.exploring import as_csv, explore


def _rate(by: str) -> Query:
    return Query(name="rate", data_type="open", by=by)


AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = page_of(read_controls({}), "Acme", "Europe/Paris", AT)


def test_an_address_without_controls_is_28_days_against_the_28_before() -> None:
    controls = read_controls({"view": "3"})
    page = page_of(controls, "Acme", "Europe/Paris", AT)
    assert not has_controls({"view": "3"})
    assert (page.period.from_, page.period.to) == (date(2026, 10, 26), date(2026, 11, 22))
    assert (page.previous.from_, page.previous.to) == (date(2026, 9, 28), date(2026, 10, 25))
    assert controls.pairs == {}


def test_days_of_ones_own_and_filters_are_said_again_as_they_were_read() -> None:
    said = {
        "from": "2026-11-01",
        "to": "2026-11-10",
        "compare": "year",
        "campaign": "Autumn & more",
        "sender": "gmail",
        "user": "alice@north.example",
    }
    controls = read_controls(said)
    assert controls.pairs == said
    assert controls.problem == ""
    page = page_of(controls, "Acme", "Europe/Paris", AT)
    assert page.period.days == 10
    assert page.previous.from_ == date(2025, 11, 2)  # 52 weeks before 1 November 2026
    assert page.filters.campaign == "Autumn & more"


@pytest.mark.parametrize("compare", ["same_age", "year", "none"])
def test_a_comparison_is_said_again_and_one_nobody_knows_is_told(compare: str) -> None:
    controls = read_controls({"compare": compare})
    assert (controls.pairs, controls.problem) == ({"compare": compare}, "")
    assert page_of(controls, "Acme", "Europe/Paris", AT).compare == compare
    wrong = read_controls({"compare": "last_life"})
    assert (wrong.compare, wrong.pairs) == ("previous", {})
    assert wrong.problem == "There is no comparison 'last_life'; the previous period is shown."


def test_rates_by_day_are_two_lines_over_the_same_days() -> None:
    now = {"by": "day", "groups": [{"key": "2026-11-01", "n": 1, "base": 4, "rate": 0.25}]}
    before = {"by": "day", "groups": [{"key": "2026-10-04", "n": 1, "base": 2, "rate": 0.5}]}
    asked = dict.fromkeys(("now", "before"), _rate("day"))
    found = explore({"now": now, "before": before}, asked, PAGE)
    assert [(one["x"], one["y"]) for one in found.figure["data"]] == [
        (["2026-11-01"], [0.25]),
        (["2026-11-01"], [0.5]),
    ]
    assert found.figure["data"][1]["text"] == ["2026-10-04"]
    assert [one["name"] for one in found.figure["data"]] == ["This period", "Compared with"]
    assert explore({"now": now}, {"now": _rate("day")}, PAGE, absolute=True).figure["data"][0]["y"] == [1]
    assert [one["customdata"] for one in found.figure["data"]] == [
        ["now|d:2026-11-01"],
        ["before|d:2026-10-04"],
    ]


def test_a_cohort_is_a_grid_with_every_cell_in_the_csv() -> None:
    cells = [
        {"week": 1, "n": 1, "rate": 0.5, "state": "complete"},
        {"week": 2, "n": 2, "rate": 1.0, "state": "in_progress"},
    ]
    rows = [{"cohort": "2026-11-02", "base": 2, "cells": cells}]
    found = explore({"cohort": {"rows": rows}}, {"cohort": Query(name="cohort", data_type="reply")}, PAGE)
    (grid,) = found.figure["data"]
    assert (grid["x"], grid["y"], grid["z"]) == (["Week 1", "Week 2"], ["2\u00a0Nov"], [[0.5, 1.0]])
    assert as_csv(found.rows).splitlines() == [
        "part,cohort,base,week,n,rate,state",
        "cohort,2026-11-02,2,1,1,0.5,complete",
        "cohort,2026-11-02,2,2,2,1.0,in_progress",
    ]


def test_a_campaign_named_like_a_formula_is_a_text_in_the_csv() -> None:
    groups = [{"key": "=HYPERLINK(1)", "n": 1, "base": 2, "rate": 0.5}]
    found = explore({"now": {"by": "campaign", "groups": groups}}, {"now": _rate("campaign")}, PAGE)
    lines = as_csv(found.rows).splitlines()
    assert lines[1] == "now,'=HYPERLINK(1),1,2,0.5"


def test_hours_are_weekdays_by_hours() -> None:
    answer = {"total": 3, "cells": [{"weekday": 1, "hour": 9, "n": 3}]}
    found = explore({"hours": answer}, {"hours": Query(name="hours")}, PAGE)
    (grid,) = found.figure["data"]
    assert (grid["x"], grid["y"], grid["z"]) == (["9:00"], ["Mon"], [[3]])
    assert grid["customdata"] == [["hours|h:1:9"]]


def test_no_figures_no_plot() -> None:
    found = explore({"now": {"groups": []}}, {"now": _rate("day")}, PAGE)
    assert (found.figure["data"], found.rows) == ([], [])


@pytest.mark.parametrize("brand", ["#facc15", "#000000", "#ffffff", "#dc2626", "#1e3a8a", "#0f766e"])
def test_a_plot_is_seen_in_both_themes_in_any_brand_colour(brand: str) -> None:
    colour = _seen_on_both(brand)
    assert all(contrast(colour, surface) >= 2.5 for surface in SURFACES.values())
    assert (colour == brand) is (brand in {"#dc2626", "#0f766e"})
