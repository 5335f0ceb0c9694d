"""The home of an agency of many clients: searched by the server while somebody types, and paged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from dashapp.agencies import accounts
from dashapp.db.tenants import Agency
from tests.e2e.seen import in_scheme, log_in, overflow, until, watch
from tests.e2e.stage import Stage, build_home, free_port
from tests.e2e.stage import running as run_processes
from tests.e2e.test_browser_looks import looks_at, violations

Open = Callable[..., BrowserContext]
#: What is in the field and where the caret stands, as the person who types sees it.
FIELD = "[document.activeElement.id, document.activeElement.value, document.activeElement.selectionStart]"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """North with 117 clients more than its three, in a home of its own."""
    built = build_home(tmp_path_factory.mktemp("crowd"), free_port())
    with built.services.session() as session:
        north = session.scalars(select(Agency).where(Agency.name == "North")).one()
        for number in range(117):
            accounts.create_workspace(session, north, f"Client {number:03}", "UTC")
    with run_processes(built, tmp_path_factory.mktemp("logs")):
        yield built
    built.services.engine.dispose()


def home(crowd: Stage, open_context: Open, width: int = 1440) -> Page:
    page = open_context(width).new_page()
    log_in(page, crowd)
    expect(page.locator(".dk-pager")).to_contain_text("1–50 of 120")
    return page


def names(page: Page) -> list[str]:
    return page.locator(".dk-row-link").all_inner_texts()


def test_a_search_is_asked_of_the_server_and_the_hand_stays_in_the_field(
    crowd: Stage, open_context: Open
) -> None:
    page = home(crowd, open_context)
    seen = watch(page)
    totals = page.locator(".dk-totals").inner_text()
    page.get_by_label("Find a workspace").press_sequentially("Pine", delay=30)
    expect(page.locator(".dk-pager")).to_contain_text("1 of 1")
    assert names(page) == ["Pine Dental"]
    assert page.evaluate(FIELD) == ["workspace-search", "Pine", 4]
    assert page.locator(".dk-totals").inner_text() == totals
    assert page.url == f"{crowd.url}/?q=Pine"

    # The caret is put into the middle; what is typed while the answer comes is kept, and counts.
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.keyboard.type("Client 01 ")
    until(page, "location.search === '?q=Client%2001%20Pine'")
    page.keyboard.type("x")
    expect(page.locator("#workspace-none")).to_be_visible()
    until(page, "location.search === '?q=Client%2001%20xPine'")
    assert page.evaluate(FIELD) == ["workspace-search", "Client 01 xPine", 11]
    page.go_back()
    expect(page.locator(".dk-pager")).to_contain_text("1–50 of 120")
    expect(page.get_by_label("Find a workspace")).to_have_value("")
    assert seen.problems == []


def test_step_3_the_switcher_finds_a_workspace_by_its_name(crowd: Stage, open_context: Open) -> None:
    """It lists fifty of the 120; the home searches those it does not list."""
    page = home(crowd, open_context)
    page.get_by_label("Switch workspace").click()
    menu = page.locator("details[open] .dk-menu")
    field = menu.get_by_label("Go to a workspace")
    expect(field).to_be_focused()
    listed = menu.locator(".dk-choices a:visible")
    expect(listed).to_have_count(50)
    page.keyboard.type("CLIENT 04")
    expect(listed).to_have_count(10)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{crowd.url}/w/client-047")
    expect(page.get_by_role("heading", name="Client 047")).to_be_visible()
    page.get_by_label("Switch workspace").click()
    expect(field).to_have_value("")
    page.keyboard.type("client 11")
    expect(listed).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{crowd.url}/?q=client%2011")
    expect(page.locator(".dk-pager")).to_contain_text("1–7 of 7")


def test_pages_are_turned_by_keyboard_and_the_next_things_are_its_headings_and_rows(
    crowd: Stage, open_context: Open
) -> None:
    page = home(crowd, open_context)
    page.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".dk-pager")).to_contain_text("51–100 of 120")
    expect(page.get_by_role("region", name="Workspaces, 51–100 of 120")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("columnheader", name="Workspace").get_by_role("link")).to_be_focused()
    for _ in range(5):  # the other four headings that sort, then the first row
        page.keyboard.press("Tab")
    expect(page.locator(".dk-row-link").first).to_be_focused()
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".dk-pager")).to_contain_text("101–120 of 120")
    assert len(names(page)) == 20
    assert page.get_by_role("link", name="Next").count() == 0
    page.goto(f"{crowd.url}/?page=1000000000")
    expect(page.locator(".dk-pager")).to_contain_text("101–120 of 120")
    until(page, "location.search === '?page=3'")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_crowded_home_passes_axe_and_fits(crowd: Stage, open_context: Open, width: int) -> None:
    page = home(crowd, open_context, width)
    page.goto(f"{crowd.url}/?page=2")
    expect(page.locator(".dk-pager")).to_contain_text("51–100 of 120")
    assert overflow(page) == 0
    for scheme, checks in looks_at(width):
        in_scheme(page, scheme)
        page.wait_for_timeout(250)
        assert violations(page, checks) == []
