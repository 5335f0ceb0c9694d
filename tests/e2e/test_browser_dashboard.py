"""The dashboard and the tasks in a real browser, step by step as people use them. Alice owns North; Pine Dental is
hers, Lumen Legal has nothing yet, and Charlie's South must never show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from dashapp.agencies import accounts
from dashapp.crm import tasks
from dashapp.crm.tasks import Desk
from dashapp.db.base import now
from dashapp.db.contacts import Contact
from dashapp.db.tenants import Workspace
from data.events.canonical import canonical_many
from tests.e2e.seen import in_scheme, keep_picture, log_in, overflow, until, watch
from tests.e2e.stage import ALICE, BOB, CANARY, PASSWORD, Stage
from tests.e2e.test_browser_looks import looks_at, violations

Open = Callable[..., BrowserContext]
PINE = "/w/pine-dental"
#: A member of the team there: she sees what is her own.
PIA = "pia@north.example"
LONG_REPLY = "Thank you for the details. " + "We compare three offers this week. " * 20 + "Call me on Friday."
#: Each channel with the statuses its timeline can show.
STATUSES = {
    "video": ("opened", "clicked", "video_opened", "video_watched", "replied"),
    "postcard": ("mailed", "in_transit", "local_area", "processed", "delivered", "returned", "rerouted"),
    "gift_card": ("mailed", "delivered"),
    "handwritten_note": ("mailed",),
    "phone": ("booked", "call_back", "left_message", "bad_number", "not_interested"),
    "linkedin": ("completed",),
    "other": ("completed",),
}


def _put(stage: Stage, workspace: int, records: list[dict[str, Any]]) -> None:
    events, parked = canonical_many(records, now())
    assert not parked, parked[0].why
    stage.services.inbox.put(workspace, None, events, received_at=now())


@pytest.fixture(scope="module")
def pine(stage: Stage) -> int:
    """Pine Dental with one of everything in the last two days, newest of all Ann's two replies."""
    with stage.services.session() as session:
        workspace = session.scalars(select(Workspace).where(Workspace.slug == "pine-dental")).one()
        accounts.create_user(session, PIA, PASSWORD, workspace=workspace, workspace_role="member")
        own = Desk(workspace, ALICE, None)
        for title, channel, days, who in (
            ("Call Ann", "phone", 0, ALICE),
            ("Send Ann the brochure", "other", 0, ALICE),
            ("Write to the board", "other", -3, ALICE),
            ("Plan the next month", "linkedin", 4, ALICE),
            ("Ring the hygienist", "phone", 0, PIA),
        ):
            due = own.today + timedelta(days=days)
            lead = "ann@smile.example" if "Ann" in title else None
            tasks.create(session, own, channel=channel, title=title, due_on=due, assignee=who, lead=lead)
        found = workspace.id
    at, records = now(), []
    for channel, statuses in STATUSES.items():
        for n, status in enumerate(statuses):
            records.append(
                {
                    "event": status,
                    "channel": channel,
                    "event_id": f"{channel}-{status}",
                    "message_id": f"{channel}-{n if channel == 'phone' else 0}",
                    "lead": f"{channel}@smile.example",
                    "campaign": "Check-ups",
                    "user": BOB if channel == "phone" else ALICE,
                    "occurred_at": (at - timedelta(hours=30, minutes=n)).isoformat(),
                    **(
                        {"reply_text": "Nice film.", "reply_category": "interested"}
                        if status == "replied"
                        else {}
                    ),
                }
            )
    stamp = (at - timedelta(hours=31)).isoformat()
    bobs = {"message_id": "bob-1", "lead": "phone@smile.example", "campaign": "Check-ups", "user": BOB}
    records.append({**bobs, "event": "sent", "event_id": "bob-sent", "occurred_at": stamp})
    pias = {"message_id": "pia-1", "lead": "own@smile.example", "campaign": "Check-ups", "user": PIA}
    for event, hours in (("sent", 41), ("clicked", 40)):
        stamp = (at - timedelta(hours=hours)).isoformat()
        records.append({**pias, "event": event, "event_id": f"pia-{event}", "occurred_at": stamp})
    ann = {"message_id": "ann-1", "lead": "ann@smile.example", "campaign": "Check-ups", "user": ALICE}
    for event, minutes, more in (
        ("sent", 600, {"subject": "Your check-up"}),
        ("opened", 20, {}),
        ("opened", 15, {}),
        ("opened", 10, {}),
        ("replied", 8, {"reply_text": "Sounds good.", "reply_category": "interested"}),
        ("replied", 5, {"reply_text": LONG_REPLY, "reply_category": "interested"}),
    ):
        stamp = (at - timedelta(minutes=minutes)).isoformat()
        records.append(
            {**ann, **more, "event": event, "event_id": f"ann-{event}-{minutes}", "occurred_at": stamp}
        )
    _put(stage, found, records)
    return found


