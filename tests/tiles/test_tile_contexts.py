"""What each tile says, worked out by hand from small answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from dashapp.tiles.base import Page, page_for
from dashapp.tiles.parts.rates import delta
from dashapp.tiles.parts.series import buckets
from dashapp.tiles.registry import tile_types

NOW = datetime(2026, 10, 28, 12, 0, tzinfo=UTC)
Answer = dict[str, Any]


def page(period: str = "7", lang: str = "en") -> Page:
    return page_for("Harbour Coffee", "Europe/Madrid", NOW, period=period, lang=lang)


def plain(value: object) -> object:
    """Texts with ordinary spaces, so that the expected ones can be typed."""
    if isinstance(value, str):
        return value.replace("\u00a0", " ")
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def shown(
    name: str, options: Mapping[str, Any], answers: Mapping[str, Answer], period: str = "7"
) -> dict[str, Any]:
    kind = tile_types()[name]
    chosen = kind.options.model_validate(dict(options))
    assert set(kind.queries(chosen, page())) == set(answers)
    return kind.context(chosen, answers, page())


def rate(n: int, base: int, untracked: int = 0, **more: Any) -> Answer:
    return {"n": n, "base": base, "rate": n / base if base else None, "untracked": untracked, **more}


def days(*counts: int) -> Answer:
    return {
        "total": sum(counts),
        "days": [{"day": f"2026-10-{22 + i}", "n": n} for i, n in enumerate(counts)],
    }


def test_periods_are_whole_local_days() -> None:
    found = page("28")
    assert (found.period.from_, found.period.to) == (date(2026, 10, 1), date(2026, 10, 28))
    assert (found.previous.from_, found.previous.to) == (date(2026, 9, 3), date(2026, 9, 30))
    late = page_for("Harbour Coffee", "Europe/Madrid", datetime(2026, 10, 28, 23, 30, tzinfo=UTC), period="7")
    assert late.period.to == date(2026, 10, 29)  # half past midnight in Madrid
    assert page_for("Harbour Coffee", "UTC", NOW, period="9999").period.key == "28"


def test_kpi_rate() -> None:
    found = shown(
        "kpi",
        {"metric": "open"},
        {"now": rate(1204, 3310, 12, groups=[]), "before": rate(1000, 3200, groups=[])},
    )
    assert plain(found["value"]) == "36.4%"
    assert plain(found["notes"]) == ["1,204 of 3,310 e-mails · 12 untracked", "31.2% prev. 7 days"]
    assert (plain(found["chip"].text), found["chip"].tone, found["chip"].up) == ("+5.1 pts", "good", True)


def test_kpi_tells_replies_that_belong_to_no_e_mail() -> None:
    told = {"now": rate(12, 1000, unattributed=3, groups=[]), "before": rate(9, 900, groups=[])}
    found = shown("kpi", {"metric": "reply"}, told)
    assert plain(found["notes"])[0] == "12 of 1,000 e-mails · 3 not attributed"
    assert "3 that belong to no e-mail" in " ".join(text for _, text in found["how"])


def test_kpi_bounce_falls_and_that_is_good() -> None:
    found = shown(
        "kpi", {"metric": "bounce"}, {"now": rate(10, 1000, groups=[]), "before": rate(20, 1000, groups=[])}
    )
    assert (plain(found["chip"].text), found["chip"].tone, found["chip"].up) == ("−1.0 pts", "good", False)


def test_kpi_without_earlier_data_has_no_chip() -> None:
    found = shown(
        "kpi",
        {"metric": "reply", "attribution": "lead"},
        {"now": rate(0, 40, groups=[]), "before": rate(0, 0)},
    )
    early = rate(0, 40, groups=[], since="2026-10-16")  # a day after the seven before begin
    assert shown("kpi", {"metric": "reply"}, {"now": early, "before": rate(3, 30)})["notes"] == [
        "0 of 40 e-mails",
        "no full earlier period",
    ]
    assert plain(found["value"]) == "0%"  # a true zero
    assert found["chip"] is None
    assert found["notes"] == ["0 of 40 leads", "– prev. 7 days · too few to compare"]


def test_kpi_without_base_is_a_dash() -> None:
    found = shown("kpi", {"metric": "reply"}, {"now": rate(0, 0), "before": rate(1, 10)})
    assert found["value"] == "–"
    assert found["chip"] is None
    assert found["notes"][0] == "nothing to measure yet"


def test_kpi_sent_has_no_polarity() -> None:
    found = shown("kpi", {}, {"now": days(0, 50, 0, 0, 50, 10, 10), "before": days(0, 0, 100, 0, 0, 0, 0)})
    assert found["value"] == "120"
    assert (plain(found["chip"].text), found["chip"].tone) == ("+20.0%", "flat")


@pytest.mark.parametrize(
    ("metric", "now", "before", "tone", "up"),
    [
        ("open", 0.5, 0.4, "good", True),
        ("open", 0.4, 0.5, "bad", False),
        ("unsubscribe", 0.02, 0.01, "bad", True),
        ("unsubscribe", 0.01, 0.02, "good", False),
        ("open", 0.5, 0.499, "flat", True),  # below 1% relative
        ("open", 0.5, 0.4999, "flat", None),  # prints as 0.0
        ("open", 0.5, 0.5, "flat", None),
        ("reply", 0.1, 0.0, "good", True),
    ],
)
def test_colour_follows_meaning_and_arrow_direction(
    metric: str, now: float, before: float, tone: str, up: bool | None
) -> None:
    chip = delta(metric, now, before, page(), points=True)
    assert chip is not None
    assert (chip.tone, chip.up) == (tone, up)


def test_a_growth_from_nothing_has_no_percentage() -> None:
    assert delta("sent", 10, 0, page(), points=False) is None


def test_trend_of_a_rate_pools_nothing_in_a_week() -> None:
    groups = [{"key": "2026-10-22", **rate(1, 4)}, {"key": "2026-10-28", **rate(3, 4)}]
    found = shown("trend", {"compare": False}, {"now": rate(4, 8, groups=groups)})
    assert plain(found["headline"]) == "50.0%"
    assert found["base_note"] == "4 of 8 e-mails"
    assert plain(found["tips"][0]) == [0.0, 68.75, "Thu 22 Oct", "25.0%", "1 of 4"]
    assert plain(found["tips"][1]) == [16.67, None, "Fri 23 Oct", "no e-mails"]
    assert plain(found["ticks"]) == ["80%", "60%", "40%", "20%", "0%"]


def test_long_periods_pool_seven_days_that_end_today() -> None:
    rows = [(day.isoformat(), 1, 2) for day in page("90").period.each_day()]
    found = buckets(page("90").period, rows, pool=True)
    assert len(found) == 13
    assert (found[0].n, found[0].base) == (6, 12)  # 90 = 6 + 12 × 7
    assert all((b.n, b.base, b.rate) == (7, 14, 0.5) for b in found[1:])
    assert (found[-1].first, found[-1].last) == (date(2026, 10, 22), date(2026, 10, 28))


def test_a_day_with_hardly_any_e_mails_is_told_but_not_drawn() -> None:
    groups = [{"key": f"2026-10-{22 + i}", **rate(40, 100)} for i in range(6)]
    groups.append({"key": "2026-10-28", **rate(2, 2)})
    found = shown("trend", {"compare": False}, {"now": rate(242, 602, groups=groups)})
    assert plain(found["tips"][6]) == [100.0, None, "Wed 28 Oct", "100%", "2 of 2", "in progress"]
    assert found["lines"][0]["now"].count("L") == 5
    assert plain(found["ticks"][0]) == "40%"


def test_trend_draws_no_part_of_an_earlier_period() -> None:
    """Data begin within the seven days before: three of them are no period to compare with."""
    now = days(4, 4, 4, 4, 4, 4, 4)
    before = {"total": 27, "days": [{"day": f"2026-10-{day}", "n": 9} for day in (19, 20, 21)]}
    early = shown("trend", {"metric": "sent"}, {"now": {**now, "since": "2026-10-19"}, "before": before})
    assert (early["has_previous"], early["no_previous"]) == (False, "no full earlier period")
    assert early["lines"][0]["before"] == ""
    whole = shown("trend", {"metric": "sent"}, {"now": {**now, "since": "2026-10-15"}, "before": before})
    assert (whole["has_previous"], whole["no_previous"]) == (True, "")


def test_trend_says_when_nothing_was_sent() -> None:
    found = shown("trend", {"metric": "sent"}, {"now": days(*[0] * 7), "before": days(*[0] * 7)})
    assert (
        found["empty"] == "No e-mails were sent in this period. Choose a longer one to see earlier figures."
    )


def point(cohort: str, n: int, base: int, state: str) -> Answer:
    return {"cohort": cohort, "n": n, "base": base, "rate": n / base if base else None, "state": state}


def test_week1_leaves_the_current_week_out_of_the_headline() -> None:
    answer = {
        "headline": rate(4, 40),
        "points": [
            point("2026-10-05", 3, 20, "value"),
            point("2026-10-12", 0, 0, "no_base"),
            point("2026-10-19", 1, 20, "value"),
            point("2026-10-26", 9, 10, "in_progress"),
        ],
    }
    found = shown("week1", {"data_type": "reply"}, {"week1": answer})
    assert plain(found["headline"]) == "10.0%"
    assert found["base_note"] == "4 of 40 e-mails"
    assert [going for _, going in found["dots"]] == [False, False, True]
    assert found["line"].count("L") == 1  # two complete points, the empty week bridged
    assert found["tail"].startswith("M666.7,")  # dotted from the last complete one
    assert found["has_current"] is True
    assert plain(found["tips"][1]) == [33.33, None, "Week of 12 Oct", "nothing sent"]


def test_sent_emails_headline_is_the_sum_of_the_days_shown() -> None:
    found = shown("sent_emails", {}, {"sent": days(1, 2, 3, 0, 0, 1000, 5)})
    assert found["headline"] == "1,011"
    assert len(found["columns"]) == len(found["tips"]) == 7
    assert found["columns"][3][0].height == 0
    assert [going for _, going in found["columns"]] == [False] * 6 + [True]  # today, noon
    assert plain(found["tips"][5])[2:] == ["Tue 27 Oct", "1,000"]  # type: ignore[index]


def cell(week: int, n: int | None, base: int, state: str) -> Answer:
    return {"week": week, "n": n, "rate": n / base if n is not None and base else None, "state": state}


def test_cohort_states() -> None:
    rows = [
        {
            "cohort": "2026-10-12",
            "base": 1300,
            "untracked": 5,
            "cells": [
                cell(1, 0, 1300, "value"),
                cell(2, 130, 1300, "value"),
                cell(3, 260, 1300, "in_progress"),
            ],
        },
        {
            "cohort": "2026-10-19",
            "base": 0,
            "untracked": 0,
            "cells": [cell(1, 0, 0, "no_base"), cell(2, 0, 0, "no_base"), cell(3, None, 0, "future")],
        },
    ]
    found = shown("cohort", {"data_type": "open"}, {"cohort": {"rows": rows}})
    first, second = found["rows"]
    assert plain([first["label"], first["base"], first["untracked"]]) == ["12 Oct", "1,300", "5 untracked"]
    assert [(c["css"], plain(c["text"])) for c in first["cells"]] == [
        ("q0", "0%"),
        ("q1", "10%"),
        ("q7 going", "20%"),
    ]
    assert plain(first["cells"][2]["title"]) == "20.0%: 260 of 1,300, in progress"
    assert [(c["css"], c["text"]) for c in second["cells"]] == [("none", "–"), ("none", "–")]
    assert (first["future"], second["future"], found["not_yet"]) == (0, 1, "not yet")
    assert plain(found["legend"]) == ["10%", "20%"]


def test_cohort_grid_of_zeros_has_no_legend() -> None:
    rows = [{"cohort": "2026-10-12", "base": 9, "untracked": 0, "cells": [cell(1, 0, 9, "value")]}]
    found = shown("cohort", {}, {"cohort": {"rows": rows}})
    assert found["legend"] is None
    assert plain(found["rows"][0]["cells"][0]["text"]) == "0%"


@pytest.mark.parametrize(
    ("view", "counts", "legend"),
    [
        ("percentage", (20, 20), ["20%"]),  # all cells have the middle step, so the legend has no other
        ("percentage", (20, 40), ["20%", "40%"]),
        ("percentage", (201, 204, 1000), ["20.1%", "20.4%"]),  # told apart though they round alike
        ("absolute", (20, 20), ["20"]),
        ("absolute", (12_010, 12_040, 20_000), ["12,010", "12,040"]),
    ],
)
def test_the_ends_of_a_cohorts_legend_differ(view: str, counts: tuple[int, ...], legend: list[str]) -> None:
    low, high, base = (*counts, 100)[:3]
    cells = [cell(1, 0, base, "value"), cell(2, low, base, "value"), cell(3, high, base, "value")]
    rows = [{"cohort": "2026-10-12", "base": base, "untracked": 0, "cells": cells}]
    found = shown("cohort", {"view": view}, {"cohort": {"rows": rows}})
    assert plain(found["legend"]) == legend
    if len(legend) == 1:
        assert {c["css"] for c in found["rows"][0]["cells"]} == {"q0", "q4"}


@pytest.mark.parametrize(
    ("lang", "sort", "note", "counted"),
    [
        ("en", "count", "by replies", "63 of 756 replied"),
        ("en", "rate", "by reply rate", "63 of 756 replied"),
        ("fr", "count", "par réponses", "63 réponses sur 756"),
        ("fr", "rate", "par taux de réponse", "63 réponses sur 756"),
    ],
)
def test_top_campaigns_say_what_they_are_sorted_by(lang: str, sort: str, note: str, counted: str) -> None:
    kind = tile_types()["top_campaigns"]
    groups = [{"key": "Autumn", **rate(63, 756)}]
    answers = {"now": rate(63, 756, groups=groups), "opens": rate(0, 0, groups=[])}
    found = kind.context(kind.options.model_validate({"sort": sort}), answers, page(lang=lang))
    assert (found["note"], found["rows"][0]["sub"]) == (note, counted)


@pytest.mark.parametrize(
    ("metric", "n", "said"),
    [
        ("reply", 1, "1 réponse sur 9"),
        ("reply", 0, "0 réponse sur 9"),
        ("positive_reply", 2, "2 réponses positives sur 9"),
        ("bounce", 2, "2 rejetés sur 9"),
        ("open", 2, "2 ouverts sur 9"),
    ],
)
def test_french_counts_before_it_names_and_has_one_and_none_in_the_singular(
    metric: str, n: int, said: str
) -> None:
    kind = tile_types()["top_campaigns"]
    answers = {"now": rate(n, 9, groups=[{"key": "A", **rate(n, 9)}]), "opens": rate(0, 0, groups=[])}
    options = kind.options.model_validate({"data_type": metric})
    assert kind.context(options, answers, page(lang="fr"))["rows"][0]["sub"] == said


def test_top_campaigns_rank_and_compare() -> None:
    now = [
        {"key": "(none)", **rate(1, 2)},
        {"key": "Autumn", **rate(30, 300)},
        {"key": "Spring", **rate(30, 200)},
        {"key": "Unsent", **rate(0, 0)},
    ]
    answers = {
        "now": rate(61, 502, groups=now),
        "before": rate(10, 100, groups=[{"key": "Spring", **rate(10, 100)}]),
        "opens": rate(5, 10, groups=[{"key": "Spring", **rate(5, 10)}]),
    }
    found = shown("top_campaigns", {}, answers)
    assert [row["name"] for row in found["rows"]] == [
        "Spring",
        "Autumn",
        "No campaign",
    ]  # 30, 30, 1; ties by rate
    # 30, 30 and 1 replied; a tie is settled by the rate
    spring, autumn, _ = found["rows"]
    assert spring["sub"] == "30 of 200 replied"
    assert plain(spring["opened"]) == ["50.0%", "5 of 10"]
    assert plain(spring["change"].chip.text) == "+5.0 pts"
    assert (autumn["change"].chip, autumn["is_new"], autumn["opened"]) == (None, True, ("–", "not tracked"))
    by_rate = shown("top_campaigns", {"sort": "rate"}, answers)
    assert [row["name"] for row in by_rate["rows"]] == ["No campaign", "Spring", "Autumn"]


@pytest.mark.parametrize("name", sorted(tile_types()))
def test_options_are_strict(name: str) -> None:
    kind = tile_types()[name]
    kind.options.model_validate({})
    for bad in (
        {"unknown": 1},
        {"data_type": {"$ne": 1}},
        {"metric": "x"},
        {"rows": "6"},
        {"compare": "yes"},
    ):
        with pytest.raises(ValidationError):
            kind.options.model_validate(bad)


def test_how_is_this_counted_says_formula_numbers_and_what_is_left_out() -> None:
    found = shown(
        "kpi", {"metric": "open"}, {"now": rate(1204, 3310, 12, groups=[]), "before": rate(0, 0, groups=[])}
    )
    how = dict(found["how"])
    assert (
        how["Formula"]
        == "E-mails opened, divided by e-mails sent with tracking on that neither bounced nor were refused."
    )
    assert how["Here"] == "1,204 of 3,310 e-mails, 12 e-mails without tracking."
    assert how["Base"] == "E-mails sent with tracking on that neither bounced nor were refused."
    assert "Opens and clicks by machines are left out." in how["Keep in mind"]
    assert "Europe/Madrid" in how["Dates"]
