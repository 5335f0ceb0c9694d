"""The inbox: what `put` has accepted survives a crash and a power cut.

Exactly once, judged by what happened (`data/intake/identity.py`): keys are kept for ever, apart from the events,
so a repeat years later is recognised (`data/intake/known_keys.py`). Concurrent callers share one commit
(`data/intake/group_commit.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.errors import DataError, InboxBusy
from data.events.canonical import Event, Parked
from data.intake import own_subjects
from data.intake.delivery import (
    NOTHING,
    Delivery,
    Judge,
    Receipt,
    masked,
    parked_key,
    rows_of,
    storable_rows,
    take,
)
from data.intake.group_commit import GroupCommit
from data.intake.identity import content_key, id_key, legacy_key, poorer_keys
from data.intake.known_keys import IndexedKeys, KnownKeys, LoggedKeys
from data.lake import erased

#: No commit takes more records than this, so that a flood of big batches cannot delay the small ones.
GROUP_RECORDS = 10_000


@dataclass(frozen=True, slots=True)
class _Statements:
    """Constant texts; SQLAlchemy's own work would cost more than the database's."""

    begin: str
    keep: str
    park: str
    subject: str


_COLUMNS = "workspace_id, source_id, received_at, events, body"
_PARKED = 'workspace_id, source_id, key, received_at, "where", why, raw'
_STATEMENTS: dict[str, _Statements] = {
    "sqlite": _Statements(
        "BEGIN IMMEDIATE",
        f"INSERT INTO inbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
        f"INSERT INTO parked ({_PARKED}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
        "INSERT INTO own_subject (workspace_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING",
    ),
    "postgresql": _Statements(
        "",  # the driver begins by itself
        f"INSERT INTO inbox ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s)",  # noqa: S608
        f"INSERT INTO parked ({_PARKED}) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
        " ON CONFLICT DO NOTHING",
        "INSERT INTO own_subject (workspace_id, key) VALUES (%s, %s) ON CONFLICT DO NOTHING",
    ),
}


class Inbox:
    """The inbox of one process; safe to share between threads. Other processes have their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._statements = _STATEMENTS[engine.dialect.name]
        self._keys: KnownKeys = LoggedKeys() if self._sqlite else IndexedKeys()
        self._legacy: frozenset[int] | None = None
        self._queue: GroupCommit[Delivery, Receipt] = GroupCommit(
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
        """Store the events that are new and everything parked; on the disk when this returns.

        Raises InboxBusy when that is not possible now; then nothing of the batch was stored (if the connection
        broke during the commit itself, the repeat finds its events already there).
        """
        if received_at.tzinfo is None:
            raise ValueError("received_at needs a zone")
        if not events and not parked:
            return Receipt(0, 0, 0)
        by_key: dict[bytes, Event] = {}
        for event in events:
            by_key.setdefault(content_key(event), event)
        delivery = Delivery(
            workspace_id,
            source_id,
            received_at.astimezone(UTC),
            by_key,
            len(events) - len(by_key),
            {key: id_key(event.event_id) for key, event in by_key.items()},
            rows_of(list(by_key.values())),
            [self._parked_row(workspace_id, source_id, received_at, record) for record in parked],
            own_subjects.keys_of(by_key.values()),
        )
        return self._queue.submit(delivery)

    def _store(self, group: list[Delivery]) -> list[Receipt]:
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

    def _write(self, cursor: Any, group: list[Delivery]) -> list[Receipt]:
        judge = self._judge(cursor, group)
        masks = erased.read(cursor, self._engine, sorted({one.workspace_id for one in group}))
        receipts: list[Receipt] = []
        kept: dict[tuple[int, int | None], tuple[datetime, int, list[str]]] = {}
        for delivery in group:
            count, clashes, rows = take(delivery, judge, masks.get(delivery.workspace_id))
            duplicates = len(delivery.events) - count + delivery.repeats
            receipts.append(Receipt(count, duplicates, len(delivery.parked), clashes))
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
        if parked := [
            masked(row, masks.get(delivery.workspace_id)) for delivery in group for row in delivery.parked
        ]:
            cursor.executemany(self._statements.park, parked)
        if subjects := sorted(
            {(delivery.workspace_id, key) for delivery in group for key in delivery.subjects}
        ):
            cursor.executemany(self._statements.subject, subjects)
        return receipts

    def _judge(self, cursor: Any, group: list[Delivery]) -> Judge:
        """Take the keys of all events of the group that are not known yet."""
        if not any(delivery.events for delivery in group):
            return Judge({}, {})
        legacy = self._legacy_events(cursor, group)
        wanted: dict[int, set[bytes]] = {}
        for delivery in group:
            keys = wanted.setdefault(delivery.workspace_id, set())
            keys.update(delivery.events)
            old = legacy.get(delivery.workspace_id, NOTHING)
            keys.update(
                id_ for content, id_ in delivery.ids.items() if id_ is not None and content not in old
            )
        new = self._keys.claim(cursor, wanted)
        known = {workspace_id: set(keys) for workspace_id, keys in legacy.items()}
        # Where the id does not settle it, the same event may have come with less before.
        poorer: dict[int, dict[bytes, list[bytes]]] = {}
        brought = Counter(
            (delivery.workspace_id, id_)
            for delivery in group
            for id_ in delivery.ids.values()
            if id_ is not None
        )
        for delivery in group:
            here = new.get(delivery.workspace_id, NOTHING)
            for content, event in delivery.events.items():
                id_ = delivery.ids[content]
                settled = id_ is not None and id_ in here and brought[delivery.workspace_id, id_] == 1
                if content in here and not settled and (less := poorer_keys(event)):
                    poorer.setdefault(delivery.workspace_id, {})[content] = less
        if poorer:
            asked = {w: {key for keys in some.values() for key in keys} for w, some in poorer.items()}
            found = self._keys.find(cursor, asked)
            for workspace_id, asking in poorer.items():
                there = found.get(workspace_id, NOTHING)
                same = {content for content, some in asking.items() if there.intersection(some)}
                known.setdefault(workspace_id, set()).update(same)
        return Judge(new, known)

    def _legacy_events(self, cursor: Any, group: list[Delivery]) -> dict[int, set[bytes]]:
        """Contents of events whose id is known from before contents were: by workspace."""
        if self._legacy is None:
            cursor.execute("SELECT workspace_id FROM legacy_keys")
            self._legacy = frozenset(int(row[0]) for row in cursor.fetchall())
        if not self._legacy:
            return {}
        ids: dict[int, dict[bytes, list[bytes]]] = {}
        for delivery in group:
            if delivery.workspace_id in self._legacy:
                here = ids.setdefault(delivery.workspace_id, {})
                for content, event in delivery.events.items():
                    here.setdefault(legacy_key(event.event_id), []).append(content)
        if not ids:
            return {}
        found = self._keys.find(cursor, {workspace_id: set(keys) for workspace_id, keys in ids.items()})
        return {
            workspace_id: {content for key in keys for content in ids[workspace_id][key]}
            for workspace_id, keys in found.items()
        }

    def _stamp(self, at: datetime) -> Any:
        """The time as SQLAlchemy's DateTime stores it in SQLite: a text without a zone."""
        return at.replace(tzinfo=None).isoformat(" ", "microseconds") if self._sqlite else at

    def _parked_row(
        self, workspace_id: int, source_id: int | None, received_at: datetime, record: Parked
    ) -> tuple[Any, ...]:
        texts = (storable_rows(record.where), storable_rows(record.why), storable_rows(record.raw))
        stamp = self._stamp(received_at.astimezone(UTC))
        return (workspace_id, source_id, parked_key(record.raw), stamp, *texts)


def _why_busy(error: Exception) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if "lock" in reason:
        why = "another program holds the database's write lock"
    elif "full" in reason or "No space" in reason:
        why = "the disk is full"
    else:
        why = f"the database answered: {reason.rstrip('.')}"
    return f"Events cannot be taken in just now, because {why}; send them again in a few seconds."