#: What the page does each minute happens when the test says so. (After a jump of Playwright's own clock its timers
#: stand still until real time has caught up.)
MINUTES = """
(() => {
  const each = [], set = window.setInterval.bind(window);
  window.setInterval = (call, ms, ...more) => ms === 60000 ? (each.push(call), 0) : set(call, ms, ...more);
  window.aMinutePasses = () => {
    if (!each.length) throw new Error("nothing is done each minute");
    each.forEach(call => call());
  };
})();
"""


@pytest.fixture
def visit(
    stage: Stage,
    open_context: Open,
    alice_state: dict[str, Any],
    alices_page: Callable[..., Page],
    pine: int,
) -> Iterator[Callable[..., Page]]:
    """Open a page of the desk as Alice; the page must have had no error in the end."""
    seen = []

    def go(path: str = PINE, width: int = 1440, clock: bool = False, **options: Any) -> Page:
        # What is not as usual is of a whole profile: such a test has its own.
        own = clock or options
        page = (
            open_context(width, storage_state=alice_state, **options).new_page()
            if own
            else alices_page(width)
        )
        seen.append(watch(page))
        if clock:
            page.add_init_script(MINUTES)
        page.goto(stage.url + path)
        page.wait_for_selector("#tiles .tile, .dk-start")
        until(page, "!document.querySelector('.dk-first')")
        return page

    yield go
    for one in seen:
        assert one.problems == []


def tile(page: Page, name: str) -> Any:
    return page.locator(f"#tiles .tile[data-tile={name}]")


def test_step_1_the_left_side_leads_to_contacts_deals_campaigns_tasks_and_to_find_leads(
    visit: Any, stage: Stage
) -> None:
    page = visit()
    assert page.locator("#rail [aria-current=page]").inner_text() == "Dashboard"
    for name in ("Contacts", "Deals", "Campaigns"):
        page.locator("#rail").get_by_text(name, exact=True).click()
        expect(page.locator("h1")).to_have_text(name)
    page.get_by_role("link", name="Find leads").click()
    expect(page.locator(".crm-views [aria-current=page]")).to_have_text("Find leads")
    page.locator("#rail").get_by_text("Tasks").click()
    expect(page.locator("h1")).to_have_text("Tasks")
    page.goto(stage.url)
    page.get_by_role("link", name="Pine Dental").first.click()
    expect(page.locator("#rail [aria-current=page]")).to_have_text("Dashboard")


def test_step_2_filter_by_date_last_7_days_by_default_and_by_user(visit: Any) -> None:
    page = visit()
    expect(page.locator("#controls [aria-current=page]")).to_have_text("7 days")
    page.locator("#controls").get_by_text("28 days").click()
    until(page, "location.search.includes('period=28')")
    page.locator("#c-user").select_option(BOB)
    until(page, f"new URLSearchParams(location.search).get('user') === '{BOB}'")
    expect(tile(page, "timeline").locator(".tl-lead").first).to_have_text("phone@smile.example")
    assert tile(page, "timeline").get_by_text("ann@smile.example").count() == 0
    page.locator(".dk-range summary").click()
    page.locator("#c-from").fill("2020-01-01")
    page.locator("#c-to").fill("2020-01-07")
    page.get_by_role("button", name="Show these days").click()
    until(page, "location.search.includes('from=2020-01-01')")
    expect(tile(page, "engagement")).to_contain_text("Choose a longer one")


