"""Every save of a view or an override: appended by compare-and-set, so that no two savers pass each other.

The row that is saved (`view` or `view_override`) counts its saves; a save names the count it has seen, and
changes nothing when somebody else was first. Works alike on SQLite and PostgreSQL (READ COMMITTED).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, select, update
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.reports import StoredView, ViewOverride, ViewRevision

Holder = StoredView | ViewOverride
#: Drafts older than this go with the next publication; a page open for longer is asked to load again.
DRAFTS_KEPT = timedelta(days=7)


def append(
    session: Session,
    holder: Holder,
    seen: int,
    body: str,
    actor: str,
    *,
    version: int | None = None,
    is_draft: bool = True,
    note: str = "",
    changes: dict[str, Any] | None = None,
) -> bool:
    """Save `body` as revision `seen` + 1; False, with `holder` read again, when that is not the next one.

    With a `version` it is published, and the draft ends; else it is the draft (`is_draft` False: it is what is
    published, so there is none). `changes`: further columns of the holder.
    """
    _keep_first(session, holder)
    table, number, at = type(holder), seen + 1, now()
    values: dict[str, Any] = {"revision": number, "draft_revision": number if is_draft else None}
    if version is not None:
        published = {"version": version, "body": body, "updated_at": at, "updated_by": actor}
        values |= {**published, "draft_revision": None, **(changes or {})}
    done = session.execute(
        update(table)
        .where(table.id == holder.id, table.revision == seen)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    first = cast("CursorResult[Any]", done).rowcount == 1
    if first:
        session.add(
            ViewRevision(
                **_key(holder),
                revision=number,
                version=version,
                body=body,
                note=note,
                saved_at=at,
                saved_by=actor,
            )
        )
        if version is not None:
            _forget_old_drafts(session, holder, number)
        session.flush()
    session.refresh(holder)
    return first


def entry_at(session: Session, holder: Holder, revision: int) -> ViewRevision | None:
    """One save, by its count; None when it was never made or is no longer kept."""
    return session.scalars(select(ViewRevision).where(_of(holder), ViewRevision.revision == revision)).first()


def body_at(session: Session, holder: Holder, revision: int) -> str | None:
    """What was saved as this revision; also that of a view which was never saved since it was made."""
    entry = entry_at(session, holder, revision)
    if entry is not None:
        return entry.body
    return holder.body if revision == holder.revision and holder.draft_revision is None else None


def body_of_version(session: Session, holder: Holder, version: int) -> str | None:
    """What was published as this version; None when there is no such one."""
    if version == holder.version:
        return holder.body
    return session.scalars(
        select(ViewRevision.body).where(_of(holder), ViewRevision.version == version)
    ).first()


def published(session: Session, holder: Holder) -> list[ViewRevision]:
    """The history: every published version, newest first."""
    _keep = select(ViewRevision).where(_of(holder), ViewRevision.version.is_not(None))
    return list(session.scalars(_keep.order_by(ViewRevision.version.desc())))


def first_entry(holder: Holder) -> ViewRevision:
    """The save that made a view, for one made without a row of history."""
    return ViewRevision(
        **_key(holder),
        revision=holder.revision,
        version=holder.version,
        body=holder.body,
        note="",
        saved_at=holder.updated_at,
        saved_by=holder.updated_by,
    )


def forget(session: Session, holder: Holder) -> None:
    """Remove every save of a holder that is about to be deleted."""
    session.execute(delete(ViewRevision).where(_of(holder)))


def _keep_first(session: Session, holder: Holder) -> None:
    """Before the second save, the first one gets its row."""
    if holder.version and not session.scalar(select(exists().where(_of(holder)))):
        session.add(first_entry(holder))
        session.flush()


def _forget_old_drafts(session: Session, holder: Holder, number: int) -> None:
    session.execute(
        delete(ViewRevision).where(
            _of(holder),
            ViewRevision.version.is_(None),
            ViewRevision.revision < number - 1,
            ViewRevision.saved_at < now() - DRAFTS_KEPT,
        )
    )


def _key(holder: Holder) -> dict[str, Any]:
    if isinstance(holder, ViewOverride):
        return {"view_id": holder.view_id, "override_id": holder.id}
    return {"view_id": holder.id, "override_id": None}


def _of(holder: Holder) -> ColumnElement[bool]:
    if isinstance(holder, ViewOverride):
        return ViewRevision.override_id == holder.id
    return and_(ViewRevision.view_id == holder.id, ViewRevision.override_id.is_(None))
