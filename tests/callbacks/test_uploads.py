"""A file brought in through the browser: in pieces, looked at, taken in by the same use case as `vitrine ingest`.

Alice owns North, Carla manages Harbour, Bob is an analyst, Dora its client, Charlie a stranger.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from dashapp.access import limits
from dashapp.db.security import AuditEntry
from dashapp.intake import process, uploads
from dashapp.intake.process import Asked, Job
from data.lake.tables import inbox

HARBOUR, COLOSSUS = "/w/harbour-coffee/files", "/w/colossus/files"
CSV = (
    b"event,occurred_at,message_id,lead\n"
    b"sent,25/09/2026 10:00,m1,ann@x.example\n"
    b"opened,26/09/2026 11:00,m1,ann@x.example\n"
    b"opend,26/09/2026 11:00,m1,ann@x.example\n"
)
GOPHISH = b"campaign,email,time,message,details\nAutumn,a@x.example,2026-09-07 09:00:00,Email Sent,{}\n"


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch, running: Any) -> None:
    """The act is done at once, here; tests/cli/test_upload_process.py starts the real process."""

    def start(
        settings: Any, upload: Any, workspace_id: int, act: Any, asked: Asked, *, ended: Any, ip: str = ""
    ) -> None:
        job = Job(settings={}, folder="", workspace_id=workspace_id, upload=upload.id,
                  actor=upload.actor, act=act, asked=asked)  # fmt: skip
        uploads.write(upload.folder / "result.json", process.work(running, job))
        ended()

    monkeypatch.setattr(process, "start", start)


def give(who: Any, name: str, body: bytes, at: str = HARBOUR) -> str:
    """Send a file as the page does, in two pieces; its id."""
    answer = who.post(at, json={"name": name, "size": len(body)})
    assert answer.status_code == 201, answer.text
    id_ = str(answer.json["id"])
    half = len(body) // 2
    for start, piece in ((0, body[:half]), (half, body[half:])):
        sent = who.post(f"{at}/{id_}/piece?at={start}", data=piece, content_type="application/octet-stream")
        assert sent.json == {"received": start + len(piece)}
    return id_


def act(who: Any, id_: str, what: str, **asked: Any) -> str:
    """Ask for it and give what is shown then."""
    answer = who.post(f"{HARBOUR}/{id_}/{what}", json={"timezone": "Europe/Madrid", **asked})
    assert answer.status_code == 200, answer.text
    return str(who.get(f"{HARBOUR}/{id_}").json["html"])


def test_alice_looks_then_takes_in_and_the_same_file_adds_nothing(alice: Any, running: Any) -> None:
    id_ = give(alice, "events.csv", CSV)
    seen = act(alice, id_, "look")
    assert "2 of 3 rows can be taken in." in seen
    assert "Take in 2 events" in seen
    assert "unknown event" in seen
    assert "Dates are read day first, as 25/09/2026 10:00 shows." in seen
    assert "3 times without an offset are read as local time of Europe/Madrid." in seen
    assert "--" not in seen
    taken = act(alice, id_, "take")
    assert [word in taken for word in ("Read", "New", "Known already", "Parked")] == [True] * 4
    result = process.state(_upload(running, id_))["result"]
    assert (result["read"], result["new"], result["duplicate"], result["parked"]) == (3, 2, 0, 1)
    again = give(alice, "events.csv", CSV)
    act(alice, again, "take")
    result = process.state(_upload(running, again))["result"]
    assert (result["read"], result["new"], result["duplicate"], result["parked"]) == (3, 0, 2, 1)
    with running.reading() as session:
        found = session.scalars(select(AuditEntry.detail).where(AuditEntry.verb == "data.import")).all()
    assert found[0] == "events.csv: 3 rows, 2 new, 0 known, 1 parked"


def test_a_plan_without_room_turns_a_file_of_events_away_and_takes_contacts(
    alice: Any, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("free", "agency"):
        monkeypatch.setattr(limits, "limit_of", limits.by_plan({(place, "events"): 0}))
        id_ = give(alice, "events.csv", CSV)
        assert "no room for more events. Nothing was taken in" in act(alice, id_, "take"), place
    assert process.state(_upload(running, id_))["result"]["ok"] is False
    with running.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(inbox)) == 0
    leads = give(alice, "leads.csv", b"Email,Name\nann@x.example,Ann\n")
    act(alice, leads, "take")
    assert process.state(_upload(running, leads))["result"]["new"] == 1


def _upload(running: Any, id_: str) -> uploads.Upload:
    folder = next((running.settings.home / "uploads").glob(f"*/{id_}"))
    kept = uploads.read(folder / "upload.json")
    assert kept is not None
    return uploads.find(running.settings.home, int(folder.parent.name), id_, actor=kept["actor"])


def test_uploads_never_fill_the_disk(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of many workspaces together could, and then nothing that providers send would be written."""
    begun = alice.post(HARBOUR, json={"name": "a.csv", "size": 10}).json["id"]
    usage = uploads.shutil.disk_usage("/")
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: usage._replace(free=uploads.LEFT_FREE + 9))
    piece = alice.post(
        f"{HARBOUR}/{begun}/piece?at=0", data=b"x" * 10, content_type="application/octet-stream"
    )
    for refused in (piece, alice.post(HARBOUR, json={"name": "b.csv", "size": 10})):
        assert refused.status_code == 503
        assert "too little room on the server" in refused.json["detail"]
    monkeypatch.undo()
    assert alice.get(f"{HARBOUR}/{begun}").status_code == 200


