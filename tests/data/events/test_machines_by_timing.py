"""Gateways, prefetches and deferrals as people reported them, with figures worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from data.building.recheck import recheck
from tests.support.product import Product

AS_OF = datetime(2026, 1, 4, tzinfo=UTC)
SENT = datetime(2025, 12, 1, 8, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("timing")))


class Mails:
    """Records of e-mails all sent at SENT and delivered two seconds later."""

    def __init__(self, number: int) -> None:
        self.records: list[dict[str, Any]] = []
        for mail in range(number):
            self.add(mail, "sent", 0)
            self.add(mail, "delivered", 2)

    def add(self, mail: int, event: str, after: float, **more: Any) -> None:
        self.records.append(
            {
                "event_id": f"e{len(self.records)}",
                "event": event,
                "occurred_at": SENT + timedelta(seconds=after),
                "message_id": f"m{mail}",
                "lead": f"p{mail}@client{mail}.example",
                "campaign": "B2B",
                **more,
            }
        )


def _rate(product: Product, workspace: int, data_type: str, **more: Any) -> tuple[int, int]:
    found = product.ask(workspace, {"name": "rate", "data_type": data_type, **more}, AS_OF)
    return found["n"], found["base"]


def test_a_gateway_that_follows_every_link_is_no_reader(product: Product) -> None:
    """Eight e-mails. m0 to m2: six links within 5 s of the delivery, m2 also by a person 3 h later; m3: one 1 s
    after the delivery; m4: one three seconds after; m5: a person after 20 minutes. People: m2 and m5."""
    mails = Mails(8)
    for mail in (0, 1, 2):
        for link in range(6):
            url = f"https://client.example/l{link}"
            mails.add(mail, "clicked", 4 + link // 2, url=url, user_agent=BROWSER)
    mails.add(2, "clicked", 10_800, url="https://client.example/l2", user_agent=BROWSER)
    mails.add(3, "clicked", 3, url="https://client.example/hidden", user_agent=BROWSER)
    mails.add(4, "clicked", 5, url="https://client.example/l0", user_agent=BROWSER)
    mails.add(5, "clicked", 1_200, url="https://client.example/l0", user_agent=BROWSER)
    workspace = product.workspace("UTC")
    product.take_in(workspace, mails.records)
    assert _rate(product, workspace, "click") == (2, 8)
    assert _rate(product, workspace, "click", engagement="all") == (6, 8)
    hot = product.ask(workspace, {"name": "hot_leads", "from": "2025-12-01", "to": "2025-12-02"}, AS_OF)
    assert {row["lead"]: row["score"] for row in hot["rows"]} == {
        "p2@client2.example": 1,
        "p5@client5.example": 1,
    }
    links = product.ask(workspace, {"name": "top_links"}, AS_OF)
    assert (
        links["total"],
        product.ask(workspace, {"name": "top_links", "engagement": "all"}, AS_OF)["total"],
    ) == (2, 22)
    report = product.ask(workspace, {"name": "campaign_report", "campaign": "B2B"}, AS_OF)
    assert (report["total_clicks"], report["unique_clicks"]) == (2, 2)


def test_gmails_readers_are_people_and_its_prefetch_is_none(product: Product) -> None:
    """Six of ten Gmail readers open hours later, one picture is fetched 3 s after the sending."""
    mails = Mails(10)
    for mail in range(6):
        mails.add(mail, "opened", 3_600 * (mail + 1), user_agent=PROXY, ip="66.249.84.1")
    mails.add(6, "opened", 3, user_agent=PROXY, ip="66.249.84.1")
    workspace = product.workspace("UTC")
    product.take_in(workspace, mails.records)
    assert _rate(product, workspace, "open") == (6, 10)
    assert _rate(product, workspace, "open", engagement="all") == (7, 10)


def test_one_mail_and_several_notices(product: Product) -> None:
    """m0 soft then hard; m1 hard three times; m2 only deferred; m3 soft, then delivered and answered; m4 block; m5
    delivered, then hard; m6 complains and unsubscribes; m7 nothing. Bounced: m0, m1, m4, m5."""
    records = [record for record in Mails(8).records if record["event"] == "sent"]
    mails = Mails(0)
    mails.records = records
    for mail, event, after, more in (
        (0, "bounced", 60, {"bounce_kind": "soft"}),
        (0, "bounced", 3_660, {"bounce_kind": "hard"}),
        (1, "bounced", 120, {"bounce_kind": "hard"}),
        (1, "bounced", 150, {"bounce_kind": "hard"}),
        (1, "bounced", 7_200, {"bounce_kind": "hard"}),
        (2, "deferred", 180, {}),
        (3, "bounced", 240, {"bounce_kind": "soft"}),
        (3, "delivered", 2_400, {}),
        (3, "opened", 14_400, {}),
        (3, "replied", 15_000, {"reply_text": "yes, call me"}),
        (4, "bounced", 300, {"bounce_kind": "block"}),
        (5, "delivered", 360, {}),
        (5, "bounced", 43_200, {"bounce_kind": "hard"}),
        (6, "complained", 7_200, {}),
        (6, "unsubscribed", 7_201, {}),
    ):
        mails.add(mail, event, after, **more)
    for number, record in enumerate(mails.records):
        record["event_id"] = f"e{number}"
    workspace = product.workspace("UTC")
    for record in mails.records[::-1]:  # one by one, backwards: later evidence comes before the bounce
        product.take_in(workspace, [record])
    assert _rate(product, workspace, "bounce") == (4, 8)
    assert _rate(product, workspace, "reply") == (1, 4)
    assert _rate(product, workspace, "unsubscribe") == (1, 4)
    report = product.ask(workspace, {"name": "campaign_report", "campaign": "B2B"}, AS_OF)
    assert report["bounces"] == {"total": 4, "hard": 3, "soft": 0, "block": 1, "unknown": 0}
    assert recheck(product.lake, workspace).findings == []


def test_what_was_refused_is_sent_and_reaches_nobody(product: Product) -> None:
    """m0 on a suppression list, m1 sent and then dropped, m2 dropped once and delivered after all, m3 delivered."""
    mails = Mails(0)
    mails.add(0, "failed", 0)
    mails.add(1, "sent", 0)
    mails.add(1, "failed", 1)
    mails.add(2, "sent", 0)
    mails.add(2, "failed", 1)
    mails.add(2, "delivered", 60)
    mails.add(3, "sent", 0)
    workspace = product.workspace("UTC")
    product.take_in(workspace, mails.records)
    assert product.ask(workspace, {"name": "sent_emails"}, AS_OF)["total"] == 4
    assert _rate(product, workspace, "bounce") == (0, 4)
    assert _rate(product, workspace, "open") == (0, 2)
    report = product.ask(workspace, {"name": "campaign_report", "campaign": "B2B"}, AS_OF)
    assert (report["sent"], report["deliveries"]) == (4, 2)


def test_a_burst_is_found_in_whatever_order_it_comes(product: Product) -> None:
    """Different links 8 s apart, an hour after the delivery; the sending and the delivery may come last. Each order
    in a workspace of its own, an event of each at a time."""
    names = ("sent", "delivered", "first", "second")
    every = list(permutations(names))
    orders = {product.workspace("UTC"): every[n] for n in (0, 23, 9, 14)}
    mails = Mails(1)
    mails.add(0, "clicked", 3_600, url="https://client.example/a")
    mails.add(0, "clicked", 3_608, url="https://client.example/b")
    by_name = dict(zip(names, mails.records, strict=True))
    for turn in range(len(names)):
        product.take_in_all({workspace: [by_name[order[turn]]] for workspace, order in orders.items()})
    for workspace, order in orders.items():
        assert _rate(product, workspace, "click") == (0, 1), order
        assert _rate(product, workspace, "click", engagement="all") == (1, 1), order
        assert product.ask(workspace, {"name": "top_links"}, AS_OF)["total"] == 0, order
        assert recheck(product.lake, workspace).findings == [], order
