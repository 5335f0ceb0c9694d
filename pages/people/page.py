"""Teams & permissions of a workspace, `/w/<slug>/people`: its people, and the switch that closes it."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup

from dashapp.access.scopes import scope_for_workspace
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.people.list import body

VERB = "workspace.enable"
#: What each kind of act travels in, by what it needs.
STORES = ("people-act", "people-agency-act", "people-switch")


def layout(visit: Visit, slug: str) -> Shown:
    """The page; also of a disabled workspace, for whoever may enable it. NotFound for everybody else."""
    with visit.services.reading() as session:
        workspace, _ = scope_for_workspace(session, visit.viewer, slug, VERB)
        shown = body(session, visit.viewer, workspace)
        brand, name = dress_of(workspace).brand, workspace.name
    return Shown(say("{name} · Teams & permissions", name=name), screen(brand, name, shown))


def screen(brand: str, name: str, shown: Markup) -> Component:
    """The page of a workspace or an agency."""
    return html.Div(
        [
            brand_style(brand),
            title_row(say("Teams & permissions"), name),
            html.Div(id="people-told"),
            Html(shown, id="people-body"),
            *[dcc.Store(id=name) for name in STORES],
        ],
        className="dk-wrap dk-narrow",
    )


PAGE = PageSpec(name="people", path="/w/<slug>/people", layout=layout, verb=VERB)
