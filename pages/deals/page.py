"""A workspace's deals, `/w/<slug>/deals`: a board by stage, `?as=table` as a list, `?as=deleted` those deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from dash import html
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.crm.deals import (
    DOWN_FIRST,
    FIELD,
    SORTS,
    DealFilters,
    Stage,
    board,
    deal_filters_of,
    deal_page,
    narrowed_to,
)
from dashapp.crm.fields import fields_of
from dashapp.crm.folding import name_of
from dashapp.crm.team import by_name, name_in, team_of
from dashapp.db.contacts import DEAL, CustomField, Deal
from dashapp.db.tenants import Workspace
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import day, integer
from data.scope import Scope
from pages.deals import form
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style
from pages.listing import columns, help, words
from pages.listing.listing import Cell, Column, Listing, Row, listing

VERB = "contact.read"
#: Those of COLUMNS a person sees who chose none.
FIRST_COLUMNS: Final = ("title", "stage", "value", "contact", "company", "owner", "close")
#: What the page can be shown as: the board, and these.
TABLE, DELETED = "table", "deleted"


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
    shown_as = search.get("as", "") if search.get("as") in (TABLE, DELETED) else ""
    may_edit = allowed(viewer, "contact.edit", workspace.managing_agency_id, workspace.id)
    own = fields_of(session, workspace.id, DEAL)
    filters = deal_filters_of(search, own)
    stages = board(session, scope, workspace.id, narrowed_to(session, workspace.id, filters))
    called = dict(team_of(session, workspace))
    labels = columns.with_fields({name: say(label) for name, label in words.DEAL_COLUMN.items()}, own)
    chosen = columns.chosen(session, viewer, workspace, "deals", labels, FIRST_COLUMNS)
    on_board = columns.chosen(
        session, viewer, workspace, "deals-board", columns.with_fields({"title": ""}, own), ()
    )
    rows: Sequence[Deal] = ()
    after: str | None = None
    if shown_as:
        deleted = shown_as == DELETED
        rows, after = deal_page(session, scope, workspace.id, filters, own, deleted=deleted)
    heads = [_column(name, labels[name], filters, here, shown_as) for name in chosen]
    table = _listing(rows, heads, here, shown_as, may_edit, called)
    table = replace(
        table,
        next=f"{here}?{filters.search(shown_as, after=after)}" if after else "",
        first=f"{here}?{filters.search(shown_as)}" if filters.after else "",
    )
    count = sum(one.count for one in stages)
    return render(
        "ui/deals.html",
        here=here,
        slug=workspace.slug,
        shown_as=shown_as,
        help=help.button(help.DEALS),
        may_edit=may_edit,
        filters=filters,
        without=lambda key: filters.without(key, shown_as),
        owners=by_name([*called, *([filters.owner] if filters.owner not in ("", "-") else [])], called),
        segments={name: f"{here}?{filters.search(name)}".rstrip("?") for name in ("", TABLE, DELETED)},
        own=own,
        on_board=[(f"{FIELD}{one.key}", one.label, f"{FIELD}{one.key}" in on_board) for one in own],
        stages=[_stage(one, called, [f for f in own if f"{FIELD}{f.key}" in on_board]) for one in stages],
        fields=form.inputs(own),
        team=by_name(called, called),
        labels=words.stages(),
        columns=[(name, label, name in chosen) for name, label in labels.items() if name != "title"],
        count=count,
        table=listing(table) if rows else "",
        marked=search.get("deal", ""),
    )


def _stage(stage: Stage, called: Mapping[str, str], own: Sequence[CustomField]) -> dict[str, object]:
    return {
        "name": stage.name,
        "label": say(words.STAGE[stage.name]),
        "count": integer(stage.count),
        "worth": " + ".join(words.money(cents, code) for code, cents in stage.worth.items() if cents),
        "deals": [_card(deal, called, own) for deal in stage.deals],
        "left": stage.count - len(stage.deals),
    }


def _card(deal: Deal, called: Mapping[str, str], own: Sequence[CustomField] = ()) -> dict[str, object]:
    contact = deal.contact
    return {
        "deal": deal,
        "worth": words.money(deal.value, deal.currency),
        "who": name_of(contact.name, contact.key) if contact else "",
        "company": deal.company.name if deal.company else "",
        "close": day(deal.expected_close) if deal.expected_close else "",
        "owner": name_in(called, deal.owner),
        "own": [(one.label, deal.fields[one.key]) for one in own if deal.fields.get(one.key)],
    }


def _column(name: str, label: str, filters: DealFilters, here: str, shown_as: str) -> Column:
    if name not in SORTS and not name.startswith(FIELD):
        return Column(name, label)
    by_it = filters.sort == name
    down = not filters.descending if by_it else name in DOWN_FIRST
    return Column(
        name,
        label,
        f"{here}?{filters.search(shown_as, sort=name, descending=down)}",
        ("descending" if filters.descending else "ascending") if by_it else "",
        number=name == "value",
    )


def _listing(
    rows: Sequence[Deal],
    heads: list[Column],
    here: str,
    shown_as: str,
    may_edit: bool,
    called: Mapping[str, str],
) -> Listing:
    chosen = [one.key for one in heads]
    restores = shown_as == DELETED and may_edit
    if restores:
        heads.append(Column("restore", say("Restore")))
    body = []
    for deal in rows:
        cells = [_cell(deal, name, here, may_edit and shown_as == TABLE, called) for name in chosen]
        if restores:
            cells.append(Cell(say("Restore"), act=json.dumps({"op": "deal_restore", "id": deal.id})))
        body.append(Row(deal.id, cells))
    return Listing(say("Deals"), heads, body)


def _cell(deal: Deal, name: str, here: str, may_edit: bool, called: Mapping[str, str]) -> Cell:
    if name == "title":
        return Cell(deal.title, edit=deal.id if may_edit else None)
    if name == "stage":
        return Cell(say(words.STAGE[deal.stage]), tone=f"stage-{deal.stage}")
    if name == "contact" and deal.contact is not None:
        href = f"{here.removesuffix('deals')}contacts/{deal.contact.id}"
        return Cell(name_of(deal.contact.name, deal.contact.key), href=href, contact=deal.contact.id)
    if name == "created":
        return Cell(day(deal.created_at.date()))
    if name.startswith("f."):
        return Cell(deal.fields.get(name.removeprefix("f."), "–"))
    shown = _card(deal, called)
    return Cell(str(shown.get("worth" if name == "value" else name, "")) or "–")


PAGE = PageSpec(name="deals", path="/w/<slug>/deals", layout=layout)
