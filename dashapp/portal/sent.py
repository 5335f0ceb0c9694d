"""What a scheduled mail showed, `/p/<token>/sent/<run>/`: the same figures as of its sending, and its PDF.

The rules are the report's. A share that shows less today than it did then does not show it any more.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from markupsafe import Markup

from dashapp.access import audit
from dashapp.access.scopes import scope_for_share
from dashapp.db.schedules import SentReport
from dashapp.errors import NotFound
from dashapp.mail import outbox
from dashapp.portal.inline import REPORT, inline
from dashapp.portal.previews import preview_reason
from dashapp.portal.report import pack
from dashapp.portal.routes import (
    asked_for,
    first_the_password,
    guarded,
    is_locked,
    not_found,
    note_file,
    note_opening,
    opened_link,
    packed_response,
    preview_card,
)
from dashapp.schedules.frozen import PDF, Facts, grid_of, sent_to_guest
from dashapp.services import services
from dashapp.sharing.opening import Opening
from dashapp.ui.environment import render
from dashapp.ui.format import moment
from dashapp.ui.language.say import speaking
from dashapp.ui.language.texts import words

blueprint = Blueprint("portal_sent", __name__, url_prefix="/p/<token>/sent/<int:run>")


@blueprint.get("/")
def report(token: str, run: int) -> Response:
    """The report as it was mailed."""
    found = _found(token, run)
    if isinstance(found, Response):
        return found
    link, sent = found
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
    found = _found(token, run)
    if isinstance(found, Response):
        return found
    link, sent = found
    if not link.downloads or sent.bundle_id is None:
        return not_found()
    with services().reading() as session:
        parts = outbox.parts_of(session.connection(), sent.bundle_id)
        guest = scope_for_share(session, link)[0]
    body = next((part.body for part in parts if part.name == PDF), None)
    if body is None:
        return not_found()
    if request.method != "HEAD":
        note_file(link, f"sent-{run}.pdf")
        with services().session() as session:
            audit.record(
                session,
                guest.actor,
                "report.take",
                agency_id=guest.agency_id,
                workspace_id=guest.workspace_id,
                detail=f"sent report {run}",
                ip=request.remote_addr or "",
            )
    response = Response(body, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="report-{Facts.read(sent.facts).to}.pdf"'
    return guarded(response)


def _found(token: str, run: int) -> tuple[Opening, SentReport] | Response:
    """The link and what the run sent; where it is not shown, what is answered instead."""
    known = services()
    looked = opened_link(token)
    if looked is None or not 0 < run < 2**63:
        return not_found()
    link = looked[0]
    if is_locked(link):
        return first_the_password(token)
    if (reason := preview_reason(request.headers)) is not None:
        return preview_card(link, reason)
    try:
        with known.reading() as session:
            guest, _, scope = scope_for_share(session, link)
            sent = sent_to_guest(session, guest, scope, run)
            _ = sent.body  # deferred: read while the session is open
    except NotFound:
        return not_found()
    return link, sent
