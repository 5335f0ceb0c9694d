"""`/settings/fields`: the fields a workspace added to its contacts."""

from __future__ import annotations

from dashapp.crm import fields
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.ui.language.say import later, say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.settings.frame import about, settings_page

KINDS = {
    "text": later("Text"),
    "number": later("Number"),
    "date": later("Date|field"),
    "choice": later("Choice"),
}


def layout(visit: Visit) -> Shown:
    """The fields of the workspace of the address, else of the one looked at last."""
    place = about(visit, "workspace.edit", workspaces=True)
    if not isinstance(place.place, Workspace):
        raise NotFound("There is nothing here.")
    with visit.services.reading() as session:
        found = [
            {
                "id": one.id,
                "label": one.label,
                "kind": say(KINDS[one.kind]),
                "choices": None if one.kind != "choice" else "\n".join(one.choices),
            }
            for one in fields.fields_of(session, place.place)
        ]
    return settings_page(
        visit,
        "fields",
        "settings_fields.html",
        place=place,
        slug=place.place.slug,
        fields=found,
        kinds=[(key, say(label)) for key, label in KINDS.items()],
    )


PAGE = PageSpec(name="settings-fields", path="/settings/fields", layout=layout)
