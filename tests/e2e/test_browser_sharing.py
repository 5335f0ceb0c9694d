"""Agencies, accounts and shares by hand: made, toggled, unlinked from either side; the share dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from dashapp.agencies import accounts, managing
from dashapp.db.on_tiles import QuestionMessage, TileQuestion
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import User
from tests.e2e.seen import log_in, until, watch
from tests.e2e.stage import PASSWORD, Stage
from tests.e2e.test_browser_looks import look_at

Open = Callable[..., BrowserContext]


def person(stage: Stage, email: str, account: str, *, managed: bool) -> None:
    """Somebody with an account of their own, which North manages or nobody does."""
    with stage.services.session() as session:
        user = accounts.create_user(session, email, PASSWORD)
        workspace = managing.open_account(session, user, account)
        if managed:
            north = accounts.agency_by_slug(session, "north")
            asked = managing.invite_account(
                session, stage.settings, north, email, account, actor="alice@north.example"
            )
            managing.grant(session, asked, user, workspace)


def enter(page: Page, stage: Stage, email: str) -> None:
    """Log in, wherever that leads."""
    page.goto(f"{stage.url}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)
    ready(page)


def ready(page: Page) -> None:
    """React stands: what is seen before is inert."""
    until(page, "document.querySelector('#profile-links a') && !document.querySelector('.dk-first')")


def test_an_agency_is_created_and_the_profile_menu_goes_to_and_fro(stage: Stage, open_context: Open) -> None:
    person(stage, "olga@quill.example", "Quill Press", managed=False)
    page = open_context().new_page()
    enter(page, stage, "olga@quill.example")
    seen = watch(page)
    page.goto(f"{stage.url}/agency/new")
    page.get_by_label("Agency name").fill("Quill Agency")
    page.get_by_role("button", name="Create agency account").click()
    expect(page.get_by_role("button", name="Invite account")).to_be_visible()

    page.goto(f"{stage.url}/w/quill-press")
    ready(page)
    page.get_by_label("Account of").click()
    menu = page.locator("details[open] .dk-menu")
    menu.get_by_role("link", name="Agency Quill Agency").click()
    expect(page.get_by_role("button", name="Invite account")).to_be_visible()
    page.get_by_label("Account of").click()
    menu.get_by_role("link", name="Account", exact=True).click()
    expect(page.get_by_role("heading", name="Quill Press")).to_be_visible()
    assert seen.take_problems() == []


def test_the_agency_unlinks_an_account_after_a_confirmation(stage: Stage, open_context: Open) -> None:
    person(stage, "rosa@reed.example", "Reed Music", managed=True)
    page = open_context().new_page()
    log_in(page, stage)
    open_already = page.context.new_page()
    open_already.goto(f"{stage.url}/w/reed-music/contacts")
    expect(open_already.get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    page.goto(f"{stage.url}/agency?agency=north")
    row = page.locator("tr", has_text="Reed Music")
    for last in ("Cancel", "Unlink account"):
        row.get_by_label("Options of Reed Music").click()
        row.get_by_text("Unlink account", exact=True).click()
        asked = page.locator("dialog[open]")
        expect(asked).to_contain_text("Reed Music")
        asked.get_by_role("button", name=last).click()
        expect(row).to_contain_text("Managing account" if last == "Cancel" else "Not linked")
    assert page.goto(f"{stage.url}/w/reed-music").status == 404  # type: ignore[union-attr]
    open_already.bring_to_front()
    expect(open_already.get_by_role("heading", name="Contacts", exact=True)).to_have_count(0)


def test_the_account_unlinks_its_agency_on_the_phone(stage: Stage, open_context: Open) -> None:
    person(stage, "sven@sail.example", "Sail School", managed=True)
    page = open_context(390).new_page()
    enter(page, stage, "sven@sail.example")
    page.get_by_label("Account of").click()
    page.get_by_role("link", name="Managed by North").click()
    expect(page.locator("#managed")).to_contain_text("Managed by North")
    page.locator("#managed").get_by_role("button", name="Unlink account").click()
    page.locator("dialog[open]").get_by_role("button", name="Unlink account").click()
    expect(page.locator("#managed")).to_contain_text("No agency manages this account")


def test_step_3_a_disabled_workspace_leaves_the_switcher_until_its_switch_is_set(
    stage: Stage, open_context: Open
) -> None:
    person(stage, "tess@tide.example", "Tide North", managed=False)
    with stage.services.session() as session:
        tess = session.scalars(select(User).where(User.email == "tess@tide.example")).one()
        managing.open_account(session, tess, "Tide South")
    page = open_context().new_page()
    enter(page, stage, "tess@tide.example")

    def listed() -> list[str]:
        page.goto(f"{stage.url}/w/tide-north/contacts")
        ready(page)
        page.locator("details.dk-pop > .dk-switch").click() if page.locator(".dk-switch").count() else None
        return page.locator("details[open] .dk-choices .dk-place-name").all_inner_texts()

    def switch(says: str) -> None:
        page.goto(f"{stage.url}/w/tide-south/people")
        page.get_by_role("switch", name="Enabled").click()
        expect(page.get_by_text(says)).to_be_visible()

    assert listed() == ["Tide North", "Tide South"]
    switch("It is switched off: nobody sees it")
    assert listed() == []  # one alone: there is nowhere to switch to
    assert page.goto(f"{stage.url}/w/tide-south").status == 404  # type: ignore[union-attr]
    switch("Switched off, nobody sees it")
    assert listed() == ["Tide North", "Tide South"]


def test_the_rules_of_the_share_dialog(stage: Stage, open_context: Open, artefacts: Path) -> None:
    """Viewers by Tab, Enter, comma and paste; wrong ones are marked; the password is shown and replaced."""
    page = open_context().new_page()
    log_in(page, stage)

    def screens(page: Page) -> Iterator[str]:
        page.goto(f"{stage.url}/w/harbour-coffee/analytics")
        page.wait_for_selector(".tile[data-tile]")
        page.click("#share-open")
        password = page.get_by_label("Set password")
        expect(password).not_to_have_value("")
        field = page.get_by_label("Add viewers")
        for address, key in (
            ("tab@v.example", "Tab"),
            ("enter@v.example", "Enter"),
            ("comma@v.example", ","),
        ):
            field.fill(address)
            field.press(key)
            expect(field).to_have_value("")
        field.evaluate(
            """field => { const data = new DataTransfer();
            data.setData('text', 'one@v.example; Two <two@v.example>, TAB@v.example');
            field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); }"""
        )
        field.fill("no address")
        field.press("Enter")
        chips = page.locator("[data-viewers] [data-address]")
        yield "share-dialog"
        wrong = page.locator("[data-viewers] .dk-wrong")
        assert wrong.evaluate_all("found => found.map(one => one.dataset.address)") == ["no", "address"]
        page.get_by_role("button", name="Share report").click()
        expect(page.locator("#new-made")).to_contain_text("is not an e-mail address")
        for _ in range(2):
            wrong.first.get_by_role("button").click()
        named = chips.evaluate_all("found => found.map(one => one.dataset.address)")
        assert named == [f"{name}@v.example" for name in ("tab", "enter", "comma", "two")]
        password.fill("a word of our own")
        page.get_by_role("button", name="Share report").click()
        page.wait_for_selector("#share-url")
        expect(page.locator("#new-made")).to_contain_text("a word of our own")

    look_at(page, screens, artefacts)
    with stage.services.reading() as session:
        last = select(func.max(ShareViewer.share_id)).where(ShareViewer.email == "two@v.example")
        viewers = session.scalars(
            select(ShareViewer.email).where(ShareViewer.share_id == last.scalar_subquery())
        )
        assert sorted(viewers) == sorted(f"{name}@v.example" for name in ("tab", "enter", "comma", "two"))


def test_the_count_of_questions_falls_when_one_is_closed(stage: Stage, open_context: Open) -> None:
    share_id, _ = stage.share()
    with stage.services.session() as session:
        question = TileQuestion(
            workspace_id=stage.harbour, share_id=share_id, asked_hash="a", nonce="n", token_hash="browser",
            tile_id="open", tile_title="Open rate", email="ida@client.example",
        )  # fmt: skip
        session.add(question)
        session.flush()
        session.add(QuestionMessage(question_id=question.id, by_client=True, text="Why?"))
    page = open_context().new_page()
    log_in(page, stage)
    seen = watch(page)
    refused: list[int] = []
    page.on("response", lambda answer: refused.append(answer.status) if answer.status >= 400 else None)
    page.goto(f"{stage.url}/w/harbour-coffee/questions?question={question.id}")
    rail = page.locator("#rail")
    expect(rail).to_contain_text("(1 waiting)")
    page.get_by_role("button", name="Close without an answer").first.click()
    expect(rail).not_to_contain_text("waiting)")
    assert (refused, seen.take_problems()) == ([], [])
