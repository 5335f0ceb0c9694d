"""A workspace's alerts, `/w/<slug>/alerts`: with `?tile=` the form for a new one, with `?alert=` one unfolded."""

from __future__ import annotations

from dash import dcc, html

from dashapp.access.scopes import scope_for_workspace
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.language.say import say
from pages.alerts.listing import body, form_for, id_of, rows_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row

#: Alerts mail figures to addresses, so who may share them may set them.
VERB = "share.manage"


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not share figures of the workspace."""
    with visit.services.reading() as session:
        workspace, _ = scope_for_workspace(session, visit.viewer, slug, VERB)
        opened = id_of(visit.search["alert"]) if visit.search.get("alert") else None
        form = form_for(session, visit.viewer, workspace, visit.search)
        shown = body(rows_of(session, workspace, opened), form)
        brand, name = dress_of(workspace).brand, workspace.name
    content = html.Div(
        [
            brand_style(brand),
            title_row(
                say("Alerts"),
                say(
                    "{name} · one mail when a figure crosses its limit, checked when figures change",
                    name=name,
                ),
            ),
            html.Div(id="alerts-told", **attributes({"aria-live": "polite"})),
            Html(shown, id="alerts-body"),
            dcc.Store(id="alerts-act"),
            dcc.Store(id="alerts-go"),
            html.Div(id="alerts-gone", hidden=True),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Alerts", name=name), content)


PAGE = PageSpec(name="alerts", path="/w/<slug>/alerts", layout=layout, verb=VERB)
