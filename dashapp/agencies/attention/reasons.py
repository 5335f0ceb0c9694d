"""Why an account needs somebody today: keeping the reasons, listing them for an agency, and snoozing one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.workspaces import managed_by
from dashapp.db.attention import KINDS, AccountReason, ReasonSnooze
from dashapp.db.base import now
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, Refused

#: How long a reason can be left alone, by the name of the choice.
SNOOZES: Final[Mapping[str, timedelta]] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=28),
}
#: A positive reply waits: soon to be answered, and too long.
SOON, TOO_LONG = timedelta(minutes=15), timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Found:
    """A reason as a check found it."""

    workspace_id: int
    kind: str
    since: datetime
    evidence: Mapping[str, Any]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of an agency's account. `until`: snoozed until then."""

    workspace_id: int
    kind: str
    subject: str
    since: datetime
    evidence: Mapping[str, Any]
    until: datetime | None = None

    def rank(self, at: datetime) -> tuple[int, float]:
        """The gravest first: replies that wait too long, then a silent feed, bounces, falls, and the rest."""
        waits = (at - self.since).total_seconds()
        place = KINDS.index(self.kind)
        if self.kind == "untouched" and waits < TOO_LONG.total_seconds():
            place = KINDS.index("fall")
        return place, -waits


def keep(session: Session, kinds: Collection[str], found: Sequence[Found], *, of: int | None = None) -> None:
    """Put what was found in the place of all earlier reasons of these kinds, of all accounts or of one alone."""
    wanted = {(one.workspace_id, one.kind, one.subject[:500]): one for one in found}
    earlier = select(AccountReason).where(AccountReason.kind.in_(kinds))
    if of is not None:
        earlier = earlier.where(AccountReason.workspace_id == of)
    for row in session.scalars(earlier):
        one = wanted.pop((row.workspace_id, row.kind, row.subject), None)
        if one is None:
            session.delete(row)
        elif (dict(one.evidence), one.since) != (row.evidence, row.since):
            row.evidence, row.since = dict(one.evidence), one.since
    session.add_all(
        AccountReason(
            workspace_id=key, kind=kind, subject=subject, since=one.since, evidence=dict(one.evidence)
        )
        for (key, kind, subject), one in wanted.items()
    )
    session.flush()


def known(session: Session, workspace_id: int, kinds: Collection[str]) -> dict[tuple[str, str], datetime]:
    """The reasons of these kinds a workspace has: (kind, subject) → since when."""
    rows = select(AccountReason.kind, AccountReason.subject, AccountReason.since).where(
        AccountReason.workspace_id == workspace_id, AccountReason.kind.in_(kinds)
    )
    return {(kind, subject): since for kind, subject, since in session.execute(rows)}


def of_agency(session: Session, agency: Agency, readable: Collection[int], at: datetime) -> list[Reason]:
    """The reasons of the accounts an agency manages that the viewer may read whole, the gravest first."""
    rows = session.execute(
        select(
            AccountReason.workspace_id,
            AccountReason.kind,
            AccountReason.subject,
            AccountReason.since,
            AccountReason.evidence,
            ReasonSnooze.until,
        )
        .join(Workspace, Workspace.id == AccountReason.workspace_id)
        .outerjoin(
            ReasonSnooze,
            (ReasonSnooze.agency_id == agency.id)
            & (ReasonSnooze.workspace_id == AccountReason.workspace_id)
            & (ReasonSnooze.kind == AccountReason.kind)
            & (ReasonSnooze.subject == AccountReason.subject)
            & (ReasonSnooze.until > at),
        )
        .where(managed_by(agency.id))
    )
    found = [Reason(*row) for row in rows if row.workspace_id in readable]
    return sorted(found, key=lambda one: (*one.rank(at), one.workspace_id, one.subject))


def snooze(
    session: Session, agency: Agency, workspace: Workspace, kind: str, subject: str, how: str, *, actor: str
) -> None:
    """Leave a reason alone for a while; `how` "none" brings it back. The caller has checked the workspace.

    Raises NotFound for a reason there is not, Refused for another length.
    """
    if workspace.managing_agency_id != agency.id:
        raise NotFound("There is no such account.")
    here = {"workspace_id": workspace.id, "kind": kind, "subject": subject}
    if session.scalar(select(AccountReason.id).filter_by(**here)) is None:
        raise NotFound("There is no such reason any more.")
    if how != "none" and how not in SNOOZES:
        raise Refused("Choose a day, a week or four weeks.")
    row = session.get(ReasonSnooze, {"agency_id": agency.id, **here})
    if how == "none":
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(ReasonSnooze(agency_id=agency.id, **here, until=now() + SNOOZES[how], snoozed_by=actor))
    else:
        row.until, row.snoozed_by = now() + SNOOZES[how], actor
    session.flush()
    audit.record(
        session,
        actor,
        "reason.snooze",
        agency_id=agency.id,
        workspace_id=workspace.id,
        detail=f"{kind} {subject}: {how}".strip(),
    )


def forget(connection: Connection, at: datetime) -> int:
    """Remove snoozes that are over."""
    return connection.execute(delete(ReasonSnooze).where(ReasonSnooze.until < at)).rowcount
