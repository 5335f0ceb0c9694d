"""A workspace's contacts, `/w/<slug>/contacts`: every filter, the sort and the page are in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from dash import html
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.crm import campaigns as flows
from dashapp.crm.fields import fields_of
from dashapp.crm.filters import SORTS, Filters, filters_of
from dashapp.crm.folding import name_of
from dashapp.crm.listing import COLUMNS, COUNTED, FIRST_COLUMNS, Page, contacts, mine
from dashapp.crm.team import by_name, name_in, team_of
from dashapp.db.contacts import Contact, CustomField, SavedFilter
from dashapp.db.tenants import Workspace
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import duration, integer, moment
from data.scope import Scope
from pages.contacts import erased
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style
from pages.listing import columns, help, words
from pages.listing.listing import Cell, Column, Listing, Row, listing

VERB = "contact.read"


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not see contacts."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, VERB)
        content = part(session, scope, workspace, visit.viewer, visit.search)
        brand, name = dress_of(workspace).brand, workspace.name
    page = html.Div([brand_style(brand), Html(content, className="crm", id="crm-part")])
    return Shown(say("{name} · Contacts", name=name), page)


def part(
    session: Session, scope: Scope, workspace: Workspace, viewer: Viewer, search: Mapping[str, str]
) -> Markup:
    """The page's HTML for these filters; also what its script asks for."""
    if search.get("erased") == "1":
        return erased.part(session, workspace, viewer)
    filters = filters_of(search)
    page = contacts(session, scope, workspace.id, filters)
    fields = fields_of(session, workspace.id)
    labels = _labels(fields)
    called = dict(team_of(session, workspace))
    chosen = columns.chosen(session, viewer, workspace, "contacts", labels, FIRST_COLUMNS)
    here = f"/w/{workspace.slug}/contacts"
    owners = session.scalars(
        select(Contact.owner)
        .where(*mine(scope, workspace.id), Contact.owner.is_not(None))
        .distinct()
        .limit(200)
    )
    return render(
        "ui/contacts.html",
        here=here,
        slug=workspace.slug,
        help=help.button(help.CONTACTS),
        filters=filters,
        page=page,
        count=_count(page),
        may_edit=allowed(viewer, "contact.edit", workspace.managing_agency_id, workspace.id),
        may_erase=allowed(viewer, "contact.erase", workspace.managing_agency_id, workspace.id),
        table=listing(_listing(page, filters, chosen, fields, here, workspace.timezone, called))
        if page.rows
        else "",
        statuses=words.statuses(),
        owners=by_name([*called, *(owner for owner in owners if owner)], called),
        campaigns=flows.campaign_names(session, scope, workspace.id),
        fields=fields,
        kinds=[(name, say(label)) for name, label in words.KIND.items()],
        columns=[(name, label, name in chosen) for name, label in labels.items() if name != "name"],
        saved=saved_of(session, workspace, "contacts"),
        export=f"{here}.csv?{filters.search()}",
        export_workbook=f"{here}.xlsx?{filters.search()}",
    )


def saved_of(session: Session, workspace: Workspace, name: str) -> list[SavedFilter]:
    """The filters kept under a name, by name."""
    return list(
        session.scalars(
            select(SavedFilter)
            .where(SavedFilter.workspace_id == workspace.id, SavedFilter.listing == name)
            .order_by(SavedFilter.name)
        )
    )


def _labels(fields: Sequence[CustomField]) -> dict[str, str]:
    return columns.with_fields({name: say(words.COLUMN[name]) for name in COLUMNS}, fields)


def _count(page: Page) -> str:
    if page.count is None:
        return say("more than {n} contacts", n=integer(COUNTED))
    return say("1 contact") if page.count == 1 else say("{n} contacts", n=integer(page.count))


def _listing(
    page: Page,
    filters: Filters,
    chosen: list[str],
    fields: list[CustomField],
    here: str,
    zone: str,
    called: Mapping[str, str],
) -> Listing:
    labels = _labels(fields)
    heads = [_column(name, labels[name], filters, here) for name in chosen]
    rows = [Row(row.id, [_cell(row, name, page, zone, here, called) for name in chosen]) for row in page.rows]
    return Listing(
        say("Contacts"),
        heads,
        rows,
        selects=True,
        next=f"{here}?{filters.search(after=page.after)}" if page.after else "",
        first=f"{here}?{filters.search()}" if filters.after else "",
    )


def _column(name: str, label: str, filters: Filters, here: str) -> Column:
    if name not in SORTS:
        return Column(name, label)
    by_it = filters.sort == name
    first_down = name in {"last", "first", "engagement", "sent", "opened", "created"}
    down = not filters.descending if by_it else first_down
    return Column(
        name,
        label,
        f"{here}?{filters.search(sort=name, descending=down)}",
        ("descending" if filters.descending else "ascending") if by_it else "",
        number=name in {"engagement", "sent", "opened"},
        title=say(words.EXPLAINED[name]) if name in words.EXPLAINED else "",
    )


def _cell(row: Contact, name: str, page: Page, zone: str, here: str, called: Mapping[str, str]) -> Cell:
    if name == "name":
        shown = name_of(row.name, row.key)
        detail = row.key if shown != row.key else ""
        return Cell(shown, detail, f"{here}/{row.id}", contact=row.id)
    if name == "company":
        company = row.company.name if row.company else ""
        return Cell(company or "–", href=f"{here}?{urlencode({'company': company})}" if company else "")
    if name == "status":
        return Cell(say(words.STATUS[row.status]), tone=row.status)
    if name == "owner":
        return Cell(name_in(called, row.owner) or "–", title=row.owner or "")
    if name in {"last", "first", "created"}:
        at = {"last": row.last_activity_at, "first": row.first_activity_at, "created": row.created_at}[name]
        return Cell(moment(at, zone) if at else "–")
    if name == "response":
        return Cell(duration(row.first_response_s) if row.first_response_s is not None else "–")
    if name in {"engagement", "sent", "opened"}:
        return Cell(integer(getattr(row, name)))
    if name == "campaigns":
        return Cell(chips=tuple(page.campaigns.get(row.id, ()))) if page.campaigns.get(row.id) else Cell("–")
    if name == "tags":
        return Cell(chips=tuple(row.tags)) if row.tags else Cell("–")
    return Cell(str(row.fields.get(name.removeprefix("f."), "–")))


PAGE = PageSpec(name="contacts", path="/w/<slug>/contacts", layout=layout)
