"""Editing a view: by keyboard alone, by mouse, by two people at once, on a phone; axe on every dialog."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.views.editing import collection
from dashapp.views.schema import View, parse_view
from dashapp.views.store import shipped_view
from tests.e2e.seen import in_scheme, keep_picture, log_in, overflow, until, watch
from tests.e2e.stage import ALICE, PASSWORD, Stage
from tests.e2e.test_browser_looks import CHECKS, violations
from tests.support.examples import many

Open = Callable[..., BrowserContext]
SAVED = re.compile("Draft saved")


@pytest.fixture
def view(stage: Stage, request: pytest.FixtureRequest) -> Iterator[int]:
    """A view of Harbour Coffee's own, with the shipped tiles, for one test."""
    with stage.services.session() as session:
        harbour = session.get_one(Workspace, stage.harbour)
        made = collection.create_view(session, harbour, "Board", ALICE, shipped_view())
    yield made.id
    with stage.services.session() as session:
        collection.delete_view(session, session.get_one(Workspace, stage.harbour), made.id, ALICE)


def address(stage: Stage, view: int, **more: Any) -> str:
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{stage.url}/w/harbour-coffee/analytics?period=28&view={view}{extra}"


def published(stage: Stage, view: int) -> View:
    with stage.services.reading() as session:
        return parse_view(session.get_one(StoredView, view).body)


def edit(page: Page, stage: Stage, view: int) -> None:
    page.goto(address(stage, view, edit=1))
    page.wait_for_selector(".grid-stack-item[data-tid=cohort]")
    until(page, "document.querySelectorAll('.grid-stack-item').length === 9")


def saved(page: Page) -> None:
    expect(page.locator("#ed-status")).to_have_text(SAVED)


