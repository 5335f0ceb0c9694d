"""Audit entries of what happens too often for a row each: denials, openings of links, looks at a workspace.

The same thing done by the same actor from the same address in one hour is one entry with a count. Nothing is
written while a request waits, and a flood of denials ends in a bounded number of entries.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app, has_request_context, request
from sqlalchemy import Connection

from dashapp.access.audit import one_line, without_erased
from dashapp.access.deferred import Deferred
from dashapp.access.networks import network_of
from dashapp.db.base import now
from dashapp.db.security import AuditEntry
from dashapp.services import EXTENSION as SERVICES
from dashapp.services import Services, services
from data.upsert import insert_for

EXTENSION = "vitrine_trail"
#: Entries are in the database this long after what they tell of.
DELAY_S = 1.0
#: Different denials of one actor (of one network, where nobody has logged in) that get an entry of their own in
#: a minute, and of all actors together; the rest is counted in one entry an hour.
PER_ACTOR, PER_MINUTE = 10, 100
#: Looks that were noted this hour and need no second entry.
REMEMBERED = 20_000
#: Characters of what an entry tells.
LONGEST_DETAIL = 200
DENIED = "denied"
FURTHER = "further ones, not listed"
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What one grouped entry is about."""

    actor: str
    verb: str
    agency_id: int | None = None
    workspace_id: int | None = None
    detail: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How often, and from when to when."""

    n: int
    first: datetime
    last: datetime


def together(one: Count, other: Count) -> Count:
    """Two counts of the same thing as one."""
    return Count(one.n + other.n, min(one.first, other.first), max(one.last, other.last))


class Trail:
    """The grouped entries of one app."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: Deferred[tuple[Occurrence, int], Count] = Deferred(
            self._write, together, what="audit entries", delay_s=DELAY_S
        )
        self._cap = _Cap()
        self._lock = threading.Lock()
        self._looked: dict[tuple[Occurrence, int], None] = {}

    def counted(self, occurrence: Occurrence) -> None:
        """Count an attempt or a denial; beyond the limits of this minute it joins the entry of further ones."""
        at = now()
        self._add(self._cap.within(replace(occurrence, detail=occurrence.detail[:LONGEST_DETAIL]), at), at)

    def looked(self, occurrence: Occurrence) -> None:
        """Note that somebody looks at something: once an hour, so that an open page writes nothing more."""
        at = now()
        key = (occurrence, _hour(at))
        with self._lock:
            if key in self._looked:
                return
            if len(self._looked) >= REMEMBERED:
                self._looked.clear()
            self._looked[key] = None
        self._add(occurrence, at)

    def flush(self) -> None:
        """Write what waits, now."""
        self._waiting.flush()

    def _add(self, occurrence: Occurrence, at: datetime) -> None:
        self._waiting.add((occurrence, _hour(at)), Count(1, at, at))

    def _write(self, counts: Mapping[tuple[Occurrence, int], Count]) -> None:
        with self._services.engine.begin() as connection:
            write_counts(connection, counts)


def write_counts(connection: Connection, counts: Mapping[tuple[Occurrence, int], Count]) -> None:
    """Add counts to their entries, in the caller's transaction: {(what, its hour): how often}."""
    # In one order, so that two processes never wait for each other's rows.
    rows: dict[str, dict[str, Any]] = {}
    for (what, hour), count in counts.items():
        detail = without_erased(connection, what.workspace_id, what.detail)
        row = _row(replace(what, detail=detail), hour, count)
        if (same := rows.setdefault(row["group_key"], row)) is not row:  # two that differed by who was erased
            both = together(Count(same["n"], same["at"], same["last_at"]), count)
            same.update(n=both.n, at=both.first, last_at=both.last)
    for _, row in sorted(rows.items()):
        statement = insert_for(connection, AuditEntry).values(row)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[AuditEntry.group_key],
                set_={
                    "n": AuditEntry.n + statement.excluded.n,
                    "last_at": statement.excluded.last_at,
                },
            )
        )


def grouped(occurrence: Occurrence, at: datetime) -> tuple[Occurrence, int]:
    """The key of `write_counts` for something that happened at `at`."""
    return occurrence, _hour(at)


class _Cap:
    """Bounds how many different denials get an entry of their own, by actor and minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = -1
        self._seen: dict[str, set[Occurrence]] = {}
        self._all = 0

    def within(self, occurrence: Occurrence, at: datetime) -> Occurrence:
        """The occurrence itself, or the one that stands for all beyond the limits."""
        network = network_of(occurrence.ip)
        who = network if occurrence.actor == "anonymous" else occurrence.actor
        with self._lock:
            if (minute := int(at.timestamp() // 60)) != self._minute:
                self._minute, self._seen, self._all = minute, {}, 0
            seen = self._seen.get(who, set())
            if occurrence in seen:
                return occurrence
            if self._all >= PER_MINUTE:
                return Occurrence(OTHERS, occurrence.verb, detail=FURTHER)
            if len(seen) >= PER_ACTOR:
                return Occurrence(occurrence.actor, occurrence.verb, detail=FURTHER, ip=network)
            seen.add(occurrence)
            self._seen[who] = seen
            self._all += 1
        return occurrence


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def _row(what: Occurrence, hour: int, count: Count) -> dict[str, Any]:
    """The columns of an entry. The day of its hour is in the key: the next hour has an entry of its own."""
    actor, detail, ip = (
        one_line(what.actor, 254),
        one_line(what.detail, LONGEST_DETAIL),
        one_line(what.ip, 45),
    )
    identity = repr((actor, what.verb, what.agency_id, what.workspace_id, detail, ip, hour))
    return {
        "at": count.first,
        "last_at": count.last,
        "n": count.n,
        "actor": actor,
        "verb": what.verb,
        "agency_id": what.agency_id,
        "workspace_id": what.workspace_id,
        "detail": detail,
        "ip": ip,
        "group_key": hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest(),
    }


def trail() -> Trail:
    """The trail of the current app."""
    found = current_app.extensions.get(EXTENSION)
    if found is None:
        found = current_app.extensions.setdefault(EXTENSION, Trail(services()))
    assert isinstance(found, Trail)
    return found


def note_denied(
    actor: str, detail: str, *, agency_id: int | None = None, workspace_id: int | None = None
) -> None:
    """Count a denial of the current request."""
    ip = (request.remote_addr or "") if has_request_context() else ""
    trail().counted(Occurrence(actor, DENIED, agency_id, workspace_id, detail, ip))


def note_looked(
    actor: str, verb: str, *, agency_id: int | None, workspace_id: int | None, detail: str = ""
) -> None:
    """Note, once an hour, what the current request looks at; outside of a request nobody looks."""
    if has_request_context() and SERVICES in current_app.extensions:
        ip = request.remote_addr or ""
        trail().looked(Occurrence(actor, verb, agency_id, workspace_id, detail, ip))
