"""The dashboard's figures worked out by hand: one small week of Alice's client, UTC, as of Sunday 8 September 2024.

Charlie's workspace has the same leads, campaigns and links with absurdly large numbers; none of them may show.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.product import Product

AS_OF = datetime(2024, 9, 8, 12, 0, tzinfo=UTC)
ALICE, BOB = "alice@north.example", "bob@north.example"


def _events() -> list[dict[str, Any]]:
    rows: list[tuple[str, str, dict[str, Any]]] = [
        # Ann: two opens 59 s apart, then a third: 60 s between the first and the last.
        (
            "sent",
            "02T09:00:00",
            {"message_id": "m1", "campaign": "Autumn", "lead": "ann@x.io", "user": ALICE},
        ),
        ("opened", "02T10:00:00", {"message_id": "m1"}),
        ("opened", "02T10:00:59", {"message_id": "m1"}),
        ("opened", "02T10:01:00", {"message_id": "m1"}),
        ("clicked", "02T10:02:00", {"message_id": "m1", "url": "https://x.io/a"}),
        ("clicked", "02T10:03:00", {"message_id": "m1", "url": "https://x.io/a"}),
        ("clicked", "02T10:04:00", {"message_id": "m1", "url": "https://x.io/b"}),
        # Ben: two opens 59 s apart only, and a machine's; then he refuses.
        (
            "sent",
            "03T09:00:00",
            {"message_id": "m2", "campaign": "Autumn", "lead": "ben@x.io", "user": ALICE},
        ),
        ("opened", "03T10:00:00", {"message_id": "m2"}),
        ("opened", "03T10:00:59", {"message_id": "m2"}),
        ("opened", "03T18:00:00", {"message_id": "m2", "machine": True}),
        ("replied", "04T08:00:00", {"lead": "ben@x.io", "reply_text": "Please remove me."}),
        # Cleo refuses too, but has clicked: the refusal cancels only itself.
        ("sent", "03T09:00:00", {"message_id": "m3", "campaign": "Winter", "lead": "cleo@x.io", "user": BOB}),
        ("clicked", "03T09:30:00", {"message_id": "m3", "url": "https://x.io/a"}),
        ("replied", "03T09:40:00", {"message_id": "m3", "reply_text": "Not interested, thanks."}),
        # Dan's bounced: he received nothing, and what comes from it counts for nothing.
        ("sent", "04T09:00:00", {"message_id": "m4", "campaign": "Winter", "lead": "dan@x.io", "user": BOB}),
        ("bounced", "04T09:00:10", {"message_id": "m4", "bounce_kind": "hard"}),
        ("clicked", "04T09:00:20", {"message_id": "m4", "url": "https://x.io/a"}),
        # Eve is called and books; Fay watches a video; Gus gets a postcard.
        ("booked", "05T09:00:00", {"channel": "phone", "lead": "eve@x.io", "campaign": "Calls", "user": BOB}),
        ("sent", "05T09:00:00", {"channel": "video", "message_id": "v1", "lead": "fay@x.io", "user": BOB}),
        ("video_opened", "05T10:00:00", {"message_id": "v1"}),
        ("video_watched", "05T10:01:00", {"message_id": "v1"}),
        ("video_watched", "05T11:01:00", {"message_id": "v1"}),
        (
            "mailed",
            "05T12:00:00",
            {"message_id": "p1", "lead": "gus@x.io", "campaign": "Autumn", "user": ALICE},
        ),
        ("in_transit", "06T12:00:00", {"message_id": "p1"}),
        # Fay writes on her own; Hal replies from abroad, which is no person's reply.
        ("received", "07T12:00:00", {"message_id": "in-1", "lead": "fay@x.io"}),
        ("sent", "06T09:00:00", {"message_id": "m5", "campaign": "Winter", "lead": "hal@x.io", "user": BOB}),
        ("replied", "06T09:01:00", {"message_id": "m5", "reply_category": "out_of_office"}),
        # Before the 7 days: Ann's older message, and Ida's, who was engaged then.
        (
            "sent",
            "01T09:00:00",
            {"message_id": "m0", "campaign": "Summer", "lead": "ida@x.io", "user": ALICE},
        ),
        ("replied", "01T10:00:00", {"message_id": "m0", "reply_category": "interested"}),
    ]
    return [
        {"event_id": f"e{n}", "event": event, "occurred_at": f"2024-09-{at}Z", **more}
        for n, (event, at, more) in enumerate(rows)
    ]


def _flood() -> list[dict[str, Any]]:
    """Charlie's: every message opened, clicked and answered, thousands of them."""
    events = []
    for n in range(3_000):
        who = {"message_id": f"m{n}", "lead": "ann@x.io", "campaign": "Autumn", "user": ALICE}
        for event, minute in (("sent", 0), ("opened", 1), ("opened", 3), ("clicked", 4), ("replied", 5)):
            more = {"reply_category": "interested"} if event == "replied" else {}
            url = {"url": "https://x.io/a"} if event == "clicked" else {}
            at = f"2024-09-0{1 + n % 7}T09:0{minute}:00Z"
            events.append(
                {"event_id": f"{event}{n}", "event": event, "occurred_at": at, **who, **more, **url}
            )
    return events


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> tuple[Product, int]:
    product = Product.open(Path(tmp_path_factory.mktemp("worked")))
    south, alices = product.workspace("UTC"), product.workspace("UTC")
    product.take_in_all({south: _flood(), alices: _events()})
    return product, alices


