"""The only maker of Scope: from what the database says about the viewer, never from what the browser says.

What is not the viewer's is NotFound, exactly as what is not there. An error while loading is an error: there
is no path on which a query runs without a scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload

from dashapp.access import policy
from dashapp.access.standing import is_open, stands
from dashapp.access.trail import note_looked
from dashapp.access.viewer import Guest, Member, Viewer
from dashapp.access.workspaces import WorkspaceSummary, managed_by, places, workspaces_of
from dashapp.db.base import now
from dashapp.db.once import once
from dashapp.db.reports import Share
from dashapp.db.shares import OldLink, ShareView, ShareViewer
from dashapp.db.tenants import MANAGING, Agency, AgencyLink, Workspace
from dashapp.errors import NotFound
from data.scope import Scope

_NO_WORKSPACE = "There is no such workspace."
_NO_AGENCY = "There is no such agency."


#: What those who run a disabled workspace may still do in it.
_WHILE_DISABLED = frozenset({"workspace.enable", "workspace.people", "workspace.link"})


def scope_for_workspace(
    session: Session, viewer: Viewer, slug_or_id: str | int, verb: str = "workspace.read"
) -> tuple[Workspace, Scope]:
    """The workspace and the scope of exactly it. Raises NotFound when the viewer may not do `verb` there."""
    workspace = _workspace(session, slug_or_id)
    if workspace is None:
        raise NotFound(_NO_WORKSPACE)
    agency_id = workspace.managing_agency_id
    closed = not workspace.enabled and verb not in _WHILE_DISABLED
    if closed or not policy.allowed(viewer, verb, agency_id, workspace.id):
        raise NotFound(_NO_WORKSPACE, agency_id=agency_id, workspace_id=workspace.id)
    _note(viewer, "workspace.open", verb, agency_id, workspace.id)
    return workspace, _scope_of(viewer, workspace.managing_agency_id, workspace.id)


def may_in(viewer: Viewer, verb: str, workspace: Workspace) -> bool:
    """Whether the viewer may do `verb` in a workspace they were let into."""
    return policy.allowed(viewer, verb, workspace.managing_agency_id, workspace.id)


def by_own_role(viewer: Viewer, verb: str, workspace: Workspace) -> bool:
    """Whether the viewer may do `verb` here without any agency. What they make otherwise ends with the link."""
    if not isinstance(viewer, Member):
        return False
    role = viewer.workspace_roles.get(workspace.id, "")
    return verb in policy.WORKSPACE_VERBS.get(role, frozenset())


def _scope_of(viewer: Viewer, agency_id: int | None, workspace_id: int) -> Scope:
    """A workspace's member sees what they sent themselves, unless an agency role lets them see all."""
    if _sees_own_only(viewer, agency_id, workspace_id):
        assert isinstance(viewer, Member)
        return Scope(frozenset({workspace_id}), user=viewer.email)
    return Scope(frozenset({workspace_id}))


def _sees_own_only(viewer: Viewer, agency_id: int | None, workspace_id: int) -> bool:
    return (
        isinstance(viewer, Member)
        and viewer.workspace_roles.get(workspace_id) == "member"
        and not policy.through_agency(viewer, "workspace.read", agency_id, workspace_id)
    )


def reads_whole(member: Member, workspace: Workspace) -> bool:
    """Whether a member may read all figures of a workspace, not only of what they sent themselves."""
    agency_id = workspace.managing_agency_id
    return policy.allowed(member, "workspace.read", agency_id, workspace.id) and not _sees_own_only(
        member, agency_id, workspace.id
    )


def managing_link(session: Session, workspace_id: int) -> AgencyLink | None:
    """The link by which an agency manages a workspace at this moment."""
    return session.scalars(
        select(AgencyLink).where(AgencyLink.workspace_id == workspace_id, AgencyLink.state == MANAGING)
    ).one_or_none()


