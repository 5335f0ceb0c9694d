"""One link is one row however it is written, and nothing personal is left in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.drilldown import behind
from data.events.links import link_of
from data.query.ask import Query
from data.scope import Scope
from tests.support.product import Product

AS_OF = datetime(2026, 11, 30, 12, tzinfo=UTC)
SHOP = "https://shop.example"
SALE = f"{SHOP}/sale"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/sale?utm_source=mail&utm_campaign=x",
        "https://shop.example/sale?utm_source=mail&amp;utm_campaign=x",
        "https://shop.example/sale?utm_campaign=x&amp;amp;utm_source=mail",
        "HTTPS://SHOP.example/sale?gclid=abc",
        "https://shop.example:443/sale?mc_eid=0123456789",
        "https://alice:secret@shop.example./sale?_hsenc=p2ANqtz&_hsmi=1",
        "https://shop.example/sale?contact=1000&token=0000000000000000000000000000000a",
        "https://shop.example/sale?email=alice%40x.example",
        "https://shop.example/sale?x=alice@x.example",
        "https://shop.example/sale?user_id=7&first_name=Alice",
        "https://shop.example/sale?r=550e8400-e29b-41d4-a716-446655440000",
        "https://shop.example/sale#token=1",
        " https://shop.example/sale ",
        "https://shop.example/%73ale?piwik_kwd=x&wt_mc=y&srsltid=z",
        "https://shop.example/sale?vorname=Alice&kundennummer=77&pr%C3%A9nom=Alice&nombre=Alice",
        "https://shop.example/sale?call=%2B49%20170%201234567",
    ],
)
def test_one_link(url: str) -> None:
    assert link_of(url) == SALE


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://shop.example", "https://shop.example/"),
        ("https://shop.example/sale?page=2&color=red", "https://shop.example/sale?color=red&page=2"),
        ("https://shop.example/p?id=42", "https://shop.example/p?id=42"),
        ("https://shop.example:8443/sale", "https://shop.example:8443/sale"),
        ("https://shop.example/Sale", "https://shop.example/Sale"),
        (
            "https://shop.example/how-to-write-10-mails-in-2026",
            "https://shop.example/how-to-write-10-mails-in-2026",
        ),
        (
            "https://shop.example/internationalization-guide",
            "https://shop.example/internationalization-guide",
        ),
        ("https://app.example/#/pricing", "https://app.example/#/pricing"),
        ("https://shop.example/u/alice@x.example/prefs", "https://shop.example/u/…/prefs"),
        ("https://shop.example/o/eyJhbGciOiJIUzI1NiJ9abc12", "https://shop.example/o/…"),
        ("https://shop.example/unsubscribe/8123456", "https://shop.example/unsubscribe/…"),
        ("https://shop.example/customers/A-4711/orders", "https://shop.example/customers/…/orders"),
        ("https://shop.example/customers/stories", "https://shop.example/customers/stories"),
        ("https://shop.example/orders/471112", "https://shop.example/orders/471112"),
        ("https://shop.example/d?day=03-11-2026", "https://shop.example/d?day=03-11-2026"),
        ("https://shop.example/a%2fb", "https://shop.example/a%2Fb"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/"),
        ("mailto:alice@x.example?subject=Hi", "mailto:…"),
        ("(none)", "(none)"),
    ],
)
def test_what_is_another_page_stays_another(url: str, link: str) -> None:
    assert link_of(url) == link
    assert link_of(link) == link


def test_one_button_is_one_row_on_every_surface_and_no_token_is_shown(tmp_path: Path) -> None:
    """Eleven people click two buttons: five spellings of a sale, six personal addresses of the preferences."""
    product = Product.open(tmp_path)
    north, south = product.workspace("UTC"), product.workspace("UTC")
    sale = [
        "https://shop.example/sale?utm_source=mail",
        "https://shop.example/sale?utm_source=mail&amp;utm_campaign=x",
        "https://SHOP.example/sale?utm_source=mail",
        "https://shop.example:443/sale",
        "https://shop.example/sale?gclid=x",
    ]
    prefs = [f"https://shop.example/prefs?contact={1000 + n}&token={n:032x}" for n in range(6)]
    events: list[dict[str, Any]] = []
    for n, url in enumerate([*sale, *prefs]):
        who = {"message_id": f"m{n}", "lead": f"p{n}@x.example", "campaign": "Links"}
        events.append(
            {"event": "sent", "event_id": f"s{n}", "occurred_at": f"2026-11-23T08:00:{n:02}Z", **who}
        )
        at = f"2026-11-23T09:00:{n:02}Z"
        events.append({"event": "clicked", "event_id": f"c{n}", "occurred_at": at, "url": url, **who})
    product.take_in_all({north: events[:6], south: []})
    product.take_in_all(
        {north: events[6:], south: []}
    )  # the rest arrives later: one layer more, the same rows
    expected = [(f"{SHOP}/prefs", 6, 6, 6), (f"{SHOP}/sale", 5, 5, 5)]

    def rows(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(row["url"], row["clicks"], row["unique"], row["leads"]) for row in found]

    range_ = {"from": date(2026, 11, 1), "to": date(2026, 11, 29)}
    assert rows(product.ask(north, {"name": "top_links", **range_}, AS_OF)["rows"]) == expected
    report = product.ask(north, {"name": "campaign_report", "campaign": "Links"}, AS_OF)
    assert rows(report["top_links"]) == expected
    query = Query.model_validate({"name": "top_links", **range_, "as_of": AS_OF})
    scope = Scope(frozenset({north}))
    told = behind(product.lake, scope, north, query, f"clicks={SHOP}/prefs", limit=100)
    assert (told.n, {row.url for row in told.rows}) == (6, {f"{SHOP}/prefs"})
    assert product.ask(south, {"name": "top_links", **range_}, AS_OF)["rows"] == []
