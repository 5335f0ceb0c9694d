"""The campaign report worked out by hand, its audiences, the agency's band, and rates by variation and sender."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.product import Product

AS_OF = datetime(2024, 9, 20, 12, 0, tzinfo=UTC)
NORTH, LOUD = "a@north.example", "b@north.example"


def _events() -> list[dict[str, Any]]:
    def mail(n: int, lead: str, step: str, variation: str, sender: str, day: int, **more: Any) -> Any:
        who = {"message_id": f"m{n}", "lead": f"{lead}@x.io", "campaign": "Launch", "sender": sender}
        return "sent", f"{day:02}T09:00:00", {**who, "step": step, "variation": variation, **more}

    rows: list[tuple[str, str, dict[str, Any]]] = [
        mail(1, "ann", "1", "A", NORTH, 2),
        mail(2, "ben", "1", "B", NORTH, 2),
        mail(3, "cleo", "1", "A", LOUD, 2),
        mail(4, "dan", "1", "B", LOUD, 2),
        mail(5, "eve", "1", "A", NORTH, 2, track_opens=False, track_clicks=False),
        mail(6, "ann", "2", "A", NORTH, 5),
        ("delivered", "02T09:00:05", {"message_id": "m1"}),
        ("opened", "02T08:59:00", {"message_id": "m1"}),
        ("opened", "02T09:59:59", {"message_id": "m1"}),
        ("opened", "02T10:00:00", {"message_id": "m1"}),
        ("opened", "03T09:00:00", {"message_id": "m1"}),
        ("clicked", "02T10:30:00", {"message_id": "m1", "url": "https://x.io/a"}),
        ("clicked", "02T10:31:00", {"message_id": "m1", "url": "https://x.io/a"}),
        ("opened", "03T08:59:59", {"message_id": "m2"}),
        ("clicked", "03T09:30:00", {"message_id": "m3", "url": "https://x.io/b"}),
        ("opened", "02T09:30:00", {"message_id": "m3", "machine": True}),
        ("bounced", "02T09:00:01", {"message_id": "m4", "bounce_kind": "soft"}),
        ("opened", "02T09:10:00", {"message_id": "m4", "machine": True}),
        ("opened", "02T09:20:00", {"message_id": "m5"}),
        ("replied", "06T10:00:00", {"message_id": "m6", "reply_category": "booking_request"}),
        ("replied", "07T10:00:00", {"message_id": "m6", "reply_category": "not_interested"}),
        ("unsubscribed", "08T10:00:00", {"lead": "ben@x.io"}),
        ("complained", "08T10:00:00", {"message_id": "m3"}),
        ("sent", "02T09:00:00", {"message_id": "other", "lead": "ann@x.io", "campaign": "Other"}),
        ("opened", "02T09:01:00", {"message_id": "other"}),
    ]
    return [
        {"event_id": f"e{n}", "event": event, "occurred_at": f"2024-09-{at}Z", **more}
        for n, (event, at, more) in enumerate(rows)
    ]


def _loud(n: int) -> list[dict[str, Any]]:
    """A workspace whose open rate is n of 100: 13 % here is no other's figure."""
    events = []
    for i in range(100):
        who = {"message_id": f"m{i}", "lead": f"l{i}@x.io", "campaign": "Launch"}
        at = "2024-09-02T09:00:00Z"
        events.append({"event_id": f"s{i}", "event": "sent", "occurred_at": at, **who})
        if i < n:
            events.append(
                {"event_id": f"o{i}", "event": "opened", "occurred_at": "2024-09-02T10:00:00Z", **who}
            )
    return events


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> tuple[Product, list[int]]:
    """Alice's six clients: the worked one, and five with open rates of 13, 29, 31, 47 and 90 %."""
    product = Product.open(Path(tmp_path_factory.mktemp("report")))
    ids = [product.workspace("UTC") for _ in range(6)]
    rates = [13, 29, 31, 47, 90]
    product.take_in_all({ids[0]: _events()} | {id_: _loud(n) for id_, n in zip(ids[1:], rates, strict=True)})
    return product, ids


