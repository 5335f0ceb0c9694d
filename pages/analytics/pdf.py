"""`GET /w/<slug>/analytics.pdf`: any view of a workspace on A4, under the controls of the address."""

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
from dashapp.seats import PAPER, seated_as
from dashapp.services import services
from dashapp.ui.environment import build_digest
from dashapp.ui.language.say import say
from pages.analytics.current_view import now_of
from pages.view_controls.view_menu import filter_words, shown_name

blueprint = Blueprint("paper", __name__)
_CACHE = "vitrine_paper_kept"


@blueprint.get("/w/<slug>/analytics.pdf")
def view(slug: str) -> Response:
    """NotFound when the workspace or the view is not the viewer's; TooMany as seats.py, Busy as press.py."""
    known = services()
    search = {name: values[0] for name, values in request.args.lists()}
    with known.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug)
        state = now_of(known.lake, session, viewer(), workspace, scope, search)
    with known.reading() as session:  # what was folded in meanwhile is seen by a new transaction only
        shot = take(session, session.get_one(Workspace, workspace.id), scope, logo=True)
    tenant, dress = workspace.managing_agency_id, shot.dress
    seated = seated_as(tenant, workspace.id)
    # Two who see different rows of a workspace never share a file: the scope is part of its key.
    shown = (workspace.id, workspace.name, state.view.name, state.shown, state.page.lang, dress, scope)
    key = (*shown, state.page.as_of.date(), build_digest(), paper_digest())

    def make() -> tuple[bytes, bool]:
        page = replace(state.page, opens=False, explore=None, connect=None)
        only = [
            say("{label}: {value}", label=label, value=value)
            for _, label, value in filter_words(page.filters)
        ]
        report = Report(
            known.lake,
            shot,
            state.view,
            page,
            view_name=shown_name(state.view.name),
            only=", ".join(only),
        )
        return report.pdf(), report.whole

    kept = _kept()
    body = kept.kept(key)
    if body is None:
        with known.seats.seat(seated, PAPER):
            body = kept.get(key, make)
    with known.session() as session:
        audit.record(
            session,
            viewer().actor,
            "report.take",
            agency_id=tenant,
            workspace_id=workspace.id,
            detail=f"{state.view.name}, {state.page.period.from_} to {state.page.period.to}",
            ip=request.remote_addr or "",
        )
    response = Response(body, content_type="application/pdf")
    name = f"{workspace.slug}-{state.page.period.to}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _kept() -> PageCache:
    found = current_app.extensions.get(_CACHE)
    if found is None:
        found = current_app.extensions.setdefault(_CACHE, PageCache("papers"))
    assert isinstance(found, PageCache)
    return found