def test_dates_in_doubt_are_asked_for(alice: Any) -> None:
    id_ = give(alice, "events.csv", CSV.replace(b"25/", b"02/").replace(b"26/", b"03/"))
    asked = act(alice, id_, "look")
    assert "02/09/2026 10:00 is 2\u00a0Sep 2026 or 9\u00a0Feb 2026" in asked
    assert 'data-upload-act="take"' not in asked
    assert "Take in 2 events" in act(alice, id_, "look", dates="dmy")


def test_a_foreign_export_is_mapped_and_an_unknown_column_asked_for(alice: Any) -> None:
    seen = act(alice, give(alice, "results.csv", GOPHISH), "look")
    assert "This looks like a GoPhish export." in seen
    assert "Take in 1 event" in seen
    odd = give(alice, "odd.csv", b"was,wann,wer\nVersand,2026-09-07T09:00Z,a@x.example\n")
    asked = act(alice, odd, "look")
    assert "Choose below which columns hold what happened and when." in asked
    mapped = {"event": "was", "occurred_at": "wann", "lead": "wer"}
    assert "Leave parked" in act(alice, odd, "look", columns=mapped)
    settled = act(alice, odd, "look", columns=mapped, events={"Versand": "sent"})
    assert "Take in 1 event" in settled


def test_a_workbook_offers_its_sheets(alice: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["nothing here"])
    sheet = book.create_sheet("Events")
    sheet.append(["event", "occurred_at", "message_id"])
    sheet.append(["sent", "2026-09-07T09:00:00Z", "m1"])
    book.save(tmp_path / "book.xlsx")
    id_ = give(alice, "book.xlsx", (tmp_path / "book.xlsx").read_bytes())
    assert '<option value="Events">' in act(alice, id_, "look")
    assert "Take in 1 event" in act(alice, id_, "look", sheet="Events")


def test_leads_become_contacts(alice: Any) -> None:
    id_ = give(alice, "leads.csv", b"email,name\nann@x.example,Ann\n")
    assert "holds contacts" in act(alice, id_, "look")
    assert "New" in act(alice, id_, "take")


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("page.csv", b"<html><body>Sign in</body></html>", "web page"),
        ("image.csv", b"\x89PNG\r\n\x1a\n" + bytes(40), "cannot be read|picture|image|no text|PNG"),
        ("empty.jsonl", b"\n\n\n", "holds no rows|Choose below"),
        ("broken.xlsx", b"PK\x03\x04 not a zip", "workbook"),
        ("../../etc/passwd", b"root:x:0:0\nmore:y\n", "Choose below|cannot be recognised|no column"),
    ],
)
def test_what_is_no_file_of_events_is_told_in_a_sentence(
    alice: Any, name: str, body: bytes, told: str
) -> None:
    seen = act(alice, give(alice, name, body), "look")
    assert any(part in seen for part in told.split("|")), seen
    assert "Traceback" not in seen
    assert 'data-upload-act="take"' not in seen


@pytest.mark.parametrize("who", ["bob", "dora", "charlie"])
def test_who_may_not_and_who_is_a_stranger_see_nothing(browser: Any, alice: Any, who: str) -> None:
    id_ = give(alice, "events.csv", CSV)
    other = browser(who)
    asks = (
        ("post", HARBOUR, {"json": {"name": "a.csv", "size": 3}}),
        ("post", f"{HARBOUR}/{id_}/piece?at=0", {"data": b"x"}),
        ("post", f"{HARBOUR}/{id_}/look", {"json": {}}),
        ("post", f"{HARBOUR}/{id_}/take", {"json": {}}),
        ("post", f"{HARBOUR}/{id_}/drop", {"json": {}}),
        ("get", f"{HARBOUR}/{id_}", {}),
    )
    for method, path, more in asks:
        there = getattr(other, method)(path, headers={"Accept": "application/json"}, **more)
        nowhere = getattr(other, method)(
            path.replace("harbour-coffee", "no-such"), headers={"Accept": "application/json"}, **more
        )
        assert (there.status_code, there.json["detail"]) == (404, nowhere.json["detail"]), path
    assert alice.get(f"{HARBOUR}/{id_}").status_code == 200