@pytest.fixture
def asked(north: tuple[Product, int]) -> Any:
    product, workspace = north

    def ask_it(name: str, scope: Scope | None = None, **options: Any) -> dict[str, Any]:
        query = Query.model_validate({"name": name, "as_of": AS_OF, **options})
        return ask(product.lake, scope or Scope(frozenset({workspace})), workspace, query)

    return ask_it


def test_engaged_contacts(asked: Any) -> None:
    """Contacts: Ann, Ben, Cleo, Eve, Fay, Gus, Hal (Dan's bounced, Ida is older). Engaged: Ann, Cleo, Eve, Fay."""
    found = asked("engagement_overview")
    assert (found["contacts"], found["engaged"], found["rate"]) == (7, 4, 4 / 7)
    assert (found["from"], found["to"]) == ("2024-09-02", "2024-09-08")
    assert found["reasons"] == {"multiple_opens": 1, "reply": 0, "click": 2, "video_watched": 1, "booked": 1}


def test_a_range_of_its_own(asked: Any) -> None:
    """Only 1 September: Ida received one and replied."""
    found = asked("engagement_overview", **{"from": "2024-09-01", "to": "2024-09-01"})
    assert (found["contacts"], found["engaged"]) == (1, 1)


def test_with_the_machine_ben_too_opened_twice(asked: Any) -> None:
    found = asked("engagement_overview", engagement="all")
    assert (found["engaged"], found["reasons"]["multiple_opens"]) == (5, 2)


def test_opens_count_from_sixty_seconds_on(asked: Any) -> None:
    """From 10:00:00 to 10:01:00 are 60 s: Ann's message is opened twice. Ben's 59 s are not enough."""
    leads = {row["lead"]: row["reasons"] for row in asked("hot_leads")["rows"]}
    assert leads["ann@x.io"] == {"multiple_opens": 1, "click": 3}
    assert "ben@x.io" not in leads


def test_hot_leads_in_order(asked: Any) -> None:
    """Ann 1 + 3; Fay two views and a mail; Cleo one click (her refusal is no reason)."""
    rows = asked("hot_leads")["rows"]
    assert [(row["lead"], row["score"], row["latest"]) for row in rows] == [
        ("ann@x.io", 4, "2024-09-02T10:04:00Z"),
        ("fay@x.io", 3, "2024-09-07T12:00:00Z"),
        ("cleo@x.io", 1, "2024-09-03T09:30:00Z"),
    ]
    assert asked("hot_leads", limit=1)["rows"] == rows[:1]


def test_actions_by_channel_and_status(asked: Any) -> None:
    """Five e-mails began in the week; Dan's bounced one is an action, its click is nothing."""
    channels = {row["channel"]: row for row in asked("action_analytics")["channels"]}
    assert {name: row["n"] for name, row in channels.items()} == {
        "email": 5,
        "video": 1,
        "postcard": 1,
        "phone": 1,
    }
    assert channels["email"]["statuses"] == [
        {"status": "opened", "n": 2},
        {"status": "clicked", "n": 2},
        {"status": "replied", "n": 2},
        {"status": "bounced", "n": 1},
    ]
    assert channels["video"]["statuses"] == [
        {"status": "video_opened", "n": 1},
        {"status": "video_watched", "n": 1},
    ]


def test_the_timeline_groups_equal_events(asked: Any) -> None:
    groups = asked("timeline")["groups"]
    assert [(g["channel"], g["event"], g["lead"], g["count"]) for g in groups] == [
        ("postcard", "in_transit", "gus@x.io", 1),
        ("postcard", "mailed", "gus@x.io", 1),
        ("video", "video_watched", "fay@x.io", 2),
        ("video", "video_opened", "fay@x.io", 1),
        ("phone", "booked", "eve@x.io", 1),
        ("email", "replied", "ben@x.io", 1),
        ("email", "opened", "ben@x.io", 2),
        ("email", "replied", "cleo@x.io", 1),
        ("email", "clicked", "cleo@x.io", 1),
        ("email", "clicked", "ann@x.io", 3),
        ("email", "opened", "ann@x.io", 3),
    ]
    assert groups[2]["at"] == "2024-09-05T11:01:00Z"
    assert asked("timeline", limit=2)["groups"] == groups[:2]


