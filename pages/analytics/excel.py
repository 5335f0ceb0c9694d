"""`GET /w/<slug>/analytics.xlsx`: any view of a workspace for Excel, under the controls of the address."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.db.tenants import Workspace
from dashapp.reports.report import Report
from dashapp.reports.snapshot import take
from dashapp.seats import ANSWER, seated_as
from dashapp.services import services
from dashapp.tiles.workbook import MIMETYPE
from dashapp.ui.language.say import say
from pages.analytics.current_view import now_of
from pages.view_controls.view_menu import filter_words, shown_name

blueprint = Blueprint("excel", __name__)


@blueprint.get("/w/<slug>/analytics.xlsx")
def view(slug: str) -> Response:
    """NotFound when the workspace or the view is not the viewer's; TooMany as seats.py."""
    known = services()
    search = {name: values[0] for name, values in request.args.lists()}
    with known.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug)
        state = now_of(known.lake, session, viewer(), workspace, scope, search)
    with known.reading() as session:  # what was folded in meanwhile is seen by a new transaction only
        shot = take(session, session.get_one(Workspace, workspace.id), scope)
    page = replace(state.page, opens=False, explore=None, connect=None)
    only = [
        say("{label}: {value}", label=label, value=value) for _, label, value in filter_words(page.filters)
    ]
    name = shown_name(state.view.name)
    report = Report(known.lake, shot, state.view, page, view_name=name, only=", ".join(only))
    tenant = workspace.managing_agency_id
    with known.seats.seat(seated_as(tenant, workspace.id), ANSWER):
        body = report.xlsx()
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
    response.headers["Content-Disposition"] = f'attachment; filename="{workspace.slug}-{page.period.to}.xlsx"'
    return response
