"""What each tile type looks like, held against pictures: a regression of colours, columns or charts is seen.

Small pictures, for what a person would notice: letters drawn a little differently by another Chromium are no
regression. A wanted change: run this file with NEW_PICTURES=1, look at tests/e2e/pictures, and commit them. The
README's two pictures (docs/pictures) are taken anew by the same.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from dashapp.tiles.registry import tile_types
from tests.e2e.stage import ROOT, Stage
from tests.e2e.test_browser_styleguide import show

PICTURES = Path(__file__).parent / "pictures"
#: A tile's picture, and how far each of its colours may be off: on the average, and in any block of this side.
SIZE, BLOCK = (128, 96), 16
MOST_OFF, MOST_OFF_IN_A_BLOCK = 3.0, 20.0
Open = Callable[..., BrowserContext]


def picture(page: Page, name: str) -> Image.Image:
    """The first tile of a type in its ordinary state."""
    taken = page.locator(f"#{name} [data-state=Value] .tile").first.screenshot()
    return Image.open(io.BytesIO(taken)).convert("RGB").resize(SIZE, Image.Resampling.BOX)


def changed(now: Image.Image, before: Image.Image) -> bool:
    """Whether a person would call the two different."""
    off = np.abs(np.asarray(now, np.float64) - np.asarray(before, np.float64)).mean(axis=2)
    blocks = off.reshape(SIZE[1] // BLOCK, BLOCK, SIZE[0] // BLOCK, BLOCK).mean(axis=(1, 3))
    return bool(off.mean() > MOST_OFF or blocks.max() > MOST_OFF_IN_A_BLOCK)


def sheet(shown: dict[str, Image.Image]) -> Image.Image:
    """All of them, one below the other, by name."""
    whole = Image.new("RGB", (SIZE[0], SIZE[1] * len(shown)))
    for place, name in enumerate(sorted(shown)):
        whole.paste(shown[name], (0, place * SIZE[1]))
    return whole


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_tiles_look_as_they_did(open_context: Open, artefacts: Path, width: int, theme: str) -> None:
    page = open_context(width).new_page()
    show(page, theme=theme)
    shown = {name: picture(page, name) for name in tile_types()}
    kept = PICTURES / f"tiles-{width}-{theme}.png"
    if os.environ.get("NEW_PICTURES"):
        sheet(shown).save(kept, optimize=True)
    sheet(shown).save(artefacts / kept.name)
    before = Image.open(kept)
    assert before.size == sheet(shown).size, "a tile type came or went: run with NEW_PICTURES=1"
    wrong = [
        name
        for place, name in enumerate(sorted(shown))
        if changed(shown[name], before.crop((0, place * SIZE[1], SIZE[0], (place + 1) * SIZE[1])))
    ]
    assert wrong == [], f"look at {artefacts / kept.name} beside {kept}"


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("trend", "document.querySelectorAll('svg path').forEach(e => e.remove())"),
        (
            "top_campaigns",
            "document.querySelectorAll('td:last-child, th:last-child').forEach(e => e.remove())",
        ),
        ("kpi", "document.documentElement.style.setProperty('--surface', '#fdecec')"),
    ],
)
def test_what_looks_different_is_told(open_context: Open, name: str, spoil: str) -> None:
    page = open_context(1440).new_page()
    show(page, theme="light", only=name)
    before = picture(page, name)
    assert not changed(picture(page, name), before)
    page.evaluate(spoil)
    assert changed(picture(page, name), before)


def test_the_pictures_of_the_readme_show_what_is_there(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], artefacts: Path
) -> None:
    """With NEW_PICTURES=1 they are taken anew; else the pages are drawn, and the README shows both pictures."""
    readme = (ROOT / "README.md").read_text()
    _, portal_url = stage.share()
    for name, width, address, options in (
        (
            "desk.png",
            1440,
            f"{stage.url}/w/harbour-coffee/analytics?period=28",
            {"storage_state": alice_state},
        ),
        ("portal.png", 390, portal_url, {"device_scale_factor": 2}),
    ):
        page = open_context(width, **options).new_page()
        page.goto(address)
        page.wait_for_selector(".tile.kpi .num")
        page.wait_for_timeout(500)
        taken = artefacts / name
        page.screenshot(path=taken)
        colours = Image.open(taken).convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert len(colours) > 500, "a page is drawn"
        kept = ROOT / "docs" / "pictures" / name
        if os.environ.get("NEW_PICTURES"):
            Image.open(taken).convert("RGB").quantize(192).save(kept, optimize=True)
        assert f"docs/pictures/{name}" in readme
        assert kept.stat().st_size < 300_000
