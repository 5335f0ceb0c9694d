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

from dashapp.access import audit
from dashapp.access.scopes import scope_for_share
from dashapp.db.base import now
from dashapp.errors import Busy, NotFound, TooMany
from dashapp.portal.previews import preview_reason
from dashapp.portal.report import Look, look, report_of
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
from dashapp.reports.paper.document import paper_digest
from dashapp.seats import ANSWER, PAPER, seated_as
from dashapp.services import services
from dashapp.tiles.workbook import MIMETYPE
from dashapp.ui.language.say import say_error, speaking

log = logging.getLogger(__name__)
blueprint = Blueprint("portal_files", __name__, url_prefix="/p/<token>")


@blueprint.get("/report.pdf")
@blueprint.get("/views/<int:view>/report.pdf")
def report(token: str, view: int | None = None) -> Response:
    """The report on A4."""

    def make(seen: Look) -> tuple[bytes, bool]:
        report = report_of(seen, paper=True)
        return report.pdf(), report.whole

    return _printed(token, view, "pdf", "application/pdf", make)


@blueprint.get("/report.xlsx")
@blueprint.get("/views/<int:view>/report.xlsx")
def spreadsheet(token: str, view: int | None = None) -> Response:
    """Every figure of the report, a sheet for each tile."""
    seen = _look(token, view)
    if isinstance(seen, Response):
        return seen
    try:
        with services().seats.seat(_tenant(seen), ANSWER):
            body = report_of(seen).xlsx()
        _note(seen, "report.xlsx")
    except NotFound:
        return not_found()
    except TooMany as refused:
        return _refused(refused)
    return _file(body, MIMETYPE, _named(seen, "report", "xlsx"))


@blueprint.get("/tiles/<tile>.png")
@blueprint.get("/views/<int:view>/tiles/<tile>.png")
def picture(token: str, tile: str, view: int | None = None) -> Response:
    """One tile as a picture."""

    def make(seen: Look) -> tuple[bytes, bool]:
        return report_of(seen, paper=True).png(tile)

    return _printed(token, view, f"png {tile}", "image/png", make, name=tile)


@blueprint.get("/tiles/<tile>.csv")
@blueprint.get("/views/<int:view>/tiles/<tile>.csv")
def figures(token: str, tile: str, view: int | None = None) -> Response:
    """The figures a tile is made of, no person's among them."""
    seen = _look(token, view)
    if isinstance(seen, Response):
        return seen
    try:
        with services().seats.seat(_tenant(seen), ANSWER):
            body = report_of(seen).csv(tile)
        _note(seen, f"{tile}.csv")
    except NotFound:
        return not_found()
    except TooMany as refused:
        return _refused(refused)
    return _file(body, "text/csv; charset=utf-8", _named(seen, tile, "csv"))


def _printed(
    token: str,
    view: int | None,
    kind: str,
    mimetype: str,
    make: Callable[[Look], tuple[bytes, bool]],
    name: str = "report",
) -> Response:
    """What `make` prints, and whether it is whole; kept by the page's version."""
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

            with services().seats.seat(tenant, PAPER):
                body = cache.get(key, lambda: make(seen))
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
    guest = seen.reader.reading.guest
    return seated_as(guest.agency_id, guest.workspace_id)


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
    with speaking(asked_for().lang):
        sentence = say_error(refused)
    response = Response(f"{sentence}\n", refused.status, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(getattr(refused, "retry_after", 30))
    return guarded(response)
