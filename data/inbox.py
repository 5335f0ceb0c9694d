"""The inbox: where events become ours. What `put` has returned for survives a crash and a power cut.

Exactly once by (workspace, event id): ids are kept for ever in `event_key`, apart from the events, so a
repeat years later is still known. Callers at the same moment share one commit (`data/group_commit.py`).
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.errors import DataError, InboxBusy
from data.events import Event, Parked
from data.group_commit import GroupCommit

#: No commit takes more records than this, so that a flood of big batches cannot hold up the small ones.
GROUP_RECORDS = 10_000

_ROWS: TypeAdapter[Any] = TypeAdapter(list[dict[str, object]])
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_KEY_LENGTH = 22


@dataclass(frozen=True, slots=True)
class _Statements:
    """Constant texts for any number of rows; SQLAlchemy's own work would cost more than the database's.

    `claim` takes key and workspace of each event as one text and gives those nobody had before.
    """

    begin: str
    claim: str
    keep: str
    park: str


_COLUMNS = "workspace_id, source_id, received_at, events, body"
_PARKED = 'workspace_id, source_id, key, received_at, "where", why, raw'
_STATEMENTS: dict[str, _Statements] = {
    "sqlite": _Statements(
        "BEGIN IMMEDIATE",
        "INSERT INTO event_key (key, workspace_id)"
        " SELECT substr(value, 1, 22), CAST(substr(value, 23) AS INTEGER) FROM json_each(?) WHERE true"
        " ON CONFLICT DO NOTHING RETURNING key, workspace_id",
        f"INSERT INTO inbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
        f"INSERT INTO parked ({_PARKED}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
    ),
    "postgresql": _Statements(
        "",  # the driver begins by itself
        "INSERT INTO event_key (key, workspace_id)"
        " SELECT left(value, 22), CAST(substr(value, 23) AS integer) FROM unnest(CAST(%s AS text[])) AS value"
        " ON CONFLICT DO NOTHING RETURNING key, workspace_id",
        f"INSERT INTO inbox ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s)",  # noqa: S608
        f"INSERT INTO parked ({_PARKED}) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
        " ON CONFLICT DO NOTHING",
    ),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery, in records. `new + duplicate + parked` is all that was handed in.

    A record that cannot become an event counts as parked each time it comes, and is stored once.
    """

    new: int
    duplicate: int
    parked: int


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One caller's batch, made ready outside the transaction."""

    workspace_id: int
    source_id: int | None
    received_at: datetime
    events: dict[str, Event]  # by key: repeats within the batch are gone already
    repeats: int
    rows: str  # the events as JSON objects with commas between
    parked: list[tuple[Any, ...]]


