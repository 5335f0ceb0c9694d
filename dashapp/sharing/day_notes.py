"""Notes on days: made, changed with their history, removed; and which of them a reader sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.scopes import managing_link
from dashapp.access.standing import standing, stands
from dashapp.db.base import now
from dashapp.db.on_tiles import Annotation, AnnotationChange
from dashapp.db.tenants import Workspace
from dashapp.errors import Conflict, NotFound, Refused

LONGEST_TEXT: Final = 280
LONGEST_CAMPAIGN: Final = 500
LONGEST_DAYS: Final = 366
MOST_NOTES: Final = 1_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
_NO_NOTE = "There is no such note."


@dataclass(frozen=True, slots=True)
class Written:
    """What a note is to say."""

    first_day: date
    last_day: date
    text: str
    for_clients: bool
    campaign: str | None = None


def add(session: Session, workspace: Workspace, written: Written, *, own: bool, actor: str) -> Annotation:
    """A new note. `own`: the workspace's own people make it, so it lives whoever manages it. Raises Refused."""
    written = _clean(written)
    if len(notes_of(session, workspace)) >= MOST_NOTES:
        raise Refused("A workspace has at most 1,000 notes on days. Remove old ones.")
    link = None if own else managing_link(session, workspace.id)
    note = Annotation(workspace_id=workspace.id, link_id=None if link is None else link.id, created_by=actor)
    _apply(note, written)
    session.add(note)
    session.flush()
    _keep(session, workspace, note, "add", actor)
    return note


def edit(
    session: Session, workspace: Workspace, note: Annotation, revision: int, written: Written, *, actor: str
) -> None:
    """Change it; what it said before stays in its history. Raises Refused; Conflict when somebody was first."""
    written = _clean(written)
    # Asked and counted in one statement: of two who save at once one is told.
    counted = session.connection().execute(
        update(Annotation)
        .where(Annotation.id == note.id, Annotation.revision == revision)
        .values(revision=revision + 1)
    )
    if counted.rowcount == 0:
        raise Conflict("Somebody else changed this note meanwhile. Look at it and change it again.")
    session.refresh(note)
    _apply(note, written)
    note.updated_at = now()
    session.flush()
    _keep(session, workspace, note, "edit", actor)


def remove(session: Session, workspace: Workspace, note: Annotation, *, actor: str) -> None:
    """It is shown nowhere any more; its history stays."""
    note.removed, note.updated_at = True, now()
    note.revision += 1
    session.flush()
    _keep(session, workspace, note, "remove", actor)


def notes_of(session: Session, workspace: Workspace) -> list[Annotation]:
    """The workspace's notes, the newest day first; none of an agency that no longer manages it."""
    rows = select(Annotation).where(
        Annotation.workspace_id == workspace.id,
        Annotation.removed.is_(False),
        standing(Annotation, workspace.managing_link_id),
    )
    return list(session.scalars(rows.order_by(Annotation.first_day.desc(), Annotation.id.desc())))


def notes_between(
    session: Session, workspace: Workspace, first: date, last: date, *, clients_only: bool
) -> list[Annotation]:
    """Those that touch a range of days, oldest first."""
    rows = select(Annotation).where(
        Annotation.workspace_id == workspace.id,
        Annotation.removed.is_(False),
        standing(Annotation, workspace.managing_link_id),
        Annotation.first_day <= last,
        Annotation.last_day >= first,
    )
    if clients_only:
        rows = rows.where(Annotation.for_clients)
    return list(session.scalars(rows.order_by(Annotation.first_day, Annotation.id)))


def for_share(
    session: Session, workspace: Workspace, campaigns: Collection[str] | None, since: date | None
) -> list[Annotation]:
    """What a share shows: those meant for clients, of its campaigns, none that ended before its earliest day."""
    found = notes_between(session, workspace, since or FIRST_DAY, LAST_DAY, clients_only=True)
    return [one for one in found if campaigns is None or one.campaign is None or one.campaign in campaigns]


def note_of(session: Session, workspace: Workspace, note_id: int) -> Annotation:
    """One note of this workspace. Raises NotFound for any other, and for one that was removed."""
    note = session.get(Annotation, note_id) if type(note_id) is int and 0 < note_id < 2**31 else None
    if note is None or note.removed or note.workspace_id != workspace.id:
        raise NotFound(_NO_NOTE)
    if not stands(note, workspace):
        raise NotFound(_NO_NOTE)
    return note


def history_of(session: Session, notes: Sequence[Annotation]) -> dict[int, list[AnnotationChange]]:
    """What each note said after each change, oldest first."""
    found: dict[int, list[AnnotationChange]] = {one.id: [] for one in notes}
    rows = (
        select(AnnotationChange)
        .where(AnnotationChange.annotation_id.in_(found))
        .order_by(AnnotationChange.id)
    )
    for row in session.scalars(rows):
        found[row.annotation_id].append(row)
    return found


def _clean(written: Written) -> Written:
    text = " ".join(written.text.split())
    campaign = (written.campaign or "").strip() or None
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise Refused(f"A note on a day has 1 to {LONGEST_TEXT} characters.")
    if written.last_day < written.first_day:
        raise Refused("The last day lies before the first.")
    if not FIRST_DAY <= written.first_day <= written.last_day <= LAST_DAY:
        raise Refused("The days of a note lie between 1990 and 2199.")
    if (written.last_day - written.first_day).days >= LONGEST_DAYS:
        raise Refused(f"A note covers at most {LONGEST_DAYS} days.")
    if campaign is not None and (len(campaign) > LONGEST_CAMPAIGN or not campaign.isprintable()):
        raise Refused("There is no campaign of this name.")
    return Written(written.first_day, written.last_day, text, written.for_clients, campaign)


def _apply(note: Annotation, written: Written) -> None:
    note.first_day, note.last_day, note.text = written.first_day, written.last_day, written.text
    note.for_clients, note.campaign = written.for_clients, written.campaign


def _keep(session: Session, workspace: Workspace, note: Annotation, what: str, actor: str) -> None:
    session.add(
        AnnotationChange(
            annotation_id=note.id,
            what=what,
            first_day=note.first_day,
            last_day=note.last_day,
            text=note.text,
            campaign=note.campaign,
            for_clients=note.for_clients,
            by=actor,
        )
    )
    audit.record(
        session,
        actor,
        f"annotation.{what}",
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"note {note.id}: {note.first_day} to {note.last_day}, {note.text}",
    )
