"""Parked records on the data team's page: one read again, one as somebody edited it, all of one reason."""

from __future__ import annotations

from typing import Any, Protocol

from flask import request
from sqlalchemy.orm import Session

from callbacks.data_team.progress import Done, finished, going
from callbacks.guard import Caller
from dashapp.access import audit
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import reason, say
from data.intake import parked as mending
from data.intake import replay
from data.intake.replay import Replayed
from pages.data_team.model import ManagedData
from pages.data_team.not_taken import provider_of

#: Records of one reason that are tried in one call; the browser asks for the next ones.
SOME = 100

_NO_RECORD = "There is no such record."


class Some(Protocol):
    """How far the records of one reason are: the counts are the browser's, and only told."""

    @property
    def why(self) -> str: ...
    @property
    def after(self) -> int: ...
    @property
    def until(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def left(self) -> int: ...


def replay_one(caller: Caller, mine: ManagedData, parked_id: int) -> Done:
    """Read a record again as it came."""
    with caller.services.session() as session:
        row = _row(session, mine, parked_id)
        provider = provider_of(session, row)
        done = replay.replay(session.connection(), row, provider, now())
        if done.taken:
            detail = f"parked record {parked_id}: {done.new} new events"
            note(session, caller, mine.workspace(row["workspace_id"]), "data.intake.replay", detail)
    return _told(parked_id, done)


def mend_one(caller: Caller, mine: ManagedData, parked_id: int, text: str) -> Done:
    """Read a record as somebody edited it; what came is kept beside."""
    with caller.services.session() as session:
        row = _row(session, mine, parked_id)
        provider = provider_of(session, row)
        done = mending.mend(session.connection(), row, provider, text, caller.viewer.actor, now())
        if done.taken:
            detail = f"parked record {parked_id} edited: {done.new} new events"
            note(session, caller, mine.workspace(row["workspace_id"]), "data.mend", detail)
    return _told(parked_id, done)


def replay_some(caller: Caller, mine: ManagedData, asked: Some) -> Done:
    """Try some of the records of one reason, and say which come next."""
    taken, left, last = asked.taken, asked.left, asked.after
    with caller.services.session() as session:
        connection = session.connection()
        until, total = asked.until, asked.total
        if not until:
            until, total = mending.last_alike(connection, mine.scope, asked.why)
        rows = mending.alike(connection, mine.scope, asked.why, after=asked.after, until=until, limit=SOME)
        if not rows and not asked.until:
            raise NotFound(_NO_RECORD)
        new: dict[int, int] = {}
        for row in rows:
            last = row["id"]
            done = replay.replay(connection, row, provider_of(session, row), now())
            taken, left = taken + done.taken, left + (not done.taken)
            if done.taken:
                new[row["workspace_id"]] = new.get(row["workspace_id"], 0) + 1
        for workspace_id, count in new.items():
            detail = f"{count} parked records of one reason"
            note(session, caller, mine.workspace(workspace_id), "data.intake.replay", detail)
    if len(rows) == SOME and last < until:
        again = {"op": "replay_all", "why": asked.why, "after": last, "until": until}
        again |= {"total": total, "taken": taken, "left": left}
        label = say(
            "{n} of {total} records tried", n=format.integer(taken + left), total=format.integer(total)
        )
        return Done(True, "", going(label, min(1.0, (taken + left) / max(1, total)), again))
    told = say(
        "{taken} of {total} records were taken in",
        taken=format.integer(taken),
        total=format.integer(taken + left),
    )
    told += (
        say("; {left} stay parked.", left=format.integer(left))
        if left
        else say(" and are on the way into the figures.")
    )
    return Done(bool(taken), told, finished(close=True))


def _row(session: Session, mine: ManagedData, parked_id: int) -> dict[str, Any]:
    row = replay.find(session.connection(), mine.scope, parked_id)
    if row is None:
        raise NotFound(_NO_RECORD)
    return row


def _told(parked_id: int, done: Replayed) -> Done:
    if not done.taken:
        return Done(
            False,
            say("Record {n} stays parked: {why}.", n=parked_id, why=reason(done.why).rstrip(".")),
            finished(),
        )
    if not done.new:
        told = say(
            "Record {n} is an event that was taken in before; it is not parked any more.",
            n=parked_id,
        )
    else:
        told = say(
            "Record {n} is in the inbox: {new} new, on the way into the figures.",
            n=parked_id,
            new=done.new,
        )
    return Done(True, told, finished(close=True))


def note(session: Session, caller: Caller, workspace: Workspace, verb: str, detail: str) -> None:
    """Who did it, in the audit trail."""
    audit.record(
        session,
        caller.viewer.actor,
        verb,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=detail,
        ip=request.remote_addr or "",
    )