def tab_to(page: Page, selector: str, most: int = 90) -> None:
    """Press Tab until the element has the focus: what cannot be reached so fails here."""
    for _ in range(most):
        if page.evaluate("s => Boolean(document.activeElement.closest(s))", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached within {most} tabs")


def test_by_keyboard_alone_from_the_log_in_to_a_published_view(
    stage: Stage, open_context: Open, view: int
) -> None:
    page = open_context().new_page()
    problems = watch(page)
    page.goto(f"{stage.url}/login")
    tab_to(page, "input[type=email], input[name=email]")
    page.keyboard.type(ALICE)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".dk-totals")
    tab_to(page, "a[href='/w/harbour-coffee'].dk-row-link")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tile[data-tile=engagement]")
    tab_to(page, "#rail a[href='/w/harbour-coffee/analytics']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".dk-views")
    tab_to(page, ".dk-views summary")
    page.keyboard.press("Enter")
    tab_to(page, f".dk-view-row a[href*='view={view}']")
    page.keyboard.press("Enter")
    until(page, f"location.search.includes('view={view}')")
    page.wait_for_selector(".dk-views summary[aria-label*=Board]")
    tab_to(page, "[title='Edit this view']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".grid-stack-item[data-tid=cohort]")

    # One column to the right is where the neighbour stands: it gives way. Then one row higher.
    tab_to(page, ".grid-stack-item[data-tid=week1] [data-act=grab]")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    until(page, "/column 2, row 7, 4 wide, 3 high/.test(document.getElementById('dk-announce').textContent)")
    saved(page)

    # Another figure, and a title, in the panel.
    tab_to(page, ".grid-stack-item[data-tid=week1] [data-act=edit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ed-f-title")
    tab_to(page, "#ed-f-title")
    page.keyboard.type("First week")
    expect(page.locator(".grid-stack-item[data-tid=week1] h2")).to_have_text("First week")
    tab_to(page, "#ed-f-data_type")
    page.keyboard.press("Home")
    expect(page.locator(".grid-stack-item[data-tid=week1] .ed-look")).to_contain_text("Leads who opened")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.act") == "edit"
    saved(page)

    # A tile from the gallery, found by a word.
    page.locator("#ed-add").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".ed-card")
    page.keyboard.type("note")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ed-f-text")
    saved(page)

    page.locator("#ed-publish").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#ed-publish-form")
    tab_to(page, "#ed-note")
    page.keyboard.type("For the client")
    tab_to(page, "#ed-publish-form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".dk-views")
    now = {tile.id: tile for tile in published(stage, view).tiles}
    assert (now["week1"].x, now["week1"].w, now["week1"].title) == (1, 4, "First week")
    assert now["week1"].options["data_type"] == "open"
    assert "note" in {tile.type for tile in now.values()}
    assert problems.take_problems() == []


def test_a_tile_dragged_and_resized_by_mouse_stands_there_when_published(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], view: int
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    edit(page, stage, view)
    box = page.locator(".grid-stack-item[data-tid=campaigns]").bounding_box()
    assert box is not None
    x, y = box["x"] + 60, box["y"] + 120
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=4)
    page.mouse.move(x - 720, y, steps=12)
    page.mouse.up()
    saved(page)
    corner = page.locator(".grid-stack-item[data-tid=campaigns] .ui-resizable-se")
    # In the middle of the window: at its edge gridstack scrolls by itself.
    corner.evaluate("e => window.scrollTo(0, scrollY + e.getBoundingClientRect().bottom - innerHeight / 2)")
    page.locator(".grid-stack-item[data-tid=campaigns]").hover()
    at = corner.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + 8, at["y"] + 8)
    page.mouse.down()
    page.mouse.move(at["x"] + 8, at["y"] + 60, steps=4)
    page.mouse.move(at["x"] + 8, at["y"] + 108, steps=4)
    page.mouse.up()
    page.wait_for_timeout(900)
    saved(page)
    assert published(stage, view) == shipped_named("Board")  # a draft is nobody's view yet
    page.click("#ed-publish")
    page.click("#ed-publish-form [type=submit]")
    page.wait_for_selector(".dk-views")
    moved = next(tile for tile in published(stage, view).tiles if tile.id == "campaigns")
    assert (moved.x, moved.h) == (0, 5)
    column = page.locator(".tile[data-tile=campaigns]").bounding_box()
    grid = page.locator("#tiles .grid").bounding_box()
    assert column is not None
    assert grid is not None
    assert abs(column["x"] - grid["x"]) < 2


def shipped_named(name: str) -> View:
    return shipped_view().model_copy(update={"name": name})


def test_remove_with_undo_duplicate_and_the_place_fields(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], view: int
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    edit(page, stage, view)
    page.locator(".grid-stack-item[data-tid=trend]").hover()
    page.click(".grid-stack-item[data-tid=trend] [data-act=remove]")
    expect(page.locator(".grid-stack-item[data-tid=trend]")).to_have_count(0)
    page.click("#ed-toast-act")
    expect(page.locator(".grid-stack-item[data-tid=trend] h2")).to_be_visible()
    page.click(".grid-stack-item[data-tid=sent] .ed-cover")
    page.wait_for_selector("#ed-form")
    page.click("[data-panel=duplicate]")
    until(page, "document.querySelectorAll('.grid-stack-item').length === 10")
    page.wait_for_selector("#ed-panel-body[data-tile^=kpi-] [name=place-w]")
    page.fill("[name=place-w]", "99")
    page.keyboard.press("Tab")
    expect(page.locator("#ed-panel-problem")).to_contain_text("widths from 2 to 12")
    page.fill("[name=place-w]", "6")
    page.keyboard.press("Tab")
    expect(page.locator("#ed-panel-problem")).to_be_hidden()
    until(
        page, "vitrineEditor.state.view.tiles.some(t => t.id === vitrineEditor.state.selected && t.w === 6)"
    )
    saved(page)


