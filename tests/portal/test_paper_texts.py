"""Texts on paper: what is too long ends in an ellipsis, long words may break, and nothing is lost before that."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from dashapp.reports.paper.texts import LONGEST_NAME, printable
from tests.portal.filled import filled, text_of
from tests.support.portal_house import House

SCRIPTS = (
    "Ελληνικά",
    "Кириллица",
    "日本語のとても長い名前",
    "العربية",
    "हिन्दी",
    "ไทยไม่มีช่องว่าง",
    "👩‍👩‍👧‍👦",
    "e\u0301" * 30,
)


@pytest.mark.parametrize("text", [*SCRIPTS, "Autumn", "a" * LONGEST_NAME, "https://x.example/" + "b" * 150])
def test_what_fits_is_whole(text: str) -> None:
    assert printable(text, LONGEST_NAME).replace("\u200b", "") == text


@pytest.mark.parametrize("unit", ["c", "日", "ا", "e\u0301", "👍🏽", "\u0301", "\u200d", "/x"])
def test_what_is_longer_than_anybody_reads_ends_in_an_ellipsis(unit: str) -> None:
    cut = printable(unit * 5_000, LONGEST_NAME).replace("\u200b", "")
    assert len(cut) <= LONGEST_NAME
    assert cut.endswith("…")
    assert (unit * 5_000).startswith(cut[:-1])
    assert max(map(len, printable(unit * 5_000, LONGEST_NAME).split("\u200b"))) <= 36


def test_what_no_font_draws_is_replaced_and_not_left_blank() -> None:
    assert printable("a\x00b\x07c", 100) == "a\ufffdb\ufffdc"


def test_a_campaign_with_a_name_of_any_length_is_printed(house: House, guest: FlaskClient) -> None:
    path = filled(house, 3, campaign="K" * 500)
    pages = text_of(guest.get(path + "report.pdf"))
    assert any("KKKK" in page for page in pages)
    assert guest.get(path + "tiles/campaigns.png").mimetype == "image/png"