@pytest.fixture
def report(north: tuple[Product, list[int]]) -> dict[str, Any]:
    product, ids = north
    return product.ask(ids[0], {"name": "campaign_report", "campaign": "Launch"}, AS_OF)


def test_what_was_sent_and_reached(report: dict[str, Any]) -> None:
    """Six e-mails to five people; Dan's bounced; one delivery was told."""
    assert [report[name] for name in ("sent", "recipients", "deliveries", "confirmed")] == [6, 5, 5, 1]
    assert report["bounces"] == {"total": 1, "hard": 0, "soft": 1, "block": 0, "unknown": 0}
    assert report["bounce_rate"] == {"n": 1, "base": 6, "rate": 1 / 6}


def test_opens_and_clicks(report: dict[str, Any]) -> None:
    """Opened by people: m1 and m2 of the four tracked ones (m3's open is a machine's, m5 is untracked)."""
    assert report["open_rate"] == {"n": 2, "base": 4, "rate": 0.5, "untracked": 1}
    assert report["click_rate"] == {"n": 2, "base": 4, "rate": 0.5, "untracked": 1}
    assert (report["unique_opens"], report["total_opens"]) == (2, 5)
    assert (report["unique_clicks"], report["total_clicks"]) == (2, 3)
    assert report["clicks_per_unique_open"] == {"n": 1, "base": 2, "rate": 0.5}, (
        "m3 was clicked, never opened"
    )


def test_replies_unsubscribes_complaints(report: dict[str, Any]) -> None:
    assert report["replies"] == {
        "total": 1,
        "categories": [{"category": "booking_request", "sentiment": "positive", "n": 1}],
    }
    assert report["positive_reply_rate"] == {"n": 1, "base": 5, "rate": 0.2}
    assert (report["unsubscribes"], report["complaints"]) == (1, 1)


def test_the_first_24_hours(report: dict[str, Any]) -> None:
    """By hours since the e-mail itself: m1 at -1 min and 59:59 in hour 0, at 1 h in hour 1; m2 at 23:59:59."""
    hours = {row["hour"]: (row["opens"], row["clicks"]) for row in report["first_24_hours"]}
    assert len(hours) == 24
    assert {hour: both for hour, both in hours.items() if any(both)} == {0: (2, 0), 1: (1, 2), 23: (1, 0)}


def test_links_with_their_share(report: dict[str, Any]) -> None:
    assert report["top_links"] == [
        {"url": "https://x.io/a", "clicks": 2, "unique": 1, "leads": 1, "share": 2 / 3},
        {"url": "https://x.io/b", "clicks": 1, "unique": 1, "leads": 1, "share": 1 / 3},
    ]


def test_steps_and_variations(report: dict[str, Any]) -> None:
    opened = {
        row["step"]: (row["sent"], row["open_rate"]["n"], row["open_rate"]["base"]) for row in report["steps"]
    }
    assert opened == {"1": (5, 2, 3), "2": (1, 0, 1)}
    parts = {(row["step"], row["variation"]): row["sent"] for row in report["variations"]}
    assert parts == {("1", "A"): 3, ("1", "B"): 2, ("2", "A"): 1}


def test_beside_the_workspaces_average(report: dict[str, Any]) -> None:
    """With the other campaign: 3 of 5 opened, 2 of 5 clicked."""
    assert report["workspace_rates"]["open_rate"] == {"n": 3, "base": 5, "rate": 0.6, "untracked": 1}
    assert report["workspace_rates"]["click_rate"]["n"] == 2


