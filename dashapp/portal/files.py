"""What of a report can be taken away: the whole of it as PDF or for Excel, a tile's figures as CSV, a tile as PNG.

The rules are the page's (entering.py). What is printed is kept under the page's own key, so a second ask for the
same figures prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from dashapp.errors import Busy, NotFound, TooMany
from dashapp.portal.entering import entered, kept_pages, looked_at, not_found_pages
from dashapp.portal.openings import note_taken
from dashapp.portal.report import Look, report_of
from dashapp.portal.responses import guarded, refused, unchanged
from dashapp.reports.paper.document import paper_digest
from dashapp.reports.report import Report
from dashapp.seats import ANSWER, PAPER, seated_as
from dashapp.services import services
from dashapp.tiles.workbook import MIMETYPE

blueprint = Blueprint("portal_files", __name__, url_prefix="/p/<token>")
not_found_pages(blueprint)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. `make`: (the file, whether every tile has its figures); `printed`: it takes the press."""

    mimetype: str
    make: Callable[[Report, str], tuple[bytes, bool]]
    printed: bool = False


KINDS: Final = {
    "pdf": Kind("application/pdf", lambda report, _: (report.pdf(), report.whole), printed=True),
    "xlsx": Kind(MIMETYPE, lambda report, _: (report.xlsx(), True)),
    "png": Kind("image/png", lambda report, tile: report.png(tile), printed=True),
    "csv": Kind("text/csv; charset=utf-8", lambda report, tile: (report.csv(tile), True)),
}


@blueprint.get("/report.<any(pdf, xlsx):kind>")
@blueprint.get("/views/<int:view>/report.<any(pdf, xlsx):kind>")
@blueprint.get("/tiles/<tile>.<any(png, csv):kind>")
@blueprint.get("/views/<int:view>/tiles/<tile>.<any(png, csv):kind>")
def file(token: str, kind: str, tile: str = "", view: int | None = None) -> Response:
    """One file of the report, or of one of its tiles."""
    link, stands = entered(token, view)
    if not link.downloads or not link.shows_views:
        raise NotFound("There is no such file.")
    seen = looked_at(link, stands)
    what, chosen = tile or "report", KINDS[kind]
    tag = f"{seen.key.etag}-{paper_digest()}-{what}-{kind}" if chosen.printed else None
    if tag is not None and request.if_none_match.contains_weak(tag):
        return unchanged(tag)
    try:
        body, whole = _printed(seen, kind, tile) if chosen.printed else _counted(seen, kind, tile)
    except (Busy, TooMany) as error:
        return refused(error, seen.page.lang)
    period = seen.page.period
    note_taken(link, f"{what}.{kind}", f"{what}.{kind}, {period.from_} to {period.to}")
    response = as_file(body, chosen.mimetype, _named(seen, what, kind), shown=chosen.printed)
    if tag is not None and whole:  # a report with a failed tile is made anew at the next ask
        response.set_etag(tag)
    return response


def _counted(seen: Look, kind: str, tile: str) -> tuple[bytes, bool]:
    with services().seats.seat(_tenant(seen), ANSWER):
        return KINDS[kind].make(report_of(seen), tile)


def _printed(seen: Look, kind: str, tile: str) -> tuple[bytes, bool]:
    cache, key = kept_pages(), (kind, tile, paper_digest(), seen.key)
    body = cache.kept(key)
    if body is None:
        with services().seats.seat(_tenant(seen), PAPER):
            body = cache.get(key, lambda: KINDS[kind].make(report_of(seen, paper=True), tile))
    return body, cache.kept(key) is not None


def _tenant(seen: Look) -> int:
    """Whose turn a report takes: the managing agency's, else the workspace's. NotFound when the link ended."""
    guest = seen.reader.reading.guest
    return seated_as(guest.agency_id, guest.workspace_id)


def _named(seen: Look, what: str, ending: str) -> str:
    """A file's name in letters every system takes: "harbour-coffee-report-2026-10-28.pdf"."""
    client = re.sub(r"[^a-z0-9]+", "-", seen.link.workspace.lower()).strip("-")[:60] or "client"
    return f"{client}-{re.sub(r'[^A-Za-z0-9_-]', '', what)[:60]}-{seen.page.period.to}.{ending}"


def as_file(body: bytes, mimetype: str, name: str, *, shown: bool) -> Response:
    """A file of the portal. `shown`: in the browser, else it is saved."""
    response = Response(body, content_type=mimetype)
    response.headers["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
    return guarded(response)
