"""JSON: one object a line, one array, objects written over several lines, or an API's page with a list inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources.bodies import elements, why_no_object
from data.sources.files import dates
from data.sources.files.columns import finished
from data.sources.files.encoding import head_of, refuse_other_kinds, text_of_file, utf16_of
from data.sources.files.foreign import foreign_file
from data.sources.files.reading import Reading, Row, Rows

#: A file that is one JSON text is read at once; a larger one must have an object a line.
_LARGEST_TEXT: Final = 512 * 1024 * 1024


def read_json(path: Path, reading: Reading) -> Rows:
    """Every object of the file as a record, or Parked. Raises NotThisForm when it is no JSON at all."""
    refuse_other_kinds(path)
    first = next(_objects(path, reading), None)
    if first is not None and (summary := foreign_file(path, first, lambda: _count(path, reading), reading)):
        yield summary
        return
    with path.open("rb") as file:
        hint = any(dates.HINT.search(chunk) for chunk in iter(lambda: file.read(1 << 20), b""))
    yield from finished(path, reading, lambda: _rows(path, Reading(reading.options)), look_at_dates=hint)


def every_object(path: Path) -> Rows:
    """The objects of a file as they are, each with `raw`, or Parked."""
    yield from _rows(path, Reading())


def _count(path: Path, reading: Reading) -> int:
    return sum(1 for _ in _rows(path, Reading(reading.options)))


def _objects(path: Path, reading: Reading) -> Iterator[dict[str, Any]]:
    for _, row in _rows(path, reading):
        if not isinstance(row, Parked):
            yield row


def _rows(path: Path, reading: Reading) -> Iterator[Row]:
    head = head_of(path)
    if utf16_of(head) is None and reading.options.encoding is None and not _is_one_text(path, head):
        yield from _lines(path)
        return
    if path.stat().st_size > _LARGEST_TEXT:
        raise NotThisForm(f"{path.name} is one JSON text of more than 512 MB; write one event a line.")
    text = text_of_file(path, reading)
    try:
        found = elements(text)
    except NotThisForm as error:
        if text.lstrip()[:1] == "[":
            raise NotThisForm(f"{path.name}: {error}") from None
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                where = f"{path.name}:{number}"
                yield where, _row(line.strip().encode("utf-8", "surrogateescape"), where)
        return
    if len(found) == 1 and isinstance(found[0][0], dict) and (page := _page(found[0][0])) is not None:
        found = [(value, json.dumps(value, ensure_ascii=False)) for value in page]
    for number, (value, raw) in enumerate(found, 1):
        where = f"{path.name}:{number}"
        if type(value) is dict:
            yield where, {**value, "raw": raw}
        else:
            yield where, Parked(where, why_no_object(value), storable(raw))


def _is_one_text(path: Path, head: bytes) -> bool:
    """Whether the file is an array, or its first object goes over several lines or is a page with a list."""
    start = head.lstrip()
    if start[:1] == b"[":
        return True
    if start[:1] != b"{" or path.stat().st_size > _LARGEST_TEXT:
        return False
    with path.open("rb") as file:
        while line := file.readline():
            line = line.lstrip(b"\xef\xbb\xbf").strip()
            if not line:
                continue
            try:
                value = json.loads(_without_comma(line.decode("utf-8", "replace")))
            except RecursionError:
                return False
            except ValueError:
                return True
            return isinstance(value, dict) and _page(value) is not None
    return False


def _page(value: dict[str, Any]) -> list[Any] | None:
    """The events of an API's page: the one list of objects in an object that is no event itself."""
    if "event" in value:
        return None
    lists = [inner for inner in value.values() if type(inner) is list and inner and type(inner[0]) is dict]
    return lists[0] if len(lists) == 1 else None


def _lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path.name}:{number}"
            if number == 1:
                while line.startswith(b"\xef\xbb\xbf"):
                    line = line.removeprefix(b"\xef\xbb\xbf")
            line = line.strip(b" \t\r\n\0\x1a")
            if line:
                yield where, _row(line, where)


def _row(line: bytes, where: str) -> dict[str, Any] | Parked:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return Parked(where, "the line is no UTF-8 text", storable(line.decode("utf-8", "replace")))
    text = _without_comma(text)
    try:
        value = json.loads(text)
    except RecursionError:
        return Parked(where, "the line's JSON is nested too deeply", storable(text))
    except ValueError:
        # Not where in the line: records are replayed by their reason, and every broken line would have its own.
        return Parked(where, "the line is no JSON", storable(text))
    if type(value) is not dict:
        return Parked(where, "the line is no JSON object", storable(text))
    value["raw"] = text
    return value


def _without_comma(line: str) -> str:
    """A line as it is without the comma behind its object: a list without its brackets, as people cut one out."""
    bare = line.rstrip(" \t\r\n,")
    return bare if bare.endswith("}") else line
