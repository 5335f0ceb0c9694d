"""Begin an agency, `/agency/new`: for whoever has an account."""

from __future__ import annotations

from dash import dcc, html

from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import title_row


def layout(visit: Visit) -> Shown:
    """The page. Its person is the gate's to check: it shows nothing of anybody."""
    content = html.Div(
        [
            title_row(
                say("Create an agency account"),
                say(
                    "An agency manages the accounts of its clients, sees their figures and makes their portals."
                ),
            ),
            html.Div(id="agency-told"),
            Html(render("ui/agency_new.html")),
            dcc.Store(id="agency-act"),
            dcc.Store(id="agency-go"),
            html.Div(id="agency-gone", hidden=True),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("Create an agency account"), content)


PAGE = PageSpec(name="agency-new", path="/agency/new", layout=layout)