def test_two_people_edit_at_once_and_nothing_is_lost(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], view: int
) -> None:
    first = open_context(storage_state=alice_state).new_page()
    second = open_context().new_page()
    log_in(second, stage)
    edit(first, stage, view)
    edit(second, stage, view)
    retitle(first, "sent", "From the first")
    saved(first)
    retitle(second, "open", "From the second")
    expect(second.locator("#ed-news")).to_be_visible()
    expect(second.locator("#ed-news-text")).to_contain_text(ALICE)
    expect(second.locator(".grid-stack-item[data-tid=sent] h2")).to_have_text("From the first")
    expect(second.locator(".grid-stack-item[data-tid=open] h2")).to_have_text("From the second")
    # The same thing twice: the earlier stays, the later is offered.
    retitle(first, "reply", "Ours")
    saved(first)
    retitle(second, "reply", "Mine")
    use_mine = second.locator("#ed-news-list button")
    expect(use_mine).to_have_count(1)
    expect(second.locator(".grid-stack-item[data-tid=reply] h2")).to_have_text("Ours")
    use_mine.click()
    expect(second.locator(".grid-stack-item[data-tid=reply] h2")).to_have_text("Mine")
    second.click("#ed-publish")
    second.click("#ed-publish-form [type=submit]")
    second.wait_for_selector(".dk-views")
    titles = {tile.id: tile.title for tile in published(stage, view).tiles}
    assert (titles["sent"], titles["open"], titles["reply"]) == ("From the first", "From the second", "Mine")


def retitle(page: Page, tile: str, title: str) -> None:
    page.click(f".grid-stack-item[data-tid={tile}] [data-act=edit]")
    page.wait_for_selector(f"#ed-panel-body[data-tile={tile}] #ed-f-title")
    page.fill("#ed-f-title", title)
    expect(page.locator(f".grid-stack-item[data-tid={tile}] h2")).to_have_text(title)


def test_on_a_phone_texts_and_options_but_no_dragging(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], view: int, artefacts: Path
) -> None:
    page = open_context(390, storage_state=alice_state, has_touch=True, is_mobile=True).new_page()
    edit(page, stage, view)
    assert overflow(page) <= 0
    order = page.eval_on_selector_all(".grid-stack-item", "tiles => tiles.map(tile => tile.dataset.tid)")
    assert order == [tile.id for tile in sorted(shipped_view().tiles, key=lambda tile: (tile.y, tile.x))]
    expect(page.locator(".ed-tool-grab").first).to_be_hidden()
    page.tap(".grid-stack-item[data-tid=sent] [data-act=edit]")
    page.wait_for_selector("#ed-form")
    expect(page.locator(".ed-place")).to_be_hidden()
    keep_picture(page, artefacts / "editor-phone-panel.png")
    page.fill("#ed-f-title", "Sent by phone")
    page.tap("#ed-panel-close")
    expect(page.locator(".grid-stack-item[data-tid=sent] h2")).to_have_text("Sent by phone")
    saved(page)
    page.tap("#ed-publish")
    page.tap("#ed-publish-form [type=submit]")
    page.wait_for_selector(".dk-views")
    tiles = {tile.id: tile for tile in published(stage, view).tiles}
    assert tiles["sent"].title == "Sent by phone"
    before = {tile.id: (tile.x, tile.y, tile.w, tile.h) for tile in shipped_view().tiles}
    assert {name: (t.x, t.y, t.w, t.h) for name, t in tiles.items()} == before


