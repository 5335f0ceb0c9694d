"""Teams & permissions of an agency, `/agency/people`: its people, and which accounts its members work in."""

from __future__ import annotations

from dashapp.access.scopes import agency_for
from dashapp.ui.language.say import say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.people.list import body
from pages.people.page import screen

PATH = "/agency/people"
VERB = "agency.members"


def layout(visit: Visit) -> Shown:
    """The page; NotFound for whoever does not look after the agency's people."""
    with visit.services.reading() as session:
        agency = agency_for(session, visit.viewer, visit.search.get("agency"), VERB)
        shown = body(session, visit.viewer, agency)
    return Shown(
        say("{name} · Teams & permissions", name=agency.name), screen(agency.brand, agency.name, shown)
    )


PAGE = PageSpec(name="agency-people", path=PATH, layout=layout, verb=VERB)
