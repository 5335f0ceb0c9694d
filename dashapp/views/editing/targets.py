"""What an editor works on: a view itself, or one workspace's override of an agency template, drawn as a view.

Who may come here was decided before (`access/scopes.py`): the place is an agency or a workspace the caller was
let into. What is not in that place is NotFound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashapp.db.reports import StoredView, ViewOverride
from dashapp.db.tenants import Agency, Tenant, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.views import revisions
from dashapp.views.overrides import Override, dump_override, override_from, parse_override
from dashapp.views.resolve import Resolved, resolve
from dashapp.views.schema import View, check_template, dump_view, parse_view
from dashapp.views.stages import template_for
from dashapp.views.store import NO_VIEW, override_row, resolved_text

_TOKEN = re.compile(r"r(\d{1,9})(?:\.t(\d{1,9}))?")
_TOO_OLD = "This page has been open for too long: load it again to go on editing."


@dataclass(frozen=True, slots=True)
class Target:
    """`workspace` is set for an override of the template `stored`, else None."""

    stored: StoredView
    workspace: Workspace | None = None

    @property
    def is_override(self) -> bool:
        """Whether what is edited is one workspace's override of an agency template."""
        return self.workspace is not None

    @property
    def is_template(self) -> bool:
        """Whether what is edited is an agency template itself."""
        return self.workspace is None and self.stored.workspace_id is None


@dataclass(frozen=True, slots=True)
class State:
    """A target as it stands. `head`: the draft when there is one, else what is published. `token`: for savers."""

    head: View
    published: View
    token: str
    revision: int
    version: int
    has_draft: bool
    resolved: Resolved | None = None
    template: View | None = None
    override: Override | None = None


def target(session: Session, place: Tenant, view_id: int) -> Target:
    """What editing `view_id` in this place means. Raises NotFound for a view that is not of the place."""
    stored = session.get(StoredView, view_id) if type(view_id) is int and 0 < view_id < 2**31 else None
    if stored is None:
        raise NotFound(NO_VIEW)
    if isinstance(place, Agency):
        if stored.agency_id == place.id and stored.workspace_id is None:
            return Target(stored)
    elif stored.workspace_id is not None:
        if stored.workspace_id == place.id:
            return Target(stored)
    elif stored.agency_id == place.managing_agency_id:
        return Target(stored, place)
    raise NotFound(NO_VIEW)


def holder_of(session: Session, wanted: Target) -> revisions.Holder | None:
    """The row that is saved; None for an override nobody has begun."""
    if wanted.workspace is None:
        return wanted.stored
    return override_row(session, wanted.workspace.id, wanted.stored.id)


def holder_to_save(session: Session, wanted: Target) -> revisions.Holder:
    """The row that is saved, made when this is the first save of an override; two at once make one."""
    found = holder_of(session, wanted)
    if found is not None:
        return found
    assert wanted.workspace is not None
    made = ViewOverride(
        workspace_id=wanted.workspace.id, view_id=wanted.stored.id, body=dump_override(Override())
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        found = holder_of(session, wanted)
        assert found is not None
        return found
    return made


def state_of(session: Session, wanted: Target) -> State:
    """The target as it stands now."""
    holder = holder_of(session, wanted)
    body = holder.body if holder is not None else dump_override(Override())
    draft = None
    if holder is not None and holder.draft_revision is not None:
        draft = revisions.body_at(session, holder, holder.draft_revision)
    revision = holder.revision if holder is not None else 0
    version = holder.version if holder is not None else 0
    if wanted.workspace is None:
        published = parse_view(body)
        head = parse_view(draft) if draft is not None else published
        return State(head, published, f"r{revision}", revision, version, draft is not None)
    template, seen = template_for(session, wanted.stored, wanted.workspace.id)
    resolved = resolved_text(template, draft if draft is not None else body)
    return State(
        head=resolved.view,
        published=resolved_text(template, body).view,
        token=f"r{revision}.t{seen}",
        revision=revision,
        version=version,
        has_draft=draft is not None,
        resolved=resolved,
        template=template,
        override=_readable(draft if draft is not None else body),
    )


def base_view(session: Session, wanted: Target, token: str) -> View:
    """The view a token stands for. Raises Refused when it is none of this target's, or no longer kept."""
    match = _TOKEN.fullmatch(token) if isinstance(token, str) else None
    if match is None or (match[2] is None) is wanted.is_override:
        raise Refused(_TOO_OLD)
    holder = holder_of(session, wanted)
    body = revisions.body_at(session, holder, int(match[1])) if holder is not None else None
    if wanted.workspace is None:
        if body is None:
            raise Refused(_TOO_OLD)
        return parse_view(body)
    template = revisions.body_of_version(session, wanted.stored, int(match[2]))
    if template is None or (body is None and int(match[1]) != 0):
        raise Refused(_TOO_OLD)
    return resolved_text(parse_view(template), body or dump_override(Override())).view


def body_for(wanted: Target, state: State, view: View) -> tuple[str, View]:
    """(what is stored, what is shown) of a target that is to look like `view`. Raises Refused when it may not."""
    checked = parse_view(dump_view(view))
    if wanted.workspace is None:
        if wanted.is_template:
            check_template(checked)
        return dump_view(checked), checked
    assert state.template is not None
    override = override_from(state.template, checked, state.override)
    return dump_override(override), resolve(state.template, override).view


def shown_as(wanted: Target, state: State, body: str) -> View:
    """What a stored body shows now."""
    if wanted.workspace is None:
        return parse_view(body)
    assert state.template is not None
    return resolved_text(state.template, body).view


def _readable(body: str) -> Override:
    """An override to go on from; one that cannot be read was reported by `resolved_text`."""
    try:
        return parse_override(body)
    except Refused:
        return Override()
