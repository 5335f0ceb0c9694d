"""Whether a figure is beyond its limit: by hand, with answers made up for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dashapp.alerts.judging import judge
from dashapp.alerts.measure import Kind, Measure, can_watch, check_kind, measure_of
from dashapp.errors import Refused
from dashapp.tiles.base import Filters, Page, page_for
from dashapp.views.schema import Placed
from data.query.ask import Query

#: A Monday noon in Madrid.
AT = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
REPLY = Measure(metric="reply", period="28", attribution="lead")


def page(measure: Measure) -> Page:
    return page_for("Harbour", "Europe/Madrid", AT, period=measure.period, filters=measure.filters)


class Answers:
    """Says the same of every question and remembers what it was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers, self.asked = list(answers), list[dict[str, Query]]()

    def __call__(self, queries: dict[str, Query]) -> dict[str, Any]:
        self.asked.append(queries)
        return {name: self.answers.pop(0) for name in queries}


def rate(n: int, base: int, *, days: int = 7, whole: bool = False, **more: Any) -> dict[str, Any]:
    progress = {"days": days, "whole": whole, "groups": []}
    return {"n": n, "base": base, "rate": n / base if base else None, "progress": progress, **more}


def test_a_threshold_is_judged_over_the_last_28_ripe_days() -> None:
    """Replies take 7 days here, so the newest e-mails judged are of 22 Nov: 1 / 100 is below 2 %."""
    answers = Answers(rate(9, 100, whole=True), rate(1, 100))
    found = judge(REPLY, "below", 0.02, 20, page(REPLY), answers)
    assert (found.verdict, found.value, found.n, found.base) == ("beyond", 0.01, 1, 100)
    assert (found.first, found.last) == (date(2026, 10, 26), date(2026, 11, 22))
    assert answers.asked[1]["now"].from_ == date(2026, 10, 26)


@pytest.mark.parametrize(
    ("kind", "limit", "n", "verdict"),
    [
        ("below", 0.02, 2, "within"),  # exactly the limit is not below it
        ("below", 0.021, 2, "beyond"),
        ("above", 0.02, 2, "within"),
        ("above", 0.019, 2, "beyond"),
    ],
)
def test_the_limit_itself_is_not_beyond(kind: Kind, limit: float, n: int, verdict: str) -> None:
    assert judge(REPLY, kind, limit, 0, page(REPLY), Answers(rate(n, 100), rate(n, 100))).verdict == verdict


def test_a_count_above_its_limit_needs_no_ripe_days() -> None:
    """A count only rises, so today's counts; a rate above its limit, and a count below it, are of ripe days."""
    count = REPLY.model_copy(update={"view": "absolute"})
    young, ripe = rate(9, 100, whole=True), rate(5, 100)
    at_once = judge(count, "above", 8, 0, page(count), Answers(young))
    assert (at_once.verdict, at_once.value, at_once.last) == ("beyond", 9, date(2026, 11, 30))
    above = judge(REPLY, "above", 0.08, 0, page(REPLY), Answers(young, ripe))
    assert (above.verdict, above.value, above.last) == ("within", 0.05, date(2026, 11, 22))
    below = judge(count, "below", 6, 0, page(count), Answers(young, ripe))
    assert (below.verdict, below.value, below.last) == ("beyond", 5, date(2026, 11, 22))


def test_of_too_few_nothing_is_judged() -> None:
    assert judge(REPLY, "below", 0.5, 20, page(REPLY), Answers(rate(1, 19), rate(1, 19))).verdict == "few"
    assert judge(REPLY, "below", 0.5, 0, page(REPLY), Answers(rate(0, 0), rate(0, 0))).verdict == "few"


def test_what_is_still_in_progress_is_not_judged() -> None:
    answers = Answers(rate(1, 100, whole=True), rate(1, 100, whole=True))
    assert judge(REPLY, "below", 0.5, 0, page(REPLY), answers).verdict == "in_progress"
    month = Measure(metric="reply", period="this_week")  # began today: no e-mail of it is ripe
    assert judge(month, "below", 0.5, 0, page(month), Answers(rate(1, 100))).verdict == "in_progress"


@pytest.mark.parametrize("why", ["check_failed", "damaged", "recount"])
def test_held_back_figures_raise_no_alert(why: str) -> None:
    held = {"held_back": {"since": "2026-11-30T10:59:00Z", "why": why}}
    for kind in ("below", "above"):
        assert judge(REPLY, kind, 0.0, 0, page(REPLY), Answers(rate(1, 100, **held))).verdict == "held_back"
    answers = Answers(rate(1, 100, **held), rate(50, 100))
    assert judge(REPLY, "fall", 0.1, 0, page(REPLY), answers).verdict == "held_back"


