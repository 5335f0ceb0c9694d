"""A client's portal as an agency sets it up: its logo, a link to copy; clients change nothing."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from dashapp.db.tenants import Agency, Workspace
from tests.e2e.seen import until, watch
from tests.e2e.stage import Stage

Open = Callable[..., BrowserContext]


def png(width: int = 200) -> bytes:
    """A green bar."""
    made = io.BytesIO()
    Image.new("RGB", (width, 60), "#0f766e").save(made, "PNG")
    return made.getvalue()


def test_the_agencys_logo_is_on_the_portal_the_link_is_copied_and_clients_change_nothing(
    stage: Stage, open_context: Open, alices_page: Callable[..., Page]
) -> None:
    page = alices_page()
    seen = watch(page)
    try:
        page.goto(f"{stage.url}/agency/general?agency=north")
        chosen = page.locator("input[type=file]")
        chosen.set_input_files(
            {"name": "big.png", "mimeType": "image/png", "buffer": png() + b"\0" * 1_100_000}
        )
        page.get_by_role("button", name="Upload").click()
        assert chosen.evaluate("field => field.validationMessage") == "A logo can have at most 1 MB."
        page.locator("input[type=file]").set_input_files(
            {"name": "logo.png", "mimeType": "image/png", "buffer": png()}
        )
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_role("button", name="Remove logo")).to_be_visible()

        page.goto(f"{stage.url}/w/harbour-coffee/analytics")
        page.wait_for_selector(".tile[data-tile]")
        page.click("#share-open")
        page.get_by_label("Set password").fill("")
        page.click("#new-create")
        address = page.locator("#share-url").input_value()
        expect(page.locator("#new-made")).to_contain_text("Copy")

        guest = open_context(390).new_page()
        guest.goto(address)
        until(guest, "[...document.querySelectorAll('.top img')].some(one => one.naturalWidth > 0)")
        assert guest.locator(".tile[data-tile]").count() == 9
        fields = guest.locator("input, textarea, select, [draggable=true], [contenteditable]")
        assert fields.evaluate_all("found => found.map(one => one.name)") == ["from", "to"], "days alone"
        assert guest.locator("form[method=post]").count() == 0
        assert guest.goto(address.replace("/p/", "/w/")).status == 404  # type: ignore[union-attr]
    finally:
        with stage.services.session() as session:
            agency = session.get_one(Workspace, stage.harbour).managing_agency
            assert agency is not None
            row = session.get_one(Agency, agency.id)
            row.logo, row.logo_digest = None, None
    assert seen.take_problems() == []
