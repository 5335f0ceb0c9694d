"""A customer's card and e-mails as a colleague sees them: each line of what the tabs promise.

Clara is a customer of Harbour Coffee; her events come in over HTTP, and the worker makes her a contact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashapp.crm import fields
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from data.plans import load as plans
from tests.e2e.conftest import new_context
from tests.e2e.seen import in_scheme, overflow, until, watch
from tests.e2e.stage import CANARY, PASSWORD, Stage
from tests.e2e.test_browser_looks import CHECKS, looks_at, violations

CLARA = "clara.voss@customer.example"
BASE = "/w/harbour-coffee"
EVIL = (
    "<p>Dear {first}, see our <a href='https://evil.example/x'>menu</a>.</p><script>top.hacked = 1</script>"
    "<img src=https://evil.example/pixel.png><iframe src=https://evil.example></iframe><p onclick=alert(1)>Bye</p>"
)
REFUSED = "550 5.1.1 The mailbox is unavailable"


def _letters() -> list[dict[str, Any]]:
    at = now().replace(microsecond=0) - timedelta(days=2)

    def event(name: str, message: str, hours: float, **more: Any) -> dict[str, Any]:
        stamp = (at + timedelta(hours=hours)).isoformat()
        return {"event": name, "event_id": f"{message}-{name}-{hours}", "message_id": message, "lead": CLARA,
                "occurred_at": stamp, **more}  # fmt: skip

    campaign = {"campaign": "Autumn menu", "user": "alice@north.example", "sender": "alice@north.example"}
    return [
        event("sent", "k1", 0, subject="Our autumn menu", step="1", **campaign),
        event("opened", "k1", 1),
        event("clicked", "k1", 2, url="https://north.example/menu"),
        event("replied", "k1", 2.5, reply_text="word " * 9_000),
        event("clicked", "k1", 3, url="javascript:alert(document.domain)"),
        event("sent", "k2", 4, subject="A second look", step="2", **campaign),
        event("clicked", "k2", 5, url="https://north.example/second"),
        event("sent", "k3", 6, subject="Never arrived", step="3", **campaign),
        event("bounced", "k3", 6.1, bounce_kind="hard", server_response=REFUSED),
        event("sent", "w1", 7, subject="Work order 12", category="work_order"),
        event("sent", "e1", 8, subject="Please sign", category="e_signature"),
        event("clicked", "e1", 9, url="https://sign.example/12"),
        event("sent", "p1", 10, subject="Receipt 7", category="card_payment"),
        {**event("received", "r1", 11, subject="A question"), "message_id": None},
    ]


@pytest.fixture(scope="module")
def clara(stage: Stage) -> Stage:
    """Her events, and the template of the campaign's first step, which tries everything."""
    steps = [{"campaign": "Autumn menu", "step": "1", "subject": "Our autumn menu", "body": EVIL}]
    plans.load(stage.services.lake, stage.harbour, "steps", steps)
    assert stage.post(_letters())
    return stage


def _page(stage: Stage, alices_page: Callable[..., Page], path: str, width: int = 1440) -> Page:
    page = alices_page(width, "Europe/Madrid")
    page.goto(stage.url + path)
    page.wait_for_selector("[data-crm]")
    return page


@pytest.fixture
def card(clara: Stage, alices_page: Callable[..., Page]) -> Page:
    """Clara's card in the drawer, for tests that change or leave it."""
    return _opened(_page(clara, alices_page, f"{BASE}/contacts?q=clara"))


@pytest.fixture(scope="module")
def read_card(clara: Stage, chromium: Browser, alice_state: dict[str, Any]) -> Iterator[Page]:
    """The same, opened once: for tests that look at one of its tabs and select nothing."""
    context = new_context(chromium, storage_state=alice_state, timezone_id="Europe/Madrid")
    yield _opened(_page(clara, lambda *_: context.new_page(), f"{BASE}/contacts?q=clara"))
    context.close()