def test_a_range_chooses_the_emails(north: tuple[Product, list[int]]) -> None:
    product, ids = north
    query = {"name": "campaign_report", "campaign": "Launch", "from": "2024-09-05", "to": "2024-09-05"}
    found = product.ask(ids[0], query, AS_OF)
    assert (found["sent"], found["replies"]["total"], found["total_opens"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("event", "leads"),
    [
        ("opened", ["ben@x.io", "ann@x.io"]),
        ("not_opened", ["cleo@x.io"]),
        ("clicked", ["cleo@x.io", "ann@x.io"]),
        ("replied", ["ann@x.io"]),
        ("bounced", ["dan@x.io"]),
        ("unsubscribed", ["ben@x.io"]),
    ],
)
def test_audiences(
    north: tuple[Product, list[int]], report: dict[str, Any], event: str, leads: list[str]
) -> None:
    """Latest first; Eve got nothing that could tell an open, so she is in neither of the first two."""
    product, ids = north
    found = product.ask(ids[0], {"name": "audience", "campaign": "Launch", "event": event}, AS_OF)
    assert [row["lead"] for row in found["rows"]] == leads
    assert found["total"] == report["audiences"][event] == len(leads)


def _band(north: tuple[Product, list[int]], scope: Scope) -> Any:
    product, ids = north
    query = Query.model_validate({"name": "campaign_report", "campaign": "Launch", "as_of": AS_OF})
    return ask(product.lake, scope, ids[0], query)["agency_band"]


def test_the_agencys_band(north: tuple[Product, list[int]]) -> None:
    """Open rates 13, 29, 31, 47, 60, 90 %: quartiles 29.5, 39, 56.75, to whole percent."""
    band = _band(north, Scope(frozenset(north[1])))
    assert band["open_rate"] == {"workspaces": 6, "low": 0.29, "median": 0.39, "high": 0.57} or band[
        "open_rate"
    ] == {"workspaces": 6, "low": 0.3, "median": 0.39, "high": 0.57}


def test_no_band_that_tells_somebody_apart(north: tuple[Product, list[int]]) -> None:
    """One workspace, four of them, or a scope narrowed to a person or a campaign: nothing of the others."""
    _, ids = north
    assert _band(north, Scope(frozenset(ids[:1]))) is None
    assert _band(north, Scope(frozenset(ids[:4]))) is None
    assert _band(north, Scope(frozenset(ids), campaigns=frozenset({"Launch"}))) is None
    assert _band(north, Scope(frozenset(ids), user="alice@north.example")) is None


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        ({"by": "variation"}, {"(none)": (1, 1), "A": (1, 3), "B": (1, 1)}),
        ({"by": "sender"}, {"(none)": (1, 1), NORTH: (2, 3), LOUD: (0, 1)}),
        ({"by": "variation", "engagement": "all"}, {"(none)": (1, 1), "A": (2, 3), "B": (1, 1)}),
        ({"by": "variation", "attribution": "lead"}, {"(none)": (1, 1), "A": (1, 2), "B": (1, 1)}),
        ({"by": "sender", "data_type": "bounce"}, {"(none)": (0, 1), NORTH: (0, 4), LOUD: (1, 2)}),
        (
            {"by": "variation", "data_type": "bounce", "attribution": "lead"},
            {"(none)": (0, 1), "A": (0, 3), "B": (1, 2)},
        ),
        ({"by": "variation", "data_type": "positive_reply"}, {"(none)": (0, 1), "A": (1, 4), "B": (0, 1)}),
        ({"by": "variation", "data_type": "unsubscribe"}, {"(none)": (0, 1), "A": (0, 4), "B": (1, 1)}),
    ],
)
def test_rates_by_variation_and_sender(
    north: tuple[Product, list[int]], options: dict[str, Any], groups: dict[str, tuple[int, int]]
) -> None:
    """The groups add up to what the cubes say of the whole."""
    product, ids = north
    found = product.ask(ids[0], {"name": "rate", **options}, AS_OF)
    assert {group["key"]: (group["n"], group["base"]) for group in found["groups"]} == groups
    del options["by"]
    whole = product.ask(ids[0], {"name": "rate", **options}, AS_OF)
    assert (found["n"], found["base"], found["untracked"]) == (whole["n"], whole["base"], whole["untracked"])
