"""`GET /w/<slug>/analytics.pdf`: any view of a workspace on A4, under the controls of the address."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, current_app, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.portal.page_cache import PageCache
from dashapp.seats import PAPER, seated_as
from dashapp.services import services
from dashapp.sharing.opening import Dress, dress_of
from dashapp.tiles.base import Page
from dashapp.tiles.frame import complete_words, doubts
from dashapp.tiles.render import render_view
from dashapp.ui.environment import build_digest
from dashapp.ui.language.say import say
from dashapp.web.paper import press
from dashapp.web.paper.document import Report, paper_digest, pdf_job
from data.query import ask as query
from pages.analytics.current_view import Now, now_of
from pages.view_controls.view_menu import filter_words, shown_name

blueprint = Blueprint("paper", __name__)
#: Bytes of reports kept, about 100 kB each.
MOST_BYTES = 16 * 2**20
_CACHE = "vitrine_paper_kept"


@blueprint.get("/w/<slug>/analytics.pdf")
def view(slug: str) -> Response:
    """NotFound when the workspace or the view is not the viewer's; TooMany as seats.py, Busy as press.py."""
    known = services()
    search = {name: values[0] for name, values in request.args.lists()}
    with known.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug)
        state = now_of(known.lake, session, viewer(), workspace, scope, search)
        agency = workspace.managing_agency
        dress, logo = dress_of(workspace), None if agency is None else agency.logo
        tenant = None if agency is None else agency.id
        seated = seated_as(tenant, workspace.id)
    # Two who see different rows of a workspace never share a file: the scope is part of its key.
    shown = (workspace.id, workspace.name, state.view.name, state.shown, state.page.lang, dress, scope)
    key = (*shown, state.page.as_of.date(), build_digest(), paper_digest())

    def make() -> tuple[bytes, bool]:
        page = replace(state.page, opens=False, explore=None, connect=None)
        grid = render_view(
            state.view, page, lambda asked: query.ask_all(known.lake, scope, workspace.id, asked)
        )
        report = replace(_report(state, dress), logo=logo)
        return press.run(pdf_job(report, grid)), "is-failed" not in grid

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


def _report(state: Now, dress: Dress) -> Report:
    page = state.page
    return Report(
        page,
        dress,
        None,
        freshness(state),
        stale=page.stale is not None or page.behind is not None or page.held or page.doubted,
        view=shown_name(state.view.name),
        only=narrowed(page),
    )


def freshness(state: Now) -> str:
    """What the figures of a page are complete to, in words."""
    page = state.page
    if state.complete_to is None:
        return " ".join(doubts(page)) or page.t("no_data_yet")
    return " ".join(doubts(page)) or complete_words(state.complete_to, page.timezone, page.lang)


def narrowed(page: Page) -> str:
    """What a page is narrowed to, in words; "" for nothing."""
    only = [
        say("{label}: {value}", label=label, value=value) for _, label, value in filter_words(page.filters)
    ]
    return ", ".join(only)


def _kept() -> PageCache:
    found = current_app.extensions.get(_CACHE)
    if found is None:
        found = current_app.extensions.setdefault(_CACHE, PageCache(MOST_BYTES))
    assert isinstance(found, PageCache)
    return found