def _opened(page: Page) -> Page:
    """Opens her card by her name in the list, as soon as the worker made her a contact."""
    for _ in range(200):
        if page.locator(".ls-name", has_text="Clara Voss").count():
            break
        page.wait_for_timeout(300)
        page.reload()
        page.wait_for_selector("[data-crm]")
    page.locator(".ls-name", has_text="Clara Voss").click()
    page.wait_for_selector(".cc-drawer[open] #tab-emails")
    page.click("#tab-emails")
    return page


def _colour(page: Page, selector: str) -> str:
    found: str = page.evaluate("s => getComputedStyle(document.querySelector(s)).color", selector)
    return found


def test_campaign_subject_sent_and_opened_of_each_campaign_email(read_card: Page) -> None:
    read_card.click("#tab-sent")
    rows = read_card.locator("#pane-sent tbody tr")
    expect(rows).to_have_count(3)
    cells = rows.last.locator("th, td").all_inner_texts()
    assert cells[0] == "Autumn menu: Our autumn menu"
    sent = now() - timedelta(days=2)
    assert str(sent.day) in cells[1]
    assert ":" in cells[1]
    assert ":" in cells[2]
    assert rows.first.locator("td").nth(1).inner_text() == "–"  # what never arrived was not opened


def test_the_grey_info_icon_shows_details_and_a_general_preview_of_the_template(card: Page) -> None:
    seen = watch(card)
    icon = card.locator("#pane-sent tbody tr").last.locator(".cc-info")
    expect(icon).not_to_have_class("cc-info cc-failed")
    icon.click()
    pop = card.locator(".cc-pop:popover-open")
    expect(pop).to_contain_text("Autumn menu · Step 1")
    frame = pop.locator("iframe")
    expect(frame).to_have_attribute("sandbox", "")
    inside = pop.frame_locator("iframe").locator("body")
    expect(inside).to_contain_text("Dear {first}, see our menu.")
    expect(inside).to_contain_text("Bye")
    html = inside.inner_html()
    assert not any(word in html for word in ("evil.example", "script", "onclick", "img", "iframe"))
    assert not [url for url in seen.requests if "evil.example" in url]
    assert card.evaluate("window.hacked === undefined")


def test_the_info_icon_turns_red_when_not_sent_and_shows_the_servers_own_words(read_card: Page) -> None:
    read_card.click("#tab-sent")
    icon = read_card.locator("#pane-sent tbody tr").first.locator(".cc-info")
    expect(icon).to_have_class("cc-info cc-failed")
    red, grey = _colour(read_card, ".cc-info.cc-failed"), _colour(read_card, ".cc-info:not(.cc-failed)")
    assert red != grey
    icon.click()
    expect(read_card.locator(".cc-pop:popover-open")).to_contain_text(REFUSED)


def test_the_default_view_shows_every_link_clicked_with_time_and_campaign_subject(read_card: Page) -> None:
    read_card.click("#tab-clicks")
    rows = read_card.locator("#pane-clicks tbody tr:visible")
    expect(rows).to_have_count(4)
    cells = rows.last.locator("td").all_inner_texts()
    assert ":" in cells[0]
    assert cells[1:] == ["https://north.example/menu", "Autumn menu: Our autumn menu"]


def test_the_url_opens_safely_and_only_on_the_web(read_card: Page) -> None:
    read_card.click("#tab-clicks")
    links = read_card.locator("#pane-clicks a")
    assert [one.get_attribute("href") for one in links.all()] == [
        "https://sign.example/12",
        "https://north.example/second",
        "https://north.example/menu",
    ]
    for link in links.all():
        assert link.get_attribute("target") == "_blank"
        assert link.get_attribute("rel") == "noopener noreferrer"
    expect(read_card.locator("#pane-clicks")).to_contain_text("javascript:alert(document.domain)")


