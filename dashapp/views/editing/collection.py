"""The views of a place as a collection: make, duplicate, rename, star, delete, copy a tile from one to another.

The place is an agency (its templates) or a workspace (its own views) the caller was let into; what is not in it
is NotFound.
"""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.workspaces import managed_by
from dashapp.agencies.names import clean_name
from dashapp.db.reports import Share, StoredView, ViewOverride
from dashapp.db.shares import ShareView
from dashapp.db.tenants import Agency, Tenant, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.slugs import free_slug, slug_of
from dashapp.views import revisions
from dashapp.views.editing.drafts import Saved, save_draft
from dashapp.views.editing.publishing import publish_body
from dashapp.views.editing.share_links import ShareLink, links_showing
from dashapp.views.editing.targets import State, Target, holder_to_save, state_of, target
from dashapp.views.layout import first_free
from dashapp.views.schema import View, check_template, dump_view, new_id, parse_view
from dashapp.views.store import default_view_id, list_views


def create_view(
    session: Session, place: Tenant, name: str, actor: str, view: View | None = None, slug: str | None = None
) -> StoredView:
    """A new view of this place, published as version 1; without a `view` an empty one. Raises Refused.

    An agency's first template gets the star. `slug`: must be free in this place's reach.
    """
    name = clean_name(name, "a view")
    made = parse_view(dump_view((view or View(name=name, tiles=[])).model_copy(update={"name": name})))
    if isinstance(place, Agency):
        check_template(made)
    taken = _slugs(session, place)
    if slug is not None and slug in taken:
        raise Refused("There is already a view {name} here.", name=repr(slug))
    stored = StoredView(
        agency_id=place.id if isinstance(place, Agency) else None,
        workspace_id=None if isinstance(place, Agency) else place.id,
        slug=slug or free_slug(slug_of(name, "view"), taken),
        name=name,
        body=dump_view(made),
        is_default=isinstance(place, Agency) and not _has_star(session, place),
        updated_by=actor,
    )
    session.add(stored)
    session.flush()
    session.add(revisions.first_entry(stored))
    session.flush()
    _note(session, place, actor, "view.create", stored)
    return stored


def duplicate(
    session: Session, place: Tenant, view_id: int, actor: str, name: str | None = None
) -> StoredView:
    """A copy of what is shown here under a view: in a workspace it becomes its own, without the template."""
    found = target(session, place, view_id)
    view = state_of(session, found).published
    tiles = (
        [tile.model_copy(update={"locked": False}) for tile in view.tiles]
        if found.is_override
        else view.tiles
    )
    wanted = name or f"{view.name[:110]} (copy)"
    return create_view(session, place, wanted, actor, view.model_copy(update={"tiles": tiles}))


def rename(session: Session, place: Tenant, view_id: int, name: str, actor: str) -> None:
    """Another name, at once, as a version of the history; an unpublished draft gets it too. The slug stays."""
    found = _own(session, place, view_id)
    name = clean_name(name, "a view")

    def renamed(state: State) -> str:
        return dump_view(state.published.model_copy(update={"name": name}))

    if found.stored.name != name:
        publish_body(session, found, actor, "rename", renamed, keep_rollout=True)
        _note(session, place, actor, "view.rename", found.stored)


def star(session: Session, place: Tenant, view_id: int, actor: str) -> None:
    """Make a view the default of this place. A workspace may star its own view or a template of its agency."""
    found = target(session, place, view_id)
    if isinstance(place, Agency):
        # One statement for all rows: of two people starring at once the later one counts, for every row.
        session.execute(
            update(StoredView)
            .where(StoredView.agency_id == place.id, StoredView.workspace_id.is_(None))
            .values(is_default=StoredView.id == view_id)
        )
    else:
        _clear_star(session, place)
        if found.is_override:
            row = holder_to_save(session, found)
            assert isinstance(row, ViewOverride)
            row.is_default = True
        else:
            found.stored.is_default = True
    session.flush()
    session.refresh(found.stored)
    _note(session, place, actor, "view.star", found.stored)


def unstar(session: Session, workspace: Workspace, actor: str) -> None:
    """The workspace shows its agency's default template again, whichever that is."""
    _clear_star(session, workspace)
    session.flush()
    audit.record(
        session, actor, "view.unstar", agency_id=workspace.managing_agency_id, workspace_id=workspace.id
    )


