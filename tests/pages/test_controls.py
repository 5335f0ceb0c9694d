"""The controls of an address, and a tile's answers as a plot and as CSV."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from dashapp.ui.brand import SURFACES, contrast
from data.query.ask import Query
from pages.explore.page import _seen_on_both
from pages.plots import plot
from pages.plots.plot import as_csv
from pages.plots.weeks import covered
from pages.view_controls.controls import has_controls, page_of, read_controls


def explore(answers: dict[str, Any], asked: dict[str, Query], *more: Any, **options: Any) -> Any:
    """The plot of answers that carry the name they were asked by, as all do."""
    return plot.explore(
        {part: {"name": asked[part].name, **answer} for part, answer in answers.items()},
        asked,
        *more,
        **options,
    )


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


@pytest.mark.parametrize("compare", ["by_now", "year", "none"])
def test_a_comparison_is_said_again_and_one_nobody_knows_is_told(compare: str) -> None:
    controls = read_controls({"compare": compare})
    assert (controls.pairs, controls.problem) == ({"compare": compare}, "")
    assert page_of(controls, "Acme", "Europe/Paris", AT).compare == compare
    wrong = read_controls({"compare": "last_life"})
    assert (wrong.compare, wrong.pairs) == ("previous", {})
    assert wrong.problem == "There is no comparison 'last_life'; the previous period is shown."


def _days(first: str, last: str) -> Query:
    return Query(name="rate", data_type="open", by="day", **{"from": first, "to": last})


def _open(day: str, n: int, base: int) -> dict[str, object]:
    return {"key": day, "n": n, "base": base, "rate": n / base}


def test_the_previous_period_lies_over_this_one_day_by_day_and_dashed() -> None:
    """Days without a base are no rows: the lines need not have equally many points."""
    now = {"by": "day", "groups": [_open("2026-11-01", 1, 4)]}
    before = {"by": "day", "groups": [_open("2026-10-04", 1, 2), _open("2026-10-07", 1, 4)]}
    asked = {"now": _days("2026-11-01", "2026-11-28"), "before": _days("2026-10-04", "2026-10-31")}
    found = explore({"now": now, "before": before}, asked, PAGE)
    this, earlier = found.figure["data"]
    assert (this["x"], this["y"]) == (["2026-11-01"], [0.25])
    assert (earlier["x"], earlier["y"]) == (["2026-11-01", "2026-11-04"], [0.5, 0.25])
    assert earlier["text"] == ["Sun 4\u00a0Oct", "Wed 7\u00a0Oct"]
    assert (earlier["line"]["dash"], earlier["mode"], "line" in this) == ("dash", "lines", False)
    assert [one["name"] for one in (this, earlier)] == ["This period", "Previous"]
    assert [one["meta"] for one in (this, earlier)] == ["series", "c-prev"]
    assert this["customdata"] == ["now|d:2026-11-01"]
    assert earlier["customdata"] == ["before|d:2026-10-04", "before|d:2026-10-07"]
    assert found.figure["layout"]["xaxis"]["tickformat"] == "%-d %b"
    assert found.figure["layout"]["legend"]["yanchor"] == "bottom", "never over the plot"
    assert found.figure["layout"]["legend"]["bgcolor"] == "rgba(0,0,0,0)"
    assert explore({"now": now}, {"now": _rate("day")}, PAGE, absolute=True).figure["data"][0]["y"] == [1]


def test_days_in_progress_are_dotted_from_the_last_certain_one_on() -> None:
    """20 to 22 November; the last two are not ripe."""
    groups = [_open(f"2026-11-{day}", 1, 4) for day in (20, 21, 22)]
    progress = {"days": 3, "learned": False, "groups": ["2026-11-21", "2026-11-22"], "whole": True}
    asked = {"now": _days("2026-11-20", "2026-11-22")}
    certain, tail = explore(
        {"now": {"by": "day", "groups": groups, "progress": progress}}, asked, PAGE
    ).figure["data"]
    assert (certain["x"], tail["x"]) == (["2026-11-20"], ["2026-11-20", "2026-11-21", "2026-11-22"])
    assert (tail["line"], tail["meta"], tail["name"]) == (
        {"dash": "dot"},
        certain["meta"],
        "This period, in progress",
    )
    sent = {"total": 3, "days": [{"day": "2026-11-21", "n": 1}, {"day": "2026-11-22", "n": 2}]}
    (columns,) = explore({"sent": sent}, {"sent": Query(name="sent_emails")}, PAGE).figure["data"]
    assert columns["marker"] == {"opacity": [1, 0.4]}  # the 22nd is not over


def test_each_line_has_its_colour_and_the_earlier_one_of_it_too() -> None:
    groups = {"by": "day", "groups": [_open("2026-11-01", 1, 4)]}
    asked = {
        f"{period} {rate}": Query(
            name="rate",
            data_type=rate,
            by="day",
            **{"from": first, "to": first},  # type: ignore[arg-type]
        )
        for rate in ("open", "reply")
        for period, first in (("now", "2026-11-01"), ("before", "2026-10-31"))
    }
    found = explore(dict.fromkeys(asked, groups), asked, PAGE)
    assert [one["meta"] for one in found.figure["data"]] == ["c1", "c1", "c2", "c2"]


def test_week_1_is_dotted_to_the_week_in_progress_and_its_ticks_are_its_mondays() -> None:
    points = [
        {"cohort": "2026-11-02", "n": 1, "base": 4, "rate": 0.25, "state": "value"},
        {"cohort": "2026-11-09", "n": 0, "base": 0, "rate": None, "state": "no_base"},
        {"cohort": "2026-11-16", "n": 2, "base": 4, "rate": 0.5, "state": "in_progress"},
    ]
    asked = {"week1": Query(name="week1", data_type="reply")}
    found = explore({"week1": {"points": points}}, asked, PAGE)
    line, tail = found.figure["data"]
    assert (line["x"], line["y"]) == (["2026-11-02"], [0.25])
    assert (tail["x"], tail["y"], tail["line"]) == (
        ["2026-11-02", "2026-11-16"],
        [0.25, 0.5],
        {"dash": "dot"},
    )
    assert tail["marker"]["symbol"] == ["circle", "circle-open"]
    assert tail["customdata"] == ["week1|w:2026-11-02", "week1|w:2026-11-16"]
    assert tail["text"][1] == "Week of 16\u00a0Nov<br><b>50.0%</b><br>2 of 4, in progress"
    axis = found.figure["layout"]["xaxis"]
    assert axis["tickvals"] == ["2026-11-02", "2026-11-09", "2026-11-16"]
    assert axis["ticktext"] == ["2\u00a0Nov", "9\u00a0Nov", "16\u00a0Nov"]
    assert found.going == "dotted"
    assert covered({"week1": {"points": points}}, asked, PAGE) == (date(2026, 11, 2), date(2026, 11, 22))


def test_a_long_name_leaves_the_plot_its_room_and_is_no_markup() -> None:
    names = [
        "Ein sehr langer Kampagnenname über Kapitäne",
        "Donaudampfschifffahrtsgesellschaft",
        "<b>x</b> & y",
    ]
    groups = [{"key": name, "n": 1, "base": 2, "rate": 0.5} for name in names]
    asked = {"groups": Query(name="rate", by="campaign")}
    axis = explore({"groups": {"by": "campaign", "groups": groups}}, asked, PAGE).figure["layout"]["yaxis"]
    assert axis["tickvals"] == names
    assert axis["ticktext"] == [
        "Ein sehr langer<br>Kampagnenname…",
        "Donaudampfschifffa<br>hrtsgesellschaft",
        "&lt;b&gt;x&lt;/b&gt; &amp; y",
    ]


def test_groups_stand_as_the_tile_ranks_them_in_every_part() -> None:
    def by(*names: str) -> dict[str, object]:
        return {"by": "campaign", "groups": [{"key": one, "n": 1, "base": 2, "rate": 0.5} for one in names]}

    asked = {"now": _rate("campaign"), "opens": _rate("campaign")}
    answers = {"now": by("Autumn", "Spring", "Winter"), "opens": by("Autumn", "Spring")}
    found = explore(answers, asked, PAGE, order=["Winter", "Spring"])
    assert [one["y"] for one in found.figure["data"]] == [
        ["Winter", "Spring", "Autumn"],
        ["Spring", "Autumn"],
    ]
    assert [row["key"] for row in found.rows] == ["Winter", "Spring", "Autumn", "Spring", "Autumn"]


def test_a_cohort_is_a_grid_with_every_cell_in_the_csv() -> None:
    cells = [
        {"week": 1, "n": 1, "rate": 0.5, "state": "complete"},
        {"week": 2, "n": 2, "rate": 1.0, "state": "in_progress"},
    ]
    rows = [{"cohort": "2026-11-02", "base": 2, "cells": cells}]
    found = explore({"cohort": {"rows": rows}}, {"cohort": Query(name="cohort", data_type="reply")}, PAGE)
    (grid,) = found.figure["data"]
    assert (grid["x"], grid["y"], grid["z"]) == (["Week 1", "Week 2"], ["2\u00a0Nov"], [[0.5, 1.0]])
    assert grid["hovertext"] == [["1 of 2", "2 of 2, in progress"]]
    assert grid["text"] == [["50.0%", "100%"]]
    stripes = found.figure["layout"]["shapes"]
    assert len(stripes) == 7, "of the one cell in progress"
    assert all(0.5 < one["x0"] < one["x1"] < 1.5 for one in stripes), "over the second week alone"
    assert found.going == "hatch"
    assert as_csv(found.rows).splitlines() == [
        "Cohort,Out of,Week,Counted,Rate,Rate (exact),State",
        "2026-11-02,2,1,1,50.0%,0.5,complete",
        "2026-11-02,2,2,2,100%,1.0,in progress",
    ]


def test_a_campaign_named_like_a_formula_is_a_text_in_the_csv() -> None:
    groups = [{"key": "=HYPERLINK(1)", "n": 1, "base": 2, "rate": 0.5}]
    found = explore({"now": {"by": "campaign", "groups": groups}}, {"now": _rate("campaign")}, PAGE)
    lines = as_csv(found.rows).splitlines()
    assert lines[1] == "'=HYPERLINK(1),1,2,50.0%,0.5"


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