def test_a_click_on_a_row_leads_to_the_links_of_that_message_and_turns_it_blue(card: Page) -> None:
    plain = _colour(card, "#pane-sent tr[data-message=k1] th")
    card.locator("#pane-sent tr[data-message=k1] .cc-select").click()
    expect(card.locator("#tab-clicks")).to_have_attribute("aria-selected", "true")
    expect(card.locator("#pane-clicks tbody tr:visible")).to_have_count(2)
    card.click("#tab-sent")
    assert _colour(card, "#pane-sent tr[data-message=k1] th") != plain


def test_clicking_the_subject_again_deselects_it(card: Page) -> None:
    plain = _colour(card, "#pane-sent tr[data-message=k1] th")
    card.locator("#pane-sent tr[data-message=k1] .cc-select").click()
    card.click("#tab-sent")
    card.locator("#pane-sent tr[data-message=k1] .cc-select").click()
    expect(card.locator("#tab-sent")).to_have_attribute("aria-selected", "true")
    assert _colour(card, "#pane-sent tr[data-message=k1] th") == plain
    card.click("#tab-clicks")
    expect(card.locator("#pane-clicks tbody tr:visible")).to_have_count(4)


def test_connection_notes_show_every_message_grey_from_campaigns_blue_from_signatures(
    read_card: Page,
) -> None:
    read_card.click("#tab-connections")
    rows = read_card.locator("#pane-connections tbody tr")
    expect(rows).to_have_count(7)
    types = [row.locator("td").nth(2).inner_text() for row in rows.all()]
    assert types == [
        *("Individual e-mail", "Card payment", "E-signature", "Work order"),
        *("Marketing campaign",) * 3,
    ]
    colours = {
        id_: _colour(read_card, f"#pane-connections tr[data-message={id_}] td")
        for id_ in ("k1", "w1", "e1", "p1")
    }
    assert colours["k1"] == colours["w1"]
    assert colours["e1"] == colours["p1"] != colours["k1"]


def test_the_inbox_icon_says_sent_or_received(read_card: Page) -> None:
    read_card.click("#tab-connections")
    icons = read_card.locator("#pane-connections tbody svg[role=img]")
    assert [one.get_attribute("aria-label") for one in icons.all()] == ["Received", *("Sent",) * 6]


def test_clicking_a_connection_opens_its_links_and_a_second_click_deselects_it(card: Page) -> None:
    card.click("#tab-connections")
    card.locator("#pane-connections tr[data-message=e1] .cc-select").click()
    expect(card.locator("#tab-clicks")).to_have_attribute("aria-selected", "true")
    expect(card.locator("#pane-clicks tbody tr:visible")).to_have_count(1)
    card.click("#tab-connections")
    card.locator("#pane-connections tr[data-message=e1] .cc-select").click()
    expect(card.locator("#tab-connections")).to_have_attribute("aria-selected", "true")
    expect(card.locator("#pane-connections tr.cc-selected")).to_have_count(0)


def test_a_field_is_edited_in_place_and_a_stale_one_shows_both(
    clara: Stage, card: Page, alices_page: Callable[..., Page]
) -> None:
    path = card.locator(".cc-drawer-bar a").get_attribute("href")
    assert path
    other = _page(clara, alices_page, path)
    other.fill("#cf-phone", "+34 600")
    other.keyboard.press("Tab")
    expect(other.locator(".crm-done")).to_contain_text("Saved.")
    card.fill(".cc-drawer #cf-phone", "+34 700")
    card.keyboard.press("Tab")
    expect(card.locator(".cc-both")).to_contain_text("Theirs: +34 600. Yours: +34 700.")
    card.get_by_role("button", name="Keep mine").click()
    expect(card.locator(".crm-done")).to_contain_text("Saved.")
    other.reload()
    other.wait_for_selector("#cf-phone")
    expect(other.locator("#cf-phone")).to_have_value("+34 700")


def test_search_everywhere_by_keyboard_alone(clara: Stage, card: Page) -> None:
    card.keyboard.press("Escape")
    card.evaluate("document.activeElement.blur()")
    card.keyboard.press("/")
    card.wait_for_selector(".find[open]")
    card.keyboard.type("clara")
    expect(card.locator(".find [role=option]").first).to_contain_text("Clara Voss")
    card.keyboard.press("Enter")
    expect(card.locator(".cc-drawer[open] #cc-name")).to_have_text("Clara Voss")


