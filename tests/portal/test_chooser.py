"""The periods and comparisons a client chooses from: all in the address, none that cannot be shown."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from dashapp.tiles.periods import PERIODS
from tests.support.portal_house import House


def sub(page: str) -> str:
    """What the page says of its days and its comparison."""
    found = re.search(r'<p class="sub">(.*?)</p>', page)
    assert found is not None
    return found[1]


def test_every_period_and_comparison_is_a_link_that_shows_it(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "h", 12)
    _, path = house.share(house.harbour)
    page = guest.get(path).text
    links = {link for link in re.findall(r'href="(\?[^"]+)"', page) if "lang=" not in link}
    assert {f"?period={key}" for key in PERIODS} <= links
    assert {f"?period=28&amp;compare={key}" for key in ("year", "by_now", "none")} <= links
    said = {sub(guest.get(path + link.replace("&amp;", "&")).text) for link in links}
    # The default and "the usual comparison" are one page; each other link says other days or another comparison.
    assert len(said) >= len(links) - 3
    assert "at the same age" in sub(page)
    assert "compared" not in sub(guest.get(path + "?compare=none").text)


def test_the_menu_of_files_is_in_the_head_and_the_language_keeps_the_days(
    house: House, guest: FlaskClient
) -> None:
    _, path = house.share(house.harbour)
    page = guest.get(path + "?period=7&compare=year").text
    head = page[page.index("<header") : page.index("</header>")]
    assert 'href="report.pdf?period=7&amp;compare=year&amp;lang=en"' in head
    french = re.search(r'href="(\?[^"]*lang=fr)"', head)
    assert french is not None
    assert french[1] == "?period=7&amp;compare=year&amp;lang=fr"
    assert "Le rapport entier (PDF)" in guest.get(path + french[1].replace("&amp;", "&")).text


def test_days_of_ones_own_are_shown_and_kept_by_the_files(house: House, guest: FlaskClient) -> None:
    _, path = house.share(house.harbour)
    page = guest.get(path + "?from=2026-10-01&to=2026-10-31&compare=by_now&lang=fr").text
    assert sub(page) == "1er – 31 octobre 2026, comparé au 1er – 30 septembre, à présent"
    assert 'href="report.pdf?from=2026-10-01&amp;to=2026-10-31&amp;compare=by_now&amp;lang=fr"' in page
    assert 'data-live="live?from=2026-10-01&amp;to=2026-10-31&amp;compare=by_now&amp;lang=fr"' in page


@pytest.mark.parametrize(
    "said",
    [
        "?period=nonsense",
        "?period=custom",
        "?compare=<script>",
        "?from=2026-10-31&to=2026-10-01",
        "?from=2026-10-01",
        "?from=0001-01-01&to=9999-12-31",
        "?from=2020-01-01&to=2026-10-01",
        "?from=2026-02-30&to=2026-03-01",
        "?period=28&from=&to=",
    ],
)
def test_what_cannot_be_shown_is_the_usual_page(house: House, guest: FlaskClient, said: str) -> None:
    _, path = house.share(house.harbour)
    answer = guest.get(path + said)
    assert answer.status_code == 200
    assert sub(answer.text) == sub(guest.get(path).text)
    assert "<script>alert" not in answer.text
