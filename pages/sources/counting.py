"""On the sources page: which openings and clicks count as a machine's, and which addresses are one person."""

from __future__ import annotations

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say
from data.marts.counting import Counting

#: A rule, what it is called, and what it looks at.
RULES: Final = (
    (
        "scanners",
        later("Mail scanners and link checks"),
        later("Barracuda, Proofpoint, Mimecast, Microsoft Safe Links and the like, by their user agent"),
    ),
    (
        "previews",
        later("Link previews"),
        later("Slack, WhatsApp, LinkedIn and others that fetch a link to show it"),
    ),
    ("programs", later("Bots and programs"), later("crawlers, HTTP clients, browsers without a person")),
    (
        "proxies",
        later("Image proxies that load ahead"),
        later("Yahoo’s proxy, and mail programs that hide who they are"),
    ),
    (
        "networks",
        later("Apple’s and Google’s own networks"),
        later("Apple Mail Privacy Protection loads pictures there"),
    ),
    ("early_opens", later("Opened within 3 seconds of sending"), later("nobody reads that fast")),
    (
        "early_clicks",
        later("Clicked at once"),
        later("within 5 seconds of delivery, or several links of one e-mail within 10 seconds"),
    ),
    ("source", later("Flagged by the provider"), later("the source itself says that a machine did it")),
)
FOLDS: Final = (
    ("fold_plus", later("ann+news@… is ann@…"), later("what follows a plus is not part of the person")),
    ("fold_dots", later("a.nn@gmail.com is ann@gmail.com"), later("Gmail ignores dots in addresses")),
)


def section(counting: Counting) -> Component:
    """The card with the rules; the form is sent by `assets/desk_forms.js`."""
    markup = render(
        "ui/counting.html",
        rules=[(name, say(label), say(what), name not in counting.off) for name, label, what in RULES],
        folds=[(name, say(label), say(what), name in counting.folds) for name, label, what in FOLDS],
    )
    return html.Div(
        [
            Html(markup),
            dcc.Store(id="counting-act"),
            html.Div(id="counting-told", **attributes({"aria-live": "polite"})),
        ],
        className="dk-counting",
    )