def test_step_4_engagement_overview_total_share_kinds_and_excluded_phrases(visit: Any) -> None:
    page = visit()
    one = tile(page, "engagement")
    assert re.search(r"\d+ of \d+ contacts", one.inner_text())
    for kind in ("Multiple opens", "Replies", "Links clicked", "Videos watched", "Demos booked"):
        assert one.get_by_text(kind, exact=True).count() == 1
    one.locator(".how summary").click()
    assert "“take me off your list”" in one.locator(".how-panel").inner_text()


def test_step_5_action_analytics_hover_shows_the_count_click_drills_down_again_shows_the_rows(
    visit: Any,
) -> None:
    page = visit()
    one = tile(page, "actions")
    assert one.locator("summary .act-name").all_inner_texts() == [
        "E-mail", "Video message", "Postcard", "Gift card", "Handwritten note", "Phone call", "LinkedIn task",
        "Other task",
    ]  # fmt: skip
    calls = one.locator("li", has_text="Phone call")
    count = calls.locator(".act-n")
    page.mouse.move(2, 2)
    assert count.evaluate("e => getComputedStyle(e).opacity") == "0"
    calls.locator(".bar").first.hover()
    assert count.evaluate("e => getComputedStyle(e).opacity") == "1"
    assert count.inner_text() == "5"
    page.mouse.move(2, 2)
    assert count.evaluate("e => getComputedStyle(e).opacity") == "0"
    one.locator("li", has_text="Handwritten note").locator("summary").focus()
    page.keyboard.press("Tab")
    expect(calls.locator("summary")).to_be_focused()
    assert count.evaluate("e => getComputedStyle(e).opacity") == "1"
    calls.locator("summary").click()
    assert calls.locator("tbody th .one").all_inner_texts() == [
        "Booked", "Call back", "Left message", "Bad number", "No interest"
    ]  # fmt: skip
    page.wait_for_timeout(2_500)  # the page has asked for news: what is open stays open
    calls.locator("tbody tr", has_text="Left message").locator("[data-cell]").click()
    until(page, "document.querySelector('#cell-rows')")
    assert "phone@smile.example" in page.locator("#cell-rows").inner_text()
    assert "Phone call: Left message" in page.locator("#cell-title").inner_text()
    page.keyboard.press("Escape")


def test_step_6_timeline_newest_first_every_status_in_the_browsers_time_zone(visit: Any) -> None:
    page = visit(timezone_id="Asia/Tokyo")
    one = tile(page, "timeline")
    stamps = one.locator("time").evaluate_all("all => all.map(e => e.dateTime)")
    assert stamps == sorted(stamps, reverse=True)
    first = one.locator("time").first
    expected = first.evaluate(
        "e => new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Tokyo'})"
        ".format(new Date(e.dateTime))"
    )
    assert first.inner_text().endswith(expected)
    found: set[str] = set()
    for _ in range(8):
        found |= set(one.locator(".tl-row").evaluate_all("all => all.map(e => e.dataset.line)"))
        if not one.locator("[data-line-older]").count():
            break
        before = one.locator(".tl-row").count()
        one.locator("[data-line-older]").click()
        until(
            page,
            f"document.querySelectorAll('.tl-row').length > {before}"
            " || !document.querySelector('[data-line-older]')",
        )
    for channel, statuses in STATUSES.items():
        for status in statuses:
            assert any(f'["{channel}"' in line and f'"{status}"]' in line for line in found), (
                channel,
                status,
            )