def agency_scope(
    session: Session, viewer: Viewer, agency_slug: str | None = None, verb: str = "workspace.read"
) -> tuple[Agency, list[Workspace], Scope]:
    """An agency, those of the workspaces it manages where the viewer may do `verb` (by name), and their scope.

    Without a slug: the first agency the viewer may enter. Where they may read what they sent themselves only is not
    among them: such a workspace has a scope of its own. Raises NotFound when there is none, or nothing in it.
    """
    for agency in agencies_of(session, viewer):
        if agency_slug is not None and agency.slug != agency_slug:
            continue
        workspaces = [
            row
            for row in workspaces_of(session, agency.id)
            if row.enabled
            and policy.allowed(viewer, verb, agency.id, row.id)
            and not _sees_own_only(viewer, agency.id, row.id)
        ]
        if workspaces:
            _note(viewer, "agency.open", verb, agency.id)
            return agency, workspaces, Scope(frozenset(row.id for row in workspaces))
    raise NotFound(_NO_AGENCY)


@dataclass(frozen=True, slots=True)
class Entered:
    """The workspaces a viewer may read that one agency manages (`agency` None: none does), each with its scope."""

    agency: Agency | None
    workspaces: Sequence[WorkspaceSummary]
    scopes: Mapping[int, Scope]


def entered(session: Session, viewer: Viewer) -> list[Entered]:
    """All the viewer may read, by agency (those without a workspace, too), what no agency manages at the end."""
    if not isinstance(viewer, Member):
        return []
    found = [entered_of(session, viewer, agency) for agency in agencies_of(session, viewer)]
    alone = _unmanaged(session, viewer)
    if alone:
        found.append(Entered(None, alone, {row.id: _scope_of(viewer, None, row.id) for row in alone}))
    return found


def entered_of(session: Session, viewer: Viewer, agency: Agency) -> Entered:
    """What the viewer may read of the workspaces an agency manages."""
    rows = [
        row
        for row in places(session, managed_by(agency.id))
        if policy.allowed(viewer, "workspace.read", agency.id, row.id)
    ]
    narrow = {row.id for row in rows if _sees_own_only(viewer, agency.id, row.id)}
    whole = frozenset(row.id for row in rows) - narrow
    all_of = Scope(whole) if whole else None
    scopes = {row.id: all_of or _scope_of(viewer, agency.id, row.id) for row in rows}
    scopes |= {key: _scope_of(viewer, agency.id, key) for key in narrow}
    return Entered(agency, rows, scopes)


def _unmanaged(session: Session, viewer: Member) -> list[WorkspaceSummary]:
    ids = [key for key in viewer.workspace_roles if key not in viewer.workspace_agencies]
    if not ids:
        return []
    return [
        row
        for row in places(session, Workspace.id.in_(ids))
        if policy.allowed(viewer, "workspace.read", None, row.id)
    ]


def agency_for(session: Session, viewer: Viewer, agency_slug: str | None, verb: str) -> Agency:
    """The agency itself, also one without a workspace, for someone who may do `verb` in all of it.

    Without a slug: the first agency where they may. Raises NotFound otherwise.
    """
    for agency in agencies_of(session, viewer):
        if agency_slug in (None, agency.slug) and policy.allowed(viewer, verb, agency.id):
            _note(viewer, "agency.open", verb, agency.id)
            return agency
    raise NotFound(_NO_AGENCY)


def agencies_of(session: Session, viewer: Viewer) -> list[Agency]:
    """The agencies in which the viewer has any role, by name; also those without a workspace yet."""
    if not isinstance(viewer, Member):
        return []
    ids = set(viewer.agency_roles) | set(viewer.workspace_agencies.values())
    if not ids:
        return []
    if len(ids) == 1:  # nearly everybody: it may have been read with its workspace
        only = session.get(Agency, *ids)
        return [] if only is None else [only]
    rows = select(Agency).where(Agency.id.in_(ids)).order_by(Agency.name, Agency.id)
    return list(once(session, ("agencies", frozenset(ids)), lambda: session.scalars(rows).all()))


#: A share without what opens it: what it shows needs no more, and a worker's role may read no more.
WITHOUT_SECRETS = tuple(
    defer(secret)
    for secret in (
        Share.nonce,
        Share.embed_nonce,
        Share.token_hash,
        Share.password_hash,
        Share.password_sealed,
    )
)