def test_a_list_is_sorted_on_a_phone(clara: Stage, alices_page: Callable[..., Page]) -> None:
    page = _page(clara, alices_page, f"{BASE}/contacts", 390)
    assert page.locator(".ls-table thead").is_hidden()
    page.get_by_label("Sort by").select_option(label="Name")
    until(page, "location.search.includes('sort=name')")
    names = page.locator(".ls-table tbody th .ls-name")
    first = names.first.inner_text()
    page.get_by_role("link", name="Reverse the order").click()
    until(page, "location.search.includes('sort=-name')")
    expect(names.first).not_to_have_text(first)
    page.goto(f"{clara.url}{BASE}/deals?as=table")
    page.wait_for_selector("[data-crm]")
    if page.locator(".ls-table").count():
        page.get_by_label("Sort by").select_option(label="Value")
        until(page, "location.search.includes('sort=-value')")
    page.goto(clara.url)
    page.wait_for_selector(".dk-spaces")
    page.get_by_label("Sort by").select_option(label="E-mails sent")
    until(page, "location.search.includes('sort=sent')")
    expect(page.locator(".dk-spaces .dk-row-link").first).to_have_text("Harbour Coffee")


def test_a_deal_moves_by_arrow_key_and_back_by_undo(clara: Stage, card: Page) -> None:
    card.locator(".cc-drawer form[data-crm-form=deal_create] input[name=title]").fill(
        "Coffee for the canteen"
    )
    card.locator(".cc-drawer form[data-crm-form=deal_create] input[name=value]").fill("12,500")
    card.locator(".cc-drawer form[data-crm-form=deal_create] button").click()
    expect(card.locator(".cc-deal").first).to_contain_text("12,500")
    card.goto(f"{clara.url}{BASE}/deals")
    deal = card.locator("[data-stage=lead] [data-deal]", has_text="canteen")
    deal.first.focus()
    card.keyboard.press("ArrowRight")
    expect(card.locator("[data-stage=qualified] [data-deal]", has_text="canteen")).to_have_count(1)
    card.get_by_role("button", name="Undo").click()
    expect(card.locator("[data-stage=qualified] [data-deal]", has_text="canteen")).to_have_count(0)
    card.get_by_role("button", name="Change Coffee for the canteen").first.click()
    card.fill("#deal-edit-value", "13000")
    card.fill("#deal-edit-currency", "usd")
    card.locator("#crm-deal-edit").get_by_role("button", name="Save").click()
    expect(card.locator("[data-deal]", has_text="canteen").first).to_contain_text("13,000\u00a0USD")


def test_a_long_reply_is_shown_whole_a_part_at_a_time(card: Page) -> None:
    card.click("#tab-timeline")
    reply = card.locator("#pane-timeline details", has=card.locator("[data-reply-text]"))
    reply.locator("summary").click()
    text = reply.locator("[data-reply-text]")
    assert len(text.text_content() or "") == 20_000
    reply.get_by_role("button", name="Show more (25,000 characters left)").click()
    reply.get_by_role("button", name="Show more", exact=True).click()
    expect(reply).to_contain_text("That is the whole reply.")
    assert text.text_content() == "word " * 9_000


