"""A workspace's notes on days, `/w/<slug>/annotations`: drawn on trends, for the team or for clients, too."""

from __future__ import annotations

from dash import dcc, html

from dashapp.access.scopes import scope_for_workspace
from dashapp.campaigns.figures import names_in
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say
from pages.annotations.listing import body, form_for, rows_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row

#: Notes may be shown to clients, so who may share with them may write them.
VERB = "share.manage"


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not share the workspace's figures."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, VERB)
        campaigns = names_in(visit.services.lake, scope, workspace.id)
        shown = body(rows_of(session, workspace), form_for(session, workspace, visit.search), campaigns)
        brand, name = dress_of(workspace).brand, workspace.name
    content = html.Div(
        [
            brand_style(brand),
            title_row(
                say("Notes on days"),
                say("{name} · drawn on trends and sent e-mails, and listed under them", name=name),
            ),
            Html(shown, id="notes-body"),
            dcc.Store(id="notes-act"),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Notes on days", name=name), content)


PAGE = PageSpec(name="annotations", path="/w/<slug>/annotations", layout=layout, verb=VERB)
