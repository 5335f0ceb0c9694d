"""What a scheduled mail showed, `/p/<token>/sent/<run>/`: the same figures as of its sending, and its PDF.

The rules are the report's. A share that shows less today than it did then does not show it any more.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from markupsafe import Markup

from dashapp.access.scopes import scope_for_share
from dashapp.db.schedules import SentReport
from dashapp.errors import NotFound
from dashapp.mail import outbox
from dashapp.portal.asked import asked_for
from dashapp.portal.entering import entered, not_found_pages
from dashapp.portal.files import as_file
from dashapp.portal.inline import REPORT, inline
from dashapp.portal.openings import note_opening, note_taken
from dashapp.portal.report import pack
from dashapp.portal.responses import packed_response
from dashapp.schedules.frozen import NO_REPORT, PDF, Facts, grid_of, sent_to_guest
from dashapp.services import services
from dashapp.sharing.opening import Opening
from dashapp.ui.environment import render
from dashapp.ui.format import moment
from dashapp.ui.language.say import speaking
from dashapp.ui.language.texts import words

blueprint = Blueprint("portal_sent", __name__, url_prefix="/p/<token>/sent/<int:run>")
not_found_pages(blueprint)


@blueprint.get("/")
def report(token: str, run: int) -> Response:
    """The report as it was mailed."""
    link, sent = _found(token, run)
    facts, asked = Facts.read(sent.facts), asked_for(link)
    dressed = inline(REPORT, link.dress.brand)
    with speaking(facts.lang):
        body = render(
            "portal/sent.html",
            agency=link.dress,
            facts=facts,
            root="../../",
            downloads=link.downloads and facts.pdf,
            as_of=moment(sent.as_of, facts.timezone, facts.lang),
            grid=Markup(grid_of(sent)),  # noqa: S704 - rendered by us when it was sent
            theme=asked.theme,
            framed=asked.framed,
            lang=facts.lang,
            t=words(facts.lang),
            inline=dressed,
        )
    if request.method == "GET":
        note_opening(link, f"sent {run}")
    response = Response(pack(str(body).encode(), asked.coding), content_type="text/html; charset=utf-8")
    return packed_response(response, asked, dressed)


@blueprint.get("/report.pdf")
def paper(token: str, run: int) -> Response:
    """Its PDF, as it was attached."""
    link, sent = _found(token, run)
    if not link.downloads or sent.bundle_id is None:
        raise NotFound(NO_REPORT)
    with services().reading() as session:
        parts = outbox.parts_of(session.connection(), sent.bundle_id)
    body = next((part.body for part in parts if part.name == PDF), None)
    if body is None:
        raise NotFound(NO_REPORT)
    note_taken(link, f"sent-{run}.pdf", f"sent report {run}")
    return as_file(body, "application/pdf", f"report-{Facts.read(sent.facts).to}.pdf", shown=True)


def _found(token: str, run: int) -> tuple[Opening, SentReport]:
    """The link and what the run sent. Raises NotFound."""
    link, _ = entered(token)
    if not 0 < run < 2**63:
        raise NotFound(NO_REPORT)
    with services().reading() as session:
        guest, _, scope = scope_for_share(session, link)
        sent = sent_to_guest(session, guest, scope, run)
        _ = sent.body  # deferred: read while the session is open
    return link, sent
