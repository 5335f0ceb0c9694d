"""The data team's pages in a browser: bars over what goes on, a record put right, a grid, SQL, a CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from dashapp.db.base import now
from data.events.canonical import Parked
from tests.e2e.seen import until, watch
from tests.e2e.stage import CANARY, Stage

Open = Callable[..., BrowserContext]


def test_the_grid_is_loaded_where_it_is_shown(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    seen = watch(page)
    for address, mark in (("/", ".dk-totals"), ("/data?agency=north", ".dd-marts")):
        page.goto(stage.url + address)
        page.wait_for_selector(mark)
    assert not [url for url in seen.scripts if "grid" in url]
    page.click("text=Tables and SQL")
    page.wait_for_selector("#rows-grid .ag-row")
    assert [url for url in seen.scripts if "dash_ag_grid" in url]
    assert not [url for url in seen.scripts if "enterprise" in url]
    assert seen.take_problems() == []


def test_rows_are_sorted_filtered_and_taken_away(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/data/tables?agency=north&table=messages")
    page.wait_for_selector("#rows-grid .ag-row")
    assert CANARY not in page.content()
    first = '#rows-grid .ag-row[row-index="0"] [col-id=c0]'
    page.click("#rows-grid .ag-header-cell[col-id=c0] .ag-header-cell-text")
    page.click("#rows-grid .ag-header-cell[col-id=c0] .ag-header-cell-text")  # twice: descending
    until(page, f"document.querySelector({json.dumps(first)}).textContent === 'pine-dental'")
    page.select_option("#rows-workspace", "pine-dental")
    until(page, "location.search.includes('workspace=pine-dental')")
    until(page, "document.querySelector('a[data-take]').href.includes('workspace=pine-dental')")
    with page.expect_download() as coming:
        page.click("a[data-take]")
    assert coming.value.suggested_filename == "pine-dental-messages.csv"
    rows = list(csv.reader(Path(coming.value.path()).read_text().splitlines()))
    assert len(rows) >= 121, "the stage's 120 e-mails, and what other files of tests have put there"
    assert {row[0] for row in rows[1:]} == {"pine-dental"}
    until(page, f"document.body.textContent.includes('All {len(rows) - 1} are shown.')")


def test_sql_has_a_bar_when_it_takes_long_and_a_sentence_when_it_is_stopped(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    page = open_context(storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/data/tables?agency=north")
    page.click("[data-desk-act=sql]")
    page.wait_for_selector("#sql-grid .ag-row")
    page.fill(
        "#sql-text",
        "SELECT sum(sqrt(a.range * b.range)) FROM range(100000000) a, range(1000000) b",
    )
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-bar=sql] [role=progressbar][aria-valuenow]")
    # The answer from before is dimmed meanwhile, and a second statement waits.
    assert page.get_attribute("#sql-grid", "class") == "dd-old"
    assert page.is_disabled("[data-desk-act=sql]")
    page.wait_for_selector(".dd-problem")
    assert page.is_enabled("[data-desk-act=sql]")
    assert page.get_attribute("#sql-grid", "class") == ""
    assert page.locator("#sql-grid .ag-row").count() == 0
    assert page.inner_text(".dd-problem") == "It took more than 10 seconds and was stopped."
    assert page.inner_text("[data-bar=sql]") == ""
    # Other tests send messages of their own: only those of the stage are counted.
    page.fill(
        "#sql-text",
        "SELECT workspace, count(*) AS n FROM messages WHERE message_id SIMILAR TO '(harbour|pine)-[0-9]+' "
        "GROUP BY ALL ORDER BY n DESC",
    )
    page.click("[data-desk-act=sql]")
    page.wait_for_selector("#sql-grid .ag-row")
    assert page.inner_text("#sql-grid .ag-row[row-index='0']").split() == ["harbour-coffee", "320"]
    with page.expect_download() as coming:
        page.click("[data-sql-csv]")
    assert Path(coming.value.path()).read_text("utf-8-sig").splitlines() == [
        "workspace,n",
        "harbour-coffee,320",
        "pine-dental,120",
    ]
    # Nothing to run is said, and what another statement said is gone.
    page.fill("#sql-text", "  ")
    page.click("[data-desk-act=sql]")
    until(page, "document.getElementById('sql-told').textContent === 'Write a statement first.'")
    until(page, "!document.querySelector('#sql-grid .ag-row')")


#: The button of the record that is looked at, the newest one; how far down the window it stands.
ROW = ".dd-parked tbody tr [data-desk-act=inspect]"
STANDS = f"document.querySelector('{ROW}').getBoundingClientRect().top"


def test_a_record_is_put_right_and_a_run_is_followed_to_its_end(
    stage: Stage, open_context: Open, alice_state: dict[str, Any]
) -> None:
    raw = json.dumps(
        {"event": "clickt", "event_id": "mend-1", "message_id": "harbour-3", "occurred_at": now().isoformat()}
    )
    stage.services.inbox.put(
        stage.harbour, None, [], [Parked("line 9", "unknown event 'clickt'", raw)], received_at=now()
    )
    page = open_context(storage_state=alice_state).new_page()
    page.goto(f"{stage.url}/data?agency=north")
    inspect = "tr:has-text(\"unknown event 'clickt'\") [data-desk-act=inspect]"
    page.wait_for_selector(inspect)
    page.evaluate(f"document.querySelector('{ROW}').scrollIntoView({{block: 'center'}})")
    stood = page.evaluate(STANDS)
    page.click(inspect)
    # The record is where it can be read, below the header, and closing it leads back to its row.
    page.wait_for_selector("#data-record:focus")
    assert page.evaluate("document.getElementById('data-record').getBoundingClientRect().top") >= 64
    page.click("[data-desk-act=close]")
    until(page, f"document.activeElement.matches('{ROW}')")
    assert abs(page.evaluate(STANDS) - stood) <= 2
    page.click("tr:has-text(\"unknown event 'clickt'\") [data-desk-act=inspect]")
    page.click(".dd-mend summary")
    page.fill("#data-mend", page.input_value("#data-mend").replace("clickt", "clicked"))
    page.click("[data-desk-act=mend]")
    until(page, "document.getElementById('data-told').textContent.includes('is in the inbox: 1 new')")
    until(page, "!document.getElementById('data-record')")
    # What was told lies over the tables: it can be closed.
    page.click("#data-told [data-desk-act=hush]")
    until(page, "document.getElementById('data-told').textContent === ''")
    page.click("[aria-label='Refresh Harbour Coffee now']")
    page.wait_for_selector("[data-bar=act] [role=progressbar]")
    until(
        page,
        "document.getElementById('data-told').textContent.includes('refresh-marts for Harbour Coffee is done')",
    )
    until(page, "document.querySelector('[data-bar=act]').textContent === ''")
