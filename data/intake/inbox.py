"""The inbox: where events become ours. What `put` has returned for survives a crash and a power cut.

Exactly once by (workspace, event id): keys of the ids are kept for ever, apart from the events, so a repeat years
later is still known (`data/intake/known_keys.py`). Callers at the same moment share one commit
(`data/intake/group_commit.py`).
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.errors import DataError, InboxBusy
from data.events.canonical import Event, Parked
from data.intake.group_commit import GroupCommit
from data.intake.known_keys import IndexedKeys, KnownKeys, LoggedKeys, key_of

#: No commit takes more records than this, so that a flood of big batches cannot hold up the small ones.
GROUP_RECORDS = 10_000

_ROWS: TypeAdapter[Any] = TypeAdapter(list[dict[str, object]])
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class _Statements:
    """Constant texts; SQLAlchemy's own work would cost more than the database's."""

    begin: str
    keep: str
    park: str


_COLUMNS = "workspace_id, source_id, received_at, events, body"
_PARKED = 'workspace_id, source_id, key, received_at, "where", why, raw'
_STATEMENTS: dict[str, _Statements] = {
    "sqlite": _Statements(
        "BEGIN IMMEDIATE",
        f"INSERT INTO inbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
        f"INSERT INTO parked ({_PARKED}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
    ),
    "postgresql": _Statements(
        "",  # the driver begins by itself
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
    events: dict[bytes, Event]  # by key: repeats within the batch are gone already
    repeats: int
    rows: str  # the events as JSON objects with commas between
    parked: list[tuple[Any, ...]]


class Inbox:
    """The door for events of one process; safe to share between threads. Other processes have their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._statements = _STATEMENTS[engine.dialect.name]
        self._keys: KnownKeys = LoggedKeys() if self._sqlite else IndexedKeys()
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
        by_key: dict[bytes, Event] = {}
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
                    self._keys.rolled_back()
                    connection.rollback()
                    raise
                self._keys.committed()
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
            count, rows = _take(delivery, new.get(delivery.workspace_id, set()))
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

    def _claim(self, cursor: Any, group: list[_Delivery]) -> dict[int, set[bytes]]:
        """Take the keys of all events that nobody had before; gives those by workspace."""
        wanted: dict[int, set[bytes]] = {}
        for delivery in group:
            if delivery.events:
                wanted.setdefault(delivery.workspace_id, set()).update(delivery.events)
        return self._keys.claim(cursor, wanted) if wanted else {}

    def _stamp(self, at: datetime) -> Any:
        """The time as SQLAlchemy's DateTime stores it in SQLite: a text without a zone."""
        return at.replace(tzinfo=None).isoformat(" ", "microseconds") if self._sqlite else at

    def _parked_row(
        self, workspace_id: int, source_id: int | None, received_at: datetime, record: Parked
    ) -> tuple[Any, ...]:
        texts = (_storable(record.where), _storable(record.why), _storable(record.raw))
        stamp = self._stamp(received_at.astimezone(UTC))
        return (workspace_id, source_id, parked_key(record.raw), stamp, *texts)


def parked_key(raw: str) -> str:
    """The key of a parked record, or of the event it is, as the table holds it: 22 characters of base64."""
    return b2a_base64(key_of(raw), newline=False)[:22].translate(_URL_SAFE).decode("ascii")


def body_of(events: Sequence[Event]) -> str:
    """The events as an inbox row holds them: a JSON array."""
    return f"[{_rows(list(events))}]"


def _take(delivery: _Delivery, new: set[bytes]) -> tuple[int, str]:
    """The delivery's events nobody had before, removed from `new`: how many, and as JSON."""
    keys = delivery.events.keys()
    if keys <= new:
        new.difference_update(keys)
        return len(keys), delivery.rows
    kept = [event for key, event in delivery.events.items() if key in new]
    new.difference_update(keys)
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
