"""One delivery on its way into the inbox: what is new, what is parked, and the rows it becomes."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from data.events.canonical import Event
from data.intake.identity import clash_id, legacy_key
from data.lake.erased import Erased

_URL_SAFE = bytes.maketrans(b"+/", b"-_")

NOTHING: frozenset[bytes] = frozenset()

_ROWS: TypeAdapter[Any] = TypeAdapter(list[dict[str, object]])


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of a delivery, in records; `new + duplicate + parked` is everything handed in.

    A record that cannot become an event counts as parked each time it arrives, and is stored once. `clashes`: how
    many of the new ones brought an id that another event has; they are stored under an id of their own.
    """

    new: int
    duplicate: int
    parked: int
    clashes: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One caller's batch, prepared outside the transaction."""

    workspace_id: int
    source_id: int | None
    received_at: datetime
    events: dict[bytes, Event]  # by content: repeats within the batch are gone already
    repeats: int
    ids: dict[bytes, bytes | None]  # the key of each one's id; None: its id is made from its content
    rows: str  # the events as JSON objects with commas between
    parked: list[tuple[Any, ...]]
    subjects: list[bytes]  # own subjects that read like an automatic reply's


def parked_key(raw: str) -> str:
    """The key of a parked record, or of the event it is, as the table holds it: 22 characters of base64."""
    return b2a_base64(legacy_key(raw), newline=False)[:22].translate(_URL_SAFE).decode("ascii")


def body_of(events: Sequence[Event]) -> str:
    """The events as an inbox row holds them: a JSON array."""
    return f"[{rows_of(list(events))}]"


@dataclass(slots=True)
class Judge:
    """What is new, by workspace: unknown keys (`new`, each to be taken once), and contents that are known
    nevertheless.
    """

    new: dict[int, set[bytes]]
    known: dict[int, set[bytes]]


def masked(row: tuple[Any, ...], mask: Erased | None) -> tuple[Any, ...]:
    """A parked row without the addresses of erased people; its key stays that of the record as it came."""
    return row if mask is None else (*row[:4], *(mask.mask_text(text, named=True) for text in row[4:]))


def take(delivery: Delivery, judge: Judge, mask: Erased | None) -> tuple[int, int, str]:
    """The delivery's new events, their keys removed from the judge's: how many, of these clashes, and as JSON.

    `mask`: they are judged by what came, and kept without what an erased person would be known by.
    """
    new = judge.new.get(delivery.workspace_id, set())
    known = judge.known.get(delivery.workspace_id, NOTHING)
    kept: list[Event] = []
    clashes = 0
    for content, event in delivery.events.items():
        if content not in new:
            continue
        new.discard(content)
        id_ = delivery.ids[content]
        if content in known:
            continue
        if id_ is not None and id_ not in new:
            clashes += 1
            event = event._replace(event_id=clash_id(event))
        elif id_ is not None:
            new.discard(id_)
        kept.append(event if mask is None else mask.mask(event))
    if len(kept) == len(delivery.events) and not clashes and mask is None:
        return len(kept), 0, delivery.rows
    return len(kept), clashes, rows_of(kept)


def rows_of(events: list[Event]) -> str:
    """The events as JSON objects with commas between; what is None is left out."""
    rows = [
        {name: value for name, value in zip(Event._fields, event, strict=True) if value is not None}
        for event in events
    ]
    try:
        return _ROWS.dump_json(rows).decode()[1:-1]
    except ValueError:
        # A lone surrogate ("\ud83d" alone in JSON makes one): no UTF-8 file or database can hold it.
        clean = [{k: storable_rows(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows]
        return _ROWS.dump_json(clean).decode()[1:-1]


def storable_rows(value: str) -> str:
    """The text with what PostgreSQL and UTF-8 cannot hold (NUL, lone surrogates) written out as escapes."""
    return value.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()
