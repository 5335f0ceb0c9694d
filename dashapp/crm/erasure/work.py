"""The job's steps: out of the lake, then, when no file that was replaced is left, the check that proves it."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.crm.erasure import sweep
from dashapp.crm.erasure.asking import VERB, person_of
from dashapp.crm.erasure.tables import SWEPT
from dashapp.db.base import Base, now
from dashapp.db.contacts import ASKED, CLEANED, DONE, Erasure
from dashapp.db.engine import reading
from dashapp.db.security import AuditEntry
from data.building import erasing, orphans
from data.lake.erased import key_of
from data.lake.lake import Lake
from data.lake.markers import Person

log = logging.getLogger("vitrine.worker")

#: How long files that were replaced may still be read by whoever has their names.
GRACE: Final = timedelta(hours=1)
AUDIT: Final = Base.metadata.tables[AuditEntry.__tablename__]
#: Pieces of the search index that are merged at most.
_MERGES: Final = 10_000


def waiting(engine: Engine) -> dict[int, list[int]]:
    """The erasures that are not done, by workspace."""
    found: dict[int, list[int]] = {}
    with reading(engine).connect() as connection:
        query = select(Erasure.workspace_id, Erasure.id).where(Erasure.state != DONE).order_by(Erasure.id)
        for workspace_id, id_ in connection.execute(query):
            found.setdefault(workspace_id, []).append(id_)
    return found


def advance(lake: Lake, secret_key: str, ids: list[int], grace: timedelta = GRACE) -> int:
    """Take erasures of one workspace as far as they can go now; gives how many are done.

    Killed at any moment, the next call goes on. Raises DataError, DamagedFile, LakeUnavailable.
    """
    rows = _rows(lake.engine, ids)
    people = {row.id: person_of(row, secret_key, key_of(lake.engine)) for row in rows if row.sealed}
    asked = [row.id for row in rows if row.state == ASKED]
    if asked:
        _clean(lake, {id_: people[id_] for id_ in asked})
    over = [
        row.id
        for row in _rows(lake.engine, ids)
        if row.state == CLEANED and row.cleaned_at is not None and row.cleaned_at + grace <= now()
    ]
    return _finish(lake, {id_: people[id_] for id_ in over}, grace) if over else 0


def _rows(engine: Engine, ids: list[int]) -> list[Erasure]:
    with Session(reading(engine), expire_on_commit=False) as session:
        return list(session.scalars(select(Erasure).where(Erasure.id.in_(ids)).order_by(Erasure.id)))


def _clean(lake: Lake, people: dict[int, Person]) -> None:
    done = erasing.erase(lake, list(people.values()))
    with Session(lake.engine) as session, session.begin():
        for id_, person in people.items():
            row = session.get_one(Erasure, id_)
            more = _sweep(session, person)
            app = {name: row.proof.get("app", {}).get(name, 0) + n for name, n in more.items()}
            lake_ = {"events": done.events, "segments": done.segments, "marts": done.marts}
            row.proof = {**row.proof, "app": {**row.proof.get("app", {}), **app}, "lake": lake_}
            row.state, row.cleaned_at = CLEANED, now()
    for _ in range(_MERGES):
        with lake.engine.begin() as connection:
            if not sweep.merge_search_index(connection):
                break


def _sweep(session: Session, person: Person) -> Counter[str]:
    """All that names them, and what was written about them since they were asked for."""
    connection = session.connection()
    done = sweep.sweep(connection, person)
    if sweep.may_sweep(connection, AUDIT):
        done["audit_entry"] += sweep.sweep_audit(connection, person)
    return +done


def _finish(lake: Lake, people: dict[int, Person], grace: timedelta) -> int:
    """Remove what was replaced, look everywhere once more, and keep what was seen."""
    orphans.collect_orphans(lake, grace.total_seconds())
    done = 0
    for id_, person in people.items():
        seen = erasing.check(lake, [person])
        with Session(reading(lake.engine)) as looking:
            left = [*seen.left, *_left(looking, person)]
        with Session(lake.engine) as session, session.begin():
            row = session.get_one(Erasure, id_)
            if left:
                log.warning("Erasure %d begins again: %s name the person.", id_, ", ".join(left[:5]))
                row.state = ASKED
                continue
            row.state, row.done_at, row.sealed = DONE, now(), None
            read: dict[str, Any] = {"segments": seen.segments, "marts": seen.marts, "left": 0}
            row.proof = {**row.proof, "read": read}
            audit.record(
                session,
                "erase-people",
                VERB,
                workspace_id=row.workspace_id,
                detail=f"erasure {id_} is done: of {seen.segments} segments and {seen.marts} files of marts "
                "none names the person",
            )
            done += 1
    _empty_log(lake.engine)
    return done


def _left(session: Session, person: Person) -> list[str]:
    """The tables that name them still. Raises for a table that cannot be read: nothing is proved by it.

    A worker with a role of its own may not read the audit trail. It was swept when the erasure was asked for, and
    what was written since names no erased address (dashapp/access/audit.py).
    """
    connection = session.connection()
    tables = [table for table in Base.metadata.sorted_tables if table.name in SWEPT]
    return sweep.named_in(
        connection, person, [one for one in tables if one is not AUDIT or sweep.may_sweep(connection, one)]
    )


def _empty_log(engine: Engine) -> None:
    """SQLite's write-ahead log holds pages as they were, until it is emptied."""
    if engine.dialect.name == "sqlite":
        with reading(engine).connect() as connection:
            connection.execute(text("ROLLBACK"))
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
