"""Files: every row is a record or parked with its line; damage costs its own line only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import NotThisForm
from data.events.canonical import Event, Parked, canonical_many
from data.sources.files import FILES, read

AT = datetime(2024, 9, 2, 9, tzinfo=UTC)
NOW = datetime(2024, 9, 18, 12, 0, tzinfo=UTC)
LINE = '{"event_id":"e%d","event":"sent","occurred_at":"2024-09-02T09:00:00Z","message_id":"m%d","lead":"l"}'
HEADER = "event_id,event,occurred_at,message_id,lead,track_opens,subject"


def taken(path: Path, format: str | None = None) -> tuple[list[Event], list[Parked]]:
    rows = [row for _, row in read([path], format)]
    events, parked = canonical_many((row for row in rows if isinstance(row, dict)), NOW)
    parked += [row for row in rows if isinstance(row, Parked)]
    assert len(events) + len(parked) == len(rows)
    return events, parked


def test_lines_of_json_with_bom_crlf_blank_and_broken_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [LINE % (1, 1), "", LINE % (2, 2), '{"event":"se', "[1]", '{"event":"odd"}', LINE % (7, 7)]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b'\r\n{"lead":"\xff"}')
    events, parked = taken(path)
    assert [e.event_id for e in events] == ["e1", "e2", "e7"]
    assert events[0].raw == LINE % (1, 1)
    assert {p.where for p in parked} == {f"events.jsonl:{n}" for n in (4, 5, 6, 8)}
    assert {p.why for p in parked} == {
        "the line is no JSON",
        "the line is no JSON object",
        "unknown event 'odd'",
        "the line is no UTF-8 text",
    }


@pytest.mark.parametrize("end", [",", " , ", ",\r"])
def test_lines_that_end_in_commas_are_a_list_without_its_brackets(tmp_path: Path, end: str) -> None:
    """As people cut a list in pieces; a retry without the comma is the same event, down to its raw text."""
    path = tmp_path / "events.jsonl"
    path.write_text(f"{LINE % (1, 1)}{end}\n{LINE % (2, 2)}{end}\n[1],\n{LINE % (3, 3)}\n")
    events, parked = taken(path)
    assert [event.raw for event in events] == [LINE % (n, n) for n in (1, 2, 3)]
    assert [one.where for one in parked] == ["events.jsonl:3"]


def test_lines_broken_at_different_places_have_one_reason(tmp_path: Path) -> None:
    """Records are replayed by their reason: where in a line it is broken would make one of every line."""
    path = tmp_path / "events.jsonl"
    path.write_text('{"event\n{"event": "sent", \n{"a": nul}\n' + "[" * 100_000 + "\n{'a': 1}\n")
    _, parked = taken(path)
    assert [(p.where, p.why) for p in parked] == [
        ("events.jsonl:1", "the line is no JSON"),
        ("events.jsonl:2", "the line is no JSON"),
        ("events.jsonl:3", "the line is no JSON"),
        ("events.jsonl:4", "the line's JSON is nested too deeply"),
        ("events.jsonl:5", "the line is no JSON"),
    ]


def test_a_file_that_holds_one_list(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text(f"[{LINE % (1, 1)},\n 7, {LINE % (2, 2)}]")
    events, parked = taken(path)
    assert ([e.event_id for e in events], [p.where for p in parked]) == (["e1", "e2"], ["events.json:2"])


def test_csv_with_bom_crlf_other_delimiter_and_line_breaks_in_cells(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    rows = [
        HEADER.replace(",", ";").upper(),
        'e1;sent;2024-09-02T09:00:00Z;m1;L@x.example;FALSE;"Hello;\r\nworld ""x"""',
        "e2;sent;1725267600;m2;l@x.example;;",
        "e3;sent;2024-09-02T09:00:00Z;m3;l@x.example;maybe;",
    ]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(rows).encode() + b"\r\n")
    events, parked = taken(path)
    assert [(e.event_id, e.track_opens) for e in events] == [("e1", False), ("e2", True)]
    assert events[0].subject == 'Hello;\r\nworld "x"'
    assert events[0].occurred_at == events[1].occurred_at
    assert [(p.where, p.why) for p in parked] == [
        ("events.csv:5", "track_opens must be true or false, not a str")
    ]


