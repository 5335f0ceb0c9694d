"""A cold page in Chromium on the phone profile, of the portal and of the desk: bytes over the wire, and time until
all its tiles are painted.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, StorageState, sync_playwright

from dashapp.agencies.accounts import create_user, set_password
from dashapp.db.tenants import User, Workspace
from tests.bench.bench_views import PERSON
from tests.bench.ground import Ground
from tests.bench.server import running
from tests.bench.table import Row

ROUNDS = 5
TILES = 9
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Notes when the last tile is in the document, and the end of the frame that shows it.
_WATCH = """
    window.seen = {};
    new MutationObserver(() => {
        if (document.querySelector('#tiles') && !document.querySelector('.dk-first') && !window.seen.works)
            window.seen.works = performance.now();
        if (window.seen.there || document.querySelectorAll('.tile').length < %d) return;
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
    password, slugs = _person(ground)
    with running(ground.settings.home) as (port, _), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        base = f"http://127.0.0.1:{port}"
        signed_in = _sign_in(browser, base, password)
        for name in ("big", "middle"):
            url = base + ground.address(ground.chosen[name])
            _visit(browser, url)
            visits = [_visit(browser, url) for _ in range(ROUNDS)]
            rows += _rows(f"phone, {name}", visits, 800, 80)
        url = f"{base}/w/{slugs['middle']}/analytics?period=28"
        _visit(browser, url, signed_in)
        visits = [_visit(browser, url, signed_in) for _ in range(ROUNDS)]
        rows += _rows("phone, desk, middle", visits, 1_600, 300)
        works = median(visit.told["works"] for visit in visits)
        rows.append(Row("phone, desk, middle, cold, can be used", works, "ms", None, "Dash has taken over"))
        browser.close()
    return rows


def _person(ground: Ground) -> tuple[str, dict[str, str]]:
    """A password of the bench's own person, made when she is not there, and the slugs of the workspaces."""
    password = secrets.token_urlsafe(16)
    with ground.services.session() as session:
        workspaces = {name: session.get_one(Workspace, key) for name, key in ground.chosen.items()}
        person = session.query(User).filter_by(email=PERSON).first() or create_user(
            session, PERSON, agency=workspaces["big"].managing_agency, agency_role="owner"
        )
        set_password(session, person, password)
        return password, {name: one.slug for name, one in workspaces.items()}


def _sign_in(browser: Browser, base: str, password: str) -> StorageState:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}/login")
    page.fill("input[name=email]", PERSON)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{base}/", wait_until="commit")
    state = context.storage_state()
    context.close()
    return state


def _rows(name: str, visits: list[_Visit], aim_ms: float, aim_kb: float) -> list[Row]:
    def middle(key: str) -> float:
        return median(visit.told.get(key) or 0.0 for visit in visits)

    note = (
        f"worst {max(v.shown for v in visits):,.0f}; answer {middle('answer'):,.0f}, tiles in the document "
        f"{middle('there'):,.0f}, first paint {middle('first'):,.0f}, largest {middle('largest'):,.0f}, "
        f"load {middle('load'):,.0f} ms; layout shift {middle('shift'):.3f}"
    )
    size = median(visit.bytes for visit in visits) / 1_000
    return [
        Row(f"{name}, cold, all tiles painted", median(v.shown for v in visits), "ms", aim_ms, note),
        Row(
            f"{name}, cold, over the wire",
            size,
            "kB",
            aim_kb,
            f"{visits[0].requests} requests, headers included",
        ),
    ]


def _visit(browser: Browser, url: str, signed_in: StorageState | None = None) -> _Visit:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        device_scale_factor=3,
        is_mobile=True,
        has_touch=True,
        storage_state=signed_in,
    )
    page = context.new_page()
    page.add_init_script(_WATCH % TILES)
    visit = _Visit()
    _throttle(context.new_cdp_session(page), visit)
    page.goto(url, wait_until="load")
    # Not wait_for_function: it polls by eval, which the page's policy refuses.
    wanted = "window.seen.framed && window.seen.largest" + (" && window.seen.works" if signed_in else "")
    while not page.evaluate(f"Boolean({wanted})"):
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
