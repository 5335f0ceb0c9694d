"""Reading the audit trail of one agency, or of one workspace (which sees what its agency did there too)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from dashapp.access.workspaces import managed_by
from dashapp.db.base import now
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Agency, Workspace

#: At least so long an entry is kept and can be found; `jobs/catalog/retention.py` keeps them longer.
KEPT = timedelta(days=396)
PAGE = 50
#: Entries of one export.
EXPORT = 100_000
COLUMNS = ("at", "last_at", "times", "actor", "verb", "workspace_id", "detail", "ip")


@dataclass(frozen=True)
class Search:
    """What is looked for: a text in who, what or detail; days in UTC, both included. `before`: an entry's id."""

    text: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None


@dataclass(frozen=True)
class Found:
    """A page of entries, newest first. `older`: the id to go on from, None: these are the last ones."""

    entries: Sequence[AuditEntry]
    older: int | None


def find(session: Session, place: Agency | Workspace, search: Search, *, most: int = PAGE) -> Found:
    """The newest entries of a place that fit."""
    rows = session.scalars(
        select(AuditEntry).where(*_fits(place, search)).order_by(AuditEntry.id.desc()).limit(most + 1)
    ).all()
    shown = rows[:most]
    return Found(shown, shown[-1].id if len(rows) > most else None)


def rows(session: Session, place: Agency | Workspace, search: Search) -> Iterator[list[tuple[object, ...]]]:
    """All entries that fit, in pages, as the columns COLUMNS."""
    left, before = EXPORT, search.before
    while left > 0:
        found = find(
            session, place, Search(search.text, search.first, search.last, before), most=min(1000, left)
        )
        yield [
            (
                entry.at.isoformat(timespec="seconds"),
                entry.last_at.isoformat(timespec="seconds") if entry.last_at else "",
                entry.n,
                entry.actor,
                entry.verb,
                entry.workspace_id or "",
                entry.detail,
                entry.ip,
            )
            for entry in found.entries
        ]
        left -= len(found.entries)
        before = found.older
        if before is None:
            return


def _of(place: Agency | Workspace) -> ColumnElement[bool]:
    """An agency's entries, but for those of workspaces it does not manage any more: these have their own log."""
    if isinstance(place, Workspace):
        return AuditEntry.workspace_id == place.id
    managed = select(Workspace.id).where(managed_by(place.id))
    return and_(
        AuditEntry.agency_id == place.id,
        or_(AuditEntry.workspace_id.is_(None), AuditEntry.workspace_id.in_(managed)),
    )


def _fits(place: Agency | Workspace, search: Search) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = [
        _of(place),
        AuditEntry.at >= now() - KEPT,
    ]
    if search.text:
        fits.append(
            or_(
                *(
                    column.icontains(search.text, autoescape=True)
                    for column in (AuditEntry.actor, AuditEntry.verb, AuditEntry.detail)
                )
            )
        )
    if search.first is not None:
        fits.append(AuditEntry.at >= datetime.combine(search.first, time.min, UTC))
    if search.last is not None:
        fits.append(AuditEntry.at < datetime.combine(search.last, time.min, UTC) + timedelta(days=1))
    if search.before is not None:
        fits.append(AuditEntry.id < search.before)
    return fits
