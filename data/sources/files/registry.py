"""Every format a file may have, how each is recognised, and the reading of files by it.

Each row comes with where it stood ("events.jsonl:17"). A damaged row is a Parked with its reason, never
an end of the reading; a file that is not of its format at all raises NotThisForm.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.errors import NotThisForm
from data.sources.files import dates, mailchimp
from data.sources.files.columns import finished, taken
from data.sources.files.csv_table import csv_header, csv_rows
from data.sources.files.encoding import head_of, refuse_other_kinds, utf16_of
from data.sources.files.foreign import foreign_file, not_canonical
from data.sources.files.json_file import every_object, read_json
from data.sources.files.parquet_file import every_column, read_parquet
from data.sources.files.reading import Reading, Rows
from data.sources.files.workbook import is_workbook, read_workbook

#: Reference data of a data set (docs/events.md): no events.
_REFERENCE: Final = frozenset(
    ("campaigns", "steps", "leads", "journeys", "mailboxes", "tasks", "deals", "messages"),
)
_TABLES: Final = (".csv", ".tsv", ".tab", ".psv")


def read(paths: list[Path], format: str | None = None, reading: Reading | None = None) -> Rows:
    """Each row of the files, in order: (where, canonical record with `raw`) or (where, Parked).

    `format`: a name of FILES, or "canonical" for any canonical form; None: recognised by the file itself.
    `reading` carries the options in and the notes out. Raises NotThisForm for a file that is not there, not of its
    format, or has bytes and no row.
    """
    reading = reading if reading is not None else Reading()
    for path in paths:
        if not path.exists():
            raise NotThisForm(f"There is no file {path}.")
        any_row = False
        for row in _chosen(path, format).read(path, reading):
            any_row = True
            yield row
        if not any_row and path.is_file() and path.stat().st_size:
            raise NotThisForm(f"{path.name} holds no rows of events.")


def _chosen(path: Path, format: str | None) -> FileFormat:
    if format is not None and format != "canonical":
        if format not in FILES:
            raise NotThisForm(f"There is no format {format!r}; there are: canonical, {', '.join(FILES)}.")
        return FILES[format]
    for known in FILES.values():
        if known.matches(path):
            return known
    if path.is_file():
        refuse_other_kinds(path)
    raise NotThisForm(f"The format of {path.name} cannot be recognised; name it with --format.")


def _read_csv(path: Path, reading: Reading) -> Rows:
    names = csv_header(path, reading)
    if not names:
        return
    silent = Reading(reading.options)
    if summary := foreign_file(
        path, dict.fromkeys(names), lambda: sum(1 for _ in csv_rows(path, silent)), reading
    ):
        yield summary
        return
    not_canonical(path, names, reading)
    yield from _events_of_csv(path, reading)


def read_table(path: Path) -> Rows:
    """The rows of a file of reference data: every column it has, nothing decided about any of them."""
    if _is_parquet(path):
        rows: Rows = every_column(path)
    elif _is_csv(path):
        rows = csv_rows(path)
    else:
        rows = every_object(path)
    for where, row in rows:
        if isinstance(row, dict):
            filled = {name: value for name, value in row.items() if value != "" and name != "raw"}
            yield where, taken(filled, row.get("raw") or json.dumps(row, default=str), where)
        else:
            yield where, row


def _events_of_csv(path: Path, reading: Reading) -> Rows:
    first = iter([reading])

    def rows() -> Rows:
        # What is decided about the file's encoding is noted once, however often it is gone through.
        for where, row in csv_rows(path, next(first, Reading(reading.options))):
            if isinstance(row, dict):
                yield where, {name: cell for name, cell in row.items() if cell != ""}
            else:
                yield where, row

    body = path.read_bytes()
    hint = utf16_of(body[:4096]) is not None or dates.HINT.search(body) is not None
    del body
    yield from finished(path, reading, rows, look_at_dates=hint)


# Registry ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format: whether a path is of it, and its rows."""

    name: str
    label: str
    matches: Callable[[Path], bool]
    read: Callable[[Path, Reading], Rows]


def _is_parquet(path: Path) -> bool:
    return head_of(path, 4) == b"PAR1"


def _is_xlsx(path: Path) -> bool:
    return path.suffix.lower() in (".xlsx", ".xlsm") or is_workbook(path)


def _is_json(path: Path) -> bool:
    """By its name, unless a table's header stands in it; by its first sign, whatever its name."""
    if not path.is_file():
        return False
    start = head_of(path).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if start[:1] == b"{" or (start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]")):
        return True
    named = path.suffix.lower() in (".jsonl", ".ndjson", ".json")
    return named and (start[:1] == b"[" or not _has_header(start.splitlines()[0] if start else b""))


def _is_csv(path: Path) -> bool:
    if not path.is_file():
        return False
    return path.suffix.lower() in _TABLES or _has_header(head_of(path).replace(b"\0", b""))


def _has_header(head: bytes) -> bool:
    """Whether the columns of events stand at the top of a file of any name."""
    return b"event" in head.lower() and b"occurred" in head.lower()


def _canonical_files(folder: Path) -> list[Path]:
    """The event files of a folder: those named events, else all that are no reference data."""
    files = [
        p for p in sorted(folder.iterdir()) if _is_parquet(p) or _is_json(p) or is_workbook(p) or _is_csv(p)
    ]
    return [p for p in files if p.stem.lower() == "events"] or [
        p for p in files if p.stem.lower() not in _REFERENCE
    ]


def has_events(folder: Path) -> bool:
    """Whether a folder holds any file of events, beside reference data."""
    return mailchimp.is_folder(folder) or bool(_canonical_files(folder))


def _is_data_set(path: Path) -> bool:
    return path.is_dir() and bool(_canonical_files(path))


def _read_data_set(path: Path, reading: Reading) -> Rows:
    yield from read(_canonical_files(path), "canonical", reading)


#: Every format by name, in the order they are tried.
FILES: Final[dict[str, FileFormat]] = {
    format.name: format
    for format in (
        FileFormat("mailchimp", "Mailchimp warehouse tables (a folder)", mailchimp.is_folder, mailchimp.read),
        FileFormat("parquet", "Canonical events, Parquet", _is_parquet, read_parquet),
        FileFormat("xlsx", "Canonical events, a sheet of an Excel workbook", _is_xlsx, read_workbook),
        FileFormat("jsonl", "Canonical events, JSON: one object a line, or a list", _is_json, read_json),
        FileFormat("csv", "Canonical events, CSV with a header", _is_csv, _read_csv),
        FileFormat("folder", "A folder of canonical files", _is_data_set, _read_data_set),
    )
}