def test_a_damaged_line_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    good = "e%d,sent,2024-09-02T09:00:00Z,m%d,l@x.example,,Hi"
    rows = [
        HEADER,
        good % (1, 1),
        'e2,sent,"2024-09-02',
        good % (3, 3),
        "too,few",
        good % (5, 5) + ",7",
        good % (6, 6),
    ]
    path.write_bytes("\n".join(rows).encode() + b"\ne7,sent,2024-09-02T09:00:00Z,m7,l@x.example,,\xff\n")
    events, parked = taken(path)
    assert [e.event_id for e in events] == ["e1", "e3", "e6"]
    assert [p.where for p in parked] == [f"events.csv:{n}" for n in (3, 5, 6, 8)]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    table = pa.table(
        {
            "event_id": ["e1", "e2"],
            "event": ["sent", "opened"],
            "occurred_at": pa.array([AT.replace(tzinfo=None), None], pa.timestamp("us")),
            "message_id": [1.0, float("nan")],
            "step": [1.0, 2.0],
            "track_opens": [False, None],
        }
    )
    pq.write_table(table, path)
    events, parked = taken(path)
    assert [(e.event_id, e.message_id, e.step, e.track_opens) for e in events] == [("e1", "1", "1", False)]
    assert events[0].occurred_at == AT
    assert [(p.where, p.why) for p in parked] == [("events.parquet:2", "occurred_at is missing")]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(NotThisForm, match=r"events\.parquet cannot be read as Parquet"):
        taken(path)


def test_the_same_events_have_the_same_ids_in_every_form(tmp_path: Path) -> None:
    row = {"event": "sent", "occurred_at": "2024-09-02T09:00:00Z", "message_id": "m1", "step": "1"}
    (tmp_path / "a.jsonl").write_text('{"step":1,"event":"sent","occurred_at":1725267600,"message_id":"m1"}')
    (tmp_path / "b.csv").write_text(",".join(row) + "\n" + ",".join(row.values()))
    pq.write_table(pa.table({k: [v] for k, v in row.items()}), tmp_path / "c.parquet")
    made = {taken(tmp_path / name)[0][0].event_id for name in ("a.jsonl", "b.csv", "c.parquet")}
    assert len(made) == 1


def test_the_form_is_told_by_name_by_content_or_by_the_caller(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text(LINE % (1, 1))
    (tmp_path / "table").write_text(HEADER + "\ne1,sent,2024-09-02T09:00:00Z,m1,l@x.example,,")
    (tmp_path / "other").write_text("what?")
    assert len(taken(tmp_path / "plain")[0]) == len(taken(tmp_path / "table")[0]) == 1
    assert len(taken(tmp_path / "other", "jsonl")[1]) == 1
    for path, format in (("other", None), ("other", "canonical"), ("none", None), ("plain", "excel")):
        with pytest.raises(NotThisForm):
            taken(tmp_path / path, format)
    assert {"jsonl", "csv", "parquet", "mailchimp"} <= set(FILES)


def test_a_folder_is_its_event_files(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(LINE % (1, 1))
    (tmp_path / "leads.csv").write_text("email,name\nl@x.example,Lena\n")
    assert [e.event_id for e in taken(tmp_path)[0]] == ["e1"]


def test_a_file_is_read_by_what_it_holds_whatever_its_name(tmp_path: Path) -> None:
    table = "event,occurred_at,message_id,lead\nsent,2024-09-02T09:00:00Z,m1,l\n"
    listed = f"[\n  {LINE % (1, 1)},\n  {LINE % (2, 2)}\n]"
    for name, text, rows in (
        ("table.json", table, 1),
        ("table.jsonl", table, 1),
        ("list.csv", listed, 2),
        ("list.txt", "\ufeff" + listed, 2),
        ("broken.json", 'no JSON, but an "event" that\n' + LINE % (3, 3), 1),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert len(taken(tmp_path / name)[0]) == rows, name
