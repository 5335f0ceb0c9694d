"""What a file holds before it is read: its columns with samples, and which fields they seem to be.

Nothing is decided here. A person looks at the guesses, changes them, and the file is then read with the mapping
they settled on (`Options.columns`, `Options.events`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from data.events.canonical import EVENTS, FIELDS, Parked
from data.sources.files import workbook
from data.sources.files.columns import event_named, field_name, mapped, squeezed
from data.sources.files.csv_table import csv_header, csv_rows
from data.sources.files.foreign import product_of
from data.sources.files.json_file import every_object
from data.sources.files.parquet_file import every_column
from data.sources.files.reading import Options, Reading

#: Rows that samples are taken from, and those whose kinds of events are listed.
_SAMPLED: Final = 50
_LOOKED_AT: Final = 5_000
#: Kinds of events listed; a column with more is no column of events.
MOST_KINDS: Final = 40
_MOST_COLUMNS: Final = 200
_LONGEST_SAMPLE: Final = 60
#: Names people and products give the fields of an event, letters and digits only; the likelier first.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "event": (
        *("event", "eventtype", "eventname", "activitytype", "activity", "type", "action", "status", "typ"),
        *("evenement", "ereignis", "aktion"),
    ),
    "occurred_at": (
        *("occurredat", "timestamp", "eventtimestamp", "eventtime", "eventdate", "datetime", "createdat"),
        *(
            "date",
            "time",
            "when",
            "sentat",
            "senttime",
            "sentdate",
            "created",
            "datum",
            "zeitpunkt",
            "horodatage",
        ),
    ),
    "lead": (
        *("lead", "leademail", "recipient", "recipientemail", "toemail", "to", "emailaddress", "email"),
        *("contactemail", "contact", "subscriber", "empfanger", "empfaenger", "destinataire"),
    ),
    "message_id": ("messageid", "smtpid", "emailid", "sgmessageid", "mailid", "msgid"),
    "campaign": ("campaign", "campaignname", "campaigntitle", "sequence", "sequencename", "flow", "kampagne"),
    "step": ("step", "sequencenumber", "stepnumber", "emailstep", "etape", "schritt"),
    "user": ("user", "owner", "salesrep", "rep", "assignedto"),
    "sender": ("sender", "from", "fromemail", "senderemail", "emailaccount", "mailbox", "expediteur"),
    "subject": ("subject", "emailsubject", "subjectline", "betreff", "objet"),
    "url": ("url", "link", "clickedurl", "linkurl"),
    "reply_text": ("replytext", "reply", "replybody", "replymessage", "replycontent"),
    "event_id": ("eventid", "sgeventid", "uuid"),
    "user_agent": ("useragent", "ua"),
    "ip": ("ip", "ipaddress"),
}


@dataclass(frozen=True)
class Column:
    """One column of a file. `samples`: its first values, shortened."""

    name: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Guess:
    """What a file seems to hold. `fields`: canonical field → column, as `Options.columns` has them.

    `product`: whose export it looks like. `sheets`: of a workbook. `kinds`: the values of the column taken for the
    event, with the event each seems to be ("" where nothing seems right).
    """

    columns: tuple[Column, ...] = ()
    fields: Mapping[str, str] | None = None
    product: str | None = None
    sheets: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields no file of events can do without that no column seems to be."""
        return tuple(name for name in ("event", "occurred_at") if name not in (self.fields or {}))


def guess(path: Path, options: Options | None = None) -> Guess:
    """Look into a file of events. `options`: what a person settled already; it goes before any guess.

    Raises NotThisForm when the file cannot be opened as a table or as JSON.
    """
    reading = Reading(options or Options())
    sheets: tuple[str, ...] = ()
    if workbook.is_workbook(path):
        names, sheets = workbook.columns(path, reading)
    elif _is_parquet(path) or _is_json(path):
        names = []
    else:
        names = csv_header(path, reading)
    sampled = list(islice(_rows(path, reading), _SAMPLED))
    names = names or _names_of(sampled)
    columns = tuple(Column(name, _samples(sampled, name)) for name in names[:_MOST_COLUMNS])
    product = product_of(names)
    fields = _fields(names, product.mapping if product else ())
    fields.update(reading.options.columns)
    return Guess(columns, fields, product.product if product else None, sheets, _kinds(path, fields, reading))


def fields_of_columns(names: Iterable[str]) -> dict[str, str]:
    """The fields some columns seem to be; no column stands for two."""
    return _fields(list(names), ())


def _fields(names: Sequence[str], mapping: Sequence[str]) -> dict[str, str]:
    spelled = {squeezed(name): name for name in names}
    found: dict[str, str] = {}
    for pair in mapping:
        field, _, column = pair.partition("=")
        found[field] = spelled.get(squeezed(column), column) if "+" not in column else column
    for name in names:
        own = field_name(name)
        if own in FIELDS and own not in ("raw", "received_at", "sentiment"):
            found.setdefault(own, name)
    used = {squeezed(column) for column in found.values()}
    for field, words in _NAMES.items():
        if field in found:
            continue
        likely = next((word for word in words if word in spelled and word not in used), None)
        if likely is not None:
            found[field] = spelled[likely]
            used.add(likely)
    return found


def _kinds(path: Path, fields: Mapping[str, str], reading: Reading) -> tuple[tuple[str, str], ...]:
    """The values of the event's column, in the order they come; none where there are too many for kinds."""
    column = fields.get("event", "")
    if not column or column.startswith(":"):
        return ()
    only_event = Reading(Options(columns={"event": column}, sheet=reading.options.sheet))
    found: dict[str, str] = {}
    for row in islice(_rows(path, reading), _LOOKED_AT):
        value = _plain_event(row, column, only_event)
        if value and value not in found:
            if len(found) == MOST_KINDS or len(value) > _LONGEST_SAMPLE:
                return ()
            told = reading.options.events.get(value) or event_named(value)
            found[value] = told if told in EVENTS else ""
    return tuple(found.items())


def _plain_event(row: Mapping[str, Any], column: str, reading: Reading) -> str:
    value = row.get(column)
    if value is None:
        value = mapped(row, reading).get("event")
    return value if isinstance(value, str) else ""


def _rows(path: Path, reading: Reading) -> Iterator[dict[str, Any]]:
    """The rows that can be read, with every column under its own name."""
    silent = Reading(reading.options)
    rows: Iterator[tuple[str, Any]]
    if workbook.is_workbook(path):
        rows = workbook.every_row(path, silent)
    elif _is_parquet(path):
        rows = every_column(path)
    elif _is_json(path):
        rows = every_object(path)
    else:
        rows = csv_rows(path, silent)
    return (row for _, row in rows if not isinstance(row, Parked))


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _is_json(path: Path) -> bool:
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return True
    with path.open("rb") as file:
        return file.read(512).lstrip()[:1] in (b"{", b"[")


def _names_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names in some JSON objects, those inside objects with a point between."""
    found: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            if name == "raw" or name.startswith("_"):
                continue
            if isinstance(value, dict):
                found.update(dict.fromkeys(f"{name}.{inner}" for inner in value))
            else:
                found[name] = None
    return list(found)


def _samples(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in rows:
        value = row.get(name)
        if value is None and "." in name:
            outer, _, inner = name.partition(".")
            held = row.get(outer)
            value = held.get(inner) if isinstance(held, dict) else None
        if value in (None, ""):
            continue
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        text = " ".join(text.split())
        found[text if len(text) <= _LONGEST_SAMPLE else f"{text[: _LONGEST_SAMPLE - 1]}…"] = None
        if len(found) == 3:
            break
    return tuple(found)
