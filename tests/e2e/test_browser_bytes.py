"""What a desk page costs on a phone that has never been here, and what is fetched only when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.seen import SHIFTS, keep_picture, until, watch
from tests.e2e.stage import Stage
from tests.e2e.test_browser_looks import CHECKS, violations

Open = Callable[..., BrowserContext]
#: Headers included; a page with twelve weeks of figures.
MOST_BYTES = 300_000
#: Where every tile is.
PLACES = """Array.from(document.querySelectorAll('.tile'), tile => {
    const box = tile.getBoundingClientRect();
    return [box.x, box.y, box.width, box.height].map(Math.round);
})"""


def hold_back(page: Page, pattern: str) -> Callable[[], None]:
    """Nothing of this address comes until the function given back is called."""
    held: list[Route] | None = []

    def hold(route: Route) -> None:
        if held is None:
            route.continue_()
        else:
            held.append(route)

    def let_go() -> None:
        nonlocal held
        routes, held = held or [], None
        for route in routes:
            route.continue_()

    page.route(pattern, hold)
    return let_go


def test_a_cold_desk_page_on_a_phone_is_small(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(
        390, storage_state=alice_state, is_mobile=True, has_touch=True, device_scale_factor=3
    ).new_page()
    meter = page.context.new_cdp_session(page)
    meter.send("Network.enable")
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    meter.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    meter.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(f"{stage.url}/w/harbour-coffee/analytics")
    page.wait_for_selector(".tile[data-tile=cohort]")
    page.wait_for_timeout(1_000)
    loaded = {urlsplit(names[key]).path.rpartition("/")[2]: round(size) for key, size in sizes.items()}
    total = sum(sizes.values())
    print(f"cold desk page: {total:,.0f} bytes {loaded}")
    assert len(loaded) > 10  # the meter ran
    assert total <= MOST_BYTES, loaded
    assert not [name for name in loaded if "polyfill" in name or "bootstrap_components" in name]


def test_the_dialog_s_script_is_fetched_when_it_opens_and_once(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    seen = watch(page)
    page.goto(f"{stage.url}/w/harbour-coffee/analytics")
    page.wait_for_selector(".tile[data-tile=cohort]")

    def fetched() -> int:
        return sum("dash_bootstrap_components" in url for url in seen.scripts)

    assert fetched() == 0
    for _ in range(2):
        page.focus("#share-open")
        page.keyboard.press("Enter")
        page.wait_for_selector(".modal.show #new-create")
        page.keyboard.press("Escape")
        expect(page.locator(".modal")).to_have_count(0)
    assert fetched() == 1
    assert seen.take_problems() == []


def test_a_field_that_comes_late_holds_its_place(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], artefacts: Path
) -> None:
    page = open_context(390, storage_state=alice_state).new_page()
    page.add_init_script(SHIFTS)
    seen = watch(page)
    let_go = hold_back(page, "**/dash_bootstrap_components/**")
    page.goto(f"{stage.url}/w/harbour-coffee/sources")
    page.wait_for_selector("select:disabled")
    assert violations(page, CHECKS["light"]) == []
    let_go()
    page.wait_for_selector("select#source-provider:enabled")
    page.select_option("#source-provider", index=1)
    until(page, "document.getElementById('source-provider').value !== ''")
    keep_picture(page, artefacts / "sources-late.png")
    assert page.evaluate("window.shifted") == []
    assert violations(page, CHECKS["light"]) == []
    assert seen.take_problems() == []


def test_the_tiles_are_seen_before_any_script_runs(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], artefacts: Path
) -> None:
    page = open_context(390, storage_state=alice_state, java_script_enabled=False).new_page()
    page.goto(f"{stage.url}/w/harbour-coffee/analytics")
    shown = page.locator(".dk-first .tile")
    expect(shown).to_have_count(9)
    expect(shown.first).to_be_visible()
    keep_picture(page, artefacts / "first-sight-390.png")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_takes_the_place_of_its_first_sight_and_nothing_moves(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], artefacts: Path, width: int
) -> None:
    """Scripts are held back until the first sight was seen; then there is one copy of everything, at its place."""
    page = open_context(width, storage_state=alice_state).new_page()
    page.add_init_script(SHIFTS)
    seen = watch(page)
    let_go = hold_back(page, "**/_dash-component-suites/**")
    page.goto(f"{stage.url}/w/harbour-coffee/analytics", wait_until="commit")
    page.wait_for_selector(".dk-first .tile[data-first=cohort]")
    # What is in the document before its styles came is laid out for who asks, and painted for nobody.
    until(page, "[...document.querySelectorAll('link[rel=stylesheet]')].every((link) => link.sheet)")
    # A starved browser may paint once before it has unpacked the font, and lay out once more.
    page.evaluate(
        "document.fonts.ready.then(() => { window.since = performance.now(); window.shifted = []; })"
    )
    first = page.evaluate(PLACES)
    assert len(first) == 9
    expect(page.locator(".dk-first")).to_have_attribute("inert", "")
    keep_picture(page, artefacts / f"first-sight-{width}.png")
    let_go()
    page.wait_for_selector("#tiles .tile[data-tile=cohort]")
    expect(page.locator(".dk-first")).to_have_count(0)
    assert page.evaluate(PLACES) == first
    assert page.evaluate("window.shifted") == []
    assert violations(page, CHECKS["light"]) == []
    assert seen.take_problems() == []
