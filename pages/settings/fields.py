"""`/settings/fields`: the fields a workspace added to its contacts and deals."""

from __future__ import annotations

from dashapp.crm import fields
from dashapp.db.contacts import CONTACT, DEAL, CustomField
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
#: The headings of the lists of fields, and what a new one can be of.
SUBJECTS = {CONTACT: later("Fields of contacts"), DEAL: later("Fields of deals")}
NAMES = {CONTACT: later("Contacts"), DEAL: later("Deals")}


def layout(visit: Visit) -> Shown:
    """The fields of the workspace of the address, else of the one looked at last."""
    place = about(visit, "workspace.edit", workspaces=True)
    if not isinstance(place.place, Workspace):
        raise NotFound("There is nothing here.")
    with visit.services.reading() as session:
        groups = [
            {
                "subject": subject,
                "heading": say(heading),
                "fields": [_shown(one) for one in fields.fields_of(session, place.place.id, subject)],
            }
            for subject, heading in SUBJECTS.items()
        ]
    return settings_page(
        visit,
        "fields",
        "settings_fields.html",
        place=place,
        slug=place.place.slug,
        groups=groups,
        subjects=[(subject, say(name)) for subject, name in NAMES.items()],
        kinds=[(key, say(label)) for key, label in KINDS.items()],
    )


def _shown(field: CustomField) -> dict[str, object]:
    return {
        "id": field.id,
        "label": field.label,
        "kind": say(KINDS[field.kind]),
        "choices": None if field.kind != "choice" else "\n".join(field.choices),
    }


PAGE = PageSpec(name="settings-fields", path="/settings/fields", layout=layout)
