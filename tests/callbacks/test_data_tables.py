"""Tables and SQL in the browser's words: statements, samples and CSV are of one's own workspaces alone."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from callbacks.data_team import tables as wired
from dashapp.access.viewer import Member
from dashapp.data_team import statements
from dashapp.db.security import AuditEntry
from dashapp.errors import TooMany
from dashapp.seats import OF_ALL, SQL
from dashapp.services import Services
from data.building import build
from data.lake import segments
from data.tables import browse as looking
from data.tables.rows import TABLES
from data.tables.spreadsheet import cell
from pages.data_team import tables as data_tables
from pages.frame.page_spec import Visit
from tests.support.data_house import CANARY, SOUTH_SENT, sent, take_in

TABLES_AT = "/data/tables"
SEARCH = "?agency=north"
COUNT = "SELECT workspace, count(*) AS n FROM messages GROUP BY ALL"


def asked(sql: str) -> dict[str, Any]:
    return {"sql": sql, "at": 7}


def answer(call: Any, who: Any, sql: str, search: str = SEARCH) -> dict[str, Any]:
    found = call(who, "sql-ask", asked(sql), TABLES_AT, search)
    assert found.status_code == 200, found.text
    data: dict[str, Any] = found.json["response"]["sql-answer"]["data"]
    return data


def test_alice_asks_and_it_is_in_the_audit(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    found = answer(call, alice, COUNT)
    assert found["rows"] == [["harbour-coffee", 8]]
    assert [one["name"] for one in found["columns"]] == ["workspace", "n"]
    assert found["told"].startswith("1 row, in ")
    slip = answer(call, alice, "SELECT cnt FROM messages")
    assert slip["problem"].startswith("Binder Error")
    with running.reading() as session:
        notes = session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.sql")).all()
    assert [note.detail for note in notes] == [COUNT, "SELECT cnt FROM messages"]
    assert {(note.actor, note.agency_id) for note in notes} == {("alice@north.example", world.ids["north"])}


def test_the_workspace_of_the_address_narrows(alice: Any, call: Any, rows: dict[str, int]) -> None:
    assert answer(call, alice, COUNT, f"{SEARCH}&workspace=pine-dental")["rows"] == []
    found = call(alice, "sql-ask", asked(COUNT), TABLES_AT, f"{SEARCH}&workspace=colossus")
    assert found.status_code == 404


@pytest.mark.parametrize("name", ["bob", "carla", "dora"])
def test_who_may_not_manage_asks_nothing(
    app: Any, browser: Any, call: Any, running: Services, rows: dict[str, int], name: str
) -> None:
    for search in ("", "?agency=north", "?agency=south"):
        assert call(browser(name), "sql-ask", asked(COUNT), TABLES_AT, search).status_code == 404
    with running.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.sql")).all() == []


def test_charlies_agency_is_not_alices(alice: Any, call: Any, browser: Any, rows: dict[str, int]) -> None:
    assert call(alice, "sql-ask", asked(COUNT), TABLES_AT, "?agency=south").status_code == 404
    assert call(alice, "sql-ask", asked(COUNT), "/data", SEARCH).status_code == 404
    assert answer(call, browser("charlie"), COUNT, "?agency=south")["rows"] == [["colossus", SOUTH_SENT]]


@pytest.mark.parametrize(
    "bad", [None, {}, {"sql": 1, "at": 1}, {"sql": ["SELECT 1"], "at": 1}, asked("x" * 20_002)]
)
def test_a_bent_statement_is_400(alice: Any, call: Any, rows: dict[str, int], bad: Any) -> None:
    assert call(alice, "sql-ask", bad, TABLES_AT, SEARCH).status_code == 400


def test_others_turn_is_told(
    alice: Any, call: Any, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise TooMany("Others wait.", 5)

    monkeypatch.setattr(wired, "ask", busy)
    assert answer(call, alice, COUNT) == {"at": 7, "problem": "Others wait."}


def member(world: Any, who: str, agency: str, role: str = "owner") -> Member:
    return Member(world.ids[who], f"{who}@x.example", "", {world.ids[agency]: role})


def shown(running: Services, world: Any, **search: str) -> str:
    visit = Visit(running, member(world, "alice", "north"), TABLES_AT, search)
    return str(data_tables.layout(visit).content.to_plotly_json())


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_shown_with_alices_rows_alone(
    running: Services, world: Any, rows: dict[str, int], table: str
) -> None:
    page = shown(running, world, table=table)
    assert CANARY not in page
    assert str(SOUTH_SENT) not in page
    with running.reading() as session:
        mine = data_tables.data_model.whose(session, member(world, "alice", "north"), {})
    picked = data_tables.chosen(running.lake, mine, {"table": table})
    found = looking.sample(running.lake, mine.scope, picked.slugs, table)
    # By hand: 8 e-mails of 8 leads in the marts, 3 events that wait, one day and combination by two units.
    expected = {"inbox": 3, "segments": 8, "messages": 8, "journeys": 8, "combos": 1, "units": 2}
    if table in expected:
        assert found.total == len(found.rows) == expected[table]
    assert {row[0] for row in found.rows} <= {"harbour-coffee"}


def test_a_sample_is_the_newest_and_says_how_many_there_are(
    running: Services, world: Any, rows: dict[str, int]
) -> None:
    take_in(running, world.ids["pine"], sent("pine", 230))
    segments.drain(running.lake)
    build.refresh(running.lake)
    page = shown(running, world, table="messages")
    assert "The newest 200 of 241 are shown." in page
    assert "CSV, these 200" in page
    assert "CSV, all 241" in page


def test_very_much_opens_with_one_workspace(
    running: Services, world: Any, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice's two clients by name; all of them are a choice then, and the address says so."""
    assert "All workspaces · messages" in shown(running, world)
    monkeypatch.setattr(data_tables, "AT_ONCE", 5)
    assert "Harbour Coffee · messages" in shown(running, world)
    assert "All workspaces · messages" in shown(running, world, workspace="*")
    assert "Pine Dental · messages" in shown(running, world, workspace="pine-dental")