def test_top_campaigns_by_share_and_by_number(asked: Any) -> None:
    """Autumn: Ann of Ann, Ben, Gus, Ben refused. Winter: Cleo of Cleo and Hal. Calls: Eve. Fay is in none."""
    by_share = asked("top_campaigns", limit=10)["rows"]
    assert [(r["campaign"], r["contacts"], r["engaged"], r["not_interested"]) for r in by_share] == [
        ("Calls", 1, 1, 0),
        ("Winter", 2, 1, 1),
        ("Autumn", 3, 1, 1),
        ("Summer", 0, 0, 0),
    ]
    assert [row["rate"] for row in by_share] == [1.0, 0.5, 1 / 3, None]
    by_number = asked("top_campaigns", sort="count", limit=10)["rows"]
    assert [row["campaign"] for row in by_number] == ["Calls", "Winter", "Autumn", "Summer"]
    assert [row["campaign"] for row in asked("top_campaigns")["rows"]] == ["Calls", "Winter", "Autumn"]


def test_who_is_active_settles_what_nobody_engaged_in(asked: Any) -> None:
    """Still under way: Ann and Gus in Autumn (Ben answered), Hal in Winter (Dan bounced, Cleo answered)."""
    rows = {row["campaign"]: row["active"] for row in asked("top_campaigns", limit=10)["rows"]}
    assert rows == {"Calls": 0, "Winter": 1, "Autumn": 2, "Summer": 0}
    quiet = asked("top_campaigns", **{"from": "2024-08-01", "to": "2024-08-02"}, limit=10)["rows"]
    assert [row["campaign"] for row in quiet] == ["Autumn", "Winter", "Calls", "Summer"]


def test_links_and_categories(asked: Any) -> None:
    assert asked("top_links")["rows"] == [
        {"url": "https://x.io/a", "clicks": 3, "unique": 2, "leads": 2, "share": 0.75},
        {"url": "https://x.io/b", "clicks": 1, "unique": 1, "leads": 1, "share": 0.25},
    ]
    found = asked("reply_categories")
    assert found["total"] == 3
    assert found["rows"] == [
        {"category": "interested", "sentiment": "positive", "n": 1},
        {"category": "not_interested", "sentiment": "negative", "n": 1},
        {"category": "unsubscribe", "sentiment": "negative", "n": 1},
    ]


def test_hours_of_the_week(asked: Any) -> None:
    """Opens by people: three on Monday and two on Tuesday at 10; sent: one on Sunday, the others at 9."""
    cells = {(c["weekday"], c["hour"]): c["n"] for c in asked("hours")["cells"]}
    assert len(cells) == 168
    assert {place: n for place, n in cells.items() if n} == {(1, 10): 3, (2, 10): 2}
    sent = asked("hours", event="sent")
    assert {(c["weekday"], c["hour"]): c["n"] for c in sent["cells"] if c["n"]} == {
        (7, 9): 1,
        (1, 9): 1,
        (2, 9): 2,
        (3, 9): 1,
        (5, 9): 1,
    }


def test_bob_sees_what_bob_sent(asked: Any, north: tuple[Product, int]) -> None:
    """A member's scope: Cleo, Eve, Fay and Hal are Bob's; Fay's incoming mail is nobody's e-mail's and not his."""
    bob = Scope(frozenset({north[1]}), user=BOB)
    assert (asked("engagement_overview", bob)["contacts"], asked("engagement_overview", bob)["engaged"]) == (
        4,
        3,
    )
    assert [row["lead"] for row in asked("hot_leads", bob)["rows"]] == ["fay@x.io", "cleo@x.io"]
    same = asked("engagement_overview", user=BOB)
    assert (same["contacts"], same["engaged"]) == (4, 3)
    assert asked("engagement_overview", bob, user=ALICE)["contacts"] == 0


def test_a_guest_of_one_campaign_sees_that_campaign(asked: Any, north: tuple[Product, int]) -> None:
    guest = Scope(frozenset({north[1]}), campaigns=frozenset({"Winter"}))
    assert [row["campaign"] for row in asked("top_campaigns", guest, limit=10)["rows"]] == ["Winter"]
    assert {g["campaign"] for g in asked("timeline", guest)["groups"]} == {"Winter"}
    assert asked("campaign_report", guest, campaign="Autumn")["sent"] == 0
    assert asked("campaign_report", guest, campaign="Winter")["workspace_rates"] is None


def test_what_came_later_does_not_exist_yet(asked: Any) -> None:
    early = asked("engagement_overview", as_of=datetime(2024, 9, 2, 10, 0, 30, tzinfo=UTC))
    assert (early["contacts"], early["engaged"]) == (2, 1), "Ida on the 1st, Ann with one open"


def test_a_workspace_without_events(north: tuple[Product, int]) -> None:
    product, _ = north
    empty = product.workspace("Asia/Kolkata")
    found = product.ask(empty, {"name": "engagement_overview"}, AS_OF)
    assert (found["contacts"], found["rate"]) == (0, None)
    assert product.ask(empty, {"name": "timeline"}, AS_OF)["groups"] == []
    assert product.ask(empty, {"name": "action_analytics"}, AS_OF)["channels"] == []
    assert (
        product.ask(empty, {"name": "campaign_report", "campaign": "X"}, AS_OF)["open_rate"]["rate"] is None
    )
    assert product.ask(empty, {"name": "top_links"}, AS_OF)["rows"] == []
