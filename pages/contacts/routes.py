"""What the script of contacts asks: parts of pages, the card, search, files, and acts."""

from __future__ import annotations

import tempfile
from typing import Any

from flask import Blueprint, Response, jsonify, request, send_file
from sqlalchemy.orm import Session

from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member
from dashapp.crm import contacts as people
from dashapp.crm.deals import deal_of
from dashapp.crm.files import tables
from dashapp.crm.filters import filters_of
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.services import services
from dashapp.ui.language.say import say
from data.people.reply import part_of
from data.scope import Scope
from data.tables.spreadsheet import csv_pieces
from pages.campaigns import page as campaigns_page
from pages.contacts import acts, card, exports, page, search
from pages.contacts.act_models import act_of
from pages.contacts.doing import VERB as EDIT
from pages.contacts.doing import Doing
from pages.deals import form
from pages.deals import page as deals_page
from pages.listing import reply

blueprint = Blueprint("contacts", __name__)
#: Rows of one file.
MOST_ROWS = 500_000
MOST_IN_WORKBOOK = 100_000
_PARTS = {"contacts": page.part, "deals": deals_page.part}


def _search() -> dict[str, str]:
    return {name: values[0] for name, values in request.args.lists()}


@blueprint.get("/w/<slug>/part.html")
def part(slug: str) -> Response:
    """`of`: contacts, deals or campaigns, with the filters of the page's address; `contact` by `id` or `lead`;
    the form of a `deal` by `id`."""
    running, search = services(), _search()
    of = search.pop("of", "")
    with running.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug, page.VERB)
        if of == "contact":
            body = card.card(
                session, running, scope, workspace, viewer(), _asked(session, scope, workspace, search)
            )
        elif of == "deal":
            scope_for_workspace(session, viewer(), slug, EDIT)
            deal = deal_of(session, scope, workspace.id, card.number(search.get("id", "")))
            body = form.form(session, workspace, deal)
        elif of == "campaigns":
            body = campaigns_page.part(session, running, scope, workspace, viewer())
        elif of in _PARTS:
            body = _PARTS[of](session, scope, workspace, viewer(), search)
        else:
            raise NotFound("There is nothing here.")
    return Response(str(body), content_type="text/html; charset=utf-8")


def _asked(session: Session, scope: Scope, workspace: Workspace, search: dict[str, str]) -> Any:
    if lead := search.get("lead"):
        found = people.contact_by_key(session, scope, workspace.id, lead[:320])
        if found is None:
            raise NotFound(people.NO_CONTACT)
        return found
    return people.contact_of(session, scope, workspace.id, card.number(search.get("id", "")), deleted=True)


@blueprint.post("/w/<slug>/acts")
def act(slug: str) -> Response:
    """One act as JSON (`acts.AnyAct`); the answer's `said` is a sentence, `undo` the act that takes it back."""
    asking = viewer()
    if not isinstance(asking, Member):
        raise NotFound("There is no such workspace.")
    doing = Doing(services(), asking, slug, request.remote_addr or "")
    with services().reading() as session:
        scope_for_workspace(session, asking, slug, page.VERB)  # 404 before anything of the body is said
    try:
        return jsonify({"ok": True, **acts.do(doing, act_of(request.get_json(silent=True)))})
    except people.Stale as stale:
        answer = jsonify(
            {
                "ok": False,
                "stale": True,
                "field": stale.field,
                "theirs": stale.theirs,
                "version": stale.version,
                "detail": say("{who} changed this in the meantime.", who=stale.who or say("Somebody else")),
            }
        )
        answer.status_code = 409
        return answer


@blueprint.get("/w/<slug>/contacts.csv")
def export(slug: str) -> Response:
    """The contacts of these filters as CSV, safe to open in a spreadsheet; who takes it is in the audit trail."""
    return _csv(exports.contact_table(slug, filters_of(_search()), MOST_ROWS), f"{slug}-contacts.csv")


@blueprint.get("/w/<slug>/contacts.xlsx")
def export_workbook(slug: str) -> Response:
    """The same as an Excel workbook, MOST_IN_WORKBOOK contacts at most: it is made before it is sent."""
    table = exports.contact_table(slug, filters_of(_search()), MOST_IN_WORKBOOK)
    return _workbook(table, f"{slug}-contacts.xlsx", "Contacts")


@blueprint.get("/w/<slug>/deals.csv")
def export_deals(slug: str) -> Response:
    """All deals as CSV, as an import takes them."""
    return _csv(exports.deal_table(slug, MOST_ROWS), f"{slug}-deals.csv")


@blueprint.get("/w/<slug>/deals.xlsx")
def export_deals_workbook(slug: str) -> Response:
    """The same as an Excel workbook."""
    return _workbook(exports.deal_table(slug, MOST_IN_WORKBOOK), f"{slug}-deals.xlsx", "Deals")


def _csv(table: exports.Table, name: str) -> Response:
    body = (piece.encode("utf-8", "replace") for piece in csv_pieces(table.names, table.batches))
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _workbook(table: exports.Table, name: str, sheet: str) -> Response:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    tables.workbook(table.names, table.batches, file, sheet)
    file.seek(0)
    return send_file(
        file,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=name,
    )


@blueprint.get("/w/<slug>/reply.json")
def reply_part(slug: str) -> Response:
    """The part of the reply `event` from character `start` on; 404 for who may not read what people wrote."""
    with services().reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug, "events.read")
        workspace_id = workspace.id
    start = card.number(request.args.get("start", ""))
    part = part_of(services().lake, scope, workspace_id, request.args.get("event", "")[:6_000], start)
    if part is None:
        raise NotFound("There is no such reply.")
    return jsonify(reply.answer(part))


@blueprint.get("/search.json")
def search_everywhere() -> Response:
    """The best of each kind for some words (pages/contacts/search.py)."""
    return search.answer()