def test_on_a_tablet_a_tile_is_dragged_and_resized_by_finger(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], view: int
) -> None:
    page = open_context(1024, storage_state=alice_state, has_touch=True, is_mobile=True).new_page()
    edit(page, stage, view)
    grip = page.locator(".grid-stack-item[data-tid=open] .ed-tool-grab")
    at = grip.bounding_box()
    other = page.locator(".grid-stack-item[data-tid=positive]").bounding_box()
    assert at is not None
    assert other is not None
    was = {tile.id: tile for tile in published(stage, view).tiles}
    assert (was["open"].x, was["positive"].x) == (3, 9)
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    slide(page, (x, y), (x + other["x"] - at["x"] + at["width"], y))
    box = "Object.fromEntries(vitrineEditor.state.view.tiles.map(t => [t.id, [t.x, t.y, t.w, t.h]]))"
    until(page, f"{box}.open[0] > 3")
    corner = page.locator(".grid-stack-item[data-tid=trend] .ui-resizable-se")
    for _ in range(3):  # a browser that gets little of the processor takes a held finger for one that scrolls
        corner.evaluate(
            "e => window.scrollTo(0, scrollY + e.getBoundingClientRect().bottom - innerHeight / 2)"
        )
        x, y = at_rest(page, corner)
        slide(page, (x + 6, y + 6), (x + 6, y + 120))
        if page.evaluate(f"{box}.trend[3]") > was["trend"].h:
            break
    until(page, f"{box}.trend[3] > {was['trend'].h}")
    saved(page)
    seen = page.evaluate(box)
    page.tap("#ed-publish")
    page.tap("#ed-publish-form [type=submit]")
    page.wait_for_selector(".dk-views")
    tiles = {tile.id: [tile.x, tile.y, tile.w, tile.h] for tile in published(stage, view).tiles}
    assert tiles == seen  # what the finger made is what everybody sees


def at_rest(page: Page, what: Locator) -> tuple[float, float]:
    """Where it is once it has stopped moving."""
    seen = None
    while True:
        box = what.bounding_box()
        assert box is not None
        if seen == (box["x"], box["y"]):
            return seen
        seen = box["x"], box["y"]
        page.wait_for_timeout(300)


def slide(page: Page, start: tuple[float, float], end: tuple[float, float], steps: int = 12) -> None:
    """One finger from `start` to `end`, as the browser gets it from a touch screen."""
    screen = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": round(x), "y": round(y)} for x, y in points]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", start)
    page.wait_for_timeout(450)  # held: a finger that moves at once scrolls the page
    for step in range(1, steps + 1):
        part = step / steps
        touch("touchMove", (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part))
        page.wait_for_timeout(30)
    touch("touchEnd")
    page.wait_for_timeout(400)


def test_every_screen_and_dialog_of_editing_passes_axe(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], view: int, artefacts: Path
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    seen = watch(page)
    wrong: list[str] = []

    def look(name: str, within: str = "") -> None:
        """`within`: what is new on the page; the rest of it was looked at before it opened."""
        for scheme in ("light", "dark"):
            in_scheme(page, scheme)
            page.wait_for_timeout(150)
            found = violations(page, CHECKS[scheme], "" if many() else within)
            wrong.extend(f"{name} {scheme}: {line}" for line in found)
            keep_picture(page, artefacts / f"editor-{name}-{scheme}.png")
        in_scheme(page, "light")

    page.goto(address(stage, view))
    page.wait_for_selector(".tile[data-tile=cohort]")
    page.click(".dk-views summary")
    look("views")
    page.click("[data-view-ask=rename]")
    look("rename", "dialog[open]")
    page.keyboard.press("Escape")
    page.click(".dk-filters summary")
    look("filters")
    edit(page, stage, view)
    look("grid")
    page.click(".grid-stack-item[data-tid=trend] [data-act=edit]")
    page.wait_for_selector("#ed-form")
    look("panel")
    page.select_option("#ed-f-metric", "click")
    saved(page)
    for button, ready in (
        ("#ed-add", ".ed-card"),
        ("#ed-history", ".ed-versions"),
        ("#ed-publish", "#ed-publish-form"),
        ("#ed-discard", "#ed-discard-sure"),
    ):
        page.click(button)
        page.wait_for_selector(ready)
        look(button[1:], "dialog[open]")
        page.keyboard.press("Escape")
    page.goto(f"{stage.url}/analytics")
    page.wait_for_selector(".tile[data-tile=cohort]")
    look("templates")
    assert not wrong, "\n".join(wrong)
    assert seen.take_problems() == []


