"""Like with like: which period is compared with which, up to which moment, and what is said of the change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashapp.tiles.base import Page, page_for
from dashapp.tiles.options import Ranged
from dashapp.tiles.parts.rates import change_of
from dashapp.tiles.parts.series import aligned, buckets
from dashapp.tiles.periods import DECLARED, PERIODS, Period, chosen_period, complete_to, period_of
from dashapp.tiles.registry import tile_types
from dashapp.tiles.render import render_tile
from dashapp.views.schema import Placed
from data.query.ask import Query, ask_all
from data.scope import Scope
from tests.support.product import Product

MADRID = "Europe/Madrid"


def days(period: Period) -> tuple[str, str]:
    return period.from_.isoformat(), period.to.isoformat()


@pytest.mark.parametrize(
    ("key", "today", "shown", "before"),
    [
        ("today", "2026-11-30", ("2026-11-30", "2026-11-30"), ("2026-11-29", "2026-11-29")),
        ("yesterday", "2026-11-30", ("2026-11-29", "2026-11-29"), ("2026-11-28", "2026-11-28")),
        ("14", "2026-11-30", ("2026-11-17", "2026-11-30"), ("2026-11-03", "2026-11-16")),
        # A Wednesday: Monday to Wednesday, and the same three days of the week before.
        ("this_week", "2026-11-25", ("2026-11-23", "2026-11-25"), ("2026-11-16", "2026-11-18")),
        ("last_week", "2026-11-25", ("2026-11-16", "2026-11-22"), ("2026-11-09", "2026-11-15")),
        # The last day of a month still runs: the 31st of October has no counterpart yet.
        ("this_month", "2026-11-30", ("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-30")),
        ("last_month", "2026-11-30", ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")),
        # 31 days against 28, and against the 29 of a leap year.
        ("this_month", "2026-03-31", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        ("last_month", "2028-04-02", ("2028-03-01", "2028-03-31"), ("2028-02-01", "2028-02-29")),
        # 28 days against 31: the month before is taken whole once February is over.
        ("last_month", "2026-03-02", ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
        ("last_month", "2026-01-05", ("2025-12-01", "2025-12-31"), ("2025-11-01", "2025-11-30")),
        ("this_quarter", "2026-11-30", ("2026-10-01", "2026-11-30"), ("2026-07-01", "2026-08-30")),
        ("last_quarter", "2026-02-10", ("2025-10-01", "2025-12-31"), ("2025-07-01", "2025-09-30")),
        ("year_to_date", "2026-03-01", ("2026-01-01", "2026-03-01"), ("2025-01-01", "2025-03-01")),
    ],
)
def test_each_period_and_the_one_it_is_compared_with(
    key: str, today: str, shown: tuple[str, str], before: tuple[str, str]
) -> None:
    period = period_of(key, date.fromisoformat(today))
    assert (days(period), days(period.previous)) == (shown, before)


def test_chosen_days_that_are_a_month_are_compared_with_the_month_before() -> None:
    today = date(2026, 11, 30)
    october = chosen_period(date(2026, 10, 1), date(2026, 10, 31), today)
    assert days(october.previous) == ("2026-09-01", "2026-09-30")
    assert days(october.year_before) == ("2025-10-01", "2025-10-31")
    but_one = chosen_period(date(2026, 10, 1), date(2026, 10, 30), today)
    assert days(but_one.previous) == ("2026-09-01", "2026-09-30")  # thirty days right before it
    assert days(but_one.year_before) == ("2025-10-02", "2025-10-31")  # the same weekdays
    second = chosen_period(date(2026, 4, 1), date(2026, 6, 30), today)
    assert days(second.previous) == ("2026-01-01", "2026-03-31")


def test_tiles_offer_the_same_periods_as_the_page() -> None:
    offered = Ranged.model_json_schema()["properties"]["period"]["enum"]
    assert offered == ["page", *(one.option for one in DECLARED), "fixed"]
    assert [one.option.removeprefix("last_") for one in DECLARED if one.key.isdigit()] == [
        "7",
        "14",
        "28",
        "90",
    ]


@pytest.mark.parametrize(
    ("zone", "now", "cut"),
    [
        # Half past nine in the morning, a week before.
        (MADRID, "2026-11-18T08:30:00+00:00", "2026-11-11T08:30:00+00:00"),
        # The clocks went back on 25 October: 09:30 was 07:30 in UTC the week before.
        (MADRID, "2026-10-28T08:30:00+00:00", "2026-10-21T07:30:00+00:00"),
        # Still the day before in Pago Pago (UTC-11), already the day after in Kiritimati (UTC+14).
        ("Pacific/Pago_Pago", "2026-11-18T08:30:00+00:00", "2026-11-11T08:30:00+00:00"),
        ("Pacific/Kiritimati", "2026-11-18T12:30:00+00:00", "2026-11-11T12:30:00+00:00"),
        # Half past two did not exist on 8 March in New York; the clocks showed half past three.
        ("America/New_York", "2026-03-15T06:30:00+00:00", "2026-03-08T07:30:00+00:00"),
    ],
)
def test_the_earlier_week_is_cut_at_the_same_wall_time(zone: str, now: str, cut: str) -> None:
    page = page_for("Harbour Coffee", zone, datetime.fromisoformat(now), period="7")
    assert page.cut == datetime.fromisoformat(cut)
    assert page.previous.to == page.cut.astimezone(ZoneInfo(zone)).date()


def test_only_a_running_period_cuts_what_was_sent() -> None:
    kpi = tile_types()["kpi"]
    sent, reply = kpi.options.model_validate({}), kpi.options.model_validate({"metric": "reply"})
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)

    def cut(options: Any, period: str, **more: Any) -> datetime | None:
        page = replace(page_for("Harbour Coffee", MADRID, at, period=period), **more)
        return kpi.queries(options, page)["before"].cut

    assert cut(sent, "this_month") == datetime(2026, 10, 30, 12, tzinfo=UTC)
    assert cut(sent, "last_month") is None
    # October is 61 days old today, counted from its first; September was on 31 October, in Madrid's winter time.
    assert cut(reply, "last_month") == datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert cut(reply, "last_month", compare="by_now") is None


def test_a_month_lies_over_the_one_before_it_weekday_by_weekday() -> None:
    """November 2026 begins on a Sunday, October on a Thursday: 4 October lies over 1 November."""
    november = period_of("this_month", date(2026, 11, 30))
    sent = [((date(2026, 10, 1) + timedelta(days=n)).isoformat(), n + 1, 0) for n in range(30)]
    found = aligned(november, november.previous, sent, pool=False)
    assert all(
        one.first.weekday() == day.weekday() for one, day in zip(found, november.each_day(), strict=True)
    )
    assert (found[0].first, found[0].n) == (date(2026, 10, 4), 4)
    # 29 and 30 November would lie over 1 and 2 November, which are no days of October (nor is the 31st shown).
    assert [one.going for one in found] == [False] * 27 + [True] * 3


def test_what_is_complete_is_a_day_that_is_over() -> None:
    now = datetime(2026, 11, 30, 6, 40, tzinfo=UTC)  # 01:40 in New York
    zone = "America/New_York"
    found = complete_to(datetime(2026, 11, 30, 6, 39, tzinfo=UTC), now, zone)
    assert found is not None
    assert (found.day, found.until) == (date(2026, 11, 29), datetime(2026, 11, 30, 6, 39, tzinfo=UTC))
    quiet = complete_to(datetime(2026, 11, 27, 20, tzinfo=UTC), now, zone)
    assert quiet is not None
    assert (quiet.day, quiet.until) == (date(2026, 11, 27), None)
    ahead = complete_to(now + timedelta(days=2), now, zone)  # a fast clock is not believed
    assert ahead is not None
    assert ahead.day == date(2026, 11, 29)
    assert complete_to(None, now, zone) is None


def rate(n: int, base: int) -> dict[str, Any]:
    return {"n": n, "base": base, "rate": n / base if base else None}


def test_a_change_is_told_between_two_full_sides() -> None:
    page = page_for("Harbour Coffee", MADRID, datetime(2026, 10, 28, 12, tzinfo=UTC), period="7")

    def said(now: Any, before: Any, since: str | None = "2026-10-15", metric: str = "reply") -> Any:
        change = change_of(metric, now, before, page, since=since)
        chip = change.chip
        return change.why if chip is None else (chip.text.replace("\u00a0", " "), chip.tone, chip.up)

    # The seven days before are 15 to 21 October.
    assert said(rate(4, 40), rate(5, 40)) == ("−2.5 pts", "bad", False)
    assert said(rate(4, 40), rate(5, 40), since="2026-10-16") == "no full earlier period"
    assert said(rate(4, 40), rate(5, 19)) == "too few to compare"
    assert said(rate(4, 19), rate(5, 40)) == "too few to compare"
    assert said(rate(0, 40), rate(0, 40)) == ("0.0 pts", "flat", None)
    # 2.60 and 2.64 %: more than 1 % apart, and told as 0.0, so neither good nor bad (it once was red).
    assert said(rate(260, 10_000), rate(264, 10_000)) == ("0.0 pts", "flat", None)
    assert said({"total": 300}, {"total": 240}, metric="sent") == ("+25.0%", "flat", True)
    assert said({"total": 300}, {"total": 19}, metric="sent") == "too few to compare"


def test_pooled_points_with_a_day_in_progress_are_in_progress() -> None:
    period = Period("90", date(2026, 8, 1), date(2026, 10, 28))
    found = buckets(period, [], pool=True, going={"2026-10-28"})
    assert [one.going for one in found] == [False] * (len(found) - 1) + [True]


# -- the property: nothing changed, so nothing is said to have


def fortnight(rng: Random, zone: str, monday: date) -> list[dict[str, Any]]:
    """A week of e-mails by chance, and the very same at the same wall time of the week after."""
    place, found = ZoneInfo(zone), []
    for n in range(240):
        local = datetime.combine(monday, datetime.min.time()) + timedelta(seconds=rng.randrange(7 * 86_400))
        happened = [("sent", 0, {})]
        if rng.random() < 0.1:
            happened.append(("bounced", rng.randrange(86_400), {"bounce_kind": "hard"}))
        if rng.random() < 0.6:
            happened.append(("opened", rng.randrange(6 * 86_400), {}))
        if rng.random() < 0.3:
            happened.append(("replied", rng.randrange(6 * 86_400), {"reply_category": "interested"}))
        lead, campaign = rng.randrange(180), rng.choice(["Autumn", "Winter"])
        for week in range(2):
            for event, later, more in happened:
                at = (local + timedelta(days=7 * week, seconds=later)).replace(tzinfo=place)
                found.append(
                    {
                        **more,
                        "event": event,
                        "event_id": f"{week}-{n}-{event}",
                        "message_id": f"{week}-{n}",
                        "lead": f"w{week}-{lead}@client.example",
                        "campaign": campaign,
                        "occurred_at": at.astimezone(UTC).isoformat(),
                    }
                )
    return found


TILES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("kpi", {}),
    *(
        ("kpi", {"metric": metric, "attribution": attribution, "view": view})
        for metric in ("open", "reply", "positive_reply", "bounce")
        for attribution in ("email", "lead")
        for view in ("percentage", "absolute")
    ),
    ("top_campaigns", {}),
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("alike")))


@pytest.mark.parametrize("zone", [MADRID, "Pacific/Kiritimati", "America/St_Johns"])
def test_a_week_like_the_week_before_has_no_change_at_any_moment(product: Product, zone: str) -> None:
    rng, monday = Random(zone), date(2026, 9, 7)
    workspace = product.workspace(zone)
    # A day of sending long before, so that the earlier week is one of full days.
    old = {"event": "sent", "event_id": "old", "message_id": "old", "lead": "old@client.example"}
    records = fortnight(rng, zone, monday)
    product.take_in(workspace, [{**old, "occurred_at": "2026-08-20T08:00:00Z"}, *records])
    scope = Scope(frozenset({workspace}))
    second = datetime.combine(monday + timedelta(days=7), datetime.min.time(), ZoneInfo(zone))
    chips = 0
    for _ in range(3):
        at = (second + timedelta(seconds=rng.randrange(3 * 86_400, 7 * 86_400))).astimezone(UTC)

        def answer(queries: Mapping[str, Query], at: datetime = at) -> dict[str, dict[str, Any]]:
            asked = {key: one.model_copy(update={"as_of": at}) for key, one in queries.items()}
            return ask_all(product.lake, scope, workspace, asked)

        page: Page = page_for("Harbour Coffee", zone, at, period="this_week")
        for number, (kind, options) in enumerate(TILES):
            tile = Placed(id=f"t{number}", type=kind, x=0, y=0, w=4, h=4, options=options)
            html = str(render_tile(tile, page, answer))
            assert "is-failed" not in html
            found = re.findall(r'class="chip (\w+)">(<svg)?.*?([−+\d].*?)<', html)
            assert all((tone, arrow) == ("flat", "") for tone, arrow, _ in found), (options, at, found)
            assert all(text.replace("\u00a0", " ") in {"0.0%", "0.0 pts"} for *_, text in found), (
                options,
                at,
            )
            chips += len(found)
    assert chips >= 3 * len(TILES), "they all compare"


def test_periods_are_declared_once() -> None:
    assert list(PERIODS) == [one.key for one in DECLARED]
