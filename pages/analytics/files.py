"""`GET /w/<slug>/analytics.pdf` and `.xlsx`: a view of a workspace as a file, under the controls of the address."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, current_app, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.db.tenants import Workspace
from dashapp.portal.page_cache import PageCache
from dashapp.reports.paper.document import paper_digest
from dashapp.reports.report import Report
from dashapp.reports.snapshot import take
from dashapp.seats import ANSWER, PAPER, seated_as
from dashapp.services import services
from dashapp.tiles.workbook import MIMETYPE
from dashapp.ui.environment import build_digest
from dashapp.ui.language.say import say
from pages.analytics.current_view import now_of
from pages.view_controls.view_menu import filter_words, shown_name

blueprint = Blueprint("analytics_files", __name__)
MIMETYPES = {"pdf": "application/pdf", "xlsx": MIMETYPE}
_CACHE = "vitrine_paper_kept"


@blueprint.get("/w/<slug>/analytics.pdf", defaults={"kind": "pdf"})
@blueprint.get("/w/<slug>/analytics.xlsx", defaults={"kind": "xlsx"})
def view(slug: str, kind: str) -> Response:
    """NotFound when the workspace or the view is not the viewer's; TooMany as seats.py, Busy as press.py."""
    known = services()
    search = {name: values[0] for name, values in request.args.lists()}
    with known.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug)
        state = now_of(known.lake, session, viewer(), workspace, scope, search)
    with known.reading() as session:  # what was folded in meanwhile is seen by a new transaction only
        shot = take(session, session.get_one(Workspace, workspace.id), scope, logo=True)
    tenant, dress = workspace.managing_agency_id, shot.dress
    page = replace(state.page, opens=False, explore=None, connect=None)
    chosen = filter_words(page.filters, dict(page.team))
    only = ", ".join(say("{label}: {value}", label=label, value=value) for _, label, value in chosen)
    name = shown_name(state.view.name)
    report = Report(known.lake, shot, state.view, page, view_name=name, only=only)
    # Two who see different rows of a workspace never share a file: the scope is part of its key.
    shown = (workspace.id, workspace.name, state.view.name, state.shown, page.lang, dress, scope, page.team)
    key = (*shown, state.page.as_of.date(), build_digest(), paper_digest())
    cache = _kept()
    body = cache.kept(key) if kind == "pdf" else None
    if body is None:
        with known.seats.seat(seated_as(tenant, workspace.id), PAPER if kind == "pdf" else ANSWER):
            body = cache.get(key, lambda: (report.pdf(), report.whole)) if kind == "pdf" else report.xlsx()
    with known.session() as session:
        audit.record(
            session,
            viewer().actor,
            "report.take",
            agency_id=tenant,
            workspace_id=workspace.id,
            detail=f"{state.view.name}, {kind}, {page.period.from_} to {page.period.to}",
            ip=request.remote_addr or "",
        )
    response = Response(body, content_type=MIMETYPES[kind])
    shown_as = "inline" if kind == "pdf" else "attachment"
    response.headers["Content-Disposition"] = (
        f'{shown_as}; filename="{workspace.slug}-{page.period.to}.{kind}"'
    )
    return response


def _kept() -> PageCache:
    found = current_app.extensions.get(_CACHE)
    if found is None:
        found = current_app.extensions.setdefault(_CACHE, PageCache("papers"))
    assert isinstance(found, PageCache)
    return found
