"""The sources page in a browser: a file is given, its dates are asked about, it is taken in; a rule is off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, expect

from tests.e2e.seen import watch
from tests.e2e.stage import Stage

Open = Callable[..., BrowserContext]
DOUBTFUL = """\
When;Action;Mail to;Id
02/09/2026 10:00;Versand;ann@upload.example;up-1
03/09/2026 10:00;Versand;bea@upload.example;up-2
03/09/2026 12:00;open;bea@upload.example;up-2
"""


def test_a_file_is_looked_at_settled_and_taken_in(
    stage: Stage, open_context: Open, alice_state: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(DOUBTFUL)
    page = open_context(storage_state=alice_state).new_page()
    seen = watch(page)
    page.goto(f"{stage.url}/w/harbour-coffee/sources")
    page.set_input_files(".dk-upload-file", str(file))
    form = page.locator("[data-upload-form]")
    expect(form.get_by_role("alert")).to_contain_text("can be read two ways")
    form.locator("[name=dates]").select_option("dmy")
    expect(form).to_contain_text("0 of 3 rows can be taken in.")  # whose they are is not known yet
    form.locator("details", has=page.locator('[data-column="message_id"]')).locator("summary").first.click()
    form.locator('[data-column="message_id"]').select_option("id")
    form.locator('[data-column="lead"]').select_option("mail to")
    form.locator('[data-event="Versand"]').select_option("sent")
    take = form.get_by_role("button", name="Take in 3 events")
    expect(take).to_be_visible()
    take.click()
    done = page.locator("[data-upload-done]")
    expect(done).to_contain_text("New")
    expect(done.locator("dd").nth(1)).to_contain_text("3")
    page.get_by_role("button", name="Bring in another file").click()
    expect(page.locator(".dk-upload-file")).to_be_focused()
    assert seen.take_problems() == []


def test_a_rule_about_machines_is_switched_off_and_on(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/w/harbour-coffee/sources")
    rule = page.get_by_role("checkbox", name="Link previews")
    expect(rule).to_be_checked()
    rule.uncheck()
    save = page.locator(".dk-rules").get_by_role("button", name="Save")
    save.click()
    expect(page.locator("#counting-told")).to_contain_text("Saved.")
    page.reload()
    rule = page.get_by_role("checkbox", name="Link previews")
    expect(rule).not_to_be_checked()
    rule.check()
    save.click()
    expect(page.locator("#counting-told")).to_contain_text("Saved.")