class Inbox:
    """The door for events of one process; safe to share between threads. Other processes have their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._statements = _STATEMENTS[engine.dialect.name]
        self._queue: GroupCommit[_Delivery, Receipt] = GroupCommit(
            self._store, lambda delivery: len(delivery.events) + len(delivery.parked), GROUP_RECORDS
        )

    def put(
        self,
        workspace_id: int,
        source_id: int | None,
        events: Sequence[Event],
        parked: Sequence[Parked] = (),
        *,
        received_at: datetime,
    ) -> Receipt:
        """Keep the events that are new and all that is parked; on the disk when this returns.

        Raises InboxBusy when that is not possible now; then nothing of the batch was kept (should the
        connection have broken in the very commit, the repeat finds its events already there).
        """
        if received_at.tzinfo is None:
            raise ValueError("received_at needs a zone")
        if not events and not parked:
            return Receipt(0, 0, 0)
        by_key: dict[str, Event] = {}
        for event in events:
            by_key.setdefault(key_of(event.event_id), event)
        delivery = _Delivery(
            workspace_id,
            source_id,
            received_at.astimezone(UTC),
            by_key,
            len(events) - len(by_key),
            _rows(list(by_key.values())),
            [self._parked_row(workspace_id, source_id, received_at, record) for record in parked],
        )
        return self._queue.submit(delivery)

    def _store(self, group: list[_Delivery]) -> list[Receipt]:
        """One transaction for all deliveries of the group; InboxBusy when the database cannot write now."""
        dbapi = self._engine.dialect.dbapi
        assert dbapi is not None
        try:
            with closing(self._engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
                try:
                    if self._statements.begin:
                        cursor.execute(self._statements.begin)
                    receipts = self._write(cursor, group)
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise
                return receipts
        except (dbapi.OperationalError, PoolTimeout) as error:
            raise InboxBusy(_why_busy(error)) from error
        except dbapi.Error as error:
            raise DataError(f"The database refused a delivery: {str(error).splitlines()[0]}.") from error

    def _write(self, cursor: Any, group: list[_Delivery]) -> list[Receipt]:
        new = self._claim(cursor, group)
        receipts: list[Receipt] = []
        kept: dict[tuple[int, int | None], tuple[datetime, int, list[str]]] = {}
        for delivery in group:
            count, rows = _take(delivery, new)
            duplicates = len(delivery.events) - count + delivery.repeats
            receipts.append(Receipt(count, duplicates, len(delivery.parked)))
            if count:
                # Deliveries of one source share an inbox row: each event has its own received_at anyway.
                whose = (delivery.workspace_id, delivery.source_id)
                at, before, texts = kept.get(whose, (delivery.received_at, 0, []))
                kept[whose] = (max(at, delivery.received_at), before + count, [*texts, rows])
        if kept:
            cursor.executemany(
                self._statements.keep,
                [
                    (workspace_id, source_id, self._stamp(at), count, f"[{','.join(texts)}]")
                    for (workspace_id, source_id), (at, count, texts) in kept.items()
                ],
            )
        if parked := [row for delivery in group for row in delivery.parked]:
            cursor.executemany(self._statements.park, parked)
        return receipts

    def _claim(self, cursor: Any, group: list[_Delivery]) -> set[tuple[str, int]]:
        """Take the keys of all events that nobody had before; gives those as (key, workspace_id)."""
        pairs = {(key, delivery.workspace_id) for delivery in group for key in delivery.events}
        if not pairs:
            return pairs
        # Sorted: two processes that insert the same keys in different orders deadlock on PostgreSQL, and
        # neighbours in an index are cheaper.
        claims: Any = sorted(f"{key}{workspace_id}" for key, workspace_id in pairs)
        if self._sqlite:
            claims = json.dumps(claims)
        cursor.execute(self._statements.claim, (claims,))
        return set(cursor.fetchall())

    def _stamp(self, at: datetime) -> Any:
        """The time as SQLAlchemy's DateTime stores it in SQLite: a text without a zone."""
        return at.strftime("%Y-%m-%d %H:%M:%S.%f") if self._sqlite else at

    def _parked_row(
        self, workspace_id: int, source_id: int | None, received_at: datetime, record: Parked
    ) -> tuple[Any, ...]:
        texts = (_storable(record.where), _storable(record.why), _storable(record.raw))
        stamp = self._stamp(received_at.astimezone(UTC))
        return (workspace_id, source_id, key_of(record.raw), stamp, *texts)


def key_of(identity: str) -> str:
    """128 bits of blake2b of an event id (or of a parked record), as 22 characters of URL-safe base64."""
    digest = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return b2a_base64(digest, newline=False)[:_KEY_LENGTH].translate(_URL_SAFE).decode("ascii")


def body_of(events: Sequence[Event]) -> str:
    """The events as an inbox row holds them: a JSON array."""
    return f"[{_rows(list(events))}]"


def _take(delivery: _Delivery, new: set[tuple[str, int]]) -> tuple[int, str]:
    """The delivery's events nobody had before, removed from `new`: how many, and as JSON."""
    whose = delivery.workspace_id
    pairs = {(key, whose) for key in delivery.events}
    if pairs <= new:
        new -= pairs
        return len(pairs), delivery.rows
    kept = [event for key, event in delivery.events.items() if (key, whose) in new]
    new -= pairs
    return len(kept), _rows(kept)


def _rows(events: list[Event]) -> str:
    """The events as JSON objects with commas between; what is None is left out."""
    rows = [
        {name: value for name, value in zip(Event._fields, event, strict=True) if value is not None}
        for event in events
    ]
    try:
        return _ROWS.dump_json(rows).decode()[1:-1]
    except ValueError:
        # A lone surrogate ("\ud83d" alone in JSON makes one): no UTF-8 file or database can hold it.
        clean = [{k: _storable(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows]
        return _ROWS.dump_json(clean).decode()[1:-1]


def _storable(value: str) -> str:
    """The text with what PostgreSQL and UTF-8 cannot hold (NUL, lone surrogates) written out as escapes."""
    return value.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()


def _why_busy(error: Exception) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if "lock" in reason:
        why = "another program holds the database's write lock"
    elif "full" in reason or "No space" in reason:
        why = "the disk is full"
    else:
        why = f"the database answered: {reason.rstrip('.')}"
    return f"Events cannot be taken in just now, because {why}; send them again in a few seconds."