class HasId(Protocol):
    """A link as somebody read it before; only its id is believed."""

    @property
    def id(self) -> int:
        """Its id."""
        ...


def scope_for_share(session: Session, share: HasId) -> tuple[Guest, Workspace, Scope]:
    """What a share link opens. Raises NotFound when it is paused, revoked or past its date, its viewer barred, or
    the former address it was opened with over.

    `session` is the request's: the row is read again, so a revoke counts at the next request.
    """
    row = session.get(Share, share.id, populate_existing=True, options=WITHOUT_SECRETS)
    viewer_id = getattr(share, "viewer_id", None)
    if viewer_id is not None:
        viewer = session.get(ShareViewer, viewer_id, populate_existing=True)
        if viewer is None or viewer.share_id != share.id or viewer.state != "active":
            raise NotFound("There is no such link.")
    old_link_id = getattr(share, "old_link_id", None)
    if old_link_id is not None:
        old = session.get(OldLink, old_link_id, populate_existing=True)
        if old is None or old.share_id != share.id or old.ends_at <= now():
            raise NotFound("There is no such link.")
    # Read anew with its managing link, so that an ended one counts at once.
    workspace = None if row is None else session.get(Workspace, row.workspace_id, populate_existing=True)
    if row is None or workspace is None or not workspace.enabled or not is_open(row):
        raise NotFound("There is no such link.")
    if not stands(row, workspace):
        raise NotFound("There is no such link.")
    guest = Guest(
        row.id,
        workspace.id,
        workspace.managing_agency_id,
        _views_of(session, row),
        row.shows_campaigns,
        row.downloads,
    )
    campaigns, since, masked = row.only_campaigns, row.since, row.masks_people
    return guest, workspace, Scope(frozenset({workspace.id}), campaigns=campaigns, since=since, masked=masked)


def _views_of(session: Session, share: Share) -> tuple[int | None, ...]:
    if not share.shows_views:
        return ()
    further = select(ShareView.view_id).where(ShareView.share_id == share.id).order_by(ShareView.position)
    return (share.view_id, *session.scalars(further))


def cli_scope(session: Session, workspace_slug: str) -> tuple[Workspace, Scope]:
    """For the command line: whoever can run it on this machine can read the files anyway."""
    workspace = _workspace(session, workspace_slug)
    if workspace is None:
        raise NotFound("There is no workspace {name}.", name=repr(workspace_slug))
    return workspace, Scope(frozenset({workspace.id}))


def cli_agency_scope(session: Session, agency_slug: str) -> tuple[Agency, list[Workspace], Scope]:
    """The same for an agency with all its workspaces."""
    agency = session.scalars(select(Agency).where(Agency.slug == agency_slug)).one_or_none()
    if agency is None:
        raise NotFound("There is no agency {name}.", name=repr(agency_slug))
    rows = workspaces_of(session, agency.id)
    if not rows:
        raise NotFound("Agency {name} has no workspace yet.", name=repr(agency_slug))
    return agency, list(rows), Scope(frozenset(row.id for row in rows))


def _note(
    viewer: Viewer, what: str, verb: str, agency_id: int | None, workspace_id: int | None = None
) -> None:
    """Whoever has logged in leaves a trace of each place they look at; the portal counts guests' openings."""
    if isinstance(viewer, Member):
        note_looked(viewer.actor, what, agency_id=agency_id, workspace_id=workspace_id, detail=verb)


def _workspace(session: Session, slug_or_id: str | int) -> Workspace | None:
    """By slug or id; a bool, a list, a huge number or a NUL is nothing, not an error."""
    if isinstance(slug_or_id, str):
        if not slug_or_id or len(slug_or_id) > 60 or not slug_or_id.isprintable():
            return None
        # With its agency: nearly every page has its colour.
        named = (
            select(Workspace)
            .where(Workspace.slug == slug_or_id)
            .options(joinedload(Workspace.managing_agency))
        )
        return once(session, ("workspace", slug_or_id), lambda: session.scalars(named).one_or_none())
    if type(slug_or_id) is not int or not 0 < slug_or_id < 2**31:
        return None
    return session.get(Workspace, slug_or_id)
