"""Which events are known: the keys of every event ever acknowledged, so that a repeat years later is recognised.

What the keys are made of: data/intake/identity.py. The table `event_key` holds them in one index, and keys are
random: each new one changes an index page of its own, 4 kB for 16 bytes, written twice (to the database's log,
then to its file). So on SQLite a new key first goes to the end of `event_key_log`, one row per workspace and
commit. From there the keys move into the index sorted, a slice at a time and many per page, within the commits of
later keys: no pause, no job, and a kill at any moment leaves each key in at least one of the two tables. The
log's keys are also held in memory; what other processes added is read in the same transaction.

PostgreSQL allows several writers at once, and between two tables they would miss each other's keys: there a key
goes into `event_key` at once. Its WAL holds the key and not the page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, text

from data.events.canonical import Event
from data.intake.identity import KEY_BYTES, clash_id, content_key, id_key, legacy_key, poorer_keys

#: How many keys the log gathers before they move on. With more, more of them share a page; each costs a process
#: some 100 bytes of memory, half as much again while they move.
GATHERED = 100_000
#: Keys that move for each new one, and the minimum at a time.
PACE = 2
SLICE = 1_000

_SINCE = (
    "SELECT seq, workspace_id, keys, (SELECT min(seq) FROM event_key_log) FROM event_key_log"
    " WHERE seq >= ? ORDER BY seq"
)
_FIND = (
    "SELECT k.key FROM json_each(?) AS at CROSS JOIN event_key AS k"
    " WHERE k.workspace_id = ? AND k.key = substr(?, at.value, 16)"
)
_LOG = "INSERT INTO event_key_log (seq, workspace_id, keys) VALUES (?, ?, ?)"
_MOVE = "INSERT INTO event_key (workspace_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING"
#: The newest row stays: by it a process sees that the log it knows is the log there is.
_MOVED = "DELETE FROM event_key_log WHERE seq <= ? AND seq < (SELECT max(seq) FROM event_key_log)"
_INSERT = (
    "INSERT INTO event_key (workspace_id, key)"
    " SELECT * FROM unnest(CAST(%s AS integer[]), CAST(%s AS bytea[]))"
    " ON CONFLICT DO NOTHING RETURNING workspace_id, key"
)
_FOUND = (
    "SELECT k.workspace_id, k.key FROM event_key AS k"
    " JOIN unnest(CAST(%s AS integer[]), CAST(%s AS bytea[])) AS w (workspace_id, key) USING (workspace_id, key)"
)

#: Keys by workspace.
Keys = Mapping[int, AbstractSet[bytes]]


class KnownKeys(Protocol):
    """Asked within a writing transaction, one at a time, and told how the transaction ended."""

    def claim(self, cursor: Any, wanted: Keys) -> dict[int, set[bytes]]:
        """Take all unknown keys and return them. The cursor is the driver's, in a transaction; at most once per
        transaction.
        """

    def find(self, cursor: Any, wanted: Keys) -> dict[int, set[bytes]]:
        """Those of the keys that are known, with what this transaction has claimed."""

    def committed(self) -> None:
        """What was claimed is on the disk."""

    def rolled_back(self) -> None:
        """Nothing was claimed, or nobody knows."""


class _Part(NamedTuple):
    """A row of the log: keys of a workspace, one after the other."""

    seq: int
    workspace_id: int
    keys: bytes


class LoggedKeys:
    """SQLite: new keys to the log, the log in memory, its keys into the index in their order."""

    def __init__(self, gathered: int = GATHERED) -> None:
        self._gathered = gathered
        self.rolled_back()

    def rolled_back(self) -> None:
        """Forget all: the next claim reads the log anew."""
        self._parts: deque[_Part] = deque()
        self._known: dict[int, set[bytes]] = {}
        self._count = 0
        self._added: list[_Part] = []
        #: Keys on their way into the index, from the rows of the log up to `_through`: by workspace, sorted, the
        #: last one first. No tuples: a hundred thousand of them would set off the garbage collector.
        self._moving: list[tuple[int, list[bytes]]] = []
        self._left = 0
        self._through = 0
        self._owed = 0

    def committed(self) -> None:
        """What was added to the log is known from now on."""
        for part in self._added:
            self._learn(part)
        self._added = []

    def find(self, cursor: Any, wanted: Keys) -> dict[int, set[bytes]]:
        """Those of the keys that are known, with what this transaction has claimed."""
        if not self._added:  # else it would take its own rows for another process's
            self._catch_up(cursor)
        found: dict[int, set[bytes]] = {}
        for workspace_id, keys in wanted.items():
            known = keys & self._known.get(workspace_id, set())
            for part in self._added:
                if part.workspace_id == workspace_id:
                    known |= keys & set(_split(part.keys))
            found[workspace_id] = set(known) | self._indexed(cursor, workspace_id, keys - known)
        return found

    def claim(self, cursor: Any, wanted: Keys) -> dict[int, set[bytes]]:
        """Take all keys that nobody had before; gives those."""
        self._catch_up(cursor)
        new: dict[int, set[bytes]] = {}
        for workspace_id, keys in wanted.items():
            unknown = keys - self._known.get(workspace_id, set())
            if unknown:
                new[workspace_id] = set(unknown) - self._indexed(cursor, workspace_id, unknown)
        seq = self._parts[-1].seq if self._parts else 0
        self._added = [
            _Part(seq + number, workspace_id, b"".join(keys))
            for number, (workspace_id, keys) in enumerate(((w, keys) for w, keys in new.items() if keys), 1)
        ]
        cursor.executemany(_LOG, self._added)
        self._move_on(cursor, sum(len(part.keys) for part in self._added) // KEY_BYTES)
        return new

    def _indexed(self, cursor: Any, workspace_id: int, keys: AbstractSet[bytes]) -> set[bytes]:
        """Those of the keys that are in the index."""
        if not keys:
            return set()
        cursor.execute(_FIND, (_starts(len(keys)), workspace_id, b"".join(sorted(keys))))
        return {key for (key,) in cursor.fetchall()}

    def _catch_up(self, cursor: Any) -> None:
        """Know every row of the log; one query for one row when nobody else has written."""
        newest = self._parts[-1] if self._parts else None
        rows = cursor.execute(_SINCE, (newest.seq if newest else 0,)).fetchall()
        if newest is not None and (not rows or rows[0][:3] != newest):
            self.rolled_back()
            return self._catch_up(cursor)
        for row in rows[1 if newest else 0 :]:
            self._learn(_Part(*row[:3]))
        while self._parts and self._parts[0].seq < rows[0][3]:
            self._unlearn(self._parts.popleft())
        return None

    def _learn(self, part: _Part) -> None:
        keys = _split(part.keys)
        self._parts.append(part)
        self._known.setdefault(part.workspace_id, set()).update(keys)
        self._count += len(keys)

    def _unlearn(self, part: _Part) -> None:
        keys = _split(part.keys)
        known = self._known[part.workspace_id]
        known.difference_update(keys)
        if not known:
            del self._known[part.workspace_id]
        self._count -= len(keys)

    def _move_on(self, cursor: Any, added: int) -> None:
        """Move as many keys into the index as the new ones owe: sorted, so that neighbours share a page."""
        if not self._moving:
            if self._count < self._gathered:
                return
            self._through = self._parts[-1].seq
            self._moving = [
                (w, sorted(self._known[w], reverse=True)) for w in sorted(self._known, reverse=True)
            ]
            self._left = sum(len(keys) for _, keys in self._moving)
            self._owed = 0
        self._owed += PACE * added
        if self._owed < min(SLICE, self._left):
            return
        cursor.executemany(_MOVE, self._lowest(self._owed))
        self._owed = 0
        if not self._moving:
            cursor.execute(_MOVED, (self._through,))

    def _lowest(self, count: int) -> list[tuple[int, bytes]]:
        """The next keys to move, in their order."""
        taken: list[tuple[int, bytes]] = []
        while self._moving and len(taken) < count:
            workspace_id, keys = self._moving[-1]
            here = keys[len(taken) - count :]
            del keys[-len(here) :]
            taken += [(workspace_id, key) for key in reversed(here)]
            if not keys:
                self._moving.pop()
        self._left -= len(taken)
        return taken


class IndexedKeys:
    """PostgreSQL: every key into the index at once; the database itself lets one of two writers wait."""

    def claim(self, cursor: Any, wanted: Keys) -> dict[int, set[bytes]]:
        """Take all keys that nobody had before; gives those."""
        # Sorted: two processes that insert the same keys in different orders deadlock.
        pairs = sorted((workspace_id, key) for workspace_id, keys in wanted.items() for key in keys)
        cursor.execute(_INSERT, ([pair[0] for pair in pairs], [pair[1] for pair in pairs]))
        new: dict[int, set[bytes]] = {}
        for workspace_id, key in cursor.fetchall():
            new.setdefault(workspace_id, set()).add(bytes(key))
        return new

    def find(self, cursor: Any, wanted: Keys) -> dict[int, set[bytes]]:
        """Those of the keys that are known."""
        pairs = [(workspace_id, key) for workspace_id, keys in wanted.items() for key in keys]
        cursor.execute(_FOUND, ([pair[0] for pair in pairs], [pair[1] for pair in pairs]))
        found: dict[int, set[bytes]] = {}
        for workspace_id, key in cursor.fetchall():
            found.setdefault(workspace_id, set()).add(bytes(key))
        return found

    def committed(self) -> None:
        """Nothing is remembered."""

    def rolled_back(self) -> None:
        """Nothing is remembered."""


def claim_key(connection: Connection, workspace_id: int, key: bytes) -> bool:
    """Whether nobody had this key before; it is known from the end of the caller's transaction on."""
    values = {"workspace_id": workspace_id, "key": key}
    made = connection.execute(_CLAIM_ONE[connection.dialect.name], values)
    return bool(made.rowcount == 1)


