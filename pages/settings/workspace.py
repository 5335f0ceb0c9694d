"""`/settings/workspace`: a workspace's name and time zone."""

from __future__ import annotations

from dashapp.agencies.names import time_zones
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.settings.frame import about, settings_page

VERB = "workspace.edit"


def layout(visit: Visit) -> Shown:
    """The workspace of the address, else the one looked at last. Raises NotFound where it is not the viewer's."""
    place = about(visit, VERB, workspaces=True)
    if not isinstance(place.place, Workspace):
        raise NotFound("There is nothing here.")
    return settings_page(
        visit,
        "workspace",
        "settings_workspace.html",
        place=place,
        workspace=place.place,
        zones=time_zones(),
    )


PAGE = PageSpec(name="settings-workspace", path="/settings/workspace", layout=layout)