@pytest.mark.parametrize("search", [{"table": "users"}, {"workspace": "colossus"}, {"agency": "south"}])
def test_what_is_not_there_is_not_there(
    running: Services, world: Any, rows: dict[str, int], search: dict[str, str]
) -> None:
    from dashapp.errors import NotFound

    with pytest.raises(NotFound):
        shown(running, world, **search)


def csv_of(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.text)))


def test_a_whole_mart_as_csv(alice: Any, running: Services, rows: dict[str, int]) -> None:
    answer = alice.get("/data/rows.csv?agency=north&table=messages")
    names, *found = csv_of(answer)
    assert names[:2] == ["workspace", "message_id"]
    assert sorted(row[1] for row in found) == [f"harbour-{n}" for n in range(8)]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="north-messages.csv"'
    assert (answer.headers["X-Vitrine-Rows"], answer.headers["X-Vitrine-Total"]) == ("8", "8")
    assert answer.headers["Cache-Control"] == "no-store"
    with running.reading() as session:
        note = session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.take")).one()
    assert note.detail == "8 rows of messages"


def test_a_cut_csv_says_so_in_its_name(
    alice: Any, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashapp.web.data_files.CSV_ROWS", 3)
    answer = alice.get("/data/rows.csv?agency=north&table=journeys&workspace=harbour-coffee")
    assert len(csv_of(answer)) == 4
    assert 'filename="harbour-coffee-journeys-first-3.csv"' in answer.headers["Content-Disposition"]
    assert (answer.headers["X-Vitrine-Rows"], answer.headers["X-Vitrine-Total"]) == ("3", "8")


def test_a_csv_holds_no_formula(alice: Any, running: Services, world: Any, rows: dict[str, int]) -> None:
    evil = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "＝1+1", 'a,b"c']
    records = sent("evil", len(evil))
    for record, campaign in zip(records, evil, strict=True):
        record["campaign"] = campaign
    take_in(running, world.ids["pine"], records)
    segments.drain(running.lake)
    build.refresh(running.lake)
    names, *found = csv_of(alice.get("/data/rows.csv?agency=north&table=messages&workspace=pine-dental"))
    campaigns = {row[names.index("message_id")]: row[names.index("campaign")] for row in found}
    assert [campaigns[f"evil-{n}"] for n in range(len(evil))] == [f"'{text}" for text in evil[:5]] + [evil[5]]
    assert [cell(value) for value in (-5, -2.5, None, True, "", "plain")] == [
        -5,
        -2.5,
        None,
        True,
        "",
        "plain",
    ]


@pytest.mark.parametrize("name", ["alice", "bob", "carla", "dora"])
def test_a_csv_of_others_is_404(app: Any, browser: Any, rows: dict[str, int], name: str) -> None:
    who = browser(name)
    addresses = [
        "agency=south&table=messages",
        "agency=north&table=messages&workspace=colossus",
        "agency=x&table=units",
    ]
    addresses += ["agency=north&table=users", "agency=north", ""]
    if name != "alice":
        addresses.append("agency=north&table=messages")
    for address in addresses:
        answer = who.get(f"/data/rows.csv?{address}")
        assert answer.status_code == 404, address
        assert CANARY not in answer.text


def test_nobody_logged_in_gets_no_csv(client: Any, rows: dict[str, int]) -> None:
    assert client.get("/data/rows.csv?agency=north&table=messages").status_code == 401


def test_a_damaged_file_is_told_on_the_page_and_in_the_csv(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    (bad,) = (running.lake.root / "marts").rglob("journeys-*.parquet")
    bad.write_bytes(b"no parquet")
    assert "A file of journeys cannot be read; rebuild the workspace." in shown(
        running, world, table="journeys"
    )
    answer = alice.get("/data/rows.csv?agency=north&table=journeys")
    assert answer.status_code == 503
    assert answer.json["detail"].startswith("A file of journeys cannot be read")
    assert str(running.lake.root) not in answer.text


def test_statements_leave_threads_for_pages(
    alice: Any,
    call: Any,
    running: Services,
    world: Any,
    rows: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """South has the only seat, so Alice waits for one, in vain; then she has it."""
    monkeypatch.setattr(statements, "SQL", replace(SQL, at_once=1, patience=0.1))
    with running.seats.seat(world.ids["south"], SQL):
        assert answer(call, alice, COUNT)["problem"] == OF_ALL
    assert answer(call, alice, COUNT)["rows"] == [["harbour-coffee", 8]]