def claim_event(connection: Connection, workspace_id: int, event: Event) -> Event | None:
    """The event when nobody had it before, under an id of its own when another has its id; else None.

    Known from the end of the caller's transaction on. What data/intake/inbox.py does for many.
    """
    if not claim_key(connection, workspace_id, content_key(event)):
        return None
    if is_known(connection, workspace_id, legacy_key(event.event_id)):
        return None
    id_ = id_key(event.event_id)
    if id_ is not None and claim_key(connection, workspace_id, id_):
        return event
    if any(is_known(connection, workspace_id, key) for key in poorer_keys(event)):
        return None
    return event if id_ is None else event._replace(event_id=clash_id(event))


def is_known(connection: Connection, workspace_id: int, key: bytes) -> bool:
    """Whether somebody has this key."""
    values = {"workspace_id": workspace_id, "key": key}
    return connection.execute(_IS_KNOWN[connection.dialect.name], values).first() is not None


_IN_LOG = "SELECT 1 FROM event_key_log WHERE workspace_id = :workspace_id AND instr(keys, :key) > 0"
_IN_INDEX = "SELECT 1 FROM event_key WHERE workspace_id = :workspace_id AND key = :key"
_CLAIM_ONE = {
    "sqlite": text(
        "INSERT INTO event_key (workspace_id, key) SELECT :workspace_id, :key"
        f" WHERE NOT EXISTS ({_IN_LOG}) ON CONFLICT DO NOTHING"
    ),
    "postgresql": text(
        "INSERT INTO event_key (workspace_id, key) VALUES (:workspace_id, :key) ON CONFLICT DO NOTHING"
    ),
}
_IS_KNOWN = {
    "sqlite": text(f"{_IN_INDEX} UNION ALL {_IN_LOG}"),
    "postgresql": text(_IN_INDEX),
}


def _split(keys: bytes) -> list[bytes]:
    return [keys[start : start + KEY_BYTES] for start in range(0, len(keys), KEY_BYTES)]


@lru_cache(maxsize=64)
def _starts(count: int) -> str:
    """Where each of so many keys begins, as SQL counts, in JSON."""
    return f"[{','.join(str(1 + KEY_BYTES * number) for number in range(count))}]"