def test_an_upload_is_its_persons_and_its_workspaces(browser: Any, alice: Any) -> None:
    id_ = give(alice, "events.csv", CSV)
    assert browser("carla").get(f"{HARBOUR}/{id_}").status_code == 404
    charlie = browser("charlie")
    assert charlie.get(f"{COLOSSUS}/{id_}").status_code == 404
    for odd in ("..", "x", "%2e%2e", "a" * 22, "../../secret_key"):
        assert alice.get(f"{HARBOUR}/{odd}").status_code in (404, 405)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": "", "size": 4},
        {"name": "a.csv", "size": -1},
        {"name": "a.csv", "size": "x"},
        {"name": "a.csv", "size": 0},
        {"name": "a" * 301, "size": 4},
        {"name": "a.csv", "size": uploads.MOST_BYTES + 1},
        {"name": "a.csv", "size": 4, "more": 1},
    ],
)
def test_a_bad_beginning_is_400(alice: Any, body: Any) -> None:
    assert alice.post(HARBOUR, json=body).status_code == 400


def test_pieces_out_of_place_are_refused_and_the_same_one_twice_is_one(alice: Any) -> None:
    id_ = alice.post(HARBOUR, json={"name": "events.csv", "size": 10}).json["id"]

    def send(at: str, piece: bytes) -> int:
        return int(alice.post(f"{HARBOUR}/{id_}/piece?at={at}", data=piece).status_code)

    assert [send("0", b"01234"), send("0", b"01234"), send("9", b"9"), send("5", b"toolong")] == [
        200,
        200,
        409,
        400,
    ]
    assert [send("-1", b"x"), send("", b"x"), send("5", b""), send("1e3", b"x")] == [400, 400, 400, 400]
    assert alice.post(f"{HARBOUR}/{id_}/look", json={}).status_code == 400  # not whole yet
    assert send("5", b"56789") == 200
    for asked in ({"timezone": "Mars/Olympus"}, {"dates": "ydm"}, {"columns": {"a": 1}}, {"odd": 1}, []):
        assert alice.post(f"{HARBOUR}/{id_}/look", json=asked).status_code == 400
    assert alice.post(f"{HARBOUR}/{id_}/shred", json={}).status_code == 400
    assert alice.post(f"{HARBOUR}/{id_}/drop", json={}).status_code == 200
    assert alice.get(f"{HARBOUR}/{id_}").status_code == 404


def test_two_who_send_the_same_piece_at_once_write_it_once(tmp_path: Path) -> None:
    upload = uploads.begin(tmp_path, 1, "a.csv", 600_000, actor="alice")
    piece = bytes(range(256)) * 1_000
    threads = [threading.Thread(target=uploads.append, args=(upload, 0, piece)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert upload.path.read_bytes() == piece


def test_a_workspace_has_few_files_at_once_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [uploads.begin(tmp_path, 1, "a.csv", 3, actor="alice") for _ in range(uploads.MOST_FILES)]
    with pytest.raises(uploads.Refused, match="Several files"):
        uploads.begin(tmp_path, 1, "a.csv", 3, actor="alice")
    uploads.begin(tmp_path, 2, "a.csv", 3, actor="alice")
    monkeypatch.setattr(uploads, "KEPT_S", -1.0)
    uploads.sweep(tmp_path)
    assert not any(one.folder.exists() for one in made)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\data\\events.csv", "events.csv"),
        ("../../etc/passwd", "passwd"),
        ("  .hidden", "hidden"),
        ("événements 2026.xlsx", "événements 2026.xlsx"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("", "file"),
        ("x" * 300 + ".csv", "x" * 96 + ".csv"),
    ],
)
def test_names_of_files_are_made_safe(name: str, kept: str) -> None:
    assert uploads.safe_name(name) == kept


def test_a_process_that_fell_silent_is_told_as_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploads.begin(tmp_path, 1, "a.csv", 3, actor="alice")
    assert process.state(upload) == {"state": "waiting"}
    uploads.write(upload.folder / "progress.json", {"act": "take", "rows": 700})
    assert process.state(upload) == {"state": "running", "act": "take", "rows": 700}
    monkeypatch.setattr(process, "SILENT_S", -1.0)
    assert process.state(upload)["result"]["kind"] == "broken"
