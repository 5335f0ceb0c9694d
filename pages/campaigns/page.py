"""A workspace's campaigns, `/w/<slug>/campaigns`: status, steps, people and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import html
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.crm.campaigns import Flow, flows
from dashapp.crm.team import name_in, team_of
from dashapp.db.tenants import Workspace
from dashapp.services import Services
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say
from dashapp.ui.language.spoken import integer, percent
from data.scope import Scope
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style
from pages.listing.listing import Cell, Column, Listing, Row, listing

VERB = "contact.read"
_STATUS = {
    "active": later("Active|campaign"),
    "paused": later("Paused|campaign"),
    "finished": later("Finished|campaign"),
    "draft": later("Draft|campaign"),
}


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not see contacts."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, VERB)
        content = part(session, visit.services, scope, workspace, visit.viewer)
        brand, name = dress_of(workspace).brand, workspace.name
    page = html.Div([brand_style(brand), Html(content, className="crm", id="crm-part")])
    return Shown(say("{name} · Campaigns", name=name), page)


def part(session: Session, services: Services, scope: Scope, workspace: Workspace, viewer: Viewer) -> Markup:
    """The page's HTML."""
    found = flows(session, services.lake, scope, workspace.id)
    called = dict(team_of(session, workspace))
    base = f"/w/{workspace.slug}"
    return render(
        "ui/campaigns.html",
        slug=workspace.slug,
        here=f"{base}/campaigns",
        free=f"{base}/contacts?free=1",
        count=len(found),
        table=listing(_listing(found, base, called)) if found else "",
    )


def _listing(found: list[Flow], base: str, called: Mapping[str, str]) -> Listing:
    columns = [
        Column("name", say("Campaign")),
        Column("status", say("Status")),
        Column("steps", say("Steps"), number=True),
        Column("contacts", say("Contacts"), number=True),
        Column("waiting", say("Not started"), number=True),
        Column("sent", say("E-mails|contact"), number=True),
        Column("opened", say("Opened|contact"), number=True),
        Column("clicked", say("Clicked|contact"), number=True),
        Column("replied", say("Replied|tile"), number=True),
    ]
    rows = []
    for one in found:
        status = (one.status or "").lower()
        label = say(_STATUS[status]) if status in _STATUS else one.status or "–"
        people = f"{base}/contacts?{urlencode({'campaign': one.name})}"
        report = f"{base}/campaigns/{campaign_key(one.name)}" if one.sent else people
        cells = [
            Cell(one.name, name_in(called, one.owner), report),
            Cell(label, tone=f"flow-{status}" if status in _STATUS else ""),
            Cell(integer(one.steps)),
            Cell(integer(one.contacts), href=people),
            Cell(integer(one.waiting)),
            Cell(integer(one.sent)),
            Cell(percent(one.opened)),
            Cell(percent(one.clicked)),
            Cell(percent(one.replied)),
        ]
        rows.append(Row(one.name, cells))
    return Listing(say("Campaigns"), columns, rows)


PAGE = PageSpec(name="campaigns", path="/w/<slug>/campaigns", layout=layout)
