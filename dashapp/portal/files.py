"""What of a report can be taken away: the whole of it as PDF or for Excel, a tile's figures as CSV, a tile as PNG.

The rules are the page's: a link that does not work has no files; one whose password was not given asks for it
first, and then gives the file. A file is
kept under the page's own key, so a second ask for the same figures prints nothing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from flask import Blueprint, Response, request
from markupsafe import Markup

from dashapp.access import audit
from dashapp.access.scopes import scope_for_share
from dashapp.db.base import now
from dashapp.db.tenants import Agency
from dashapp.errors import Busy, NotFound, TooMany
from dashapp.portal.previews import preview_reason
from dashapp.portal.report import Look, fresh_words, grid_of, is_whole, look, scope_and_view
from dashapp.portal.routes import (
    asked_for,
    first_the_password,
    guarded,
    is_locked,
    kept_pages,
    not_found,
    note_file,
    opened_view,
    preview_card,
)
from dashapp.seats import ANSWER, PAPER, seated_as
from dashapp.services import services
from dashapp.tiles.render import may_show, render_tile
from dashapp.tiles.table import as_csv, figures_of
from dashapp.tiles.workbook import MIMETYPE, about_of, workbook
from dashapp.ui.language.say import retell, speaking
from dashapp.views.schema import Placed
from dashapp.web.paper import press
from dashapp.web.paper.document import Job, Report, paper_digest, pdf_job, picture_job
from data.query import ask as figures_door
from data.query.ask import Query

log = logging.getLogger(__name__)
blueprint = Blueprint("portal_files", __name__, url_prefix="/p/<token>")


@blueprint.get("/report.pdf")
@blueprint.get("/views/<int:view>/report.pdf")
def report(token: str, view: int | None = None) -> Response:
    """The report on A4."""

    def job(seen: Look) -> tuple[Job, bool]:
        grid = grid_of(services(), kept_pages(), seen)
        return pdf_job(_report(seen), Markup(grid.decode())), is_whole(grid)  # noqa: S704 - rendered by us

    return _printed(token, view, "pdf", "application/pdf", job)


@blueprint.get("/report.xlsx")
@blueprint.get("/views/<int:view>/report.xlsx")
def spreadsheet(token: str, view: int | None = None) -> Response:
    """Every figure of the report, a sheet for each tile."""
    seen = _look(token, view)
    if isinstance(seen, Response):
        return seen
    known, link = services(), seen.link
    try:
        with known.seats.seat(_tenant(seen), ANSWER), speaking("fr" if seen.page.lang == "fr" else "en"):
            scope, shown = scope_and_view(known, kept_pages(), link)

            def answer(asked: dict[str, Query]) -> dict[str, dict[str, object]]:
                return figures_door.ask_all(known.lake, scope, link.workspace_id, asked)

            body = workbook(shown, seen.page, answer, _about(seen, shown.name), link.dress.name)
        _note(seen, "report.xlsx")
    except NotFound:
        return not_found()
    except TooMany as refused:
        return _refused(refused)
    return _file(body, MIMETYPE, _named(seen, "report", "xlsx"))


def _about(seen: Look, view: str) -> list[tuple[str, str]]:
    """The head of a workbook's index: whose report, which days, and how recent its figures are."""
    page = seen.page
    return about_of(page, seen.link.dress.name, view, fresh_words(seen)[0])


@blueprint.get("/tiles/<tile>.png")
@blueprint.get("/views/<int:view>/tiles/<tile>.png")
def picture(token: str, tile: str, view: int | None = None) -> Response:
    """One tile as a picture."""

    def job(seen: Look) -> tuple[Job, bool]:
        placed, answer = _placed(seen, tile)
        drawn = render_tile(placed, seen.page, answer)
        grid = Markup('<div class="grid">{}</div>').format(drawn)
        return picture_job(_report(seen), grid), "is-failed" not in drawn

    return _printed(token, view, f"png {tile}", "image/png", job, name=tile)


@blueprint.get("/tiles/<tile>.csv")
@blueprint.get("/views/<int:view>/tiles/<tile>.csv")
def figures(token: str, tile: str, view: int | None = None) -> Response:
    """The figures a tile is made of, no person's among them."""
    seen = _look(token, view)
    if isinstance(seen, Response):
        return seen
    try:
        with services().seats.seat(_tenant(seen), ANSWER):
            placed, answer = _placed(seen, tile)
            rows = figures_of(placed, seen.page, answer)
        _note(seen, f"{tile}.csv")
    except NotFound:
        return not_found()
    except TooMany as refused:
        return _refused(refused)
    return _file(as_csv(rows, seen.page.lang), "text/csv; charset=utf-8", _named(seen, tile, "csv"))


