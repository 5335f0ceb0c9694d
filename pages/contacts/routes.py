"""What the script of contacts asks: parts of pages, the card, search, files, and acts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, request, send_file
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member, load_member
from dashapp.crm import contacts as people
from dashapp.crm.files import tables
from dashapp.crm.folding import name_of
from dashapp.crm.listing import contacts, filters_of
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.services import services
from dashapp.ui.language.say import say
from data.scope import Scope
from data.tables.spreadsheet import csv_pieces
from pages.campaigns import page as campaigns_page
from pages.contacts import acts, card, page, search
from pages.contacts.act_models import act_of
from pages.contacts.doing import VERB as EDIT
from pages.contacts.doing import Doing
from pages.deals import page as deals_page

blueprint = Blueprint("contacts", __name__)
#: Rows of one file.
MOST_ROWS = 500_000
MOST_IN_WORKBOOK = 100_000
#: Rows read, and the right to them asked for, at once.
BATCH = 1_000
_PARTS = {"contacts": page.part, "deals": deals_page.part}


def _search() -> dict[str, str]:
    return {name: values[0] for name, values in request.args.lists()}


@blueprint.get("/w/<slug>/part.html")
def part(slug: str) -> Response:
    """`of`: contacts, deals or campaigns, with the filters of the page's address; `contact` by `id` or `lead`."""
    running, search = services(), _search()
    of = search.pop("of", "")
    with running.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug, page.VERB)
        if of == "contact":
            body = card.card(
                session, running, scope, workspace, viewer(), _asked(session, scope, workspace, search)
            )
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
    names, batches = _rows_of(slug)
    body = (piece.encode("utf-8", "replace") for piece in csv_pieces(names, batches))
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-contacts.csv"'
    return response


@blueprint.get("/w/<slug>/contacts.xlsx")
def export_workbook(slug: str) -> Response:
    """The same as an Excel workbook, MOST_IN_WORKBOOK contacts at most: it is made before it is sent."""
    names, batches = _rows_of(slug, MOST_IN_WORKBOOK)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    tables.workbook(names, batches, file)
    file.seek(0)
    return send_file(
        file,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{slug}-contacts.xlsx",
    )


def _rows_of(slug: str, most: int = MOST_ROWS) -> tuple[list[str], Iterator[list[list[Any]]]]:
    """The names of the columns, and the rows of the filters of the address in batches."""
    running, filters, asking = services(), filters_of(_search()), viewer()
    if not isinstance(asking, Member):
        raise NotFound("There is no such workspace.")
    user_id = asking.user_id
    with running.session() as session:
        workspace, _ = scope_for_workspace(session, asking, slug, EDIT)
        workspace_id, agency_id = workspace.id, workspace.managing_agency_id
        fields = [(one.key, one.label) for one in people.custom_fields(session, workspace_id)]
        audit.record(
            session,
            asking.actor,
            "contact.export",
            agency_id=agency_id,
            workspace_id=workspace_id,
            detail=filters.search() or "all",
            ip=request.remote_addr or "",
        )
    names = [
        *("email", "name", "company", "phone", "owner", "status", "tags", "campaigns", "first_activity_at"),
        *(
            "last_activity_at",
            "first_response_s",
            "emails_sent",
            "opened",
            "clicked",
            "replied",
            "engagement",
        ),
        *(label for _, label in fields),
    ]

    def batches() -> Iterator[list[list[Any]]]:
        after, left = filters.after, most
        while left > 0:
            with running.reading() as session:
                # A large file takes minutes: who lost the right meanwhile gets no further row.
                now = load_member(session, user_id)
                if now is None:
                    raise NotFound("There is no such workspace.")
                _, scope = scope_for_workspace(session, now, workspace_id, EDIT)
                found = contacts(
                    session, scope, workspace_id, replace(filters, after=after), limit=min(BATCH, left)
                )
                rows = [_row(one, found.campaigns.get(one.id, ()), fields) for one in found.rows]
            yield rows
            left -= len(rows)
            after = found.after
            if after is None:
                return

    return names, batches()


def _row(one: Any, campaigns: Any, fields: list[tuple[str, str]]) -> list[Any]:
    stamps = [
        at.isoformat(timespec="seconds") if at else "" for at in (one.first_activity_at, one.last_activity_at)
    ]
    return [
        *(
            one.email or one.key,
            name_of(one.name, one.key),
            one.company.name if one.company else "",
            one.phone,
        ),
        *(one.owner or "", one.status, ", ".join(one.tags), ", ".join(campaigns), *stamps),
        one.first_response_s if one.first_response_s is not None else "",
        *(one.sent, one.opened, one.clicked, one.replied, one.engagement),
        *(one.fields.get(key, "") for key, _ in fields),
    ]


@blueprint.get("/search.json")
def search_everywhere() -> Response:
    """The best of each kind for some words (pages/contacts/search.py)."""
    return search.answer()
