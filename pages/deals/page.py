"""A workspace's deals, `/w/<slug>/deals`: a board by stage, `?as=table` as a list."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dash import html
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.crm.deals import PAGE as ROWS
from dashapp.crm.deals import Stage, board, deals
from dashapp.crm.folding import name_of
from dashapp.db.contacts import Deal
from dashapp.db.tenants import Workspace
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import day, integer
from data.scope import Scope
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style
from pages.listing import help, words
from pages.listing.listing import Cell, Column, Listing, Row, listing

VERB = "contact.read"


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not see contacts."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, VERB)
        content = part(session, scope, workspace, visit.viewer, visit.search)
        brand, name = dress_of(workspace).brand, workspace.name
    page = html.Div([brand_style(brand), Html(content, className="crm", id="crm-part")])
    return Shown(say("{name} · Deals", name=name), page)


def part(
    session: Session, scope: Scope, workspace: Workspace, viewer: Viewer, search: Mapping[str, str]
) -> Markup:
    """The page's HTML; also what its script asks for."""
    here = f"/w/{workspace.slug}/deals"
    as_table = search.get("as") == "table"
    stages = board(session, scope, workspace.id)
    before = search.get("before", "")
    may_edit = allowed(viewer, "contact.edit", workspace.managing_agency_id, workspace.id)
    rows = []
    if as_table:
        at = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        rows = deals(session, scope, workspace.id, before=at)
    return render(
        "ui/deals.html",
        here=here,
        slug=workspace.slug,
        as_table=as_table,
        help=help.button(help.DEALS),
        may_edit=may_edit,
        stages=[_stage(one) for one in stages],
        labels=words.stages(),
        count=sum(one.count for one in stages),
        table=listing(_listing(rows, here, may_edit)) if rows else "",
        marked=search.get("deal", ""),
    )


def _stage(stage: Stage) -> dict[str, object]:
    return {
        "name": stage.name,
        "label": say(words.STAGE[stage.name]),
        "count": integer(stage.count),
        "worth": " + ".join(words.money(cents, code) for code, cents in stage.worth.items() if cents),
        "deals": [_card(deal) for deal in stage.deals],
        "left": stage.count - len(stage.deals),
    }


def _card(deal: Deal) -> dict[str, object]:
    contact = deal.contact
    return {
        "deal": deal,
        "worth": words.money(deal.value, deal.currency),
        "who": name_of(contact.name, contact.key) if contact else "",
        "company": deal.company.name if deal.company else "",
        "close": day(deal.expected_close) if deal.expected_close else "",
        "owner": (deal.owner or "").partition("@")[0],
        "edit": {
            "id": deal.id,
            "version": deal.version,
            "title": deal.title,
            "value": f"{deal.value // 100}.{deal.value % 100:02}"
            if deal.value % 100
            else str(deal.value // 100),
            "currency": deal.currency,
            "owner": deal.owner or "",
            "expected_close": deal.expected_close.isoformat() if deal.expected_close else "",
        },
    }


def _listing(rows: list[Deal], here: str, may_edit: bool) -> Listing:
    columns = [
        Column("title", say("Deal")),
        Column("stage", say("Stage")),
        Column("value", say("Value"), number=True),
        Column("contact", say("Contact")),
        Column("company", say("Company")),
        Column("owner", say("Owner")),
        Column("close", say("Expected close")),
    ]
    body = []
    for deal in rows:
        shown = _card(deal)
        who = Cell("–")
        if deal.contact is not None:
            href = f"{here.removesuffix('deals')}contacts/{deal.contact.id}"
            who = Cell(str(shown["who"]), href=href, contact=deal.contact.id)
        cells = [
            Cell(deal.title, edit=json.dumps(shown["edit"]) if may_edit else ""),
            Cell(say(words.STAGE[deal.stage]), tone=f"stage-{deal.stage}"),
            Cell(str(shown["worth"])),
            who,
            Cell(str(shown["company"]) or "–"),
            Cell(str(shown["owner"]) or "–"),
            Cell(str(shown["close"]) or "–"),
        ]
        body.append(Row(deal.id, cells))
    more = f"{here}?as=table&before={rows[-1].id}" if len(rows) == ROWS else ""
    return Listing(say("Deals"), columns, body, next=more)


PAGE = PageSpec(name="deals", path="/w/<slug>/deals", layout=layout)
