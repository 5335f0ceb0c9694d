"""The path: Alice shares a workspace, the guest looks at it on a phone, an event comes in and is seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page

from dashapp.db.base import now
from tests.e2e.seen import figures, log_in, overflow, tiles, until, watch
from tests.e2e.stage import BOB, CANARY, Stage

#: Questions an open page may ask, one a second, until it shows an event: work is counted, no clock.
MOST_POLLS = 5
#: Notes in the page itself when the number of e-mails changes: asking from here would slow the page down.
NOTICE = """
const number = () => document.querySelector('[data-tile=sent] .num')?.textContent;
const before = number();
window.noticed = 0;
performance.clearResourceTimings();
const observer = new MutationObserver(() => {
  if (!number() || number() === before) return;
  window.noticed = Date.now();
  window.polls = performance.getEntriesByType('resource').filter(
    (one) => /[/]live\\b|_dash-update-component/.test(one.name)).length;
  observer.disconnect();  // else it would take the next event's look for its own
});
observer.observe(document.body, {subtree: true, childList: true, characterData: true});
"""
Open = Callable[..., BrowserContext]


def test_from_log_in_to_a_figure_that_changes_on_a_phone(stage: Stage, open_context: Open) -> None:
    desk = open_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    desk_watch = watch(desk)

    # Alice logs in; her workspaces are there with figures, nobody else's.
    log_in(desk, stage)
    rows = desk.locator("tr[data-name]")
    assert sorted(rows.evaluate_all("rows => rows.map(r => r.dataset.name)")) == [
        "harbour coffee",
        "lumen legal",
        "pine dental",
    ]
    harbour_row = desk.locator("tr[data-name='harbour coffee']")
    assert "%" in harbour_row.inner_text()
    assert "Connect a source" in desk.locator("tr[data-name='lumen legal']").inner_text()

    # The workspace opens with its dashboard; its analytics show the default view.
    desk.get_by_role("link", name="Harbour Coffee").first.click()
    desk.wait_for_selector(".tile[data-tile=engagement]")
    assert desk.url == f"{stage.url}/w/harbour-coffee"
    desk.locator("#rail").get_by_text("Analytics").click()
    desk.wait_for_selector(".tile[data-tile=cohort]")
    assert desk.url == f"{stage.url}/w/harbour-coffee/analytics?period=28"  # what is shown is in the address
    assert desk.locator(".tile").count() == 9
    at_the_desk = figures(desk)
    assert set(at_the_desk) == {"sent", "open", "reply", "positive"}
    assert at_the_desk["sent"] in harbour_row_text(desk, stage)

    # She shares it and has the link in her clipboard.
    url = share(desk)

    # The guest opens it on a phone, without an account, and reads what Alice reads.
    phone = open_context(390, device_scale_factor=2, is_mobile=True, has_touch=True).new_page()
    phone_watch = watch(phone)
    answer = phone.goto(url)
    assert answer is not None
    assert answer.status == 200
    assert figures(phone) == at_the_desk
    assert tiles(phone) == tiles(desk)
    assert phone.locator("h1").inner_text() == "Harbour Coffee"
    assert overflow(phone) <= 0
    assert phone.context.cookies() == []

    # An event comes in by webhook: both open pages show it, and neither was loaded again.
    phone_moves, desk_moves = phone_watch.navigations, desk_watch.navigations
    # The very first one after the start finds nothing warm: it has to come, the next one has to be quick.
    for turn, limit in (("first", 4 * MOST_POLLS), ("next", MOST_POLLS)):
        seen = an_event_comes_in(stage, {"portal": phone, "desk": desk})
        print(f"{turn} event seen after", seen)
        assert all(1 <= polls <= limit for polls, _ in seen.values()), seen
    assert figures(phone) == figures(desk)
    assert int(figures(phone)["sent"].replace(",", "")) == int(at_the_desk["sent"].replace(",", "")) + 2
    assert (phone_watch.navigations, desk_watch.navigations) == (phone_moves, desk_moves)

    assert desk_watch.problems == []
    assert phone_watch.problems == []
    assert CANARY not in desk.content() + phone.content()


def harbour_row_text(desk: Page, stage: Stage) -> str:
    """What the home says of Harbour Coffee, read in a tab of its own."""
    home = desk.context.new_page()
    home.goto(stage.url)
    text = home.locator("tr[data-name='harbour coffee']").inner_text()
    home.close()
    return text


def share(desk: Page) -> str:
    """Make a link with the dialog of the page; what the clipboard then holds."""
    desk.click("#share-open")
    desk.fill("#new-password", "")  # one is suggested
    desk.get_by_role("button", name="Share report").click()
    shown = desk.get_by_label("Your link").input_value()
    desk.wait_for_selector("#share-copy.dk-copied")
    copied: str = desk.evaluate("navigator.clipboard.readText()")
    assert copied == shown
    desk.keyboard.press("Escape")
    desk.wait_for_selector(".modal", state="detached")
    return copied


def an_event_comes_in(stage: Stage, pages: dict[str, Page]) -> dict[str, tuple[int, float]]:
    """One e-mail is sent; the questions each page asked, and the seconds, until it shows one more."""
    at = now()
    record: dict[str, Any] = {
        "event": "sent",
        "event_id": f"live-{at.timestamp()}",
        "message_id": f"live-{at.timestamp()}",
        "lead": "new@client.example",
        "campaign": "Autumn menu",
        "occurred_at": (at - timedelta(seconds=2)).isoformat(),
    }
    for page in pages.values():
        page.evaluate(f"() => {{ {NOTICE} }}")
    began = time.time()
    assert stage.post([record])["new"] == 1
    for page in pages.values():
        until(page, "window.noticed > 0")
    return {
        name: (page.evaluate("window.polls"), page.evaluate("window.noticed") / 1000 - began)
        for name, page in pages.items()
    }


def test_bob_sees_his_workspace_only_and_cannot_share(stage: Stage, open_context: Open) -> None:
    page = open_context().new_page()
    log_in(page, stage, BOB)
    assert page.url == f"{stage.url}/w/harbour-coffee", "he has one workspace and goes straight there"
    page.goto(f"{stage.url}/w/harbour-coffee/analytics")
    page.wait_for_selector(".tile[data-tile=cohort]")
    assert page.locator("#share-open").count() == 0
    for slug in ("pine-dental", "colossus"):
        answer = page.goto(f"{stage.url}/w/{slug}/analytics")
        assert answer is not None
        assert answer.status == 404


def test_sharing_by_keyboard(stage: Stage, open_context: Open, alice_state: dict[str, Any]) -> None:
    page = open_context(storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/w/harbour-coffee/analytics")
    page.wait_for_selector("#share-open")
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(page) == "share-open":
            break
    assert focused(page) == "share-open"
    page.keyboard.press("Enter")
    page.wait_for_selector("#new-create")
    until(page, "document.activeElement.closest('.modal') !== null")
    reached = set()
    for _ in range(24):
        page.keyboard.press("Tab")
        # The body stands for the browser's own bar, which comes after the last button. A focus that has left the
        # dialog is called back in a turn of its own, which a starved browser may have yet to take.
        until(page, "document.activeElement === document.body || !!document.activeElement.closest('.modal')")
        reached.add(focused(page))
    assert {"new-create", "share-close"} <= reached
    page.keyboard.press("Escape")
    page.wait_for_selector(".modal", state="detached")
    until(page, "document.activeElement.id === 'share-open'")


def focused(page: Page) -> str:
    """The id of what has the focus."""
    found: str = page.evaluate("document.activeElement.id")
    return found


def test_whoever_reads_a_tile_stays_where_they_are_when_an_event_comes(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    """Tiles were all put in anew: what was open closed by itself, and the focus was on nothing."""
    desk = open_context(storage_state=alice_state).new_page()
    desk.goto(f"{stage.url}/w/harbour-coffee/analytics")
    desk.wait_for_selector("#page .tile[data-tile=cohort]")
    until(desk, "!document.querySelector('.dk-first')")

    # An explanation is open.
    desk.locator("#tiles [data-tile=sent] .how summary").click()
    an_event_comes_in(stage, {"desk": desk})
    assert desk.locator("#tiles [data-tile=sent] .how").get_attribute("open") is not None
    assert desk.evaluate("document.activeElement.closest('[data-tile]').dataset.tile") == "sent"

    # Somebody stands on a figure.
    desk.locator("#tiles [data-tile=sent] button[data-cell]").first.focus()
    an_event_comes_in(stage, {"desk": desk})
    assert desk.evaluate("document.activeElement.matches('[data-tile=sent] button[data-cell]')")

    # Somebody reads a chart by arrow keys: the same chart, the same point.
    plot = desk.locator("#tiles .plot[data-tips]").first
    plot.focus()
    for _ in range(3):
        desk.keyboard.press("ArrowRight")
    an_event_comes_in(stage, {"desk": desk})
    assert desk.evaluate("document.activeElement.matches('#tiles .plot.on[data-at=\"2\"]')")

    # What did not change is the very element it was, also when it is open, or read by arrow keys.
    desk.locator("#tiles [data-tile=reply] .how summary").click()
    changed = desk.evaluate(CHANGED)
    assert changed == ["sent"]


def test_the_end_of_a_session_leads_to_the_log_in_and_nothing_throws(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    """Dash read the refusal of a callback twice: an exception in the console of every open page."""
    context = open_context(storage_state=alice_state)
    desk = context.new_page()
    seen = watch(desk)
    desk.goto(f"{stage.url}/w/harbour-coffee/analytics")
    desk.wait_for_selector("#page .tile[data-tile=cohort]")
    until(desk, "!document.querySelector('.dk-first')")
    context.clear_cookies()
    desk.wait_for_selector("input[name=password]")
    assert seen.problems == []


def test_a_period_that_cannot_be_shown_is_told_and_the_address_put_right(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    desk = open_context(storage_state=alice_state).new_page()
    desk.goto(f"{stage.url}/w/harbour-coffee/analytics?period=99999&compare=year")
    told = desk.locator("#page #controls-bar [role=alert]")
    assert told.inner_text() == "There is no period '99999'; 28 days are shown."
    until(desk, "location.search === '?period=28&compare=year'")
    # The page goes on under the right address, and a choice leaves nothing of the wrong one.
    desk.locator(".dk-range summary").click()
    desk.fill("#c-from", "2026-03-09")
    desk.fill("#c-to", "2026-03-01")
    assert (desk.get_attribute("#c-to", "min"), desk.get_attribute("#c-from", "max")) == (
        "2026-03-09",
        "2026-03-01",
    )
    desk.get_by_role("button", name="Show these days").click()
    assert desk.evaluate("location.search") == "?period=28&compare=year"
    desk.fill("#c-to", "2026-03-10")
    desk.get_by_role("button", name="Show these days").click()
    until(desk, "location.search === '?from=2026-03-09&to=2026-03-10&compare=year'")
    until(desk, "!document.querySelector('#page #controls-bar [role=alert]')")


#: Tiles of which one differs are put in; which were replaced.
CHANGED = """() => {
  const place = document.getElementById('tiles'), before = [...place.querySelectorAll('.tile')];
  const next = new DOMParser().parseFromString(place.innerHTML.replaceAll(' open=""', ''), 'text/html');
  next.querySelectorAll('.plot').forEach(plot => plot.replaceWith(pristine(plot)));
  next.querySelector('[data-tile=sent] .num').textContent = '123';
  window.vitrineTiles(place, next);
  return before.filter(tile => !tile.isConnected).map(tile => tile.dataset.tile);
  function pristine(plot) {
    plot.classList.remove('on');
    plot.removeAttribute('data-at');
    plot.querySelectorAll('.cur,.pt,.tip').forEach(one => {
      one.replaceWith(Object.assign(document.createElement('div'), {className: one.className.split(' ')[0]}));
    });
    return plot.cloneNode(true);
  }
}"""
