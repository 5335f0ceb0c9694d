"""`/settings/api-keys`: the keys of an agency or a workspace."""

from __future__ import annotations

from dashapp.db.base import now
from dashapp.people import api_keys
from dashapp.ui.language import spoken as format
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.settings.frame import about, settings_page

ZONE = "UTC"


def layout(visit: Visit) -> Shown:
    """The keys of the place of the address."""
    place = about(visit, "key.manage")
    with visit.services.reading() as session:
        keys = [
            {
                "id": key.id,
                "name": key.name,
                "hint": key.hint,
                "writes": key.writes,
                "made": format.moment(key.created_at, ZONE),
                "used": None if key.last_used_at is None else format.moment(key.last_used_at, ZONE),
                "ends": None if key.expires_at is None else format.dated(key.expires_at.date()),
                "ends_soon": key.expires_at is not None and (key.expires_at - now()).days < 7,
            }
            for key in api_keys.keys_of(session, place.place)
        ]
    return settings_page(
        visit,
        "api-keys",
        "settings_api_keys.html",
        place=place,
        keys=keys,
        public_url=visit.services.settings.public_url,
    )


PAGE = PageSpec(name="settings-api-keys", path="/settings/api-keys", layout=layout)
