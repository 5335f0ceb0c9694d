"""A workspace's questions, `/w/<slug>/questions`: what clients asked in portals, and the answers."""

from __future__ import annotations

from dash import dcc, html

from dashapp.access.scopes import scope_for_workspace
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.questions.listing import body, id_of, rows_of

VERB = "share.manage"


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not share the workspace's figures."""
    with visit.services.reading() as session:
        workspace, _ = scope_for_workspace(session, visit.viewer, slug, VERB)
        opened = id_of(visit.search["question"]) if visit.search.get("question") else None
        shown = body(rows_of(session, workspace, opened))
        brand, name = dress_of(workspace).brand, workspace.name
    content = html.Div(
        [
            brand_style(brand),
            title_row(
                say("Questions"), say("{name} · what clients ask about tiles in their portals", name=name)
            ),
            Html(shown, id="questions-body"),
            dcc.Store(id="questions-act"),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Questions", name=name), content)


PAGE = PageSpec(name="questions", path="/w/<slug>/questions", layout=layout, verb=VERB)
