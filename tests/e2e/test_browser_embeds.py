"""A report in a frame on another web site, as its visitors' browser meets it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Route, expect

from dashapp.db.reports import Share
from dashapp.sharing import embedding, links
from tests.e2e.stage import SHARE_PASSWORD, Stage

Open = Callable[..., BrowserContext]
SITE, OTHER = "https://www.client.example", "https://other.example"


def visit(page: Page, site: str, snippet: str) -> None:
    """A page of that web site, which exists in this browser alone, with the snippet in it."""

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=f"<!doctype html><h1>Client</h1>{snippet}")

    page.route(f"{site}/**", answer)
    page.goto(f"{site}/reports")


def test_a_named_site_shows_it_in_a_frame_with_its_password_and_another_does_not(
    stage: Stage, open_context: Open
) -> None:
    share_id, url = stage.share(password=SHARE_PASSWORD)
    with stage.services.session() as session:
        row = session.get_one(Share, share_id)
        row.embed_origins = [SITE]
        row.revision += 1
    snippet = embedding.snippet(url, "Report")

    page = open_context().new_page()
    visit(page, SITE, snippet)
    frame = page.frame_locator("iframe")
    frame.locator("#password").fill(SHARE_PASSWORD)
    frame.locator("button").click()
    expect(frame.locator(".tile").first).to_be_visible()
    # The frame grows with the report: nothing scrolls inside it.
    page.wait_for_function("document.querySelector('iframe').offsetHeight > 900")
    expect(frame.locator(".top .logo")).to_be_hidden()
    # The pass is this site's own: it is there after a reload, and not for the link opened alone.
    page.reload()
    expect(frame.locator(".tile").first).to_be_visible()
    alone = page.context.new_page()
    alone.goto(url)
    expect(alone.locator("#password")).to_be_visible()

    stranger = open_context().new_page()
    visit(stranger, OTHER, snippet)
    stranger.wait_for_timeout(500)
    assert stranger.frame_locator("iframe").locator("#password").count() == 0

    with stage.services.session() as session:
        links.revoke(session, session.get_one(Share, share_id))
    page.reload()
    page.wait_for_timeout(500)
    assert frame.locator(".tile").count() == 0