def test_a_deal_has_fields_of_the_workspaces_own(clara: Stage, card: Page) -> None:
    seen = watch(card)
    card.goto(f"{clara.url}/settings/fields?place=workspace:harbour-coffee")
    card.get_by_label("Name").fill("Roast")
    card.get_by_label("Belongs to").select_option("deal")
    card.get_by_label("Kind").select_option("choice")
    card.get_by_label("Choices, one a line").fill("Light\nDark")
    card.get_by_role("button", name="Add field").click()
    expect(card.get_by_role("region", name="Fields of deals")).to_contain_text("Light, Dark")
    card.goto(f"{clara.url}{BASE}/deals?as=table")
    card.get_by_role("button", name="New deal").click()
    card.locator("#crm-deal").get_by_label("Name of the deal").fill("Beans for the office")
    card.locator("#crm-deal").get_by_label("Roast").select_option("Dark")
    card.get_by_role("button", name="Add deal").click()
    expect(card.locator(".crm-done")).to_contain_text("Deal added.")
    card.get_by_text("Columns", exact=True).click()
    card.locator("[data-crm-columns]").get_by_label("Roast").check()
    row = card.locator("tbody tr", has_text="Beans for the office")
    expect(row).to_contain_text("Dark")
    card.get_by_role("link", name="Roast").click()
    expect(card.locator("th[aria-sort=ascending]")).to_contain_text("Roast")
    card.get_by_text("More filters").click()
    card.locator("#crm-f-roast").select_option("Light")
    expect(card.get_by_role("heading", name="No deal fits these filters")).to_be_visible()
    if card.locator("#crm-f-roast").is_hidden():
        card.get_by_text("More filters").click()
    card.locator("#crm-f-roast").select_option("Dark")
    expect(card.locator(".ls-table tbody tr")).to_have_count(1)
    card.get_by_role("link", name="Clear").click()
    row.get_by_role("button", name="Beans for the office").click()
    form = card.locator("#crm-deal-edit")
    form.get_by_label("Roast").select_option("Light")
    assert violations(card, CHECKS["light"]) == []
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Light")
    row.get_by_role("button", name="Beans for the office").click()
    form.get_by_text("Changes").click()
    expect(form.locator("ol")).to_contain_text("Roast Dark → Light")
    form.get_by_role("button", name="Cancel").click()
    card.goto(f"{clara.url}{BASE}/deals")
    card.get_by_text("Fields on the cards").click()
    card.locator("[data-crm-columns=deals-board]").get_by_label("Roast").check()
    expect(card.locator("[data-deal]", has_text="Beans").locator(".deal-own")).to_contain_text("Light")
    card.locator("[data-deal]", has_text="Beans").get_by_role("button", name="Delete").click()
    expect(card.locator("[data-deal]", has_text="Beans")).to_have_count(0)
    card.get_by_role("link", name="Deleted").click()
    card.locator("tr", has_text="Beans for the office").get_by_role("button", name="Restore").click()
    expect(card.locator(".crm-done")).to_contain_text("Restored.")
    assert seen.problems == []


def test_search_everywhere_finds_a_contact_by_an_own_field_and_names_it(clara: Stage, card: Page) -> None:
    with clara.services.session() as session:
        workspace = session.get_one(Workspace, clara.harbour)
        fields.add(session, workspace, "Cup", "text", actor="alice")
    card.reload()
    _opened(card)
    card.locator(".cc-drawer").get_by_label("Cup", exact=True).fill("Cortado doble")
    card.keyboard.press("Tab")
    expect(card.locator(".crm-done")).to_contain_text("Saved.")
    card.keyboard.press("Escape")
    card.keyboard.press("Control+k")
    card.wait_for_selector(".find[open]")
    card.keyboard.type("cortado")
    expect(card.locator(".find [role=option]").first).to_contain_text("Clara Voss")
    expect(card.locator(".find [role=option]").first).to_contain_text("Cup: Cortado doble")


def test_a_task_is_made_completed_and_taken_back_on_the_card(card: Page) -> None:
    tasks = card.locator(".cc-drawer section[aria-labelledby=cc-tasks]")
    tasks.locator("form[data-crm-form=task_create] input[name=title]").fill("Ring Clara back")
    tasks.locator("form[data-crm-form=task_create] button").click()
    row = tasks.locator("li", has_text="Ring Clara back")
    expect(row).to_have_count(1)
    row.locator("summary").click()
    row.locator("select[name=disposition]").select_option("call_back")
    row.get_by_role("button", name="Complete").click()
    expect(row).to_have_class("done")
    card.get_by_role("button", name="Undo").click()
    expect(row).not_to_have_class("done")


