"""What was accessed, by whom, since when: the audit trail read for an incident.

The trail holds each log-in, refusal, file taken, statement asked and change of rights, and once an hour who looked
at which workspace and which link was opened from which address (`dashapp/access/trail.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, union
from sqlalchemy.orm import Session

from dashapp.access.sessions import open_sessions
from dashapp.access.viewer import guest_actor
from dashapp.access.workspaces import managed_by
from dashapp.db.reports import Share
from dashapp.db.security import AuditEntry, LoginSession
from dashapp.db.tenants import Agency, AgencyMember, User, Workspace, WorkspaceMember

#: Verbs by which figures or rows left: what to look at first.
TAKEN = frozenset({"report.take", "data.take", "rows.exported", "data.sql"})
_last = func.coalesce(AuditEntry.last_at, AuditEntry.at)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an incident is about: one person, one link, one agency, or (nothing given) everybody."""

    user: User | None = None
    share: Share | None = None
    agency: Agency | None = None

    def entries(self) -> ColumnElement[bool] | None:
        """The entries by them or about them; None: all there are."""
        if self.user is not None:
            return _of_user(self.user)
        if self.share is not None:
            return _of_share(self.share)
        if self.agency is not None:
            return _of_agency(self.agency)
        return None


@dataclass(slots=True)
class ActionCount:
    """All one actor did with one verb."""

    n: int
    first: datetime
    last: datetime

    def add(self, n: int, first: datetime, last: datetime) -> None:
        """Count more of it."""
        self.n += n
        self.first, self.last = min(self.first, first), max(self.last, last)


@dataclass(slots=True)
class Actor:
    """What one actor did, where, and from which addresses."""

    verbs: dict[str, ActionCount] = field(default_factory=dict)
    workspaces: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)


def actors(session: Session, subject: Subject, since: datetime, until: datetime) -> dict[str, Actor]:
    """Everybody who did something between the two moments, by how the audit trail names them."""
    rows = session.execute(
        select(
            AuditEntry.actor,
            AuditEntry.verb,
            AuditEntry.workspace_id,
            AuditEntry.ip,
            func.sum(AuditEntry.n),
            func.min(AuditEntry.at),
            func.max(_last),
        )
        .where(*_within(subject, since, until))
        .group_by(AuditEntry.actor, AuditEntry.verb, AuditEntry.workspace_id, AuditEntry.ip)
    )
    slugs = _slugs(session)
    found: dict[str, Actor] = {}
    for name, verb, workspace_id, ip, n, first, last in rows:
        actor = found.setdefault(name, Actor())
        if verb in actor.verbs:
            actor.verbs[verb].add(int(n), first, last)
        else:
            actor.verbs[verb] = ActionCount(int(n), first, last)
        if workspace_id is not None:
            actor.workspaces.add(slugs.get(workspace_id, f"#{workspace_id}"))
        if ip:
            actor.addresses.add(ip)
    return found


def entries(
    session: Session, subject: Subject, since: datetime, until: datetime, limit: int
) -> list[dict[str, Any]]:
    """The newest `limit` entries as documents, newest first."""
    rows = session.scalars(
        select(AuditEntry)
        .where(*_within(subject, since, until))
        .order_by(_last.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    slugs, agencies = _slugs(session), _agencies(session)
    return [
        {
            "at": _moment(row.at),
            "last_at": _moment(row.last_at or row.at),
            "n": row.n,
            "actor": row.actor,
            "verb": row.verb,
            "agency": None if row.agency_id is None else agencies.get(row.agency_id),
            "workspace": None if row.workspace_id is None else slugs.get(row.workspace_id),
            "detail": row.detail,
            "ip": row.ip,
        }
        for row in rows
    ]


def sessions_of(session: Session, user: User) -> list[dict[str, Any]]:
    """The browsers in which a person is logged in now, the last seen first."""
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user.id, open_sessions())
        .order_by(LoginSession.seen_at.desc())
    )
    return [
        {
            "since": _moment(row.created_at),
            "seen_at": _moment(row.seen_at),
            "ip": row.ip,
            "browser": row.user_agent,
        }
        for row in rows
    ]


def _within(subject: Subject, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    mine = subject.entries()
    time = [_last >= since, AuditEntry.at <= until]
    return time if mine is None else [mine, *time]


def _of_user(user: User) -> ColumnElement[bool]:
    about = AuditEntry.verb.in_(
        ("user.create", "role.set", "password.set", "user.disable", "user.enable", "sessions.end")
    )
    named = or_(
        AuditEntry.detail == user.email, AuditEntry.detail.startswith(f"{user.email}:", autoescape=True)
    )
    return or_(AuditEntry.actor == user.email, and_(about, named))


def _of_share(share: Share) -> ColumnElement[bool]:
    name = f"share {share.id}"
    return or_(
        AuditEntry.actor == guest_actor(share.id),
        AuditEntry.detail == name,
        AuditEntry.detail.startswith(f"{name}:"),
    )


def _of_agency(agency: Agency) -> ColumnElement[bool]:
    """What happened in it, and what its people did where no agency is named: log-ins, for one."""
    members = (
        select(User.email)
        .join(AgencyMember, AgencyMember.user_id == User.id)
        .where(AgencyMember.agency_id == agency.id)
    )
    clients = (
        select(User.email)
        .join(WorkspaceMember, WorkspaceMember.user_id == User.id)
        .join(Workspace, Workspace.id == WorkspaceMember.workspace_id)
        .where(managed_by(agency.id))
    )
    people = union(members, clients).subquery()
    return or_(
        AuditEntry.agency_id == agency.id,
        and_(AuditEntry.agency_id.is_(None), AuditEntry.actor.in_(select(people.c.email))),
    )


def _slugs(session: Session) -> Mapping[int, str]:
    return dict(session.execute(select(Workspace.id, Workspace.slug)).tuples().all())


def _agencies(session: Session) -> Mapping[int, str]:
    return dict(session.execute(select(Agency.id, Agency.slug)).tuples().all())


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
