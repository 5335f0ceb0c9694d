"""A figure is opened, by mouse and by keyboard alone: as many rows as it says, and focus comes back to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.seen import in_scheme, keep_picture, log_in, overflow, until, watch
from tests.e2e.stage import CANARY, Stage
from tests.e2e.test_browser_looks import looks_at, violations

Open = Callable[..., BrowserContext]
ADDRESS = "/w/harbour-coffee/analytics?period=28"
ANSWERED = "!document.querySelector('#cell-dialog').hasAttribute('aria-busy')"
READY = f"{ANSWERED} && document.querySelector('#cell-rows')"
FOCUSED = "document.activeElement.getAttribute('data-cell')"


@pytest.fixture(scope="module")
def alice_state(chromium: Browser, stage: Stage) -> Iterator[Any]:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, stage)
    yield context.storage_state()
    context.close()


def _visit(open_context: Open, stage: Stage, state: Any, width: int = 1440) -> Page:
    page = open_context(width, storage_state=state).new_page()
    page.goto(stage.url + ADDRESS)
    page.wait_for_selector(".tile[data-tile=cohort] [data-cell]")
    return page


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_by_keyboard_alone_from_a_cell_to_its_rows_and_back(
    stage: Stage, open_context: Open, alice_state: Any
) -> None:
    page = _visit(open_context, stage, alice_state)
    seen = watch(page)

    # One stop of Tab for the whole table; arrows go from figure to figure.
    page.locator(".tile[data-tile=cohort] .scroll").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    cell = page.evaluate(FOCUSED)
    assert re.fullmatch(r"cohort\|w:\d{4}-\d\d-\d\d:2", cell)
    told = page.evaluate("document.activeElement.closest('td').title")
    n, base = (_number(text) for text in re.search(r"([\d,]+) of ([\d,]+)", told).groups())  # type: ignore[union-attr]

    page.keyboard.press("Enter")
    until(page, READY)
    assert f"{n:,} of {base:,} leads" in page.locator(".dk-cell-figure").inner_text().replace("\n", " ")
    page.wait_for_selector(f"[data-cell-part=n]:has-text('{n}')")
    for _ in range(12):  # never out of the dialog
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#cell-dialog')"
        )
    _all_rows(page)
    assert page.locator("#cell-rows tr").count() == n
    page.locator("[data-cell-part=base]").focus()
    page.keyboard.press("Space")
    until(page, "document.querySelector('[data-cell-part=base][aria-pressed=true]')")
    until(page, READY)
    assert page.evaluate("document.activeElement.getAttribute('data-cell-part')") == "base"
    _all_rows(page)
    assert page.locator("#cell-rows tr").count() == base
    assert page.locator("#cell-rows .dk-cell-yes").count() == n
    page.fill("[data-cell-find]", "nobody has this in a row")
    assert page.locator("#cell-rows tr:visible").count() == 0
    page.fill("[data-cell-find]", "")
    assert page.locator("#cell-rows tr:visible").count() == base
    page.locator("[data-cell-part=base]").focus()
    assert CANARY not in page.content()

    page.keyboard.press("Escape")
    until(page, "!document.querySelector('#cell-dialog').open")
    assert page.evaluate(FOCUSED) == cell

    # A point of a chart opens too.
    page.locator(".tile[data-tile=sent-days] .plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    until(page, READY + " || document.querySelector('#cell-dialog .dk-cell-told')")
    assert "e-mail" in page.locator("#cell-dialog").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('plot')")
    assert seen.problems == []


def _all_rows(page: Page) -> None:
    """Press "Show more" until there is no more."""
    while page.locator("[data-cell-more]").count():
        before = page.locator("#cell-rows tr").count()
        page.locator("[data-cell-more]").focus()
        page.keyboard.press("Enter")
        until(page, f"document.querySelectorAll('#cell-rows tr').length > {before}")


def test_every_key_figure_has_as_many_rows_and_a_file(
    stage: Stage, open_context: Open, alice_state: Any
) -> None:
    page = _visit(open_context, stage, alice_state)
    page.locator(".tile[data-tile=positive] [data-cell]").click()
    until(page, READY)
    said = page.locator("[data-cell-part=n] b").inner_text()
    with page.expect_download() as waiting:
        page.locator("[data-cell-file]").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 1 + _number(said)
    assert waiting.value.suggested_filename == "harbour-coffee-positive-counted.csv"
    assert CANARY not in text


@pytest.mark.parametrize("width", [1440, 390])
def test_the_panel_passes_axe_and_fits(
    stage: Stage, open_context: Open, alice_state: Any, artefacts: Path, width: int
) -> None:
    page = _visit(open_context, stage, alice_state, width)
    page.locator(".tile[data-tile=open] [data-cell]").click()
    until(page, READY)
    wrong = []
    for scheme, checks in looks_at(width):
        in_scheme(page, scheme)
        page.wait_for_timeout(300)
        wrong += violations(page, checks)
        keep_picture(page, artefacts / f"cell-{width}-{scheme}.png")
    assert wrong == []
    assert overflow(page) <= 0
    if width == 390:
        assert page.locator("#cell-dialog").bounding_box()["width"] == 390  # type: ignore[index]


def test_explores_figures_open_by_keyboard_and_its_points_by_mouse(
    stage: Stage, open_context: Open, alice_state: Any
) -> None:
    page = open_context(1440, storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/w/harbour-coffee/explore?tile=cohort&period=28")
    page.wait_for_selector("#explored .nsewdrag", state="attached")
    page.locator("#tiles .scroll").focus()
    page.keyboard.press("ArrowDown")
    cell = page.evaluate(FOCUSED)
    assert re.fullmatch(r"cohort\|w:\d{4}-\d\d-\d\d:1", cell)
    said = _number(page.evaluate("document.activeElement.textContent"))
    page.keyboard.press("Enter")
    until(
        page, f"{ANSWERED} && document.querySelector('[data-cell-part=n]')"
    )  # a small cohort may have no reply
    assert page.locator("[data-cell-part=n] b").inner_text() == f"{said:,}"
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('#cell-dialog').open")
    assert page.evaluate(FOCUSED) == cell

    page.wait_for_selector("#explored .main-svg")
    page.locator("#explored .nsewdrag").evaluate("e => e.scrollIntoView({block: 'center'})")
    box = page.locator("#explored .nsewdrag").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.04, box["y"] + box["height"] * 0.04
    page.mouse.move(x + 9, y + 9)
    page.mouse.move(x, y)
    page.wait_for_selector("#explored .hoverlayer .hovertext")  # Plotly clicks what it hovers
    page.mouse.click(x, y)
    until(page, "document.querySelector('#cell-dialog').open")
    until(page, ANSWERED)
    assert "up to week 1" in page.locator("#cell-title").inner_text()
    assert CANARY not in page.content()
