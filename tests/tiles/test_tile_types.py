"""The tile types, worked out by hand from small answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from dashapp.tiles.base import Page, page_for
from dashapp.tiles.frame import page_of
from dashapp.tiles.registry import tile_types
from dashapp.tiles.types.goal import GoalOptions, span_of

#: Wednesday; the month has 31 days, 28 of them begun.
NOW = datetime(2026, 10, 28, 12, 0, tzinfo=UTC)
Answer = dict[str, Any]


def page(period: str = "7", lang: str = "en", **more: Any) -> Page:
    return page_for("Harbour Coffee", "Europe/Madrid", NOW, period=period, lang=lang, **more)


def plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\u00a0", " ")
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    return value


def shown(
    name: str, options: Mapping[str, Any], answers: Mapping[str, Answer], seen: Page | None = None
) -> Any:
    kind = tile_types()[name]
    chosen = kind.options.model_validate(dict(options))
    seen = page_of(chosen, seen or page())
    assert set(kind.queries(chosen, seen)) == set(answers)
    return plain(kind.context(chosen, answers, seen))


def rate(n: int, base: int, untracked: int = 0, **more: Any) -> Answer:
    return {"n": n, "base": base, "rate": n / base if base else None, "untracked": untracked, **more}


def grouped(**groups: tuple[int, int]) -> Answer:
    found = [{"key": key, **rate(n, base)} for key, (n, base) in groups.items()]
    return rate(sum(g["n"] for g in found), sum(g["base"] for g in found), groups=found)


def test_breakdown_ranks_and_scales_to_the_largest() -> None:
    answer = grouped(Autumn=(5, 100), Spring=(20, 200), Unsent=(0, 0), Winter=(0, 50))
    found = shown("breakdown", {"by": "campaign"}, {"groups": answer})
    assert found["title"] == "Reply rate by campaign"
    assert [(b["name"], b["value"], b["sub"], b["width"]) for b in found["bars"]] == [
        ("Spring", "10.0%", "20 of 200", 100.0),
        ("Autumn", "5.0%", "5 of 100", 50.0),
        ("Winter", "0%", "0 of 50", 0.0),
    ]
    counts = shown("breakdown", {"by": "campaign", "view": "absolute", "rows": 2}, {"groups": answer})
    assert [(b["value"], b["width"]) for b in counts["bars"]] == [("20", 100.0), ("5", 25.0)]
    assert counts["more"] == "2 of 3 shown"


def test_breakdown_keeps_steps_in_the_order_they_are_sent() -> None:
    answer = grouped(**{"10": (1, 10), "2": (9, 10), "(none)": (5, 10)})
    found = shown("breakdown", {"by": "step", "order": "own"}, {"groups": answer})
    assert [b["name"] for b in found["bars"]] == ["Step 2", "Step 10", "No step"]


def test_funnel_measures_each_stage_on_its_own_base() -> None:
    answers = {
        "bounce": rate(20, 1000, groups=[]),
        "open": rate(400, 900, 80, groups=[]),
        "click": rate(50, 980, groups=[]),
        "reply": rate(98, 980, groups=[]),
        "positive_reply": rate(0, 980, groups=[]),
    }
    found = shown("funnel", {"attribution": "email"}, answers)
    assert [(s["name"], s["count"], s["rate"], s["sub"], s["width"]) for s in found["stages"]] == [
        ("Sent", "1,000", "", "e-mails", 100.0),
        ("Opened", "400", "44.4%", "of 900 measured", 40.0),
        ("Clicked", "50", "5.1%", "of 980 measured", 5.0),
        ("Replied", "98", "10.0%", "of 980 measured", 9.8),
        ("Positive", "0", "0%", "of 980 measured", 0.0),
    ]
    without = shown("funnel", {"clicks": False}, {k: v for k, v in answers.items() if k != "click"})
    assert [s["name"] for s in without["stages"]] == ["Contacted", "Opened", "Replied", "Positive"]


def test_funnel_shares_its_queries_with_the_key_figures() -> None:
    funnel, kpi = tile_types()["funnel"], tile_types()["kpi"]
    one = funnel.queries(funnel.options.model_validate({}), page())
    other = kpi.queries(kpi.options.model_validate({"metric": "reply", "attribution": "lead"}), page())
    assert other["now"] == one["reply"]


def test_campaign_table_shows_each_rate_with_its_base() -> None:
    answers = {
        "bounce": grouped(Autumn=(1, 100), Spring=(2, 300), Never=(0, 0)),
        "open": grouped(Autumn=(40, 80)),
        "reply": grouped(Autumn=(9, 99), Spring=(6, 298)),
    }
    found = shown("campaigns", {"columns": ["open", "reply"]}, answers)
    assert found["heads"] == ["Sent", "Opened", "Replied"]
    assert [(r["name"], [c["text"] for c in r["cells"]]) for r in found["rows"]] == [
        ("Spring", ["300", "–", "2.0%"]),
        ("Autumn", ["100", "50.0%", "9.1%"]),
    ]
    assert found["rows"][1]["cells"][1]["sub"] == "40 of 80"
    best = shown(
        "campaigns", {"columns": ["reply"], "sort": "first"}, {k: answers[k] for k in ("bounce", "reply")}
    )
    assert [r["name"] for r in best["rows"]] == ["Autumn", "Spring"]


def test_thousands_of_campaigns_show_as_many_as_chosen() -> None:
    many = grouped(**{f"C{i:04}": (1, 5000 - i) for i in range(2431)})
    found = shown("campaigns", {"columns": ["reply"], "rows": 3}, {"bounce": many, "reply": many})
    assert [r["name"] for r in found["rows"]] == ["C0000", "C0001", "C0002"]
    assert found["more"] == "3 of 2,431 shown"


def test_steps_and_variations() -> None:
    steps = grouped(**{"2": (1, 50), "1": (4, 100), "10": (0, 5)})
    found = shown("steps", {"columns": ["reply"]}, {"bounce": steps, "reply": steps})
    assert [r["name"] for r in found["rows"]] == ["Step 1", "Step 2", "Step 10"]
    variations = grouped(A=(3, 50), B=(4, 50), **{"(none)": (0, 5)})
    found = shown(
        "steps", {"by": "variation", "columns": ["reply"]}, {"bounce": variations, "reply": variations}
    )
    assert (found["title"], [r["name"] for r in found["rows"]]) == ("Variations", ["No variation", "A", "B"])


def test_leaderboard_shares_a_rank_between_equals() -> None:
    groups = grouped(alice=(10, 200), bob=(10, 100), carla=(2, 10), dora=(0, 0))
    sent = grouped(alice=(1, 210), bob=(0, 100), carla=(0, 12))
    found = shown("leaderboard", {"data_type": "reply"}, {"groups": groups, "sent": sent})
    assert [(r["rank"], r["name"], r["width"], [c["text"] for c in r["cells"]]) for r in found["rows"]] == [
        ("1", "bob", 100.0, ["100", "10", "10.0%"]),
        ("1", "alice", 100.0, ["210", "10", "5.0%"]),
        ("3", "carla", 20.0, ["12", "2", "20.0%"]),
    ]
    by_rate = shown("leaderboard", {"data_type": "reply", "sort": "rate"}, {"groups": groups, "sent": sent})
    assert [(r["rank"], r["name"]) for r in by_rate["rows"]] == [("1", "carla"), ("2", "bob"), ("3", "alice")]
    assert found["more"] == "All: 7.1%"


def test_provider_matrix_tells_zero_from_nothing_sent() -> None:
    answers = {
        "gmail": grouped(gmail=(10, 100), outlook=(0, 50)),
        "outlook": grouped(gmail=(30, 100)),
        "custom": grouped(),
    }
    found = shown("provider_matrix", {}, answers)
    assert [[(c["css"], c["text"]) for c in row["cells"]] for row in found["rows"]] == [
        [("q1", "10%"), ("q0", "0%"), ("none", "–")],
        [("q7", "30%"), ("none", "–"), ("none", "–")],
        [("none", "–"), ("none", "–"), ("none", "–")],
    ]
    assert found["rows"][0]["total"]["sub"] == "10 of 150"
    assert found["legend"] == ["10%", "30%"]
    alone = shown("provider_matrix", {"sender_provider": "gmail"}, {"gmail": answers["gmail"]})
    assert [row["label"] for row in alone["rows"]] == ["Gmail"]


def test_hours_name_the_busiest_one() -> None:
    cells = [{"weekday": 2, "hour": 9, "n": 30}, {"weekday": 5, "hour": 23, "n": 10}]
    found = shown("hours", {}, {"hours": {"total": 40, "cells": cells}})
    assert found["lead"] == "Most on Tue at 09:00: 30"
    assert [len(row["cells"]) for row in found["rows"]] == [24] * 7
    tuesday, friday = found["rows"][1], found["rows"][4]
    assert (tuesday["cells"][9]["css"], tuesday["cells"][9]["said"]) == ("q7", "30")
    assert tuesday["cells"][9]["title"] == "Tue 09:00: 30 (75.0%)"
    assert (friday["cells"][23]["css"], friday["total"]) == ("q1", "10")
    share = shown("hours", {"view": "percentage"}, {"hours": {"total": 40, "cells": cells}})
    assert share["rows"][4]["cells"][23]["said"] == "25.0%"


def test_top_links_are_text_without_their_scheme() -> None:
    rows = [
        {"url": "https://north.example/menu/", "clicks": 10, "unique": 8, "leads": 7},
        {"url": "javascript:alert(1)", "clicks": 5, "unique": 5, "leads": 5},
        {"url": "(none)", "clicks": 1, "unique": 1, "leads": 0},
    ]
    found = shown("top_links", {}, {"links": {"total": 16, "rows": rows}})
    assert [(r["name"], r["width"]) for r in found["rows"]] == [
        ("north.example/menu", 100.0),
        ("javascript:alert(1)", 50.0),
        ("Unknown link", 10.0),
    ]
    assert [c["text"] for c in found["rows"][0]["cells"]] == ["10", "8", "7"]


def test_reply_categories_by_sentiment() -> None:
    rows = [
        {"category": "not_interested", "sentiment": "negative", "n": 5},
        {"category": "interested", "sentiment": "positive", "n": 3},
        {"category": "booking_request", "sentiment": "positive", "n": 8},
        {"category": "our_own_word", "sentiment": "neutral", "n": 4},
    ]
    found = shown("reply_categories", {}, {"replies": {"total": 20, "rows": rows}})
    assert [(p["tone"], p["x"], p["width"]) for p in found["pieces"]] == [
        ("positive", 0.0, 55.0),
        ("neutral", 55.0, 20.0),
        ("negative", 75.0, 25.0),
    ]
    assert [(r["name"], r["value"], r["sub"]) for r in found["rows"]] == [
        ("Asks for a meeting", "8", "40.0%"),
        ("Interested", "3", "15.0%"),
        ("Our own word", "4", "20.0%"),
        ("Not interested", "5", "25.0%"),
    ]


@pytest.mark.parametrize(
    ("reached", "tone", "verdict", "forecast"),
    [
        (28, "flat", "On pace", "31 at this pace"),
        (20, "bad", "8 behind pace", "22 at this pace"),
        (30, "good", "2 ahead of pace", "33 at this pace"),
        (31, "good", "Reached", "34 at this pace"),
        (0, "bad", "28 behind pace", "0 at this pace"),
    ],
)
def test_goal_pace_is_an_even_share_of_the_days(reached: int, tone: str, verdict: str, forecast: str) -> None:
    # 31 until the 31st: 28 by the 28th
    found = shown("goal", {"target": 31.0}, {"reached": rate(reached, 400)})
    assert (found["tone"], found["verdict"], found["forecast"]) == (tone, verdict, forecast)
    assert found["pace"] == round(100 * 28 / 31, 2)


def test_goal_of_ten_digits_and_of_a_rate() -> None:
    found = shown(
        "goal", {"metric": "sent", "target": 9_999_999_999.0}, {"reached": {"total": 1, "days": []}}
    )
    assert (found["of"], found["share"], found["width"]) == (
        "of 9,999,999,999",
        "<0.1%",
        0.8,
    )
    bounce = shown(
        "goal", {"metric": "bounce", "view": "percentage", "target": 2.0}, {"reached": rate(3, 100)}
    )
    assert (bounce["value"], bounce["of"], bounce["tone"]) == ("3.0%", "at most 2.0%", "bad")
    assert bounce["verdict"] == "Missed, +1.0 pts"
    nothing = shown("goal", {"metric": "open", "view": "percentage", "target": 40.0}, {"reached": rate(0, 0)})
    assert (nothing["value"], nothing["tone"], nothing["verdict"]) == ("–", "flat", "nothing to measure yet")


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("week", "2026-10-26", "2026-11-01"),
        ("month", "2026-10-01", "2026-10-31"),
        ("quarter", "2026-10-01", "2026-12-31"),
        ("year", "2026-01-01", "2026-12-31"),
    ],
)
def test_goal_spans(span: str, first: str, last: str) -> None:
    found = span_of(GoalOptions.model_validate({"span": span}), NOW.date())
    assert tuple(day.isoformat() for day in found) == (first, last)


def test_a_goal_that_begins_later_asks_nothing_of_the_future() -> None:
    options = {"span": "fixed", "first_day": "2026-12-01", "last_day": "2026-12-31"}
    found = shown("goal", options, {"reached": rate(0, 0)})
    assert (found["verdict"], found["pace"], found["forecast"]) == ("Not begun yet", None, "")


def test_future_emails_stand_with_what_is_held_back() -> None:
    days = [{"day": f"2026-10-{29 + i}", "n": 10 * i, "held_back": 5 if i == 2 else 0} for i in range(3)]
    past = [
        {"day": "2026-10-26", "forecast": 9, "actual": 11},
        {"day": "2026-10-27", "forecast": 5, "actual": 4},
    ]
    answer = {"total": 30, "days": days, "origins": {}, "missing": ["mailboxes"], "past": past}
    found = shown("future_emails", {}, {"future": answer})
    assert (found["headline"], found["base_note"]) == ("30", "up to 5 held back by daily limits")
    assert [c.height for c in found["columns"]] == [0.0, 31.25, 62.5]  # of 32
    assert (found["caps"][2].y, found["caps"][2].height) == (21.88, 15.62)
    assert found["past"] == "Last 2 days: 14 forecast, 15 sent."
    assert found["how"][-1] == ["Left out", "Not known: mailboxes."]
    assert tile_types()["future_emails"].workspace_only


def test_future_emails_without_reference_data_say_what_is_needed() -> None:
    answer = {"total": None, "days": [], "origins": {}, "missing": ["steps"], "past": []}
    found = shown("future_emails", {}, {"future": answer})
    assert found["empty"].startswith("A forecast needs the campaigns' steps and journeys")


def test_trend_draws_several_rates_and_splits_by_provider() -> None:
    now = rate(2, 20, groups=[{"key": "2026-10-27", **rate(1, 10)}, {"key": "2026-10-28", **rate(1, 10)}])
    options = {"metric": "open", "more": ["reply"], "compare": False}
    found = shown("trend", options, {"now open": now, "now reply": now})
    assert [line["name"] for line in found["lines"]] == ["Open rate", "Reply rate"]
    assert found["tips"][6][2:] == ["Wed 28 Oct", "Open rate 10.0%", "Reply rate 10.0%", "in progress"]
    split = {"metric": "open", "split": "recipient_provider", "compare": False}
    found = shown("trend", split, {f"now {name}": now for name in ("gmail", "outlook", "other")})
    assert [line["name"] for line in found["lines"]] == ["Gmail", "Outlook", "Other"]
    kind = tile_types()["trend"]
    asked = kind.queries(kind.options.model_validate(split), page())
    assert asked["now outlook"].recipient_provider == "outlook"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("trend", {"metric": "sent", "more": ["open"]}),
        ("trend", {"more": ["open"]}),
        ("trend", {"more": ["click", "reply", "bounce", "unsubscribe", "positive_reply"]}),
        ("trend", {"more": ["click"], "split": "sender_provider"}),
        ("kpi", {"period": "fixed"}),
        ("kpi", {"period": "fixed", "first_day": "2026-02-30", "last_day": "2026-03-01"}),
        ("kpi", {"period": "fixed", "first_day": "2026-03-02", "last_day": "2026-03-01"}),
        ("kpi", {"period": "fixed", "first_day": "1000-01-01", "last_day": "2026-03-01"}),
        ("kpi", {"sender_provider": "yahoo"}),
        ("campaigns", {"columns": []}),
        ("campaigns", {"rows": 51}),
        ("goal", {"target": 0.0}),
        ("goal", {"target": float("nan")}),
        ("goal", {"metric": "open", "view": "percentage", "target": 101.0}),
        ("note", {"text": "x" * 4001}),
        ("future_emails", {"period": "last_7"}),
    ],
)
def test_what_cannot_be_is_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tile_types()[name].options.model_validate(options)


def test_same_age_compares_at_the_age_this_period_has() -> None:
    kind = tile_types()["kpi"]
    options = kind.options.model_validate({"metric": "open", "comparison": "same_age"})
    asked = kind.queries(options, page())
    assert asked["before"].cut == datetime(
        2026, 10, 21, 11, 0, tzinfo=UTC
    )  # 13:00 in Madrid, before the clocks went back
    assert asked["now"].cut is None
    by_now = kind.options.model_validate({"metric": "open", "comparison": "by_now"})
    assert kind.queries(by_now, page())["before"].cut is None
    alone = kind.queries(kind.options.model_validate({"metric": "open", "comparison": "none"}), page())
    assert set(alone) == {"now"}


def test_a_tile_may_have_a_period_of_its_own() -> None:
    kind = tile_types()["kpi"]
    for name, first, last in (
        ("last_28", "2026-10-01", "2026-10-28"),
        ("this_month", "2026-10-01", "2026-10-28"),
        ("last_month", "2026-09-01", "2026-09-30"),
    ):
        options = kind.options.model_validate({"period": name})
        own = page_of(options, page()).period
        assert (own.from_.isoformat(), own.to.isoformat()) == (first, last)
    assert page_of(kind.options.model_validate({}), (same := page())) is same


def test_absolute_view_counts() -> None:
    found = shown(
        "kpi",
        {"metric": "reply", "view": "absolute"},
        {"now": rate(30, 300, groups=[]), "before": rate(20, 400, groups=[])},
    )
    assert (found["title"], found["value"]) == ("Replies", "30")
    assert found["notes"] == ["30 of 300 e-mails", "20 prev. 7 days"]
    assert (plain(found["chip"].text), found["chip"].tone) == ("+50.0%", "good")
    sent = shown("kpi", {}, {"now": {"total": 90, "days": []}, "before": {"total": 30, "days": []}})
    assert sent["chip"].tone == "flat"  # effort is neither good nor bad
