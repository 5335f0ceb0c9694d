"""A file's columns as canonical fields, by name or as a person maps them, and each row's values as they want them.

Shared by all formats, so that a CSV, a workbook and a Parquet file of the same rows are the same events.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from data.errors import BadRecord, NotThisForm
from data.events.canonical import EVENTS, FIELDS, OURS, Parked
from data.events.fields import storable
from data.sources.files import dates
from data.sources.files.reading import Reading, Row, Rows

FLAGS: Final = ("machine", "track_opens", "track_clicks")
_TRUE: Final = (
    "true",
    "t",
    "yes",
    "y",
    "1",
    "1.0",
    "on",
    "x",
    "wahr",
    "ja",
    "vrai",
    "oui",
    "verdadero",
    "sí",
    "si",
)
_FALSE: Final = ("false", "f", "no", "n", "0", "0.0", "off", "falsch", "nein", "faux", "non", "falso", "-")
_TRUTH: Final = {
    **dict.fromkeys((*_TRUE, "vero", "verdadeiro", "sim", "waar", "✓"), True),
    **dict.fromkeys((*_FALSE, "não", "onwaar"), False),
}
#: What other products call the events, letters and digits only; used where a person maps the event column.
_EVENT_WORDS: Final = {
    **dict.fromkeys(("send", "sent", "emailsent", "sendemail", "processed", "emailsend"), "sent"),
    **dict.fromkeys(("deliver", "delivered", "delivery", "emaildelivered", "receivedemail"), "delivered"),
    **dict.fromkeys(("open", "opened", "emailopen", "emailopened", "openedemail", "openemail"), "opened"),
    **dict.fromkeys(
        ("click", "clicked", "emailclick", "clickedlink", "clickedemail", "emailclicked"), "clicked"
    ),
    **dict.fromkeys(("reply", "replied", "emailreply", "replyreceived", "emailreplied"), "replied"),
    **dict.fromkeys(("bounce", "bounced", "emailbounce", "bouncedemail", "emailbounced"), "bounced"),
    **dict.fromkeys(("unsubscribe", "unsubscribed", "emailunsubscribe", "leadunsubscribed"), "unsubscribed"),
    **dict.fromkeys(
        ("spamreport", "spamcomplaint", "complained", "complaint", "markedemailasspam"), "complained"
    ),
    **dict.fromkeys(("dropped", "failed", "rejected", "droppedemail"), "failed"),
    **dict.fromkeys(("deferred", "deferral"), "deferred"),
}


def squeezed(name: str) -> str:
    """A name's letters and digits only, in lower case: "Occurred At", "occurred-at" and "occurredAt" are one."""
    return "".join(character for character in name.lower() if character.isalnum())


_FIELD_OF: Final = {squeezed(name): name for name in FIELDS}


def field_name(name: str) -> str:
    """The canonical field a column is named after, or the column's own name in lower case."""
    own = name.strip().lower()
    return own if own in FIELDS else _FIELD_OF.get(squeezed(own), own)


def header_names(file: str, cells: Sequence[str]) -> list[str]:
    """The names of a table's columns. Raises NotThisForm when two columns have one name.

    A column without a name keeps its place as one ("column 7"), so that nothing in it is lost.
    """
    names = [field_name(cell) or f"column {number}" for number, cell in enumerate(cells, 1)]
    for name, times in Counter(names).items():
        if times > 1:
            places = " and ".join(str(number) for number, other in enumerate(names, 1) if other == name)
            raise NotThisForm(
                f"{file} has {times} columns named {name[:60]!r} (columns {places}). Rename or remove all but one."
            )
    return names


def header_score(cells: Iterable[str], reading: Reading) -> int:
    """How many of the cells are names a file of events has: the header is where there are most."""
    wanted = {squeezed(part) for column in reading.options.columns.values() for part in column.split("+")}
    return sum(1 for cell in cells if field_name(cell) in FIELDS or squeezed(cell) in wanted)


def checked_mapping(reading: Reading) -> None:
    """Raise NotThisForm for a mapping to a field, an event or a flag that does not exist."""
    for name in reading.options.columns:
        if name not in FIELDS or name == "raw":
            raise NotThisForm(
                f"There is no field {name[:60]!r}; there are {', '.join(sorted(FIELDS - {'raw'}))}."
            )
    for event in reading.options.events.values():
        if event not in EVENTS:
            raise NotThisForm(f"There is no event {event[:60]!r}; there are {', '.join(sorted(EVENTS))}.")


