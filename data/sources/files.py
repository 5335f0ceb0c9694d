"""Reading files: canonical JSONL, CSV and Parquet, and the registry of every format a file may have.

Each row comes with where it stood ("events.jsonl:17"). A damaged row is a Parked with its reason, never
an end of the reading; a file that is not of its format at all raises NotThisForm.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import mailchimp
from data.sources.bodies import elements, text_of, why_no_object
from data.sources.csvfile import csv_rows

Row = tuple[str, dict[str, Any] | Parked]

_TRUTH: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
_FLAGS: Final = ("machine", "track_opens", "track_clicks")
#: Reference data of a data set (EVENTS §2): no events.
_REFERENCE: Final = frozenset(
    ("campaigns", "steps", "leads", "journeys", "mailboxes", "tasks", "deals", "messages"),
)


def read(paths: list[Path], format: str | None = None) -> Iterator[Row]:
    """Each row of the files, in order: (where, canonical record with `raw`) or (where, Parked).

    `format`: a name of FILES, or "canonical" for any canonical form; None: told by the file itself.
    """
    for path in paths:
        if not path.exists():
            raise NotThisForm(f"There is no file {path}.")
        yield from _chosen(path, format).read(path)


def _chosen(path: Path, format: str | None) -> FileFormat:
    if format is not None and format != "canonical":
        if format not in FILES:
            raise NotThisForm(f"There is no format {format!r}; there are: canonical, {', '.join(FILES)}.")
        return FILES[format]
    for known in FILES.values():
        if known.matches(path):
            return known
    raise NotThisForm(f"The format of {path.name} cannot be told; name it with --format.")


def _taken(record: dict[str, Any], raw: str, where: str) -> dict[str, Any]:
    """A record as it is handed on. `_lenient` is ours alone: a file cannot ask for it."""
    record["raw"] = raw
    record["_where"] = where
    record.pop("_lenient", None)
    return record


# JSONL ------------------------------------------------------------------------------------------------------


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path.name}:{number}"
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
                if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    raise NotThisForm(f"{path.name} is UTF-16; save it as UTF-8.")
                if line.lstrip()[:1] == b"[":
                    yield from _read_array(path)
                    return
            line = line.strip(b" \t\r\n")
            if line:
                yield where, _json_row(line, where)


def _json_row(line: bytes, where: str) -> dict[str, Any] | Parked:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return Parked(where, "the line is no UTF-8 text", storable(line.decode("utf-8", "replace")))
    try:
        value = json.loads(text)
    except RecursionError:
        return Parked(where, "the line's JSON is nested too deeply", storable(text))
    except ValueError:
        # Not where in the line: records are replayed by their reason, and every broken line would have its own.
        return Parked(where, "the line is no JSON", storable(text))
    if type(value) is not dict:
        return Parked(where, "the line is no JSON object", storable(text))
    return _taken(value, text, where)


def _read_array(path: Path) -> Iterator[Row]:
    for number, (value, raw) in enumerate(elements(text_of(path.read_bytes())), 1):
        where = f"{path.name}:{number}"
        if type(value) is dict:
            yield where, _taken(value, raw, where)
        else:
            yield where, Parked(where, why_no_object(value), storable(raw))


# CSV --------------------------------------------------------------------------------------------------------


def _read_csv(path: Path) -> Iterator[Row]:
    for where, row in csv_rows(path):
        if isinstance(row, Parked):
            yield where, row
            continue
        record: dict[str, Any] = {name: cell for name, cell in row.items() if cell != ""}
        for flag in _FLAGS:
            if flag in record:
                record[flag] = _TRUTH.get(record[flag].strip().lower(), record[flag])
        yield where, _taken(record, json.dumps(row), where)


# Parquet ----------------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow.lib
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(batch_size=10_000):
            for row in batch.to_pylist():
                number += 1
                where = f"{path.name}:{number}"
                record = {name: _plain(value) for name, value in row.items()}
                record = {name: value for name, value in record.items() if value is not None}
                yield where, _taken(record, json.dumps(record, default=str), where)
    except (pyarrow.lib.ArrowException, OSError) as error:
        raise NotThisForm(
            f"{path.name} cannot be read as Parquet after row {number}: {str(error)[:120]}"
        ) from None


def _plain(value: Any) -> Any:
    """What pandas made of a column with gaps, back: 1.0 was 1, NaN was nothing; bytes were a text."""
    if type(value) is float:
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else value
    if type(value) is bytes:
        return value.decode("utf-8", "replace")
    return value


# Registry ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format: whether a path is of it, and its rows."""

    name: str
    label: str
    matches: Callable[[Path], bool]
    read: Callable[[Path], Iterator[Row]]


def _starts(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf")


def _is_parquet(path: Path) -> bool:
    return _starts(path)[:4] == b"PAR1"


def _is_jsonl(path: Path) -> bool:
    return path.is_file() and (
        path.suffix.lower() in (".jsonl", ".ndjson", ".json") or _starts(path).lstrip()[:1] == b"{"
    )


def _is_csv(path: Path) -> bool:
    head = _starts(path).split(b"\n", 1)[0].lower()
    return path.is_file() and (
        path.suffix.lower() in (".csv", ".tsv") or (b"event" in head and b"occurred" in head)
    )


def _canonical_files(folder: Path) -> list[Path]:
    """The event files of a folder: those named events, else all that are no reference data."""
    files = [p for p in sorted(folder.iterdir()) if _is_parquet(p) or _is_jsonl(p) or _is_csv(p)]
    return [p for p in files if p.stem.lower() == "events"] or [
        p for p in files if p.stem.lower() not in _REFERENCE
    ]


def has_events(folder: Path) -> bool:
    """Whether a folder holds any file of events, beside reference data."""
    return mailchimp.is_folder(folder) or bool(_canonical_files(folder))


def _is_data_set(path: Path) -> bool:
    return path.is_dir() and bool(_canonical_files(path))


def _read_data_set(path: Path) -> Iterator[Row]:
    yield from read(_canonical_files(path), "canonical")


#: Every format by name, in the order they are tried.
FILES: Final[dict[str, FileFormat]] = {
    format.name: format
    for format in (
        FileFormat("mailchimp", "Mailchimp warehouse tables (a folder)", mailchimp.is_folder, mailchimp.read),
        FileFormat("parquet", "Canonical events, Parquet", _is_parquet, _read_parquet),
        FileFormat("jsonl", "Canonical events, one JSON object a line", _is_jsonl, _read_jsonl),
        FileFormat("csv", "Canonical events, CSV with a header", _is_csv, _read_csv),
        FileFormat("folder", "A folder of canonical files", _is_data_set, _read_data_set),
    )
}
