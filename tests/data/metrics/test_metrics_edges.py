"""Edges of weeks, days, clocks and bases, each small enough to be worked out by hand.

As in the worked example, every figure is asked of the plain Python reference and of the product.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.product import Product
from tests.support.reference.figures import answer

#: (timezone, events, query, as of) -> answer
Ask = Callable[[str, list[dict[str, Any]], dict[str, Any], datetime], dict[str, Any]]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("edges")))


@pytest.fixture(params=["reference", "product"])
def ask(request: pytest.FixtureRequest) -> Ask:
    if request.param == "reference":
        return lambda timezone, events, query, as_of: answer(events, timezone, query, as_of)
    product: Product = request.getfixturevalue("product")

    def of_product(
        timezone: str, events: list[dict[str, Any]], query: dict[str, Any], as_of: datetime
    ) -> dict[str, Any]:
        workspace = product.workspace(timezone)
        product.take_in(workspace, events)
        return product.ask(workspace, query, as_of)

    return of_product


def _event(name: str, at: str, message: str | None = None, lead: str = "ann", **more: Any) -> dict[str, Any]:
    record = {"event": name, "occurred_at": at, "lead": f"{lead}@client.example", **more}
    if message is not None:
        record["message_id"] = message
    return {"event_id": f"{name} {message} {lead} {at}", **record}


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def _row(found: dict[str, Any], cohort: str) -> dict[str, Any]:
    return next(row for row in found["rows"] if row["cohort"] == cohort)


def _counts(row: dict[str, Any]) -> list[tuple[int, str]]:
    """The cells up to the first future one, as (n, state)."""
    return [(cell["n"], cell["state"]) for cell in row["cells"] if cell["state"] != "future"]


def test_sunday_night_and_monday_midnight_are_two_cohorts(ask: Ask) -> None:
    # Berlin is at UTC+2: Sunday 8 September ends at 22:00 UTC.
    events = [
        _event("sent", "2024-09-08T21:59:59Z", "m1"),
        _event("sent", "2024-09-08T22:00:00Z", "m2", "ben"),
        _event("opened", "2024-09-15T21:59:59Z", "m2", "ben"),
        _event("opened", "2024-09-15T22:00:00Z", "m1"),
    ]
    found = ask("Europe/Berlin", events, {"name": "cohort"}, _utc(2024, 9, 16, 12))
    second, ninth = _row(found, "2024-09-02"), _row(found, "2024-09-09")
    assert (second["base"], _counts(second)) == (1, [(0, "value"), (0, "value"), (1, "in_progress")])
    assert (ninth["base"], _counts(ninth)) == (1, [(1, "value"), (1, "in_progress")])
    days = ask("Europe/Berlin", events, {"name": "sent_emails", "to": "2024-09-09"}, _utc(2024, 9, 16, 12))
    assert days == {
        **days,
        "total": 2,
        "days": [{"day": "2024-09-08", "n": 1}, {"day": "2024-09-09", "n": 1}],
    }


def test_the_grid_ends_with_the_local_week_of_as_of(ask: Ask) -> None:
    # 22:00 UTC on Sunday is Monday in Berlin, and still Sunday in New York.
    as_of = _utc(2024, 9, 8, 22)
    berlin = ask("Europe/Berlin", [], {"name": "cohort"}, as_of)["rows"]
    new_york = ask("America/New_York", [], {"name": "cohort"}, as_of)["rows"]
    assert (berlin[0]["cohort"], berlin[-1]["cohort"]) == ("2024-06-24", "2024-09-09")
    assert (new_york[0]["cohort"], new_york[-1]["cohort"]) == ("2024-06-17", "2024-09-02")


def test_a_week_of_167_hours_on_both_clocks(ask: Ask) -> None:
    # Berlin, 25 to 31 March 2024: sent Monday 10:00 (+1), opened the next Monday 09:59:59 and 10:00 (+2),
    # which is 6 days 23 h later. Elapsed week 1 lasts until 11:00 local.
    events = [
        _event("sent", "2024-03-25T10:00:00+01:00", "m1"),
        _event("sent", "2024-03-25T10:00:00+01:00", "m2", "ben"),
        _event("opened", "2024-04-01T10:59:59+02:00", "m1"),
        _event("opened", "2024-04-01T11:00:00+02:00", "m2", "ben"),
    ]
    as_of = _utc(2024, 4, 1, 12)
    calendar = _row(ask("Europe/Berlin", events, {"name": "cohort"}, as_of), "2024-03-25")
    elapsed = _row(ask("Europe/Berlin", events, {"name": "cohort", "clock": "elapsed"}, as_of), "2024-03-25")
    assert _counts(calendar) == [(0, "value"), (2, "in_progress")]
    assert _counts(elapsed) == [(1, "value"), (2, "in_progress")]


def test_the_hour_that_comes_twice_is_one_day(ask: Ask) -> None:
    # New York, 3 November 2024: 01:30 comes at -04:00 and an hour later at -05:00; the day has 25 hours.
    events = [
        _event("sent", "2024-11-03T01:30:00-04:00", "m1"),
        _event("sent", "2024-11-03T01:30:00-05:00", "m2", "ben"),
        _event("sent", "2024-11-03T23:59:59-05:00", "m3", "cleo"),
        _event("sent", "2024-11-04T00:00:00-05:00", "m4", "dora"),
    ]
    found = ask("America/New_York", events, {"name": "sent_emails"}, _utc(2024, 11, 5, 4, 59, 59))
    assert found["days"] == [{"day": "2024-11-03", "n": 3}, {"day": "2024-11-04", "n": 1}]


def test_half_an_hour_on_lord_howe_moves_the_midnight(ask: Ask) -> None:
    # From +10:30 to +11 on Sunday 6 October 2024 at 02:00: Monday begins at 13:00 UTC, not 13:30.
    events = [
        _event("sent", "2024-10-06T12:59:59Z", "m1"),
        _event("sent", "2024-10-06T13:00:00Z", "m2", "ben"),
    ]
    query = {"name": "rate", "data_type": "bounce", "by": "week"}
    found = ask("Australia/Lord_Howe", events, query, _utc(2024, 10, 8))
    assert [(group["key"], group["base"]) for group in found["groups"]] == [
        ("2024-09-30", 1),
        ("2024-10-07", 1),
    ]


def test_a_workspace_without_data_has_blanks_and_no_zero_percent(ask: Ask) -> None:
    as_of = _utc(2024, 9, 18, 12)
    rows = ask("UTC", [], {"name": "cohort"}, as_of)["rows"]
    assert [row["base"] for row in rows] == [0] * 12
    for age, row in zip(range(12, 0, -1), rows, strict=True):
        assert [cell["state"] for cell in row["cells"]] == ["no_base"] * age + ["future"] * (12 - age)
        assert {cell["rate"] for cell in row["cells"]} == {None}
    week1 = ask("UTC", [], {"name": "week1"}, as_of)
    assert week1["headline"] == {"n": 0, "base": 0, "rate": None}
    assert [point["state"] for point in week1["points"]] == ["no_base"] * 12
    sent = ask("UTC", [], {"name": "sent_emails"}, as_of)
    assert (sent["total"], sent["days"]) == (0, [])
    rate = ask("UTC", [], {"name": "rate", "by": "campaign"}, as_of)
    assert rate == {**rate, "n": 0, "base": 0, "rate": None, "untracked": 0, "groups": []}


def test_the_empty_range_of_a_workspace_without_data_shows_its_days(ask: Ask) -> None:
    query = {"name": "sent_emails", "from": "2024-09-01", "to": "2024-09-02"}
    found = ask("UTC", [], query, _utc(2024, 9, 18))
    assert found["days"] == [{"day": "2024-09-01", "n": 0}, {"day": "2024-09-02", "n": 0}]


BOUNCED = [
    _event("sent", "2024-09-02T09:00:00Z", "m1", campaign="Autumn", step=1),
    _event("opened", "2024-09-02T09:00:30Z", "m1"),
    _event("bounced", "2024-09-02T09:01:00Z", "m1"),
    _event("sent", "2024-09-05T09:00:00Z", "m2", campaign="Autumn", step=2),
    _event("replied", "2024-09-06T09:00:00Z", "m2", reply_category="interested"),
    _event("bounced", "2024-09-10T09:01:00Z", "m2"),
]


@pytest.mark.parametrize(
    ("as_of", "replied", "bounced"),
    [
        (_utc(2024, 9, 2, 9, 0, 59), (0, 1), (0, 1)),
        (_utc(2024, 9, 2, 9, 1), (0, 0), (1, 1)),  # its only message has bounced: out of the base of replies
        (_utc(2024, 9, 7), (1, 1), (0, 1)),  # step 2 went out: the journey is alive, and begins with it
        (_utc(2024, 9, 11), (0, 0), (1, 1)),  # every message bounced: nothing counts but the bounce
    ],
)
def test_a_journey_bounces_with_its_last_message(
    ask: Ask, as_of: datetime, replied: tuple[int, int], bounced: tuple[int, int]
) -> None:
    for data_type, expected in (("reply", replied), ("bounce", bounced)):
        query = {"name": "rate", "data_type": data_type, "attribution": "lead"}
        found = ask("UTC", BOUNCED, query, as_of)
        assert (found["n"], found["base"]) == expected, data_type


def test_a_journey_starts_with_its_first_message_that_did_not_bounce(ask: Ask) -> None:
    # m1 bounced, so the journey's start, step and cohort are those of m2; for the bounce, those of m1.
    events = BOUNCED[:5]
    query = {"name": "rate", "data_type": "reply", "attribution": "lead", "by": "step"}
    assert ask("UTC", events, query, _utc(2024, 9, 18))["groups"] == [
        {"key": "2", "n": 1, "base": 1, "rate": 1.0}
    ]
    query["data_type"] = "bounce"
    assert ask("UTC", events, query, _utc(2024, 9, 18))["groups"] == [
        {"key": "1", "n": 0, "base": 1, "rate": 0.0}
    ]


def test_untracked_messages_stand_beside_the_base(ask: Ask) -> None:
    events = [
        _event("sent", "2024-09-02T09:00:00Z", "m1", campaign="Autumn", track_opens=False),
        _event("sent", "2024-09-03T09:00:00Z", "m2", campaign="Autumn"),
        _event("sent", "2024-09-03T09:00:00Z", "m3", "ben", campaign="Autumn", track_opens=False),
        _event("opened", "2024-09-04T09:00:00Z", "m1"),
    ]
    per_email = ask("UTC", events, {"name": "rate"}, _utc(2024, 9, 18))
    assert (per_email["n"], per_email["base"], per_email["untracked"]) == (0, 1, 2)
    per_lead = ask("UTC", events, {"name": "rate", "attribution": "lead"}, _utc(2024, 9, 18))
    # Ann's opening is of the e-mail whose openings were not tracked: it counts in no figure.
    assert (per_lead["n"], per_lead["base"], per_lead["untracked"]) == (0, 1, 1)
    clicks = ask("UTC", events, {"name": "rate", "data_type": "click"}, _utc(2024, 9, 18))
    assert (clicks["n"], clicks["base"], clicks["untracked"]) == (0, 3, 0)


def test_a_reply_without_a_message_goes_to_the_last_one_sent_before_it(ask: Ask) -> None:
    reply = _event("replied", "2024-09-10T09:00:00Z", lead="Ann", reply_category="interested")
    events = [
        _event("sent", "2024-09-02T09:00:00Z", "m1", campaign="Autumn", step=1),
        _event("sent", "2024-09-10T09:00:00Z", "m2", campaign="Winter", step=2),
        _event("sent", "2024-09-10T09:00:01Z", "m3", campaign="Winter", step=3),
        reply,
    ]
    query = {"name": "rate", "data_type": "reply", "by": "step"}
    groups = ask("UTC", events, query, _utc(2024, 9, 18))["groups"]
    assert [(group["key"], group["n"]) for group in groups] == [("1", 0), ("2", 1), ("3", 0)]
    early = {**reply, "event_id": "early", "occurred_at": "2024-09-02T08:59:59Z"}
    assert (
        ask("UTC", [*events[:3], early], {"name": "rate", "data_type": "reply"}, _utc(2024, 9, 18))["n"] == 0
    )


def test_machines_and_auto_replies_are_not_people(ask: Ask) -> None:
    events = [
        _event("sent", "2024-09-02T09:00:00Z", "m1"),
        _event("opened", "2024-09-02T09:00:01Z", "m1", machine=True),
        _event("replied", "2024-09-02T09:05:00Z", "m1", reply_category="out_of_office"),
        _event("auto_replied", "2024-09-02T09:06:00Z", "m1"),
        _event("opened", "2024-09-10T09:00:00Z", "m1"),
    ]
    as_of = _utc(2024, 9, 18)
    human = _row(ask("UTC", events, {"name": "cohort"}, as_of), "2024-09-02")
    every = _row(ask("UTC", events, {"name": "cohort", "engagement": "all"}, as_of), "2024-09-02")
    assert [n for n, _ in _counts(human)] == [0, 1, 1]
    assert [n for n, _ in _counts(every)] == [1, 1, 1]
    assert ask("UTC", events, {"name": "rate", "data_type": "reply"}, as_of)["n"] == 0


def test_the_first_human_reply_gives_the_sentiment(ask: Ask) -> None:
    events = [
        _event("sent", "2024-09-02T09:00:00Z", "m1"),
        _event("replied", "2024-09-03T09:00:00Z", "m1", reply_category="auto_reply"),
        _event("replied", "2024-09-04T09:00:00Z", "m1", reply_category="not_now"),
        _event("replied", "2024-09-05T09:00:00Z", "m1", reply_category="interested"),
    ]
    counts = {
        data_type: ask("UTC", events, {"name": "rate", "data_type": data_type}, _utc(2024, 9, 18))["n"]
        for data_type in ("reply", "positive_reply", "negative_reply")
    }
    assert counts == {"reply": 1, "positive_reply": 0, "negative_reply": 0}


def test_what_has_not_happened_yet_does_not_exist(ask: Ask) -> None:
    events = [
        _event("delivered", "2024-09-02T09:00:05Z", "m1"),
        _event("opened", "2024-09-03T09:00:00Z", "m1"),
        _event("sent", "2024-09-09T09:00:00Z", "m1"),  # a late stamp: from then on it is the sent time
        _event("failed", "2024-09-03T09:00:00Z", "m2", "ben"),  # refused: in no base but that of bounces
    ]
    query = {"name": "rate", "by": "day"}
    before = ask("UTC", events, query, _utc(2024, 9, 4))["groups"]
    after = ask("UTC", events, query, _utc(2024, 9, 18))["groups"]
    refused = {
        "key": "2024-09-03",
        "n": 0,
        "base": 0,
        "rate": None,
    }  # a group with a unit, none of it in the base
    assert before == [{"key": "2024-09-02", "n": 1, "base": 1, "rate": 1.0}, refused]
    assert after == [refused, {"key": "2024-09-09", "n": 1, "base": 1, "rate": 1.0}]
    week_one = _row(ask("UTC", events, {"name": "cohort"}, _utc(2024, 9, 18)), "2024-09-09")
    assert _counts(week_one) == [(1, "value"), (1, "in_progress")]  # stamped before t0: week 1


def test_no_campaign_is_a_campaign_of_its_own(ask: Ask) -> None:
    events = [
        _event("sent", "2024-09-02T09:00:00Z", "m1"),
        _event("sent", "2024-09-03T09:00:00Z", "m2", "ANN"),  # the same lead, in other letters
        _event("sent", "2024-09-04T09:00:00Z", "m3", campaign="Autumn"),
        {"event_id": "x", "event": "sent", "occurred_at": "2024-09-05T09:00:00Z", "message_id": "m4"},
        {"event_id": "y", "event": "sent", "occurred_at": "2024-09-05T09:00:00Z", "message_id": "m5"},
    ]
    query = {"name": "rate", "data_type": "reply", "attribution": "lead", "by": "campaign"}
    groups = ask("UTC", events, query, _utc(2024, 9, 18))["groups"]
    assert [(group["key"], group["base"]) for group in groups] == [("(none)", 3), ("Autumn", 1)]
    alone = ask("UTC", events, {**query, "campaign": "(none)", "by": "user"}, _utc(2024, 9, 18))["groups"]
    assert [(group["key"], group["base"]) for group in alone] == [("(none)", 3)]


def test_other_channels_are_not_emails(ask: Ask) -> None:
    events = [
        _event("delivered", "2024-09-02T09:00:00Z", "p1", channel="postcard"),
        _event("sent", "2024-09-03T09:00:00Z", "m1"),
    ]
    assert ask("UTC", events, {"name": "sent_emails"}, _utc(2024, 9, 3, 10))["days"] == [
        {"day": "2024-09-03", "n": 1}
    ]