def test_step_6_equal_events_in_one_line_with_a_number_a_list_and_the_full_reply(visit: Any) -> None:
    page = visit()
    ann = tile(page, "timeline").locator(".tl-row", has_text="ann@smile.example").first
    assert ann.locator(".tl-event").inner_text() == "Replied"
    assert ann.locator(".tl-n").inner_text() == "2"
    ann.locator(".tl-n").click()
    expect(ann.locator(".tl-events li")).to_have_count(2)
    reply = ann.locator(".tl-text").first
    clipped = reply.evaluate("e => e.scrollHeight > e.clientHeight")
    assert clipped
    ann.get_by_role("button", name="Full reply").click()
    assert not reply.evaluate("e => e.scrollHeight > e.clientHeight + 2")
    assert reply.inner_text().endswith("Call me on Friday.")
    ann.locator("[data-line-more]").click()
    expect(ann.locator(".tl-action")).to_contain_text("Your check-up")
    opened = tile(page, "timeline").locator(".tl-row", has_text="ann@smile.example").nth(1)
    assert opened.locator(".tl-n").inner_text() == "3"


def test_step_6_it_refreshes_each_minute_but_never_under_the_pointer(
    visit: Any, stage: Stage, pine: int
) -> None:
    page = visit(clock=True)
    one = tile(page, "timeline")
    page.mouse.move(2, 2)

    def click(name: str) -> None:
        record = {
            "event": "clicked",
            "message_id": "ann-1",
            "lead": "ann@smile.example",
            "url": "https://x.example",
        }
        _put(stage, pine, [{**record, "event_id": name, "occurred_at": now().isoformat()}])

    click("while-away")
    # The same answer brings Ann's click to the hot leads, which show it at once.
    anns = tile(page, "leads").locator("li, tr").filter(has_text="ann@smile.example")
    expect(anns.first).to_contain_text("Link clicked")
    assert one.locator(".tl-event").first.inner_text() == "Replied", "its minute has not come"
    page.evaluate("window.aMinutePasses()")
    expect(one.locator(".tl-event").first).to_have_text("Link clicked")
    assert one.locator("[data-line-fresh]").is_hidden()

    one.locator(".tl-row").nth(2).hover()
    click("while-here")
    expect(one.locator("[data-line-fresh]")).to_be_visible()
    page.evaluate("window.aMinutePasses()")
    assert one.locator(".tl-row").first.locator(".tl-n").count() == 0
    one.get_by_role("button", name="Click to refresh").click()
    expect(one.locator(".tl-row").first.locator(".tl-n")).to_have_text("2")
    assert one.locator("[data-line-fresh]").is_hidden()


def test_step_7_top_performing_campaigns_by_share_or_number(visit: Any) -> None:
    page = visit()
    one = tile(page, "flows")
    assert one.locator("tbody tr").count() <= 3
    assert one.locator("thead th").all_inner_texts() == ["Campaign", "Engaged", "Not interested"]
    one.locator("select").select_option("count")
    until(page, "location.search.includes('flows=count')")
    expect(tile(page, "flows").locator("select")).to_have_value("count")
    shown = tile(page, "flows").locator("tbody td small").all_inner_texts()
    counts = [int(text.split(" of ")[0].replace(",", "")) for text in shown]
    assert counts == sorted(counts, reverse=True)


