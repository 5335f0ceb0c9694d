"""What the portal sends along: one font under one address, few bytes, colours from the tokens only."""

from __future__ import annotations

import re

import brotli

from dashapp.ui.environment import ASSETS, FONT_FILE, asset_url


def test_the_style_sheet_names_the_font_under_the_address_it_is_asked_for_early() -> None:
    found = re.search(r"url\((\S+?)\)", (ASSETS / "00_tokens.css").read_text())
    assert found is not None
    assert found[1] == asset_url(FONT_FILE)


def test_the_portal_stays_light() -> None:
    sheets = sum(_packed(n) for n in ("00_tokens.css", "10_tiles.css", "portal.css"))
    assert sheets <= 14_000
    assert _packed("portal.js") + _packed("portal_theme.js") <= 3_000
    assert (ASSETS / FONT_FILE).stat().st_size <= 49_000


def test_colours_live_in_the_tokens_only() -> None:
    for name in ("10_tiles.css", "portal.css"):
        text = (ASSETS / name).read_text()
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\{)", text)) <= {"#fff"}, name


def _packed(name: str) -> int:
    return len(brotli.compress((ASSETS / name).read_bytes(), quality=9))  # type: ignore[no-untyped-call]