def mapped(row: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The row's canonical fields as a person mapped them, beside its own columns.

    A column that is mapped to another field no longer stands for the field it is named after.
    """
    columns = reading.options.columns
    if not columns:
        return dict(row)
    names = {squeezed(name): name for name in row}
    fields: dict[str, Any] = {}
    for field, column in columns.items():
        value = _value(row, names, column)
        if value not in (None, ""):
            fields[field] = value
    used = {squeezed(part) for column in columns.values() for part in column.split("+")}
    own = {name: value for name, value in row.items() if not (name in FIELDS and squeezed(name) in used)}
    event = fields.get("event")
    if type(event) is str:
        fields["event"] = reading.options.events.get(event) or event_named(event)
    return own | fields


def event_named(value: str) -> str:
    """The canonical event a value of a mapped event column means; the value itself where none does."""
    return value if value in EVENTS else _EVENT_WORDS.get(squeezed(value), value)


def _value(row: Mapping[str, Any], names: Mapping[str, str], column: str) -> Any:
    if column.startswith(":"):
        return column[1:]
    if (name := names.get(squeezed(column))) is not None and name in row:
        value = row[name]
        return value if not isinstance(value, dict | list) else None
    if "+" in column:
        parts = [_value(row, names, part.strip()) for part in column.split("+")]
        return ":".join(str(part) for part in parts if part not in (None, "")) or None
    if "." in column:
        inner: Any = row
        for part in column.split("."):
            if not isinstance(inner, dict):
                return None
            inner = next((value for name, value in inner.items() if name.lower() == part.lower()), None)
        return inner if not isinstance(inner, dict | list) else None
    return None


def missing_columns(names: Iterable[str], reading: Reading) -> list[str]:
    """Columns the mapping names and the file does not have."""
    known = {squeezed(name) for name in names}
    return [
        column
        for column in reading.options.columns.values()
        if not column.startswith(":")
        and squeezed(column) not in known
        and "." not in column
        and not all(squeezed(part) in known for part in column.split("+"))
    ]


def finished(path: Path, reading: Reading, rows: Callable[[], Rows], *, look_at_dates: bool) -> Iterator[Row]:
    """The rows as records: mapped, with flags and times read; `rows` may be gone through twice.

    A row comes as its cells, with `raw` when its own text is to be kept. Raises NotThisForm for dates that can be
    read two ways.
    """
    checked_mapping(reading)
    order = reading.options.dates
    if order is None and look_at_dates:
        evidence = dates.Evidence(path.name)
        for where, row in rows():
            if not isinstance(row, Parked):
                evidence.add(mapped(row, reading).get("occurred_at"), where)
        order, note = evidence.order()
        if note:
            reading.note(note, "dates", order=order or "", **evidence.shown(order))
    local = 0
    zone = reading.zone
    for where, row in rows():
        if isinstance(row, Parked):
            yield where, row
            continue
        raw = row.pop("raw", None)
        record = mapped(row, reading)
        _read_flags(record)
        stamp = record.get("occurred_at")
        try:
            moment, was_local = dates.settled(stamp, order, zone)
        except BadRecord as error:
            yield where, Parked(where, str(error), storable(raw if raw is not None else _json(row)))
            continue
        local += was_local
        if moment is not stamp:
            # The text kept beside an event can be read again alone: the time in it is the one that was settled.
            record["occurred_at"] = moment
            raw = _json(record | {"occurred_at": str(moment), "occurred_at_written": str(stamp)})
        elif raw is None or reading.options.columns:
            raw = _json(record)
        yield where, taken(record, raw, where)
    if local:
        count = "One time" if local == 1 else f"{local:,} times"
        verb = "was" if local == 1 else "were"
        reading.note(
            f"{path.name}: {count} without an offset {verb} read as local time of {zone.key}; "
            "--timezone names another.",
            "local",
            n=local,
            zone=zone.key,
        )


def taken(record: dict[str, Any], raw: str, where: str) -> dict[str, Any]:
    """A record as it is handed on. `_lenient` and the like are ours alone: a file cannot ask for them."""
    for name in [name for name in record if name.startswith("_")]:
        if name in OURS:
            del record[name]
    record["raw"] = raw
    record["_where"] = where
    return record


def _read_flags(record: dict[str, Any]) -> None:
    for flag in FLAGS:
        value = record.get(flag)
        if type(value) is str:
            record[flag] = _TRUTH.get(value.strip().lower(), value) if value.strip() else None
        elif (type(value) is int or type(value) is float) and value in (0, 1):
            record[flag] = bool(value)


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps(row, default=str)