def test_step_10_on_the_card_company_fields_a_campaign_a_company_note_and_an_instant_action(
    card: Page,
) -> None:
    drawer = card.locator(".cc-drawer")
    drawer.locator("#cf-company").fill("Voss and daughters")
    card.keyboard.press("Tab")
    expect(card.locator(".crm-done")).to_contain_text("Saved.")
    campaign = drawer.locator("form[data-crm-form=campaign]")
    campaign.locator("select").select_option("Winter hampers")
    campaign.get_by_role("button").click()
    expect(drawer.locator("form[data-crm-form=campaign] option", has_text="Winter hampers")).to_have_count(0)
    note = drawer.locator("form[data-crm-form=note]")
    note.locator("textarea").fill("They move in March.")
    note.get_by_label("About the company").check()
    note.get_by_role("button").click()
    card.click("#tab-notes")
    expect(drawer.locator("#pane-notes")).to_contain_text("They move in March.")
    call = drawer.locator("form[data-crm-form=call]")
    assert call.locator("option:not([value=''])").count() == 5
    call.locator("select").select_option("left_message")
    call.get_by_role("button").click()
    card.click("#tab-timeline")
    expect(drawer.locator("#pane-timeline")).to_contain_text("Phone call left a message")


def test_a_person_is_erased_after_the_password_and_their_address(
    clara: Stage, card: Page, alices_page: Callable[..., Page]
) -> None:
    page = _page(clara, alices_page, f"{BASE}/contacts")
    page.get_by_role("button", name="New contact").click()
    page.fill("#crm-new-email", "gone.person@customer.example")
    page.get_by_role("button", name="Add contact").click()
    expect(page.locator(".crm-done")).to_contain_text("Contact added.")
    # Nothing has happened to them yet: they are on the last page.
    page.goto(f"{clara.url}{BASE}/contacts?q=gone.person")
    page.locator(".ls-name", has_text="Gone Person").click()
    page.get_by_text("Erase this person for good").click()
    if (
        page.locator("#crm-erase-typed:visible, input[type=password]:visible").first.get_attribute("type")
        == "password"
    ):
        page.fill("input[type=password]", PASSWORD)  # her log-in is not recent any more
        page.keyboard.press("Enter")
    page.fill("#crm-erase-typed", "gone.person@customer.example")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.locator(".crm-done")).to_contain_text("Erased.")
    page.goto(f"{clara.url}{BASE}/contacts?erased=1")
    expect(page.locator(".ls-table tbody tr")).to_have_count(1)
    assert "gone.person" not in page.content()


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wrong_for_axe_and_nothing_sticks_out(
    clara: Stage, card: Page, alices_page: Callable[..., Page], width: int
) -> None:
    path = card.locator(".cc-drawer-bar a").get_attribute("href")
    page = _page(clara, alices_page, f"{BASE}/contacts", width)
    seen = watch(page)
    for address in (
        f"{BASE}/contacts",
        str(path),
        f"{BASE}/deals",
        f"{BASE}/deals?as=table",
        f"{BASE}/campaigns",
    ):
        page.goto(clara.url + address)
        page.wait_for_selector("[data-crm]")
        assert CANARY not in page.content()
        assert overflow(page) <= 0, address
        for scheme, checks in looks_at(width):
            in_scheme(page, scheme)
            assert violations(page, checks) == [], (address, scheme)
    if width == 1440:
        page.goto(clara.url + str(path))
        page.wait_for_selector("#tab-emails")
        in_scheme(page, "light")
        for tab in ("emails", "clicks", "connections", "notes", "changes"):
            page.click(f"#tab-{tab}")
            assert violations(page, CHECKS["light"]) == [], tab
        page.keyboard.press("Control+k")
        page.wait_for_selector(".find[open] [role=option]")
        assert violations(page, CHECKS["light"]) == []
        until(page, "document.querySelector('.find').open")
    assert seen.take_problems() == []
