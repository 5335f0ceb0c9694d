"""Every page, wide and narrow, light and dark: no axe violation, no refusal, no sideways scroll; a picture each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import BrowserContext, Page

from dashapp.db.base import now
from dashapp.db.tenants import Agency, Workspace
from data.events.canonical import Parked
from tests.e2e.seen import in_scheme, keep_picture, overflow, until, watch
from tests.e2e.stage import SHARE_PASSWORD, Stage
from tests.support.examples import many

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
#: What axe checks: everything once; what depends on colours again in the dark.
CHECKS = {
    "light": "{resultTypes: ['violations'], preload: false}",
    "dark": "{resultTypes: ['violations'], preload: false, runOnly: {type: 'rule', "
    "values: ['color-contrast', 'link-in-text-block']}}",
}
#: All but the colours, which take axe longer than everything else together.
FORM = (
    "{resultTypes: ['violations'], preload: false, "
    "rules: {'color-contrast': {enabled: false}, 'link-in-text-block': {enabled: false}}}"
)
#: A laptop and a phone, with the window's height.
WIDTHS = {1440: 900, 390: 844}
#: Yellow, black, white, red, navy.
BRANDS = ("#facc15", "#000000", "#ffffff", "#dc2626", "#1e3a8a")
Open = Callable[..., BrowserContext]


@pytest.mark.more
def test_the_guests_pages(stage: Stage, open_context: Open, artefacts: Path) -> None:
    def screens(page: Page) -> Iterator[str]:
        page.goto(stage.share()[1])
        yield "portal"
        page.goto(stage.share(password=SHARE_PASSWORD)[1])
        yield "portal-password"
        page.goto(f"{stage.url}/p/{'x' * 43}/")
        yield "portal-404"
        page.goto(f"{stage.url}/login")
        yield "login"
        page.goto(f"{stage.url}/no-such-page")
        yield "404"

    look_at(open_context().new_page(), screens, artefacts)


@pytest.mark.more
def test_the_desks_pages(
    stage: Stage, open_context: Open, artefacts: Path, alice_state: dict[str, Any]
) -> None:
    def screens(page: Page) -> Iterator[str]:
        page.goto(stage.url)
        page.wait_for_selector(".dk-totals")
        yield "home"
        page.goto(f"{stage.url}/w/harbour-coffee/sources")
        page.wait_for_selector("#source-create")
        yield "sources"
        page.goto(f"{stage.url}/w/lumen-legal/analytics")
        page.wait_for_selector(".dk-start")
        yield "analytics-empty"
        page.goto(f"{stage.url}/w/harbour-coffee/analytics")
        page.wait_for_selector(".tile[data-tile=cohort]")
        yield "analytics"
        page.click("#share-open")
        page.click("#new-create")
        page.wait_for_selector("#share-url")
        yield "share"
        page.goto(f"{stage.url}/w/harbour-coffee/shares")
        page.wait_for_selector("#new-rules input", state="attached")  # folded away
        yield "shares"
        page.goto(f"{stage.url}/w/harbour-coffee/shares/{stage.share(password=SHARE_PASSWORD)[0]}")
        page.wait_for_selector("#edit-rules input")
        yield "shares-link"

    look_at(open_context(storage_state=alice_state).new_page(), screens, artefacts)


@pytest.mark.more
def test_the_data_teams_pages(
    stage: Stage, open_context: Open, artefacts: Path, alice_state: dict[str, Any]
) -> None:
    bad = '{"event": "opend", "event_id": "x-1", "message_id": "harbour-1"}'
    stage.services.inbox.put(
        stage.harbour, None, [], [Parked("line 1", "unknown event", bad)], received_at=now()
    )

    def screens(page: Page) -> Iterator[str]:
        page.goto(f"{stage.url}/data?agency=north")
        page.wait_for_selector(".dd-marts")
        yield "data"
        page.click("[data-desk-act=inspect]")
        page.click(".dd-mend summary")
        yield "data-record"
        page.goto(f"{stage.url}/data/tables?agency=north")
        page.wait_for_selector("#rows-grid .ag-row")
        page.focus("#sql-text")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#sql-grid .ag-row")
        yield "data-tables"

    look_at(open_context(storage_state=alice_state).new_page(), screens, artefacts)


def test_axe_does_find_what_is_wrong(open_context: Open) -> None:
    page = open_context().new_page()
    page.set_content(
        "<main><h1>x</h1><button></button><p style='color:#aaa;background:#fff'>faint</p></main>"
    )
    found = "\n".join(violations(page, CHECKS["light"]))
    assert "button-name" in found
    assert "color-contrast" in found
    assert "color-contrast" in "\n".join(violations(page, CHECKS["dark"]))


def looks_at(width: int) -> list[tuple[str, str]]:
    """(light or dark, what axe checks) at a width. Colours do not depend on it, so `make test` has those of the
    day on a laptop and those of the night on a phone. `make faults` has all of them everywhere.
    """
    if many():
        return list(CHECKS.items())
    if width > 1000:
        return [("light", CHECKS["light"])]
    return [("light", FORM), *([("dark", CHECKS["dark"])] if width < 600 else [])]


def look_at(page: Page, screens: Callable[[Page], Iterator[str]], artefacts: Path) -> None:
    """Go through the screens; all that is wrong with any of them is told at once."""
    seen = watch(page)
    wrong: list[str] = []
    for name in screens(page):
        until(page, "!document.querySelector('.dk-first')")  # what is seen before React stands, and is inert
        for width, scheme, checks in ((w, *look) for w in WIDTHS for look in looks_at(w)):
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            in_scheme(page, scheme)
            page.wait_for_timeout(60)
            wrong += [f"{name} {width} {scheme}: {found}" for found in violations(page, checks)]
            keep_picture(page, artefacts / f"{name}-{width}-{scheme}.png", full_page=name != "share")
            if (wide := overflow(page)) > 0:
                wrong.append(f"{name} {width}: the page is {wide} px wider than the window")
        wrong += [f"{name}: {problem}" for problem in seen.take_problems()]
        page.set_viewport_size({"width": 1440, "height": WIDTHS[1440]})
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "brand", [*BRANDS[:2], *(pytest.param(b, marks=pytest.mark.long) for b in BRANDS[2:])]
)
def test_real_pages_can_be_read_in_any_brand_colour(
    stage: Stage, open_context: Open, artefacts: Path, alice_state: dict[str, Any], brand: str
) -> None:
    """The client's report and its password, the desk's view with a figure opened, in both themes."""
    painted(stage, brand)
    page = open_context(storage_state=alice_state).new_page()
    wrong: list[str] = []

    def check(name: str) -> None:
        for scheme in CHECKS:
            in_scheme(page, scheme)
            page.wait_for_timeout(250)
            wrong.extend(f"{brand} {name} {scheme}: {one}" for one in violations(page, CHECKS["dark"]))
            keep_picture(page, artefacts / f"brand-{brand[1:]}-{name}-{scheme}.png")

    try:
        page.goto(stage.share()[1])
        page.wait_for_selector(".tile[data-tile=cohort]")
        check("portal")
        page.goto(stage.share(password=SHARE_PASSWORD)[1])
        check("portal-password")
        page.goto(f"{stage.url}/w/harbour-coffee/analytics?period=28")
        page.click(".tile[data-tile=open] [data-cell]")
        page.wait_for_selector("#cell-rows")
        check("desk")
    finally:
        painted(stage, None)
    assert not wrong, "\n".join(wrong)


def painted(stage: Stage, brand: str | None) -> None:
    """North in this colour; None: the one every agency begins with."""
    with stage.services.session() as session:
        agency = session.get_one(Workspace, stage.harbour).managing_agency
        agency.brand = brand or Agency.__table__.c.brand.default.arg


def violations(page: Page, checks: str, within: str = "") -> list[str]:
    """axe-core's verdict on the page as it stands, one line a violation. `within`: of this part of it alone."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    of = f"{{include: [{within!r}]}}" if within else "document"
    found = page.evaluate(f"axe.run({of}, {checks})")
    return [
        f"{rule['id']} ({rule['impact']}) {node['html'][:160]} {' '.join(node['failureSummary'].split())[:200]}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]