def test_step_8_a_phone_task_needs_a_disposition_shows_within_two_seconds_and_can_be_undone(
    visit: Any,
) -> None:
    page = visit()
    page.mouse.move(2, 2)
    todo = tile(page, "tasks")
    assert todo.locator(".todo-title").all_inner_texts()[:3] == [
        "Write to the board", "Call Ann", "Send Ann the brochure"
    ]  # fmt: skip
    before = tile(page, "actions").locator("li", has_text="Phone call").locator(".act-n").inner_text()
    todo.get_by_role("button", name="Complete: Call Ann").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#task-complete")
    assert dialog.locator("[name=disposition]").count() == 5
    dialog.get_by_role("button", name="Complete", exact=True).click()
    expect(dialog.locator(".dk-problem")).to_have_text("Choose how the call ended.")
    dialog.get_by_text("Demo or appointment booked").click()
    dialog.get_by_label("Note (optional)").fill("Tuesday at nine.")
    dialog.get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator("#task-undo")).to_be_visible()
    expect(todo.locator(".done .todo-title")).to_have_text("Call Ann")
    expect(tile(page, "timeline").locator(".tl-event").first).to_have_text("Booked")
    after = tile(page, "actions").locator("li", has_text="Phone call").locator(".act-n")
    assert int(after.inner_text()) == int(before) + 1
    page.locator("[data-task-undo]").click()
    expect(todo.locator(".done")).to_have_count(0)
    expect(after).to_have_text(before)
    until(page, "document.querySelector('.tl-event').textContent !== 'Booked'")


def test_step_8_other_tasks_take_a_note_and_tasks_have_a_page_of_their_own(visit: Any) -> None:
    page = visit(f"{PINE}/tasks")
    page.get_by_role("button", name="New task").click()
    page.get_by_label("What is to be done").fill("Thank the reception")
    page.get_by_label("Type").select_option("other")
    page.get_by_label("Repeats").select_option("weekly")
    page.get_by_role("button", name="Save").click()
    row = page.locator(".todo-row", has_text="Thank the reception")
    expect(row).to_contain_text("Every week")
    row.get_by_role("button", name="Change").click()
    page.get_by_label("Due").fill("2030-01-02")
    page.get_by_role("button", name="Save").click()
    expect(row).to_have_count(0)
    page.get_by_role("link", name="Upcoming").click()
    expect(row).to_contain_text("2 Jan")
    page.get_by_role("link", name="Overdue").click()
    expect(page.locator(".todo-row .todo-title")).to_have_text(["Write to the board"])
    page.locator("[data-task]").click()
    assert page.locator("#task-ended").is_hidden()
    page.get_by_label("Note (optional)").fill("They meet in May.")
    page.locator("#task-complete").get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator(".todo-row")).to_have_count(0)
    page.get_by_role("link", name="Done").click()
    expect(page.locator(".todo-row")).to_contain_text("They meet in May.")


def test_step_2_a_team_member_filters_by_date_only_and_sees_their_own_which_the_owner_cannot_complete(
    visit: Any, stage: Stage, open_context: Open
) -> None:
    page = visit(f"{PINE}/tasks")
    page.goto(f"{stage.url}{PINE}/tasks?user={PIA}")
    expect(page.locator(".todo-title")).to_have_text(["Ring the hygienist"])
    expect(page.locator("[data-task]:enabled")).to_have_count(0)
    for width in (1440, 390):
        context = open_context(width)
        own = context.new_page()
        seen = watch(own)
        log_in(own, stage, PIA)
        own.goto(stage.url + PINE)
        own.wait_for_selector("#tiles .tile")
        until(own, "!document.querySelector('.dk-first')")
        expect(own.locator(".dk-sub").first).to_contain_text("your own figures")
        expect(own.locator("#controls [aria-current=page]")).to_have_text("7 days")
        assert own.locator("#c-user").count() == 0
        assert "1 of 1 contacts" in tile(own, "engagement").inner_text()
        assert set(tile(own, "timeline").locator(".tl-lead").all_inner_texts()) == {"own@smile.example"}
        assert tile(own, "tasks").locator(".todo-title").all_inner_texts() == ["Ring the hygienist"]
        assert tile(own, "leads").locator("a[data-lead]").count() == 1
        assert "ann@smile.example" not in own.content()
        assert overflow(own) <= 0
        # What the address asks for does not widen it.
        own.goto(f"{stage.url}{PINE}?user={ALICE}")
        own.wait_for_selector("#tiles .tile")
        assert "ann@smile.example" not in own.content()
        assert seen.problems == []


