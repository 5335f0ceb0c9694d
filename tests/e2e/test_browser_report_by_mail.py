"""A campaign's report goes to people by mail, as the agency shares it and as its viewers open it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from dashapp.db.mail import Mail
from dashapp.db.shares import ShareViewer
from tests.e2e.seen import overflow, watch
from tests.e2e.stage import Stage
from tests.e2e.test_browser_looks import CHECKS, violations

Open = Callable[..., BrowserContext]
GUS, MEG = "gus@client.example", "meg@client.example"
WORD = "a word for Gus & Meg"


def mail_to(stage: Stage, email: str) -> Mail:
    """The newest mail to somebody."""
    with stage.services.reading() as session:
        newest = select(func.max(Mail.id)).where(Mail.to == email)
        return session.scalars(select(Mail).where(Mail.id == newest.scalar_subquery())).one()


def test_the_report_is_chosen_shared_with_viewers_password_and_message_and_opens_complete(
    stage: Stage, open_context: Open, alices_page: Callable[..., Page]
) -> None:
    """Viewers, a password of one's own, a message, a mail to each; link and password lead to the whole report.

    Later one viewer is barred, and the other goes on.
    """
    page = alices_page()
    seen = watch(page)
    page.goto(f"{stage.url}/w/harbour-coffee/campaigns")
    page.locator(".ls-name", has_text="Autumn menu").click()
    expect(page.get_by_role("heading", name="Autumn menu")).to_be_visible()
    page.locator("#share-open").click()
    field = page.get_by_label("Add viewers")
    for email, key in ((GUS, "Tab"), (MEG, "Enter")):
        field.fill(email)
        field.press(key)
    first, box = (
        page.locator("[data-address]").first.bounding_box(),
        page.locator("[data-viewers]").bounding_box(),
    )
    assert first is not None
    assert box is not None
    assert first["x"] - box["x"] < 20, "the first viewer stands where the field begins"
    expect(page.get_by_label("Set password")).not_to_have_value("")
    page.get_by_label("Set password").fill(WORD)
    page.get_by_text("Add message").click()
    page.get_by_label("Message", exact=True).fill("Our autumn.\nMore soon.")
    page.locator("#new-create").click()
    expect(page.locator("#new-made")).to_contain_text("2 mails are on their way")

    mail = mail_to(stage, GUS)
    for told in (WORD, "Our autumn.\nMore soon."):
        assert told in mail.text
    assert "Our autumn.\nMore soon." in str(mail.html)
    link = re.search(r"http://\S+/p/\S+", mail.text)
    assert link is not None
    assert link[0] not in mail_to(stage, MEG).text, "each viewer has a link of their own"

    guest = open_context(390).new_page()
    guest.goto(link[0])
    guest.locator("#password").fill(WORD)
    guest.keyboard.press("Enter")
    guest.wait_for_selector("[data-tile=steps]")
    expect(guest.get_by_role("heading", name="Autumn menu")).to_be_visible()
    assert guest.locator("a.back").count() == 0, "there is no list to go back to"
    assert overflow(guest) <= 0
    assert violations(guest, CHECKS["light"]) == []

    with stage.services.reading() as session:
        share_id = session.scalars(select(ShareViewer.share_id).where(ShareViewer.email == GUS)).one()
    page.goto(f"{stage.url}/w/harbour-coffee/shares/{share_id}")
    page.locator("li", has_text=GUS).get_by_role("button", name="Bar").click()
    expect(page.locator("li", has_text=GUS)).to_contain_text("Let in again")
    assert guest.goto(link[0]).status == 404  # type: ignore[union-attr]
    theirs = re.search(r"http://\S+/p/\S+", mail_to(stage, MEG).text)
    assert theirs is not None
    assert guest.goto(theirs[0]).status == 200  # type: ignore[union-attr]
    assert seen.take_problems() == []
