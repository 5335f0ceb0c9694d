"""`GET /w/<slug>/analytics.xlsx`: any view of a workspace for Excel, under the controls of the address."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.seats import ANSWER, seated_as
from dashapp.services import services
from dashapp.sharing.opening import dress_of
from dashapp.tiles.workbook import MIMETYPE, about_of, workbook
from data.query import ask as figures
from data.query.ask import Query
from pages.analytics.current_view import now_of
from pages.analytics.pdf import freshness, narrowed
from pages.view_controls.view_menu import shown_name

blueprint = Blueprint("excel", __name__)


@blueprint.get("/w/<slug>/analytics.xlsx")
def view(slug: str) -> Response:
    """NotFound when the workspace or the view is not the viewer's; TooMany as seats.py."""
    known = services()
    search = {name: values[0] for name, values in request.args.lists()}
    with known.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug)
        state = now_of(known.lake, session, viewer(), workspace, scope, search)
        tenant, dress = workspace.managing_agency_id, dress_of(workspace)

    def answer(asked: dict[str, Query]) -> dict[str, dict[str, object]]:
        return figures.ask_all(known.lake, scope, workspace.id, asked)

    page = replace(state.page, opens=False, explore=None, connect=None)
    about = about_of(page, dress.name, shown_name(state.view.name), freshness(state), narrowed(page))
    with known.seats.seat(seated_as(tenant, workspace.id), ANSWER):
        body = workbook(state.view, page, answer, about, dress.name)
    with known.session() as session:
        audit.record(
            session,
            viewer().actor,
            "report.take",
            agency_id=tenant,
            workspace_id=workspace.id,
            detail=f"{state.view.name}, Excel, {page.period.from_} to {page.period.to}",
            ip=request.remote_addr or "",
        )
    response = Response(body, content_type=MIMETYPE)
    name = f"{workspace.slug}-{page.period.to}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
