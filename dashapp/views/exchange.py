"""Views as files: out as the JSON they are stored in, in by slug, so that they can live in git."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.reports import StoredView
from dashapp.db.tenants import Agency, Tenant
from dashapp.errors import Refused
from dashapp.views.difference import differences
from dashapp.views.editing.collection import create_view
from dashapp.views.editing.publishing import publish_body
from dashapp.views.editing.targets import Target
from dashapp.views.schema import View, check_template, dump_view, parse_view
from dashapp.views.sizes import check_sizes

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did with one view."""

    stored: StoredView
    change: Literal["created", "changed", "unchanged"]


def own_views(session: Session, place: Tenant) -> list[StoredView]:
    """The views that belong to the place itself, by slug: an agency's templates, a workspace's own."""
    agency_id: int | None
    workspace_id: int | None
    if isinstance(place, Agency):
        agency_id, workspace_id = place.id, None
    else:
        agency_id, workspace_id = None, place.id
    rows = (
        select(StoredView)
        .where(StoredView.agency_id == agency_id, StoredView.workspace_id == workspace_id)
        .order_by(StoredView.slug, StoredView.id)
    )
    return list(session.scalars(rows))


def import_view(session: Session, place: Tenant, slug: str, view: View, actor: str) -> Imported:
    """Make the place's view of this slug look like `view`: made, published as a new version, or left as it is.

    A draft that others work on keeps its changes on top of it. Raises Refused.
    """
    if not _SLUG.fullmatch(slug):
        raise Refused(
            "{name} cannot be a view's short name: it has a to z, 0 to 9 and hyphens.", name=repr(slug[:60])
        )
    if isinstance(place, Agency):
        check_template(view)
    found = next((one for one in own_views(session, place) if one.slug == slug), None)
    check_sizes(None if found is None else parse_view(found.body), view, path=True)
    if found is None:
        return Imported(create_view(session, place, view.name, actor, view, slug), "created")
    if not differences(parse_view(found.body), view):
        return Imported(found, "unchanged")
    body = dump_view(view)
    publish_body(session, Target(found), actor, "import", lambda state: body)
    return Imported(found, "changed")
