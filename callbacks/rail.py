"""The rail of links as it is now: of every page, and of an act that changes what waits in a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callbacks.guard import Caller
from dashapp.ui.desk.rail import rail
from pages.frame.navigation import AgencyWorkspaces, agency_workspaces, waiting
from pages.frame.sections import rail_links


def rail_of(
    caller: Caller,
    slug: str | None,
    screen: str | None,
    agency: str | None = None,
    *,
    found: Sequence[AgencyWorkspaces] = (),
) -> Any:
    """The rail beside a page. `agency`: the slug in the address; `found`: the viewer's, where known already."""
    found = found or agency_workspaces(caller.session, caller.viewer, slug)
    waits = waiting(caller.session, caller.viewer, found, slug)
    return rail(rail_links(caller.viewer, found, slug, screen, agency, waits))
