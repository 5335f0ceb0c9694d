"""What a link shows, read once a request: the guest, the views, their names, and the snapshot of the figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_share
from dashapp.access.viewer import Guest
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.portal.page_cache import PageCache
from dashapp.reports.snapshot import Snapshot, take
from dashapp.services import Services
from dashapp.sharing.opening import Opening
from dashapp.views.schema import View
from dashapp.views.store import resolve


@dataclass(frozen=True, slots=True)
class Reading:
    """`names`: of the views the share shows, by their ids, in the order of its tabs.

    `view`: the one of the address; None where the share does not show it.
    """

    guest: Guest
    names: dict[int | None, str]
    view: View | None
    snapshot: Snapshot


class Reader:
    """Reads what stands behind a link at the first need, in one transaction, and keeps it for the request."""

    def __init__(self, services: Services, cache: PageCache, link: Opening) -> None:
        self._services, self._cache, self._link = services, cache, link

    @property
    def services(self) -> Services:
        """The app's."""
        return self._services

    @cached_property
    def reading(self) -> Reading:
        """Raises NotFound when the link ended since it was opened."""
        with self._services.reading() as session:
            guest, workspace, scope = scope_for_share(session, self._link)
            names, views = _views(session, workspace, guest)
            view = views.get(self._link.view_id)
            if view is not None:
                kept = view
                view = self._cache.view(self._link, lambda: kept)
            shot = take(session, workspace, scope, dress=self._link.dress, pending=False)
        return Reading(guest, names, view, shot)

    def printed(self) -> Snapshot:
        """The snapshot with the agency's logo, for paper. Raises NotFound as `reading`."""
        found = self.reading
        if self._link.dress.logo_digest is None or found.guest.agency_id is None:
            return found.snapshot
        with self._services.reading() as session:
            return replace(found.snapshot, logo=session.get_one(Agency, found.guest.agency_id).logo)

    @property
    def view(self) -> View:
        """The view of the address. Raises NotFound when the share does not show it, or ended."""
        view = self.reading.view
        if view is None:
            raise NotFound("There is no such view.")
        return view


def _views(
    session: Session, workspace: Workspace, guest: Guest
) -> tuple[dict[int | None, str], dict[int | None, View]]:
    """Names and views by the ids of the share; where one was deleted, the workspace's default stands in."""
    names: dict[int | None, str] = {}
    views: dict[int | None, View] = {}
    for key in guest.views:
        try:
            stored, view = resolve(session, workspace, key)
        except NotFound:
            stored, view = resolve(session, workspace)
        names[key], views[key] = stored.name, view
    return names, views
