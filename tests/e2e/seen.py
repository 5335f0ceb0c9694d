"""What a page does and shows, seen from outside: figures, refusals of its own policy, jumps, width."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Error, Page, Request

from tests.e2e.stage import ALICE, PASSWORD, Stage
from tests.support.examples import many

#: Collects layout shifts from the first byte on.
SHIFTS = """
window.shifts = 0;
window.shifted = [];
new PerformanceObserver(list => {
  for (const e of list.getEntries()) {
    if (e.startTime < (window.since || 0)) continue;
    window.shifts += e.value;
    window.shifted.push(...e.sources.map(s => s.node && (s.node.outerHTML || s.node.textContent).slice(0, 100)));
  }
}).observe({type: 'layout-shift', buffered: true});
"""


@dataclass
class Watch:
    """What went wrong in a page, what it loaded, how often it was left."""

    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    navigations: int = 0

    def take_problems(self) -> list[str]:
        """The problems since the last call."""
        found, self.problems = self.problems, []
        return found


def watch(page: Page) -> Watch:
    """Look at everything `page` does from now on. A policy's refusal is a console error, as is a failed script."""
    found = Watch()

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            found.problems.append(f"{message.text} ({message.location.get('url', '')})")

    def threw(error: Error) -> None:
        found.problems.append(f"uncaught: {error}")

    def asked(request: Request) -> None:
        found.requests.append(request.url)
        if request.resource_type == "script":
            found.scripts.append(request.url)

    def moved(frame: object) -> None:
        if frame == page.main_frame:
            found.navigations += 1

    page.on("console", said)
    page.on("pageerror", threw)
    page.on("request", asked)
    page.on("framenavigated", moved)
    return found


def figures(page: Page) -> dict[str, str]:
    """The key figures on the page by tile, such as {"sent": "1,204"}: the same on desk and portal."""
    found: dict[str, str] = page.eval_on_selector_all(
        ".tile.kpi",
        "tiles => Object.fromEntries(tiles.map(t => [t.dataset.tile, "
        "(t.querySelector('.num') || {}).textContent || '']))",
    )
    return found


def tiles(page: Page) -> list[str]:
    """The text of every tile, blanks folded, at any width (a phone hides some of the axis).

    Without where its files are, which only the portal says here, and without the desk's tools.
    """
    found: list[str] = page.eval_on_selector_all(
        ".tile",
        """tiles => tiles.map(t => {
          const copy = t.cloneNode(true);
          copy.querySelectorAll('.take, .tt').forEach(one => one.remove());
          return copy.textContent.replace(/\\s+/g, ' ').trim();
        })""",
    )
    return found


#: A shared machine may have a tenth of its processors for minutes: slow is not wrong, what never comes fails.
PATIENCE_S = 120.0


def until(page: Page, true: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until a JavaScript expression is true. (Playwright's own way needs eval, which our policy refuses.)"""
    limit = time.monotonic() + patience_s
    while not page.evaluate(true):
        assert time.monotonic() < limit, f"not within {patience_s} s: {true}"
        page.wait_for_timeout(50)


def keep_picture(page: Page, path: Path, *, full_page: bool = False) -> None:
    """A picture for people to look at, in `make faults`: no test reads it, and a long page takes a second."""
    if many():
        page.screenshot(path=path, full_page=full_page)


def in_scheme(page: Page, scheme: str) -> None:
    """The system turns light or dark; waits for the page, which learns of it a moment later, to have followed."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    until(page, f"(document.documentElement.dataset.bsTheme || '{scheme}') === '{scheme}'")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    found: int = page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth"
    )
    return found


def log_in(page: Page, stage: Stage, email: str = ALICE) -> None:
    """Fill in the form and send it; the home is there afterwards, or the only workspace."""
    page.goto(f"{stage.url}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".dk-totals, .tile[data-tile]")
