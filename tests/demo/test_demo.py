"""The demo's stream: the same whatever the cut, large enough, and believable."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashapp.demo import history as demo
from dashapp.demo.logo import logo
from data.events.canonical import canonical_many

#: A Thursday afternoon; the agency was made a few minutes before.
NOW = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)
BEGIN = demo.begin_for(NOW)
MORNING = datetime(BEGIN.year, BEGIN.month, BEGIN.day, tzinfo=UTC) - timedelta(days=1)
MAIN, SECOND = demo.AGENCIES
Records = list[dict[str, Any]]


def _stream(
    client: demo.Client, start: datetime = MORNING, end: datetime = NOW, agency: demo.Agency = MAIN
) -> Records:
    return demo.events_between(agency, client, start, end, begin=BEGIN)


@pytest.fixture(scope="module")
def streams() -> dict[str, Records]:
    return {client.key: _stream(client) for client in MAIN.clients}


def test_it_begins_on_a_monday_fifteen_weeks_back() -> None:
    assert date(2025, 11, 24) == BEGIN
    assert BEGIN.weekday() == 0


def test_it_is_large_and_uneven(streams: dict[str, Records]) -> None:
    sizes = {key: len(records) for key, records in streams.items()}
    assert len(sizes) >= 6
    assert sum(sizes.values()) >= 150_000
    assert sizes["tiny-batch-coffee"] < 500
    assert max(sizes.values()) > 10 * sorted(sizes.values())[1]
    assert len({client.timezone for client in MAIN.clients}) >= 3
    assert all(2 <= len(client.campaigns) <= 5 for client in MAIN.clients)


def test_any_cut_gives_the_same_stream() -> None:
    client = next(client for client in MAIN.clients if client.key == "harbour-wells-legal")
    whole = _stream(client)
    rng = Random(7)
    moments = sorted(MORNING + (NOW - MORNING) * rng.random() for _ in range(12))
    cuts = [MORNING, *moments, NOW]
    pieces = [record for start, end in pairwise(cuts) for record in _stream(client, start, end)]
    assert pieces == whole


def test_ids_are_unique_and_every_event_is_canonical(streams: dict[str, Records]) -> None:
    for records in streams.values():
        assert len({record["event_id"] for record in records}) == len(records)
    sample = [record for records in streams.values() for record in records[::50]]
    events, parked = canonical_many(sample, NOW)
    assert parked == []
    assert len(events) == len(sample)


def test_nothing_lies_in_the_future_and_it_goes_on_to_now(streams: dict[str, Records]) -> None:
    for key, records in streams.items():
        stamps = [record["occurred_at"] for record in records]
        assert stamps == sorted(stamps)
        assert stamps[-1] < demo.stamp(NOW.timestamp())
        if key == "brightwater-analytics":
            assert datetime.fromisoformat(stamps[-1]) > NOW - timedelta(hours=2)


def test_people_send_on_working_days_in_office_hours(streams: dict[str, Records]) -> None:
    for client in MAIN.clients:
        zone = ZoneInfo(client.timezone)
        sent = [r for r in streams[client.key] if r["event"] == "sent"]
        local = [datetime.fromisoformat(record["occurred_at"]).astimezone(zone) for record in sent]
        assert {moment.weekday() for moment in local} <= {0, 1, 2, 3, 4}
        assert all(8 <= moment.hour < 18 for moment in local)


def test_nobody_who_answered_gets_another_step(streams: dict[str, Records]) -> None:
    stopped: dict[tuple[str, str], str] = {}
    for record in streams["kestrel-robotics"]:
        journey = (record["lead"], record["campaign"])
        if record["event"] == "sent" and record["step"] != "1":
            assert journey not in stopped or stopped[journey] > record["occurred_at"]
        human = record["event"] == "replied" and record.get("reply_category") not in {
            "out_of_office",
            "auto_reply",
        }
        if human or record["event"] in {"bounced", "unsubscribed"}:
            stopped.setdefault(journey, record["occurred_at"])


def test_the_rates_are_plausible(streams: dict[str, Records]) -> None:
    for key, records in streams.items():
        if key == "tiny-batch-coffee":
            continue
        kinds = Counter(record["event"] for record in records)
        opened = {r["message_id"] for r in records if r["event"] == "opened" and not r.get("machine")}
        assert 0.20 < len(opened) / kinds["sent"] < 0.60, key
        assert 0.01 < kinds["replied"] / kinds["sent"] < 0.06, key
        assert 0.005 < kinds["bounced"] / kinds["sent"] < 0.03, key
        assert {"unsubscribed", "clicked", "auto_replied"} <= set(kinds), key


def test_machines_bounces_and_untracked_sends_are_there(streams: dict[str, Records]) -> None:
    records = streams["brightwater-analytics"]
    assert any("GoogleImageProxy" in r.get("user_agent", "") for r in records if r.get("machine"))
    assert any(r["server_response"].startswith("550 5.1.1") for r in records if r["event"] == "bounced")
    assert {r["bounce_kind"] for r in records if r["event"] == "bounced"} == {"hard", "soft", "block"}
    assert any(r.get("track_opens") is False for r in records)
    texts = {r["reply_text"] for every in streams.values() for r in every if "reply_text" in r}
    assert len(texts) > 60
    assert any("intéresse" in text for text in texts)


def test_campaigns_differ(streams: dict[str, Records]) -> None:
    sent: dict[str, set[str]] = defaultdict(set)
    opened: dict[str, set[str]] = defaultdict(set)
    for record in streams["kestrel-robotics"]:
        if record["event"] == "sent":
            sent[record["campaign"]].add(record["message_id"])
        elif record["event"] == "opened" and not record.get("machine"):
            opened[record["campaign"]].add(record["message_id"])
    rates = sorted(len(opened[name]) / len(sent[name]) for name in sent)
    assert rates[-1] > 1.3 * rates[0]


def test_the_second_agency_cannot_be_overlooked() -> None:
    records = _stream(SECOND.clients[0], agency=SECOND)
    days = Counter(record["occurred_at"][:10] for record in records if record["event"] == "sent")
    assert len(days) == 2
    assert set(days.values()) == {9_999}
    assert {record["campaign"] for record in records} == {"ZZZ-LEAK-CANARY"}


def test_the_pulse_gives_canonical_events_with_ids_of_their_own() -> None:
    beats = demo.pulse(demo.SHOWN, NOW)
    records = [{**next(beats), "occurred_at": demo.stamp(NOW.timestamp())} for _ in range(300)]
    events, parked = canonical_many(records, NOW)
    assert parked == []
    assert len({event.event_id for event in events}) == 300
    assert {event.event for event in events} == {"sent", "opened", "clicked", "replied"}


def test_the_logo_is_a_png_of_the_brand_colour() -> None:
    picture = logo("#7a3e9d")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) < 20_000


def test_each_week_has_every_channel_status_and_disposition(streams: dict[str, Records]) -> None:
    """What the dashboard can show is there in the last seven days of the client the demo shows."""
    since = demo.stamp((NOW - timedelta(days=7)).timestamp())
    week = [r for r in streams["brightwater-analytics"] if r["occurred_at"] >= since]
    seen = {(r.get("channel", "email"), r["event"]) for r in week}
    assert {channel for channel, _ in seen} == {
        "email", "video", "postcard", "gift_card", "handwritten_note", "phone", "linkedin", "other"
    }  # fmt: skip
    calls = {"booked", "call_back", "left_message", "bad_number", "not_interested"}
    assert {event for channel, event in seen if channel == "phone"} == calls
    assert {"video_opened", "video_watched", "replied", "clicked"} <= {e for c, e in seen if c == "video"}
    assert ("email", "received") in seen
    ever = {(r.get("channel"), r["event"]) for r in streams["brightwater-analytics"]}
    for status in ("mailed", "processed", "in_transit", "local_area", "delivered", "returned", "rerouted"):
        assert ("postcard", status) in ever
    assert {("gift_card", "delivered"), ("handwritten_note", "mailed"), ("linkedin", "completed")} <= ever
