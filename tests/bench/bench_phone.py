"""A cold portal page in Chromium on the phone profile: bytes over the wire and time until all tiles are painted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from tests.bench.ground import Ground
from tests.bench.server import running
from tests.bench.table import Row

ROUNDS = 5
TILES = 9
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Notes when the last tile is in the document, and the end of the frame that shows it.
_WATCH = """
    window.seen = {};
    new MutationObserver((_, watch) => {
        if (document.querySelectorAll('[data-tile]').length < %d) return;
        watch.disconnect();
        window.seen.there = performance.now();
        requestAnimationFrame(() => setTimeout(() => { window.seen.framed = performance.now(); }));
    }).observe(document, {childList: true, subtree: true});
    new PerformanceObserver(list => { window.seen.largest = list.getEntries().at(-1).startTime; })
        .observe({type: 'largest-contentful-paint', buffered: true});
    window.seen.shift = 0;
    new PerformanceObserver(list => { for (const e of list.getEntries()) window.seen.shift += e.value; })
        .observe({type: 'layout-shift', buffered: true});
"""
_TOLD = """() => ({...window.seen,
    first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    load: performance.getEntriesByType('navigation')[0].loadEventEnd,
    answer: performance.getEntriesByType('navigation')[0].responseStart})"""


@dataclass
class _Visit:
    """One cold visit: what the page told of itself (ms since the navigation began), and what went over the wire."""

    told: dict[str, float] = field(default_factory=dict)
    bytes: int = 0
    requests: int = 0

    @property
    def shown(self) -> float:
        """All tiles there and painted: the later of the frame after the last tile and the first paint."""
        return max(self.told["framed"], self.told["first"])


def measure(ground: Ground) -> list[Row]:
    """Medians over ROUNDS new contexts (nothing cached), the server warm."""
    rows = []
    path = shutil.which("chromium") or next((p for n in CHROMIUM if (p := shutil.which(n))), None)
    with running(ground.settings.home) as (port, _), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name in ("big", "middle"):
            url = f"http://127.0.0.1:{port}{ground.address(ground.chosen[name])}"
            _visit(browser, url)
            visits = [_visit(browser, url) for _ in range(ROUNDS)]
            rows += _rows(name, visits)
        browser.close()
    return rows


def _rows(name: str, visits: list[_Visit]) -> list[Row]:
    def middle(key: str) -> float:
        return median(visit.told.get(key) or 0.0 for visit in visits)

    note = (
        f"worst {max(v.shown for v in visits):,.0f}; answer {middle('answer'):,.0f}, tiles in the document "
        f"{middle('there'):,.0f}, first paint {middle('first'):,.0f}, largest {middle('largest'):,.0f}, "
        f"load {middle('load'):,.0f} ms; layout shift {middle('shift'):.3f}"
    )
    size = median(visit.bytes for visit in visits) / 1_000
    return [
        Row(f"phone, {name}, cold, all tiles painted", median(v.shown for v in visits), "ms", 800, note),
        Row(
            f"phone, {name}, cold, over the wire",
            size,
            "kB",
            80,
            f"{visits[0].requests} requests, headers included",
        ),
    ]


def _visit(browser: Browser, url: str) -> _Visit:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=3, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    page.add_init_script(_WATCH % TILES)
    visit = _Visit()
    _throttle(context.new_cdp_session(page), visit)
    page.goto(url, wait_until="load")
    # Not wait_for_function: it polls by eval, which the page's policy refuses.
    while not page.evaluate("Boolean(window.seen.framed && window.seen.largest)"):
        page.wait_for_timeout(50)
    page.wait_for_timeout(300)
    visit.told = page.evaluate(_TOLD)
    context.close()
    return visit


def _throttle(session: CDPSession, visit: _Visit) -> None:
    def finished(event: dict[str, Any]) -> None:
        visit.bytes += int(event["encodedDataLength"])
        visit.requests += 1

    session.send("Network.enable")
    session.on("Network.loadingFinished", finished)
    session.send("Network.setCacheDisabled", {"cacheDisabled": False})
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 165, "downloadThroughput": 1_000_000, "uploadThroughput": 1_000_000},
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