def test_what_a_link_says_is_shown_back_works_and_the_choice_stays(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/w/pine-dental/analytics?period=90&campaign=Whitening")
    page.wait_for_selector(".tile[data-tile=cohort]")
    expect(page.locator(".dk-filters summary")).to_contain_text("1 filter")
    expect(page.locator(".tile[data-tile=campaigns]")).not_to_contain_text("Check-ups")
    page.select_option("#c-compare", "year")
    until(page, "location.search.includes('compare=year')")
    expect(page.locator(".tile[data-tile=sent]")).to_contain_text("52 weeks before")
    page.go_back()
    until(page, "!location.search.includes('compare')")
    expect(page.locator("#c-compare")).to_have_value("previous")
    page.select_option("#c-compare", "none")
    until(page, "location.search.includes('compare=none')")
    expect(page.locator(".tile[data-tile=sent]")).not_to_contain_text("earlier")
    expect(page.locator(".tile[data-tile=campaigns] th", has_text="Change")).to_have_count(0)
    page.go_back()
    until(page, "!location.search.includes('compare')")
    expect(page.locator(".tile[data-tile=sent]")).to_contain_text("no full earlier period")
    expect(page.locator(".tile[data-tile=campaigns] th", has_text="Change")).to_have_count(1)
    # Leaving at once would leave before the choice was sent.
    with page.expect_response(lambda response: "controls-chosen" in (response.request.post_data or "")):
        page.select_option("#c-compare", "year")
    until(page, "location.search.includes('compare=year')")
    page.goto(f"{stage.url}/w/pine-dental/analytics")
    # Days and comparison stay; a filter does not (pages/view_controls/controls.py).
    until(page, "location.search.includes('compare=year') && location.search.includes('period=90')")
    assert "campaign" not in page.evaluate("location.search")


#: The theme's colours as the browser says them: {"--surface": "rgb(255, 255, 255)", …}.
THEME = """() => Object.fromEntries(["--surface", "--ink-2", "--line"].map(name => {
    const probe = document.createElement("i");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return [name, found];
}))"""


def picture_colours(page: Page) -> set[str]:
    """Every colour in the SVG that the button gives."""
    with page.expect_download() as picture:
        page.click("[data-picture=svg]")
    svg = Path(picture.value.path()).read_text()
    assert "<svg" in svg[:300]
    return set(re.findall(r"rgb\(\d+, \d+, \d+\)", svg))


def test_a_tile_opens_in_plotly_which_no_other_page_loads(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    seen = watch(page)
    page.goto(f"{stage.url}/w/harbour-coffee/analytics?period=28")
    page.wait_for_selector(".tile[data-tile=cohort]")
    assert not [url for url in seen.scripts if "plotly" in url or "gridstack" in url or "editor" in url]
    page.hover(".tile[data-tile=trend]")
    page.click(".tile[data-tile=trend] .explore")
    page.wait_for_selector(".js-plotly-plot .scatterlayer .trace")
    for scheme in ("light", "dark"):
        in_scheme(page, scheme)
        theme = page.evaluate(THEME)
        drawn = picture_colours(page)
        assert {theme["--surface"], theme["--ink-2"], theme["--line"]} <= drawn, (scheme, theme, drawn)
    assert theme["--surface"] == "rgb(20, 24, 33)"  # the dark one was the last
    in_scheme(page, "light")
    with page.expect_download() as picture:
        page.click("[data-picture=png]")
    assert Path(picture.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as figures:
        page.get_by_role("link", name="CSV").click()
    lines = Path(figures.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == "Period,Group,Counted,Out of,Rate,Rate (exact),State"
    assert violations(page, CHECKS["light"]) == []
    assert seen.take_problems() == []
