"""`/settings/billing`: what is used, and how much of it the plan allows."""

from __future__ import annotations

from dashapp.access import limits
from dashapp.db.tenants import Workspace
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from pages.agency.rows import plan_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.settings.frame import about, settings_page

_NAMES = {
    "workspaces": later("Workspaces"),
    "events": later("Events taken in"),
    "links": later("Share links"),
}


def layout(visit: Visit) -> Shown:
    """The usage of the place of the address."""
    place = about(visit, "billing.read")
    with visit.services.reading() as session:
        uses = [
            {
                "name": say(_NAMES[use.what]),
                "used": format.integer(use.used),
                "limit": None if use.limit is None else format.integer(use.limit),
                "share": None if not use.limit else min(100, round(100 * use.used / use.limit)),
            }
            for use in limits.usage_of(session, place.place)
        ]
    plan = plan_of(place.place) if isinstance(place.place, Workspace) else None
    return settings_page(visit, "billing", "settings_billing.html", place=place, plan=plan, uses=uses)


PAGE = PageSpec(name="settings-billing", path="/settings/billing", layout=layout)
