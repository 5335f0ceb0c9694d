"""Files as people export them: read as what they are, or refused in a sentence that names the cause.

One export in all its spellings: three mails of 7 September 2026 to Alice, Bob and Charlie, one of them opened,
in a campaign with an accent in its name.
"""

from __future__ import annotations

import codecs
import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import DataError, NotThisForm
from data.events.canonical import Event, Parked, canonical_many
from data.sources.files import Options, Reading, read
from data.sources.files.guessing import guess

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HEAD = "event,occurred_at,message_id,lead,campaign,subject"
ROWS = [
    "sent,2026-09-07T08:00:00Z,m1,alice@x.example,Été,Bonjour",
    "sent,2026-09-07T08:00:01Z,m2,bob@x.example,Été,Bonjour",
    "sent,2026-09-07T08:00:02Z,m3,charlie@x.example,Été,Bonjour",
    "opened,2026-09-07T10:00:00Z,m1,alice@x.example,Été,",
]
LINES = [HEAD, *ROWS]
TEXT = "\r\n".join(LINES) + "\r\n"


def taken(path: Path, **options: object) -> tuple[list[Event], list[Parked], list[str]]:
    reading = Reading(Options(**options))  # type: ignore[arg-type]
    rows = [row for _, row in read([path], None, reading)]
    events, parked = canonical_many([row for row in rows if isinstance(row, dict)], NOW)
    parked += [row for row in rows if isinstance(row, Parked)]
    assert len(events) + len(parked) == len(rows)
    return events, parked, reading.notes


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("carriage_returns.csv", "\r".join(LINES).encode()),
        ("cr_cr_lf.csv", "\r\r\n".join(LINES).encode()),
        ("mixed_ends.csv", (LINES[0] + "\n" + "\r".join(ROWS)).encode()),
        ("utf16_le.csv", codecs.BOM_UTF16_LE + TEXT.replace(",", "\t").encode("utf-16-le")),
        ("utf16_be.txt", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        ("utf16_without_bom.csv", TEXT.encode("utf-16-le")),
        ("sep.csv", codecs.BOM_UTF8 + ("sep=;\r\n" + TEXT.replace(",", ";")).encode()),
        ("sep_quoted.csv", ('"sep=;"\r\n' + TEXT.replace(",", ";")).encode()),
        ("pipes.csv", TEXT.replace(",", "|").encode()),
        ("windows.csv", TEXT.encode("cp1252")),
        ("old_mac.csv", TEXT.encode("mac-roman")),
        ("double_bom.csv", codecs.BOM_UTF8 * 2 + TEXT.encode()),
        ("title.csv", ("Export of 7 September 2026\r\n\r\n" + TEXT).encode()),
        (
            "spaced_names.csv",
            TEXT.replace(HEAD, "Event,Occurred At,Message ID,Lead,Campaign,Subject").encode(),
        ),
        ("empty_columns.csv", ("\r\n".join(line + ",,," for line in LINES) + "\r\n,,,,,,,,\r\n").encode()),
        ("padding.csv", TEXT.encode() + b"\0" * 64 + b"\x1a"),
    ],
)
def test_one_export_in_the_spellings_of_spreadsheets(tmp_path: Path, name: str, body: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    events, parked, _ = taken(path)
    assert (len(events), parked) == (4, [])
    assert {event.campaign for event in events} == {"Été"}
    assert [event.lead for event in events if event.event == "opened"] == ["alice@x.example"]


@pytest.mark.parametrize(
    ("name", "body", "cause"),
    [
        ("page.csv", b"<!DOCTYPE html><html><body>Please log in</body></html>\n", "web page.*Please log in"),
        ("book.csv", b"PK\x03\x04" + b"\0" * 200, "Excel workbook that cannot be opened"),
        ("old.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 200, "old Excel workbook"),
        ("packed.csv", b"\x1f\x8b" + b"\0" * 20, "gzip"),
        ("twice.csv", (HEAD + ",lead\n" + ROWS[0] + ",old@x.example\n").encode(), "2 columns named 'lead'"),
        ("header.csv", (HEAD + "\r\n").encode(), "no rows of events"),
        ("shop.csv", b"recency,visit\n1,2\n3,4\n", "no columns event and occurred_at"),
    ],
)
def test_what_is_no_table_of_events_is_refused_with_its_cause(
    tmp_path: Path, name: str, body: bytes, cause: str
) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(NotThisForm, match=cause):
        taken(path)


def dated(tmp_path: Path, *dates: str) -> Path:
    path = tmp_path / "events.csv"
    rows = [f'sent,"{date}",m{number},alice@x.example' for number, date in enumerate(dates)]
    path.write_text("\n".join(["event,occurred_at,message_id,lead", *rows]))
    return path


@pytest.mark.parametrize("separator", ["/", "-", "."])
def test_the_order_of_dates_is_decided_from_the_whole_file(tmp_path: Path, separator: str) -> None:
    dates = [f"{day:02}/09/2026 10:00".replace("/", separator) for day in range(1, 21)]
    events, parked, notes = taken(dated(tmp_path, *dates))
    assert ([event.occurred_at.day for event in events], parked) == (list(range(1, 21)), [])
    assert {event.occurred_at.month for event in events} == {9}
    assert "day first" in notes[0]


def test_a_date_that_is_two_days_is_refused_with_both_and_settled_by_a_person(tmp_path: Path) -> None:
    path = dated(tmp_path, "01/09/2026 10:00", "09/09/2026 10:00", "2/9/2026 10:00")
    with pytest.raises(NotThisForm, match=r"1 September 2026 .day first. or 9 January 2026 .month first"):
        taken(path)
    assert [e.occurred_at.month for e in taken(path, dates="dmy")[0]] == [9, 9, 9]
    assert [e.occurred_at.month for e in taken(path, dates="mdy")[0]] == [1, 9, 2]


def test_dates_in_two_orders_are_refused_and_park_what_does_not_fit_the_order_named(tmp_path: Path) -> None:
    path = dated(tmp_path, "25/09/2026 10:00", "09/26/2026 10:00", "01/02/2026 10:00")
    with pytest.raises(NotThisForm, match="mixes two orders"):
        taken(path)
    events, parked, _ = taken(path, dates="dmy")
    assert [(e.occurred_at.day, e.occurred_at.month) for e in events] == [(25, 9), (1, 2)]
    assert [p.why for p in parked] == ["occurred_at '09/26/2026 10:00' is no date day first"]


def test_a_day_no_calendar_has_costs_its_row_and_no_more(tmp_path: Path) -> None:
    events, parked, _ = taken(dated(tmp_path, "25/09/2026 10:00", "99/99/2026 10:00"))
    assert (len(events), [p.where for p in parked]) == (1, ["events.csv:3"])


def test_times_without_offset_are_local_and_the_answer_says_so(tmp_path: Path) -> None:
    path = dated(
        tmp_path, "2026-09-07 10:00", "2026-12-07 10:00+00:00", "2026-01-07T10:00:00Z", "Sep 7, 2026 9:30 pm"
    )
    reading = Reading(Options(timezone="Europe/Paris"))
    moments = [str(row["occurred_at"]) for _, row in read([path], None, reading) if isinstance(row, dict)]
    assert moments == [
        "2026-09-07 08:00:00+00:00",
        "2026-12-07 10:00+00:00",
        "2026-01-07T10:00:00Z",
        "2026-09-07 19:30:00+00:00",
    ]
    assert "2 times without an offset were read as local time of Europe/Paris" in reading.notes[0]


def test_a_parked_row_keeps_the_time_that_was_settled(tmp_path: Path) -> None:
    """It is tried again alone later, when nothing says any more which order the file had."""
    path = tmp_path / "events.csv"
    path.write_text("event,occurred_at,message_id\nodd,03/09/2026 10:00,m1\nsent,25/09/2026 10:00,m2\n")
    _, parked, _ = taken(path)
    assert json.loads(parked[0].raw)["occurred_at"] == "2026-09-03 10:00:00+00:00"
    assert json.loads(parked[0].raw)["occurred_at_written"] == "03/09/2026 10:00"


def test_a_workbook_with_a_title_and_real_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Events")
    sheet.append(["September"])
    sheet.append(["Event", "Occurred at", "Message ID", "Lead", "Track opens"])
    sheet.append(["sent", datetime.fromisoformat("2026-09-07T10:00"), 17, "alice@x.example", False])
    sheet.append(["opened", datetime.fromisoformat("2026-09-07T11:00"), 17, "alice@x.example", "perhaps"])
    path = tmp_path / "events.xlsx"
    book.save(path)
    events, parked, _ = taken(path, sheet="Events", timezone="Europe/Paris")
    assert [(e.message_id, e.track_opens, e.occurred_at.hour) for e in events] == [("17", False, 8)]
    assert [p.where for p in parked] == ["events.xlsx:4"]
    with pytest.raises(NotThisForm, match="no rows of events"):
        taken(path)
    with pytest.raises(NotThisForm, match="'Notes', 'Events'"):
        taken(path, sheet="Ereignisse")
    (tmp_path / "renamed.csv").write_bytes(path.read_bytes())
    assert len(taken(tmp_path / "renamed.csv", sheet="Events")[0]) == 1


@pytest.mark.parametrize(
    ("word", "meant"), [("NO", False), ("0", False), ("FAUX", False), ("Wahr", True), ("x", True)]
)
def test_flags_in_usual_spellings(tmp_path: Path, word: str, meant: bool) -> None:
    path = tmp_path / "events.csv"
    path.write_text(f"event,occurred_at,message_id,track_opens\nsent,2026-09-07T08:00:00Z,m1,{word}\n")
    assert [event.track_opens for event in taken(path)[0]] == [meant]


def test_parquet_reads_its_fields_only_and_one_bad_value_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    ok, beyond = int(NOW.timestamp() * 1e6) - 86_400_000_000, 2**62
    table = pa.table(
        {
            "event": ["sent"] * 3,
            "occurred_at": pa.array([ok, beyond, ok], pa.timestamp("us", "UTC")),
            "message_id": ["m1", "m2", "m3"],
            "notes": pa.array([1, beyond, 2], pa.timestamp("us")),
        }
    )
    pq.write_table(table, path)
    events, parked, _ = taken(path)
    assert [event.message_id for event in events] == ["m1", "m3"]
    assert [(p.where, p.why) for p in parked] == [
        ("events.parquet:2", "occurred_at holds a value that cannot be read")
    ]
    assert "notes" not in events[0].raw


def test_a_parquet_file_whose_column_names_are_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pq.write_table(pa.table({"event": ["sent"], "occurred_at": ["2026-09-07T08:00:00Z"]}), path)
    path.write_bytes(path.read_bytes().replace(b"event", b"e\xffent"))
    for look in (taken, guess):
        with pytest.raises(NotThisForm, match="cannot be read as Parquet"):
            look(path)


EVENT = {
    "event": "sent",
    "occurred_at": "2026-09-07T08:00:00Z",
    "message_id": "m1",
    "lead": "alice@x.example",
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([EVENT, EVENT | {"message_id": "m2"}], indent=2),
        json.dumps({"data": [EVENT, EVENT | {"message_id": "m2"}], "next": None}, indent=1),
        json.dumps({"items": [EVENT, EVENT | {"message_id": "m2"}]}),
        json.dumps(EVENT, indent=4) + "\n" + json.dumps(EVENT | {"message_id": "m2"}, indent=4),
    ],
)
def test_json_written_over_several_lines_or_as_a_page(tmp_path: Path, text: str) -> None:
    path = tmp_path / "events.json"
    path.write_text(text)
    events, parked, _ = taken(path)
    assert ([event.message_id for event in events], parked) == (["m1", "m2"], [])


GOPHISH = "campaign,email,time,message,details\n" + "".join(
    f"Autumn,{who}@x.example,2026-09-07 09:0{number}:00,{what},{{}}\n"
    for number, (who, what) in enumerate(
        [("alice", "Email Sent"), ("bob", "Email Sent"), ("alice", "Email Opened"), ("alice", "Clicked Link")]
    )
)


@pytest.mark.parametrize(
    ("product", "name", "text"),
    [
        ("GoPhish", "results.csv", GOPHISH),
        (
            "HubSpot",
            "email_event_open.csv",
            "id,_fivetran_synced,duration,browser,ip_address,user_agent\n1,2,3,4,5,6\n",
        ),
        (
            "HubSpot",
            "page.json",
            '{"events":[{"portalId":1,"emailCampaignId":2,"recipient":"a","type":"OPEN"}]}',
        ),
        ("Klaviyo", "event.csv", "id,person_id,uuid,metric_id,datetime\n1,2,3,4,5\n6,7,8,9,10\n"),
        (
            "SendGrid Activity",
            "activity.csv",
            "processed,message_id,event,api_key_id,email\n1,2,delivered,4,5\n",
        ),
        (
            "Mailgun",
            "page.json",
            '{"items":[{"event":"opened","timestamp":1.5,"log-level":"info"}],"paging":{}}',
        ),
        (
            "Postmark",
            "page.json",
            '{"TotalCount":1,"Opens":[{"RecordType":"Open","MessageID":"m","ReceivedAt":"x"}]}',
        ),
        (
            "Instantly",
            "events.csv",
            "timestamp,event_type,campaign_name,lead_email,email_account\n1,email_sent,c,d,e\n",
        ),
        ("Smartlead", "statistics.csv", "lead_email,sent_time,open_time,click_time\na,b,c,d\n"),
        ("Iterable", "emailSend.csv", "email,campaignId,templateId,createdAt,messageId\na,1,2,3,4\n"),
        ("Marketo", "activities.csv", "marketoGUID,leadId,activityDate,activityTypeId\n1,2,3,6\n"),
    ],
)
def test_another_products_export_is_named_once(tmp_path: Path, product: str, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    events, parked, _ = taken(path)
    assert (events, len(parked)) == ([], 1)
    assert parked[0].why.startswith(
        f"This looks like a {product} export ({name}); {product} is not read yet."
    )
    assert "--map" in parked[0].why


def test_the_mapping_a_summary_names_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(GOPHISH)
    why = taken(path)[1][0].why
    columns = dict(pair.partition("=")[::2] for pair in why.replace("--map ", "\n").split("\n")[1:])
    columns = {field.strip(): column.split()[0].rstrip(".") for field, column in columns.items()}
    events, parked, _ = taken(path, columns=columns)
    assert [(e.event, e.lead, e.message_id) for e in events] == [
        ("sent", "alice@x.example", "Autumn:alice@x.example"),
        ("sent", "bob@x.example", "Autumn:bob@x.example"),
        ("opened", "alice@x.example", "Autumn:alice@x.example"),
        ("clicked", "alice@x.example", "Autumn:alice@x.example"),
    ]
    assert parked == []
    told = taken(path, columns=columns, events={"Clicked Link": "replied"})[0]
    assert [event.event for event in told][3] == "replied"


def samples(folder: Path) -> list[Path]:
    """One small file of each format."""
    (folder / "a.csv").write_bytes(TEXT.encode("cp1252"))
    (folder / "b.csv").write_text(TEXT.replace("2026-09-07T", "07/09/2026 ").replace("Z,", ","))
    (folder / "c.jsonl").write_text("\n".join(json.dumps(EVENT | {"message_id": f"m{n}"}) for n in range(4)))
    (folder / "d.json").write_text(json.dumps({"items": [EVENT] * 3}, indent=1))
    (folder / "e.csv").write_bytes(TEXT.encode("utf-16"))
    (folder / "f.csv").write_text(GOPHISH)
    columns = HEAD.split(",")
    cells = list(zip(*(row.split(",") for row in ROWS), strict=True))
    pq.write_table(pa.table(dict(zip(columns, map(list, cells), strict=True))), folder / "g.parquet")
    book = openpyxl.Workbook()
    for line in LINES:
        book.active.append(line.split(","))
    book.save(folder / "h.xlsx")
    return sorted(folder.iterdir())


def mutated(body: bytes, chance: random.Random) -> bytes:
    """`body` with one to four things done to it that happen to files: cut, doubled, a byte or a run changed."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body) + 1) if body else 0
        end = min(len(body), at + chance.choice((1, 2, 8, 60)))
        odd = chance.choice(
            (b"", b"\0", b"\xff", b'"', b"\n", b"\r", b",", b";", b"\xed\xa0\x80", b"{", b"]", b"9" * 9)
        )
        body = chance.choice(
            (body[:at], body[at:], body[:at] + odd + body[end:], body[:at] + body[at:end] * 2 + body[end:])
        )
    return body


def mutate_all(tmp_path: Path, rounds: int) -> None:
    """Every file that has bytes ends in rows, each an event or parked with a reason, or in one sentence.

    Looking into it for its columns ends in a guess or in one sentence, too.
    """
    chance = random.Random(15)
    originals = [(path, path.read_bytes()) for path in samples(tmp_path)]
    for path, body in originals:
        for _ in range(rounds):
            path.write_bytes(changed := mutated(body, chance))
            with suppress(NotThisForm):
                guess(path)
            try:
                events, parked, _ = taken(path)
            except DataError:
                continue  # one sentence for the whole file
            assert events or parked or not changed
            assert all(row.why and row.where for row in parked)
        path.write_bytes(body)


def test_damaged_files_of_every_format_end_in_rows_or_a_sentence(tmp_path: Path) -> None:
    mutate_all(tmp_path, 40)


@pytest.mark.faults
@pytest.mark.long
def test_thousands_of_damaged_files_of_every_format(tmp_path: Path) -> None:
    mutate_all(tmp_path, 5_000)
