"""Editing with several people: one shared draft, autosaved and merged; publishing; history; back to the template.

Every save names what it was made from (`base`, an opaque token). If something else was saved since, the two are
merged tile by tile (`views/merge.py`) and the later saver is told; the write itself is a compare-and-set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dashapp.db.reports import ViewRevision
from dashapp.errors import Busy, NotFound, Refused
from dashapp.views import revisions
from dashapp.views.difference import Change, differences
from dashapp.views.editing.history import Version, history, note_text, restore, version_changes, version_view
from dashapp.views.editing.merge import Conflict, merge
from dashapp.views.editing.publishing import BUSY, TRIES, append_version, note_change, publish_body
from dashapp.views.editing.targets import (
    Target,
    base_view,
    body_for,
    holder_of,
    holder_to_save,
    shown_as,
    state_of,
    target,
)
from dashapp.views.overrides import dump_override, parse_override, without
from dashapp.views.resolve import Resolved
from dashapp.views.schema import View, dump_view, parse_view
from dashapp.views.sizes import check_sizes
from dashapp.views.stages import Rollout, rollout_of, rollout_to

#: With the history and the targets this is all an editor needs: one door for it.
__all__ = [
    "Editing",
    "Published",
    "Saved",
    "Target",
    "Version",
    "discard_draft",
    "drop_override",
    "history",
    "note_text",
    "open_editing",
    "publish",
    "restore",
    "save_draft",
    "target",
    "version_changes",
    "version_view",
]


@dataclass(frozen=True, slots=True)
class Editing:
    """What an editor opens with. `base`: send it back with a save. `changes`: from what is published to `view`."""

    view: View
    base: str
    has_draft: bool
    draft_by: str
    draft_at: datetime | None
    published: View
    version: int
    changes: tuple[Change, ...]
    resolved: Resolved | None


@dataclass(frozen=True, slots=True)
class Saved:
    """The draft after a save.

    `merged`: `who` and perhaps others had saved since `base`: show `view`, say `others` and `conflicts`.
    """

    view: View
    base: str
    merged: bool
    others: tuple[Change, ...]
    who: str
    conflicts: tuple[Conflict, ...]
    resolved: Resolved | None


@dataclass(frozen=True, slots=True)
class Published:
    """`version` None: there was something the publisher had not seen; it is in the draft now, to look at."""

    version: int | None
    saved: Saved


def open_editing(session: Session, wanted: Target) -> Editing:
    """The shared draft, or what is published when there is none."""
    state = state_of(session, wanted)
    entry = _draft_entry(session, wanted) if state.has_draft else None
    return Editing(
        view=state.head,
        base=state.token,
        has_draft=state.has_draft,
        draft_by=entry.saved_by if entry else "",
        draft_at=entry.saved_at if entry else None,
        published=state.published,
        version=state.version,
        changes=differences(state.published, state.head),
        resolved=state.resolved,
    )


def save_draft(session: Session, wanted: Target, base: str, view: View, actor: str) -> Saved:
    """Save `view`, made from `base`, into the shared draft; what others saved since stays in it.

    Raises Refused, nothing being saved, for what a view or this place does not take.
    """
    started = base_view(session, wanted, base)
    parse_view(dump_view(view))  # what is wrong with it alone is said before anything is joined
    check_sizes(started, view)
    for _ in range(TRIES):
        state = state_of(session, wanted)
        joined = merge(started, view, state.head)
        body, result = body_for(wanted, state, joined.view)
        who = _last_saver(session, wanted) if joined.others else ""
        if differences(state.head, result):
            holder = holder_to_save(session, wanted)
            is_draft = bool(differences(state.published, result))
            if not revisions.append(session, holder, state.revision, body, actor, is_draft=is_draft):
                continue
            state = state_of(session, wanted)
        return Saved(
            view=state.head,
            base=state.token,
            merged=bool(joined.others),
            others=joined.others,
            who=who,
            conflicts=joined.conflicts,
            resolved=state.resolved,
        )
    raise Busy(BUSY)


def publish(
    session: Session,
    wanted: Target,
    base: str,
    actor: str,
    view: View | None = None,
    note: str = "",
    stage: Sequence[int] | None = None,
) -> Published:
    """Publish the draft as a new version, `view` being saved into it first.

    `stage` (templates): only these workspaces see it for now. Nobody publishes what they have not seen: when
    others changed something since `base`, `version` is None and the merged draft comes back to be looked at.
    """
    if stage is not None:
        _stage(session, wanted, stage)  # refused before anything is saved
    mine = base_view(session, wanted, base) if view is None else view
    for _ in range(TRIES):
        saved = save_draft(session, wanted, base, mine, actor)
        if saved.others or saved.conflicts:
            return Published(None, saved)
        state = state_of(session, wanted)
        if state.token != saved.base:
            continue
        if not state.has_draft:
            return Published(state.version, saved)
        body, _ = body_for(wanted, state, state.head)
        rollout = None if stage is None else _stage(session, wanted, stage)
        version = append_version(session, wanted, state, body, actor, note, rollout)
        if version is not None:
            after = state_of(session, wanted)
            return Published(version, Saved(after.head, after.token, False, (), "", (), after.resolved))
    raise Busy(BUSY)


def discard_draft(session: Session, wanted: Target, actor: str) -> Editing:
    """Throw the shared draft away. It stays readable for those who save on top of it: they are merged."""
    for _ in range(TRIES):
        holder = holder_of(session, wanted)
        if holder is None or holder.draft_revision is None:
            return open_editing(session, wanted)
        if revisions.append(session, holder, holder.revision, holder.body, actor, is_draft=False):
            note_change(session, wanted, actor, "view.discard", "draft")
            return open_editing(session, wanted)
    raise Busy(BUSY)


def drop_override(
    session: Session, wanted: Target, actor: str, tile_id: str | None = None, field: str | None = None
) -> Editing:
    """Back to the template, at once: one field of a tile, one tile, or (tile_id None) everything.

    An added tile goes, a hidden one comes back. Raises NotFound when nothing of that kind is overridden.
    """
    if not wanted.is_override:
        raise Refused("Only what a workspace changed in an agency template can go back to it.")
    holder = holder_of(session, wanted)
    drafted = _draft_entry(session, wanted)
    in_draft = None if drafted is None else without(parse_override(drafted.body), tile_id, field)
    in_published = None if holder is None else without(parse_override(holder.body), tile_id, field)
    dropped = False
    if holder is not None and in_published is not None and in_published != parse_override(holder.body):
        body = dump_override(in_published)
        publish_body(session, wanted, actor, "drop", lambda state: body)
        dropped = True
    if holder is not None and drafted is not None and in_draft != parse_override(drafted.body):
        assert in_draft is not None
        state = state_of(session, wanted)
        text = dump_override(in_draft)
        is_draft = bool(differences(state.published, shown_as(wanted, state, text)))
        if not revisions.append(session, holder, state.revision, text, actor, is_draft=is_draft):
            raise Busy(BUSY)
        dropped = True
    if not dropped:
        raise NotFound("This workspace has changed nothing there.")
    return open_editing(session, wanted)


def _stage(session: Session, wanted: Target, workspace_ids: Sequence[int]) -> Rollout | None:
    if not wanted.is_template:
        raise Refused("Only a template is published in stages.")
    running = rollout_of(wanted.stored)
    previous = running.previous if running else wanted.stored.version
    return rollout_to(session, wanted.stored, previous, workspace_ids)


def _draft_entry(session: Session, wanted: Target) -> ViewRevision | None:
    holder = holder_of(session, wanted)
    if holder is None or holder.draft_revision is None:
        return None
    return revisions.entry_at(session, holder, holder.draft_revision)


def _last_saver(session: Session, wanted: Target) -> str:
    """Who saved what stands now: for an override that nobody saved since, whoever changed the template."""
    holder = holder_of(session, wanted)
    entry = revisions.entry_at(session, holder, holder.revision) if holder is not None else None
    return entry.saved_by if entry is not None else wanted.stored.updated_by
