"""The name of an agency's own for its portals, `/agency/domain`: which it is, how to prove it, what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import dcc, html
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.scopes import agency_for
from dashapp.agencies import domains
from dashapp.config import Settings
from dashapp.db.tenants import Agency
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.desk.shell import link_to
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, retell, say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row

VERB = "agency.edit"
_PARTS = {
    "txt": later("The TXT record proves that the name is yours"),
    "address": later("The name leads here"),
    "tls": later("The name has a certificate"),
}

_VERDICTS = {"right": later("Right|found"), "unknown": later("No answer"), "wrong": later("Wrong")}
_TONES = {"right": "dk-good", "unknown": "dk-flat", "wrong": "dk-bad"}
#: Looks that are shown.
SHOWN = 10


def layout(visit: Visit) -> Shown:
    """The page; NotFound for whoever may not change the agency."""
    with visit.services.reading() as session:
        agency = agency_for(session, visit.viewer, visit.search.get("agency"), VERB)
        shown = body(session, visit.services.settings, agency)
        name, slug, brand = agency.name, agency.slug, agency.brand
    content = html.Div(
        [
            brand_style(brand),
            title_row(
                say("Portal domain"),
                [link_to([say("Agency settings")], f"/agency/general?agency={slug}", "dk-text-link")],
            ),
            html.Div(id="domain-told"),
            Html(shown, id="domain-body"),
            dcc.Store(id="domain-act"),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Portal domain", name=name), content)


def body(session: Session, settings: Settings, agency: Agency) -> Markup:
    """The forms and what the last look found."""
    domain = domains.domain_of(session, agency.id)
    checks = {} if domain is None else domain.checks
    checked = domain is not None and domain.checked_at is not None
    return render(
        "ui/agency_domain.html",
        domain=domain,
        public_url=settings.public_url,
        public_host=domains.public_host(settings),
        parts=[
            (say(heading), retell(checks.get(part) or ""), checks.get(part) == domains.NO_ANSWER)
            for part, heading in _PARTS.items()
        ],
        most_wrong=domains.MOST_WRONG,
        looks=[_look(one) for one in (domain.looks if domain else ())[:SHOWN]],
        checked=format.moment(domain.checked_at, "UTC") if checked and domain and domain.checked_at else "",
        icons=PATHS,
    )


def _look(one: dict[str, Any]) -> dict[str, str]:
    """A look of the history: when, what it found, why, and whether the name was in use after it."""
    return {
        "at": format.moment(datetime.fromisoformat(one["at"]), "UTC"),
        "verdict": say(_VERDICTS[one["verdict"]]),
        "tone": _TONES[one["verdict"]],
        "problem": retell(one["problem"]),
        "in_use": say("In use") if one["in_use"] else say("Not in use"),
    }


PAGE = PageSpec(name="agency-domain", path="/agency/domain", layout=layout, verb=VERB)
