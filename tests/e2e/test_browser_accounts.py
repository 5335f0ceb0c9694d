"""An account's way through two browsers: invited, made, granted, opened, unlinked while the agency looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from dashapp.agencies.attention import reasons
from dashapp.db.base import now
from tests.e2e.seen import log_in, until, watch
from tests.e2e.stage import PASSWORD, Stage
from tests.e2e.test_browser_looks import look_at

Open = Callable[..., BrowserContext]
NIA = "nia@quay.example"


def test_invited_granted_opened_and_unlinked_while_it_is_open(
    stage: Stage, open_context: Open, artefacts: Path
) -> None:
    agency, account = open_context(1440).new_page(), open_context(390).new_page()
    log_in(agency, stage)
    agency.goto(f"{stage.url}/agency?agency=north")
    agency.get_by_role("button", name="Invite account").click()
    agency.get_by_label("E-mail address").fill(NIA)
    agency.get_by_label("Account name").fill("Quay Books")
    agency.get_by_role("button", name="Send invite").click()
    address = agency.locator("#accounts-told [data-copy]").get_attribute("data-copy")
    assert address is not None
    expect(agency.locator("tr", has_text="Quay Books")).to_contain_text("Invited")

    seen = watch(account)
    account.goto(address)
    account.get_by_label("Your name").fill("Nia Quay")
    account.get_by_label("Password, 12 characters or more").fill(PASSWORD)
    account.get_by_role("button", name="Create account").click()
    account.get_by_role("button", name="Grant permissions").click()
    expect(account.locator("#managed")).to_contain_text("Managed by North")
    account.get_by_label("Account of Nia Quay").click()
    expect(account.get_by_role("link", name="Managed by North")).to_be_visible()
    account.keyboard.press("Escape")

    agency.reload()
    row = agency.locator("tr", has_text="Quay Books")
    expect(row).to_contain_text("Managing account")
    expect(row).to_contain_text("Trial, 14 days left")
    row.get_by_role("link", name="Quay Books").click()
    expect(agency.locator("#managed")).to_contain_text("granted by nia@quay.example")
    agency.goto(f"{stage.url}/w/quay-books/analytics")
    expect(agency.get_by_role("heading", name="Quay Books")).to_be_visible()

    account.get_by_role("button", name="Unlink account").click()
    account.locator("dialog").get_by_role("button", name="Unlink account").click()
    expect(account.locator("#managed")).to_contain_text("No agency manages this account")
    # The agency's open page goes by itself, at its next look.
    expect(agency.get_by_role("heading", name="Quay Books")).to_have_count(0, timeout=15_000)
    assert seen.take_problems() == []
    agency.goto(f"{stage.url}/agency?agency=north&state=ended")
    expect(agency.locator("tr", has_text="Quay Books")).to_contain_text("unlinked by the account")


def test_the_three_states_of_an_account_and_what_each_offers(stage: Stage, open_context: Open) -> None:
    """INVITED: cancel, resend. NOT LINKED: remove, resend. MANAGING ACCOUNT: open, details, clients, unlink."""
    page = open_context(1440).new_page()
    log_in(page, stage)
    seen = watch(page)
    page.goto(f"{stage.url}/agency?agency=north")
    page.get_by_role("button", name="Invite account").click()
    page.get_by_label("E-mail address").fill("lea@mill.example")
    page.get_by_label("Account name").fill("Mill Bakery")
    page.get_by_role("button", name="Send invite").click()
    first = page.locator("#accounts-told [data-copy]").get_attribute("data-copy")
    row = page.locator("tr", has_text="Mill Bakery")

    def options() -> list[str]:
        row.get_by_label("Options of Mill Bakery").click()
        return row.locator(".dk-menu-item").all_inner_texts()

    expect(row).to_contain_text("Invited")
    assert options() == ["Resend invite", "Cancel invite"]
    row.get_by_role("button", name="Resend invite").click()
    expect(page.locator("#accounts-told [data-copy]")).not_to_have_attribute("data-copy", str(first))
    options()
    row.get_by_role("button", name="Cancel invite").click()
    expect(row).to_contain_text("Not linked")
    assert options() == ["Resend invite", "Remove account"]
    row.get_by_role("button", name="Remove account").click()
    expect(row).to_have_count(0)
    assert page.goto(str(first)).status == 404  # type: ignore[union-attr]

    page.goto(f"{stage.url}/agency?agency=north")
    page.get_by_label("Options of Harbour Coffee").click()
    offered = page.locator("tr", has_text="Harbour Coffee").locator(".dk-menu-item").all_inner_texts()
    assert offered == ["Open analytics", "Account details", "Leads of the account", "Unlink account"]
    page.locator("tr", has_text="Harbour Coffee").get_by_role("link", name="Leads of the account").click()
    page.wait_for_selector(".ls-table")
    page.locator("tbody .ls-name").first.click()
    card = page.locator(".cc-drawer[open]")
    for told in ("Status", "First response", "Timeline"):
        expect(card.get_by_text(told, exact=True).first).to_be_visible()
    assert seen.take_problems() == []


def test_the_profile_menu_leads_to_every_setting_and_the_switcher_to_the_last_workspace(
    stage: Stage, open_context: Open
) -> None:
    page = open_context(1440).new_page()
    log_in(page, stage)
    page.goto(f"{stage.url}/w/harbour-coffee")
    until(page, "document.querySelector('#tiles .tile') && !document.querySelector('.dk-first')")
    page.get_by_label("Account of").click()
    menu = page.locator("details[open] .dk-menu")
    for name in ("Teams & permissions", "Integrations", "Billing", "Custom fields", "Log out"):
        expect(menu.get_by_text(name, exact=True)).to_be_visible()
    menu.get_by_role("link", name="Custom fields").click()
    expect(page.get_by_role("heading", name="Custom fields")).to_be_visible()
    page.goto(f"{stage.url}/w/pine-dental/contacts")
    page.wait_for_selector("[data-crm]")
    page.goto(f"{stage.url}/settings/fields")
    expect(page.locator(".dk-wrap").get_by_text("Pine Dental").first).to_be_visible()


def test_the_pages_fit_and_can_be_read_by_everybody(
    stage: Stage, open_context: Open, artefacts: Path
) -> None:
    evidence = {"days": 7, "base": 700, "replied": 21, "expected": 42.0}
    with stage.services.session() as session:
        found = [reasons.Found(stage.harbour, "fall", now(), evidence, "Autumn")]
        reasons.keep(session, ("fall",), found, of=stage.harbour)
    page = open_context(1440).new_page()
    log_in(page, stage)

    def screens(page: Page) -> Iterator[str]:
        for name, path in (
            ("accounts", "/agency?agency=north"),
            ("people", "/w/harbour-coffee/people"),
            ("agency-people", "/agency/people?agency=north"),
            ("agency-general", "/agency/general?agency=north"),
            ("account", "/w/harbour-coffee/account"),
            ("roles", "/settings/roles"),
            ("fields", "/settings/fields"),
        ):
            page.goto(f"{stage.url}{path}")
            page.wait_for_selector(".dk-wrap h1")
            page.wait_for_timeout(300)
            yield name

    look_at(page, screens, artefacts)
