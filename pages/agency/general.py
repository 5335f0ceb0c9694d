"""An agency's name, logo, colour and footer, `/agency/general`: what its accounts and their clients see."""

from __future__ import annotations

from base64 import b64encode

from dash import dcc, html
from markupsafe import Markup

from dashapp.access.scopes import agency_for
from dashapp.agencies.names import time_zones
from dashapp.db.tenants import Agency
from dashapp.languages import NAMES
from dashapp.ui.brand import brand_vars, ink_on
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.shell import link_to
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row

PATH = "/agency/general"
VERB = "agency.edit"


def layout(visit: Visit) -> Shown:
    """The page; NotFound for whoever may not change the agency."""
    with visit.services.reading() as session:
        agency = agency_for(session, visit.viewer, visit.search.get("agency"), VERB)
        shown = form(agency)
    content = html.Div(
        [
            html.Div(brand_style(agency.brand), id="general-style"),
            title_row(
                say("General"),
                agency.name,
                [link_to([say("Portal domain")], f"/agency/domain?agency={agency.slug}", "dk-button")],
            ),
            html.Div(id="general-told"),
            html.Div(
                [Html(shown, id="general-body"), Html(looks(agency.brand, agency.name), id="general-looks")],
                className="dk-sections",
            ),
            dcc.Store(id="general-act"),
            dcc.Store(id="general-colour"),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · General", name=agency.name), content)


def form(agency: Agency) -> Markup:
    """The forms as the agency stands."""
    logo = None
    if agency.logo is not None:
        logo = f"data:image/png;base64,{b64encode(agency.logo).decode()}"
    return render("ui/agency_general.html", agency=agency, logo=logo, languages=NAMES, zones=time_zones())


def looks(colour: str, name: str) -> Markup:
    """Both themes in a colour, as a portal's header and button look. Raises Refused for what is no colour."""
    surfaces = {theme: ink_on(theme) for theme in ("light", "dark")}
    return render("ui/agency_looks.html", themes=brand_vars(colour), surfaces=surfaces, name=name)


PAGE = PageSpec(name="agency-general", path=PATH, layout=layout, verb=VERB)