def _printed(
    token: str,
    view: int | None,
    kind: str,
    mimetype: str,
    job: Callable[[Look], tuple[Job, bool]],
    name: str = "report",
) -> Response:
    """What the press makes of `job`, kept by the page's version."""
    seen = _look(token, view)
    if isinstance(seen, Response):
        return seen
    tag = f"{seen.key.etag}-{paper_digest()}-{kind.replace(' ', '-')}"
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
        response.set_etag(tag)
        return guarded(response)
    cache, key = kept_pages(), (kind, paper_digest(), seen.key)
    try:
        body = cache.kept(key)
        if body is None:
            tenant = _tenant(seen)

            def make() -> tuple[bytes, bool]:
                asked, whole = job(seen)
                return press.run(asked), whole

            with services().seats.seat(tenant, PAPER):
                body = cache.get(key, make)
        _note(seen, f"{name}.{kind.split()[0]}")
    except NotFound:
        return not_found()
    except (Busy, TooMany) as refused:
        return _refused(refused)
    response = _file(body, mimetype, _named(seen, name, kind.split()[0]))
    if cache.kept(key) is not None:  # a report with a failed tile is made anew at the next ask
        response.set_etag(tag)
    return response


def _look(token: str, view: int | None) -> Look | Response:
    """The page this link shows now; where it would not be shown, what is answered instead."""
    found = opened_view(token, view)
    if found is None or not found[0].downloads or not found[0].shows_views:
        return not_found()
    if is_locked(found[0]):
        return first_the_password(token)
    if (reason := preview_reason(request.headers)) is not None:
        return preview_card(found[0], reason)
    try:
        return look(services(), kept_pages(), *found, asked_for(found[0]), now())
    except NotFound:
        return not_found()


def _note(seen: Look, what: str) -> None:
    """One entry of the audit trail for each file taken. Raises NotFound when the link ended meanwhile."""
    if request.method == "HEAD":
        return
    note_file(seen.link, what)
    with services().session() as session:
        guest, workspace, _ = scope_for_share(session, seen.link)
        audit.record(
            session,
            guest.actor,
            "report.take",
            agency_id=guest.agency_id,
            workspace_id=workspace.id,
            detail=f"{what}, {seen.page.period.from_} to {seen.page.period.to}",
            ip=request.remote_addr or "",
        )


def _tenant(seen: Look) -> int:
    """Whose turn a report takes: the managing agency's, else the workspace's. NotFound when the link ended."""
    with services().reading() as session:
        guest = scope_for_share(session, seen.link)[0]
        return seated_as(guest.agency_id, guest.workspace_id)


def _placed(seen: Look, tile: str) -> tuple[Placed, Callable[..., dict[str, dict[str, object]]]]:
    """The tile and who answers its questions; NotFound when the view shows no such tile."""
    known, link = services(), seen.link
    scope, view = scope_and_view(known, kept_pages(), link)
    placed = next((one for one in view.tiles if one.id == tile), None)
    if placed is None or not may_show(placed, seen.page):
        raise NotFound("There is no such tile.")
    return placed, lambda asked: figures_door.ask_all(known.lake, scope, link.workspace_id, asked)


def _report(seen: Look) -> Report:
    logo = None
    if seen.link.dress.logo_digest:
        with services().reading() as session:
            agency_id = scope_for_share(session, seen.link)[0].agency_id
            logo = None if agency_id is None else session.get_one(Agency, agency_id).logo
    text, stale = fresh_words(seen)
    return Report(seen.page, seen.link.dress, logo, text, stale)


def _named(seen: Look, what: str, ending: str) -> str:
    """A file's name in letters every system takes: "harbour-coffee-report-2026-10-28.pdf"."""
    client = re.sub(r"[^a-z0-9]+", "-", seen.link.workspace.lower()).strip("-")[:60] or "client"
    return f"{client}-{re.sub(r'[^A-Za-z0-9_-]', '', what)[:60]}-{seen.page.period.to}.{ending}"


def _file(body: bytes, mimetype: str, name: str) -> Response:
    response = Response(body, content_type=mimetype)
    shown = "attachment" if name.endswith((".csv", ".xlsx")) else "inline"
    response.headers["Content-Disposition"] = f'{shown}; filename="{name}"'
    return guarded(response)


def _refused(refused: Busy | TooMany) -> Response:
    with speaking("fr" if asked_for().lang == "fr" else "en"):
        told = retell(str(refused))
    response = Response(f"{told}\n", refused.status, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(getattr(refused, "retry_after", 30))
    return guarded(response)
