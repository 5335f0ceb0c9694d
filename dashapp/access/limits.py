"""What an agency or a workspace uses, and the one place that decides how much a plan allows.

An installation of one's own has no limits. One that sells plans sets them with VITRINE_LIMITS, or puts a function
of its own in the place of `limit_of`. Whoever makes a workspace or a link, or takes events in, asks `check_room`
first. Deliveries of providers are never turned away: what is refused there would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dashapp.access.workspaces import managed_by
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import Refused
from dashapp.setting_values import plan_limits
from data.lake.tables import segment_part

What = Literal["workspaces", "events", "links"]
Limit = Callable[[Agency | Workspace, What], int | None]
_REFUSED: Mapping[What, str] = {
    "workspaces": "Your agency’s plan has no room for another account. Unlink one first, or choose a larger plan.",
    "links": "The plan has no room for another share link. Revoke one first, or choose a larger plan.",
    "events": "The plan has no room for more events. Nothing was taken in; choose a larger plan, then send again.",
}


@dataclass(frozen=True)
class Use:
    """How much of one thing is used. `limit` None: as much as one likes."""

    what: What
    used: int
    limit: int | None


def no_limit(place: Agency | Workspace, what: What) -> int | None:
    """The limits of an installation of one's own: none."""
    return None


def by_plan(table: Mapping[tuple[str, str], int]) -> Limit:
    """Limits by plan ("agency" for agencies) and thing. A trial that is over has the limits of "free"."""

    def limit(place: Agency | Workspace, what: What) -> int | None:
        return table.get((plan_in_force(place), what))

    return limit


def plan_in_force(place: Agency | Workspace) -> str:
    """The plan whose limits count."""
    if isinstance(place, Agency):
        return "agency"
    if place.plan == "trial" and (place.trial_ends is None or place.trial_ends <= now()):
        return "free"
    return place.plan


#: The hook.
limit_of: Limit = no_limit


def install(settings: Settings) -> None:
    """Put the limits of the settings in force in this process."""
    global limit_of
    limit_of = by_plan(plan_limits(settings.limits)) if settings.limits else no_limit


def usage_of(session: Session, place: Agency | Workspace) -> Sequence[Use]:
    """What is used now: workspaces (of an agency), events taken in, links that work or are paused."""
    things: tuple[What, ...] = ("events", "links")
    if isinstance(place, Agency):
        things = ("workspaces", *things)
    return [Use(what, _used(session, place, what), limit_of(place, what)) for what in things]


def check_room(session: Session, place: Agency | Workspace | None, what: What) -> None:
    """Raises Refused when one more of `what` is more than the plan allows. Counts only where there is a limit."""
    limit = None if place is None else limit_of(place, what)
    if place is not None and limit is not None and _used(session, place, what) >= limit:
        raise Refused(_REFUSED[what])


def _used(session: Session, place: Agency | Workspace, what: What) -> int:
    mine = Workspace.id == place.id if isinstance(place, Workspace) else managed_by(place.id)
    ids: Select[int] = select(Workspace.id).where(mine)
    counted: Select[int] = select(func.count()).select_from(Workspace).where(mine)
    if what == "events":
        counted = select(func.coalesce(func.sum(segment_part.c.events), 0)).where(
            segment_part.c.workspace_id.in_(ids)
        )
    elif what == "links":
        counted = (
            select(func.count())
            .select_from(Share)
            .where(Share.workspace_id.in_(ids), Share.state != "revoked")
        )
    return int(session.scalar(counted) or 0)