def is_starred(session: Session, place: Tenant, stored: StoredView) -> bool:
    """Whether this is the view the place shows when none is asked for."""
    if isinstance(place, Agency):
        return stored.is_default and stored.workspace_id is None
    return default_view_id(session, place) == stored.id


def delete_view(
    session: Session, place: Tenant, view_id: int, actor: str, *, and_links: bool = False
) -> list[ShareLink]:
    """Delete a view of this place with its history; the links that showed it (the default view from now on).

    Raises Refused for the agency's starred template, and for a view that links show unless `and_links`.
    """
    stored = _own(session, place, view_id).stored
    if isinstance(place, Agency) and stored.is_default:
        raise Refused("This is the agency's default view: give another one the star first.")
    links = links_showing(session, stored)
    if links and not and_links:
        raise Refused(
            f"{len(links)} share links show this view; without it they show the workspace's default view."
            if len(links) > 1
            else "A share link shows this view; without it, it shows the workspace's default view."
        )
    session.execute(delete(ShareView).where(ShareView.view_id == stored.id))
    for share in session.scalars(select(Share).where(Share.view_id == stored.id)).all():
        _next_tab(session, share)
    rows = session.scalars(select(ViewOverride).where(ViewOverride.view_id == stored.id)).all()
    for row in rows:
        revisions.forget(session, row)
    session.execute(delete(ViewOverride).where(ViewOverride.view_id == stored.id))
    revisions.forget(session, stored)
    _note(session, place, actor, "view.delete", stored)
    session.delete(stored)
    session.flush()
    return links


def copy_tile(session: Session, source: Target, tile_id: str, to: Target, actor: str) -> Saved:
    """A copy of a tile, as its editor sees it, in the first free place of the draft of another view."""
    tile = next((tile for tile in state_of(session, source).head.tiles if tile.id == tile_id), None)
    if tile is None:
        raise NotFound("There is no such tile.")
    state = state_of(session, to)
    x, y = first_free(state.head.tiles, tile.w, tile.h)
    copy = tile.model_copy(update={"id": new_id(tile.type), "x": x, "y": y, "locked": False})
    view = state.head.model_copy(update={"tiles": [*state.head.tiles, copy]})
    return save_draft(session, to, state.token, view, actor)


def _own(session: Session, place: Tenant, view_id: int) -> Target:
    """A view that belongs to the place itself; a template is not a workspace's to rename or delete."""
    found = target(session, place, view_id)
    if found.is_override:
        raise Refused("This is a template of the agency: it is changed on the agency's page.")
    return found


def _clear_star(session: Session, workspace: Workspace) -> None:
    session.execute(
        update(StoredView).where(StoredView.workspace_id == workspace.id).values(is_default=False)
    )
    session.execute(
        update(ViewOverride).where(ViewOverride.workspace_id == workspace.id).values(is_default=False)
    )


def _has_star(session: Session, agency: Agency) -> bool:
    mine = (StoredView.agency_id == agency.id, StoredView.workspace_id.is_(None))
    return (
        session.scalars(select(StoredView.id).where(*mine, StoredView.is_default.is_(True))).first()
        is not None
    )


def _slugs(session: Session, place: Tenant) -> set[str]:
    """Those of the views one may mean here: an agency's are taken in all its workspaces, too."""
    if isinstance(place, Agency):
        theirs = select(Workspace.id).where(managed_by(place.id))
        known = or_(StoredView.agency_id == place.id, StoredView.workspace_id.in_(theirs))
        return set(session.scalars(select(StoredView.slug).where(known)))
    return {view.slug for view in list_views(session, place)}


def _note(session: Session, place: Tenant, actor: str, verb: str, stored: StoredView) -> None:
    in_agency = isinstance(place, Agency)
    audit.record(
        session,
        actor,
        verb,
        agency_id=place.id if isinstance(place, Agency) else place.managing_agency_id,
        workspace_id=None if in_agency else place.id,
        detail=f"view {stored.id} ({stored.slug})",
    )


def _next_tab(session: Session, share: Share) -> None:
    """A link whose first view is deleted begins with its second; one with no other, with the default view."""
    tabs = select(ShareView).where(ShareView.share_id == share.id).order_by(ShareView.position).limit(1)
    following = session.scalars(tabs).first()
    share.view_id = None if following is None else following.view_id
    if following is not None:
        session.delete(following)
    session.flush()
