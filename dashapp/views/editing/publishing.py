"""Writing a published version: by compare-and-set, with the audit entry; the draft stays on top of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.db.reports import ViewOverride
from dashapp.db.tenants import Workspace
from dashapp.errors import Busy
from dashapp.views import revisions
from dashapp.views.difference import differences
from dashapp.views.editing.merge import merge
from dashapp.views.editing.targets import State, Target, body_for, holder_to_save, shown_as, state_of
from dashapp.views.stages import Rollout, rollout_of

TRIES = 8
BUSY = "Several people are saving this view at this moment; try again."


def publish_body(
    session: Session,
    wanted: Target,
    actor: str,
    note: str,
    make: Callable[[State], str],
    *,
    keep_rollout: bool = False,
) -> int:
    """Publish what `make` gives at once, past the draft; a draft keeps its changes on top of it. The version."""
    for _ in range(TRIES):
        state = state_of(session, wanted)
        body = make(state)
        rollout = rollout_of(wanted.stored) if keep_rollout and wanted.is_template else None
        holder_to_save(session, wanted)
        version = append_version(session, wanted, state, body, actor, note, rollout)
        if version is None:
            continue
        if state.has_draft:
            _rebase_draft(session, wanted, state, actor)
        return version
    raise Busy(BUSY)


def append_version(
    session: Session,
    wanted: Target,
    state: State,
    body: str,
    actor: str,
    note: str,
    rollout: Rollout | None,
) -> int | None:
    """Append a published version; None when somebody saved since `state`."""
    holder = holder_to_save(session, wanted)
    changes: dict[str, Any] = {}
    if not isinstance(holder, ViewOverride):
        changes = {"name": shown_as(wanted, state, body).name}
        changes["rollout"] = None if rollout is None else rollout.model_dump_json()
    version = state.version + 1
    note = "".join(c if c.isprintable() else " " for c in note)[:200]
    if not revisions.append(
        session, holder, state.revision, body, actor, version=version, note=note, changes=changes
    ):
        return None
    note_change(session, wanted, actor, "view.publish", f"version {version}")
    return version


def _rebase_draft(session: Session, wanted: Target, before: State, actor: str) -> None:
    """The draft that stood on `before` on top of what has just been published; where both changed, the draft's."""
    state = state_of(session, wanted)
    drafted = merge(before.published, state.published, before.head).view
    body, result = body_for(wanted, replace(state, override=before.override), drafted)
    holder = holder_to_save(session, wanted)
    if differences(state.published, result):
        revisions.append(session, holder, state.revision, body, actor)


def _agency_of(session: Session, wanted: Target) -> int | None:
    """Whose audit trail has it, too: the template's agency, or the one that manages the view's workspace now."""
    if wanted.stored.workspace_id is None:
        return wanted.stored.agency_id
    return session.get_one(Workspace, wanted.stored.workspace_id).managing_agency_id


def note_change(session: Session, wanted: Target, actor: str, verb: str, detail: str) -> None:
    place = wanted.workspace.id if wanted.workspace is not None else wanted.stored.workspace_id
    audit.record(
        session,
        actor,
        verb,
        agency_id=_agency_of(session, wanted),
        workspace_id=place,
        detail=f"view {wanted.stored.id}: {detail}",
    )