def test_step_9_hot_leads_say_why(visit: Any) -> None:
    page = visit()
    first = tile(page, "leads").locator("li", has_text="ann@smile.example")
    assert "2 × Replies" in first.inner_text()
    assert "Multiple opens" in first.inner_text()
    assert CANARY not in page.content()


def test_step_10_a_name_opens_the_contacts_card_where_one_is(visit: Any, stage: Stage) -> None:
    page = visit()
    for _ in range(300):  # the worker makes her a contact
        with stage.services.session() as session:
            if session.scalars(select(Contact.id).where(Contact.key == "ann@smile.example")).first():
                break
        page.wait_for_timeout(200)
    for name in ("leads", "timeline", "tasks"):
        tile(page, name).locator("a[data-lead='ann@smile.example']").first.click()
        drawer = page.locator(".cc-drawer[open]")
        expect(drawer.get_by_text("ann@smile.example").first).to_be_visible()
        expect(drawer.get_by_role("heading", name="Tasks")).to_be_visible()
        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)


def test_an_empty_workspace_says_what_to_do_first(visit: Any) -> None:
    """In one place: its tiles, which would all say the same, wait for the first figures."""
    page = visit("/w/lumen-legal")
    steps = page.locator(".dk-start")
    expect(steps.get_by_role("heading", level=3)).to_have_count(2)
    assert page.locator("#tiles .tile").count() == 6
    expect(page.locator("#tiles .tile:visible")).to_have_count(0)
    steps.get_by_role("link", name="Connect a source").click()
    expect(page).to_have_url(re.compile("/w/lumen-legal/sources$"))


def test_help_explains_the_pages_words(visit: Any) -> None:
    page = visit()
    page.keyboard.press("?")
    expect(page.locator(".dk-help")).to_be_visible()
    assert "in your browser’s time zone" in page.locator(".dk-help").inner_text()
    page.keyboard.press("Escape")
    expect(page.locator(".dk-help")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 834, 390])
def test_on_a_laptop_a_tablet_and_a_phone_axe_finds_nothing_and_nothing_sticks_out(
    visit: Any, artefacts: Path, width: int
) -> None:
    for path, name in ((PINE, "dashboard"), (f"{PINE}/tasks?list=upcoming", "tasks")):
        page = visit(path, width)
        if name == "dashboard":
            page.locator(".acts summary").first.click()
            page.locator("[data-line-list]").first.click()
            until(page, "document.querySelector('.tl-events')")
        wrong = []
        for scheme, checks in looks_at(width):
            in_scheme(page, scheme)
            page.wait_for_timeout(300)
            wrong += violations(page, checks)
            keep_picture(page, artefacts / f"{name}-{width}-{scheme}.png", full_page=True)
        assert wrong == []
        assert overflow(page) <= 0


def test_step_6_a_replys_category_can_be_corrected_and_figures_follow(visit: Any) -> None:
    page = visit()
    page.mouse.move(2, 2)
    replies = tile(page, "engagement").locator("tr", has_text="Replies").locator("td")
    before = int(replies.inner_text())
    video = tile(page, "engagement").locator("tr", has_text="Multiple opens").locator("td").inner_text()
    ann = tile(page, "timeline").locator(".tl-row", has_text="ann@smile.example").filter(has_text="Replied")
    ann.locator(".tl-n").click()
    expect(ann.locator(".tl-events li")).to_have_count(2)
    for n in (0, 1):
        ann.locator("[data-line-category]").nth(n).select_option("not_interested")
        expect(ann.locator(".tl-cat small")).to_have_count(n + 1)
    expect(ann.locator(".tl-cat small").first).to_contain_text(f"changed by {ALICE}")
    expect(replies).to_have_text(str(before - 1))
    assert (
        tile(page, "engagement").locator("tr", has_text="Multiple opens").locator("td").inner_text() == video
    )
    ann.locator("[data-line-uncategorise]").first.click()
    expect(ann.locator(".tl-cat small")).to_have_count(1)
    expect(replies).to_have_text(str(before))