def test_events_of_this_moment_do_not_hold_a_verdict_back() -> None:
    def waiting(seconds: int) -> dict[str, Any]:
        since = (AT - timedelta(seconds=seconds)).isoformat()
        return rate(1, 100, held_back={"since": since, "why": "waiting"})

    assert judge(REPLY, "below", 0.02, 0, page(REPLY), Answers(waiting(5), waiting(5))).verdict == "beyond"
    assert judge(REPLY, "below", 0.02, 0, page(REPLY), Answers(waiting(61))).verdict == "held_back"


def test_a_change_is_against_the_period_before_at_the_same_age() -> None:
    """4 % now, 5 % before as it stood 28 days ago at this time of day: 20 % less."""
    answers = Answers(rate(4, 100, whole=True), rate(5, 100))
    found = judge(REPLY, "fall", 0.2, 0, page(REPLY), answers)
    assert (found.verdict, found.value, found.before) == ("beyond", 0.04, 0.05)
    assert found.change == pytest.approx(-0.2)
    before = answers.asked[0]["before"]
    assert (before.from_, before.to) == (date(2026, 10, 6), date(2026, 11, 2))
    assert before.cut == AT - timedelta(days=28)
    assert judge(REPLY, "fall", 0.21, 0, page(REPLY), Answers(rate(4, 100), rate(5, 100))).verdict == "within"
    assert judge(REPLY, "rise", 0.2, 0, page(REPLY), Answers(rate(4, 100), rate(5, 100))).verdict == "within"


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [
        (rate(4, 19), rate(5, 100), "few"),
        (rate(4, 100), rate(5, 19), "few"),
        (rate(4, 100), rate(0, 100), "no_earlier"),
        (rate(4, 100, since="2026-10-07"), rate(5, 100), "no_earlier"),  # the data begin a day too late
        (rate(4, 100, since="2026-10-06"), rate(5, 100), "beyond"),
    ],
)
def test_a_change_needs_two_full_sides(now: Any, before: Any, verdict: str) -> None:
    assert judge(REPLY, "fall", 0.1, 0, page(REPLY), Answers(now, before)).verdict == verdict


def test_a_count_below_its_limit_is_of_whole_days() -> None:
    """Today's e-mails are still going out: the 7 days end yesterday."""
    sent = Measure(metric="sent", period="7")
    answers = Answers({"total": 99})
    found = judge(sent, "below", 100, 500, page(sent), answers)
    assert (found.verdict, found.value, found.last) == ("beyond", 99, date(2026, 11, 29))
    above = judge(sent, "above", 98, 0, page(sent), Answers({"total": 99}))
    assert (above.verdict, above.last) == ("beyond", date(2026, 11, 30))


def test_a_running_period_cannot_be_below_a_count() -> None:
    with pytest.raises(Refused, match="still runs"):
        check_kind(Measure(metric="sent", period="this_month"), "below")
    check_kind(Measure(metric="sent", period="last_month"), "below")
    check_kind(Measure(metric="reply", period="this_month"), "below")


def tile(kind: str, **options: Any) -> Placed:
    return Placed(id="one", type=kind, x=0, y=0, w=6, h=3, options=options)


def test_an_alert_keeps_the_figure_of_its_tile() -> None:
    filters = Filters(campaign="Spring", user="bob@north.example", sender_provider="gmail")
    kept = measure_of(tile("kpi", metric="click", attribution="lead", campaign="Autumn"), "90", filters)
    assert (kept.metric, kept.attribution, kept.campaign) == (
        "click",
        "lead",
        "Autumn",
    )  # its own comes first
    assert (kept.period, kept.user, kept.sender_provider) == ("90", "bob@north.example", "gmail")
    own = measure_of(tile("trend", metric="open", period="last_7"), "90", Filters())
    assert (own.metric, own.period) == ("open", "7")
    assert measure_of(tile("sent_emails"), "28", Filters()).metric == "sent"


@pytest.mark.parametrize(
    ("placed", "period"),
    [
        (tile("cohort"), "28"),
        (tile("trend", more=["click"]), "28"),
        (tile("trend", split="sender_provider"), "28"),
        (tile("kpi"), "custom"),
        (tile("kpi", period="fixed", first_day="2026-01-01", last_day="2026-01-31"), "28"),
    ],
)
def test_what_is_no_single_figure_or_never_moves_cannot_be_watched(placed: Placed, period: str) -> None:
    assert can_watch(placed) is (placed.type == "kpi")
    with pytest.raises(Refused):
        measure_of(placed, period, Filters())
