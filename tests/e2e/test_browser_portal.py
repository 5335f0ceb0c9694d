"""The portal as the guest's browser meets it: without script, under its policy, small, steady, ended."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.seen import PATIENCE_S, SHIFTS, figures, overflow, watch
from tests.e2e.stage import SHARE_PASSWORD, Stage

#: Bytes of a cold page, everything it loads included, as transferred.
MOST_BYTES = 80_000
#: What a server may send before it hears back: ten packets of 1,460 bytes, headers included. The page is painted
#: from it, its styles are in it.
FIRST_FLIGHT = 14_400
Open = Callable[..., BrowserContext]


def test_without_javascript_it_shows_the_same(stage: Stage, open_context: Open) -> None:
    _, url = stage.share()
    scripted = open_context(390).new_page()
    scripted.goto(url)
    plain = open_context(390, java_script_enabled=False).new_page()
    plain.goto(url)
    shown = [text.inner_text() for text in plain.locator(".tile.kpi .num").all()]
    assert shown == list(figures(scripted).values())
    assert plain.locator(".tile").count() == 9
    plain.locator("a[href^='?period=90']:visible").click()
    assert plain.locator(".seg a[aria-current]:visible").inner_text() == "90 days"
    longer = [text.inner_text() for text in plain.locator(".tile.kpi .num").all()]
    assert longer[0] != shown[0]


def test_strict_policy_and_one_script_file_of_its_own(stage: Stage, open_context: Open) -> None:
    _, url = stage.share()
    page = open_context().new_page()
    seen = watch(page)
    answer = page.goto(url)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    page.locator(".how summary").first.click()
    page.locator("#theme").click()
    page.focus(".trend .plot")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".trend .tip:visible")
    page.wait_for_timeout(1200)  # one poll
    assert seen.problems == []
    assert any(urlsplit(asked).path.endswith("/live") for asked in seen.requests)
    assert {urlsplit(asked).netloc for asked in seen.requests if asked.startswith("http")} == {
        urlsplit(stage.url).netloc
    }
    assert [urlsplit(script).path.rpartition("/")[2] for script in seen.scripts] == ["portal.js"]


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_jumps_and_nothing_scrolls_sideways(stage: Stage, open_context: Open, width: int) -> None:
    _, url = stage.share()
    page = open_context(width).new_page()
    page.add_init_script(SHIFTS)
    page.goto(url)
    page.wait_for_timeout(1500)  # fonts, and one poll
    # A font that comes after the first paint may move a letter by a pixel; 0.1 is where it starts to be seen.
    assert page.evaluate("window.shifts") < 0.001, page.evaluate("window.shifted")
    assert overflow(page) <= 0
    # A slow machine paints the menu of periods before it has read what is in it.
    places = "[...document.querySelectorAll('.seg > *')].map(one => one.getBoundingClientRect().x)"
    before = page.evaluate(places)
    page.evaluate("document.querySelector('.seg > .more').replaceChildren()")
    assert page.evaluate(places) == before


def test_a_cold_page_is_small(stage: Stage, open_context: Open) -> None:
    _, url = stage.share()
    context = open_context(390)
    page = context.new_page()
    meter = context.new_cdp_session(page)
    meter.send("Network.enable")
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    meter.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    meter.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(url, wait_until="networkidle")
    loaded = {
        urlsplit(names[key]).path.rpartition("/")[2] or "page": round(size)
        for key, size in sizes.items()
        if names[key].startswith("http") and not urlsplit(names[key]).path.endswith("/live")
    }
    print(f"cold portal page: {sum(loaded.values()):,} bytes {loaded}")
    assert set(loaded) == {"page", "portal.js", "inter-latin.woff2"}
    assert loaded["page"] <= FIRST_FLIGHT
    assert sum(loaded.values()) <= MOST_BYTES


def test_a_password_is_asked_for(stage: Stage, open_context: Open) -> None:
    _, url = stage.share(password=SHARE_PASSWORD)
    page = open_context(390).new_page()
    seen = watch(page)
    page.goto(url)
    assert page.locator(".tile").count() == 0
    page.locator("#password").fill("not this one")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    page.locator("#password").fill(SHARE_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".tile[data-tile=cohort]")
    assert page.url == url
    assert seen.problems == []


def test_a_revoked_link_ends_in_the_open_tab(stage: Stage, open_context: Open) -> None:
    share_id, url = stage.share()
    page = open_context(390).new_page()
    page.goto(url)
    assert page.locator(".tile").count() == 9
    stage.revoke(share_id)
    page.wait_for_selector("main.notice", timeout=1_000 * PATIENCE_S)
    assert page.locator(".tile").count() == 0
    assert "Harbour" not in page.content()
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 404
