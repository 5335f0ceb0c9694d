"""What a desk page costs on a phone that has never been here, and what is fetched only when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, expect
from seen import SHIFTS, until, watch
from stage import Stage
from test_browser_looks import CHECKS, violations

Open = Callable[..., BrowserContext]
#: Headers included; a page with twelve weeks of figures.
MOST_BYTES = 300_000


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
        page.wait_for_selector(".modal.show #share-create")
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
    page.goto(f"{stage.url}/w/harbour-coffee/sources")
    page.wait_for_selector("select#source-provider:enabled")
    page.select_option("#source-provider", index=1)
    until(page, "document.getElementById('source-provider').value !== ''")
    page.screenshot(path=artefacts / "sources-late.png")
    # The navigation comes with its own names; within the page nothing moves.
    moved = [node for node in page.evaluate("window.shifted") if "dk-rail" not in (node or "")]
    assert moved == []
    assert violations(page, CHECKS["light"]) == []
    assert seen.take_problems() == []
