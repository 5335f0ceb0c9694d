"""One link is one row however it is written, and nothing personal is left in it."""

from __future__ import annotations

import pytest

from data.events.links import link_of

SALE = "https://shop.example/sale"


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
        ("mailto:alice@x.example?subject=Hi", "mailto:…"),
        ("(none)", "(none)"),
    ],
)
def test_what_is_another_page_stays_another(url: str, link: str) -> None:
    assert link_of(url) == link
    assert link_of(link) == link
