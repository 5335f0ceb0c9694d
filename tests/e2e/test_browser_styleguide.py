"""Every tile type in every state, at three widths, light and dark: nothing sticks out, overlaps or is faint.

The pages are rendered in this process from samples and handed to the browser; no server is needed. Pictures
are kept under VITRINE_HOME/artefacts/styleguide for people to look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from dashapp.tiles.registry import tile_types
from dashapp.web.styleguide.routes import BRANDS, styleguide
from tests.e2e.seen import keep_picture, overflow, watch
from tests.e2e.test_browser_looks import CHECKS, violations

ASSETS = Path(__file__).resolve().parents[2] / "assets"
ADDRESS = "http://styleguide.test/"
Open = Callable[..., BrowserContext]

#: What is wrong with the tiles as they stand, in sentences. Scroll regions may be wider inside than outside.
LOOK = """() => {
  const wrong = [];
  const name = t => t.dataset.tile;
  const seen = e => {
    const r = e.getBoundingClientRect();
    return e.checkVisibility() && r.width > 0 && r.height > 0;
  };
  for (const grid of document.querySelectorAll('.grid')) {
    const tiles = [...grid.querySelectorAll('.tile')];
    tiles.forEach((t, i) => {
      const r = t.getBoundingClientRect();
      if (r.width < 80 || r.height < 60) wrong.push(name(t) + ' is only ' + r.width + ' x ' + r.height);
      const beyond = t.scrollWidth - t.clientWidth;
      if (beyond > 1) wrong.push(name(t) + ' is ' + beyond + ' px too narrow');
      for (const o of tiles.slice(i + 1)) {
        const s = o.getBoundingClientRect();
        if (r.left < s.right - 1 && s.left < r.right - 1 && r.top < s.bottom - 1 && s.top < r.bottom - 1)
          wrong.push(name(t) + ' overlaps ' + name(o));
      }
      // Text of a tile that leaves it, unless it scrolls or is cut with dots there.
      for (const e of t.querySelectorAll('h2,p,li,b,.num,.chip,.mark,th,td,small,summary')) {
        if (!seen(e) || e.closest('.sr,.scroll,.how-panel,.tip')) continue;
        const q = e.getBoundingClientRect();
        const below = !e.closest('.tl-scroll,.todo') && q.bottom > r.bottom + 1;  // these scroll downwards
        if (q.right > r.right + 1 || q.left < r.left - 1 || below)
          wrong.push(name(t) + ': "' + e.textContent.trim().slice(0, 40) + '" sticks out');
      }
      // Axis labels do not run into each other.
      const labels = [...t.querySelectorAll('.xl text')].filter(seen).map(e => e.getBoundingClientRect());
      labels.forEach((a, k) => {
        const b = labels[k + 1];
        if (b && a.right > b.left) wrong.push(name(t) + ': axis labels overlap');
      });
      // The way to the definition never lies on the heading.
      const how = t.querySelector('summary'), head = t.querySelector('h2');
      if (how && head) {
        const range = document.createRange(); range.selectNodeContents(head);
        const a = range.getBoundingClientRect(), b = how.getBoundingClientRect();
        if (a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom)
          wrong.push(name(t) + ': heading under the mark');
      }
    });
  }
  return [...new Set(wrong)];
}"""


def show(page: Page, **wanted: Any) -> None:
    """Open a styleguide in the browser: the document from here, its files from the assets folder."""
    document = str(styleguide(**wanted)).replace('nonce=""', "")

    def answer(route: Route) -> None:
        name = re.sub(r"[?#].*", "", route.request.url).rpartition("/assets/")[2]
        if "/assets/" in route.request.url:
            route.fulfill(path=ASSETS / name)
        else:
            route.fulfill(body=document, content_type="text/html")

    page.unroute("**/*")
    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.evaluate("document.fonts.ready.then(() => true)")


@pytest.mark.parametrize("lang", [pytest.param("en", marks=pytest.mark.long), "fr"])  # its words are longer
def test_nothing_sticks_out_or_overlaps_at_any_width(open_context: Open, artefacts: Path, lang: str) -> None:
    folder = artefacts / "styleguide"
    folder.mkdir(exist_ok=True)
    wrong: list[str] = []
    page = open_context(1440).new_page()
    seen = watch(page)
    show(page, lang=lang)
    for width in (1440, 820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(80)
        assert page.evaluate("document.querySelectorAll('.tile').length") > 10 * len(tile_types())
        wrong += [f"{width} {lang}: {found}" for found in page.evaluate(LOOK)]
        if (wide := overflow(page)) > 0:
            wrong.append(f"{width} {lang}: the page is {wide} px wider than the window")
    assert not wrong, "\n".join(wrong)
    assert seen.take_problems() == []


def test_what_looks_wrong_is_found(open_context: Open) -> None:
    page = open_context().new_page()
    show(page, only="kpi")
    page.evaluate("document.querySelector('.num').textContent = '9'.repeat(60)")
    page.evaluate("document.querySelectorAll('.tile')[1].style.marginLeft = '-200px'")
    found = "\n".join(page.evaluate(LOOK))
    assert "sticks out" in found
    assert "overlaps" in found


#: axe looks at a tile of each state, not at its variations: they are made of the same parts.
FEW = """states => {
  for (const one of document.querySelectorAll('[data-state]')) {
    if (!states.includes(one.dataset.state)) one.remove();
    else one.querySelectorAll('.tile').forEach((t, i) => { if (i) t.remove(); });
  }
}"""


@pytest.mark.more
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_on_every_type(open_context: Open, artefacts: Path, theme: str) -> None:
    page = open_context(1280).new_page()
    show(page, theme=theme)
    page.evaluate(FEW, ["Value", "Narrowed, own period", "Stale", "Never any data", "Failed"])
    folder = artefacts / "styleguide"
    folder.mkdir(exist_ok=True)
    keep_picture(page, folder / f"states-{theme}.png", full_page=True)
    wrong = violations(page, CHECKS[theme])
    assert not wrong, "\n".join(wrong)


@pytest.mark.long  # real pages are read in every brand colour in test_browser_looks.py
@pytest.mark.parametrize("brand", [b for b in BRANDS if b != BRANDS[0]])
def test_any_brand_colour_can_be_read(open_context: Open, brand: str) -> None:
    wrong: list[str] = []
    page = open_context(1280).new_page()
    for theme in ("light", "dark"):
        show(page, theme=theme, brand=brand)
        page.evaluate(FEW, ["Value"])
        wrong += [f"{brand} {theme}: {found}" for found in violations(page, CHECKS["dark"])]
    assert not wrong, "\n".join(wrong)
