"""What an agency or a workspace uses, and the one place that decides how much a plan allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dashapp.access.scopes import managed_by
from dashapp.db.reports import Share
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import Refused
from data.lake.tables import segment_part

What = Literal["workspaces", "events", "links"]


@dataclass(frozen=True)
class Use:
    """How much of one thing is used. `limit` None: as much as one likes."""

    what: What
    used: int
    limit: int | None


def no_limit(place: Agency | Workspace, what: What) -> int | None:
    """The limits of an installation of one's own: none."""
    return None


#: The hook: an installation that sells plans puts its own function here, once, at the start.
limit_of: Callable[[Agency | Workspace, What], int | None] = no_limit


def usage_of(session: Session, place: Agency | Workspace) -> Sequence[Use]:
    """What is used now: workspaces (of an agency), events taken in, links that work or are paused."""
    ids = _workspace_ids(place)
    events = session.scalar(
        select(func.coalesce(func.sum(segment_part.c.events), 0)).where(segment_part.c.workspace_id.in_(ids))
    )
    links = session.scalar(
        select(func.count()).select_from(Share).where(Share.workspace_id.in_(ids), Share.state != "revoked")
    )
    uses = [_use(place, "events", int(events or 0)), _use(place, "links", int(links or 0))]
    if isinstance(place, Agency):
        count = session.scalar(select(func.count(Workspace.id)).where(managed_by(place.id)))
        uses.insert(0, _use(place, "workspaces", int(count or 0)))
    return uses


def check_room(session: Session, place: Agency | Workspace, what: What) -> None:
    """Raises Refused when one more of `what` would be more than the plan allows."""
    use = next((use for use in usage_of(session, place) if use.what == what), None)
    if use is not None and use.limit is not None and use.used >= use.limit:
        raise Refused(
            "The plan allows {limit} {what}, and all of them are in use.", limit=use.limit, what=what
        )


def _use(place: Agency | Workspace, what: What, used: int) -> Use:
    return Use(what, used, limit_of(place, what))


def _workspace_ids(place: Agency | Workspace) -> Select[int]:
    mine = Workspace.id == place.id if isinstance(place, Workspace) else managed_by(place.id)
    return select(Workspace.id).where(mine)
