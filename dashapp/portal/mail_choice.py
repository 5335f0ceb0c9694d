"""How often a recipient gets a scheduled report, `/mails/<token>`: chosen there, or ended by one POST (RFC 8058).

No account, no cookie: who holds the token of a mail may choose for its recipient, and nothing else. It works as
long as the schedule is there, also when its link is paused or revoked.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request

from dashapp.access import attempts
from dashapp.db.schedules import Schedule
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused, TooMany
from dashapp.portal.inline import CHOICE, inline
from dashapp.portal.responses import guarded, not_found
from dashapp.schedules.recipients import (
    MOST_CHOICES,
    OWN_CADENCES,
    WINDOW_S,
    Recipient,
    choose,
    find_recipient,
)
from dashapp.services import services
from dashapp.sharing.opening import Dress, dress_of
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say, say_error, speaking
from dashapp.ui.language.texts import words

blueprint = Blueprint("mail_choice", __name__, url_prefix="/mails/<token>")
#: The field and the word a mail program sends when its own button is pressed.
ONE_CLICK = ("List-Unsubscribe", "One-Click")
_CHOICES = {
    "every": later("Each time it is sent"),
    "weekly": later("Once a week at most"),
    "monthly": later("Once a month at most"),
    "none": later("Not at all"),
}


@blueprint.get("")
def page(token: str) -> Response:
    """What they get now, and what they may choose."""
    try:
        with services().reading() as session:
            found, schedule = find_recipient(session, token)
            workspace = session.get_one(Workspace, schedule.workspace_id)
            return _page(found, schedule, workspace.name, dress_of(workspace), "saved" in request.args)
    except NotFound:
        return not_found()


@blueprint.post("")
def answer(token: str) -> Response:
    """A choice, or a mail program's one click; doing it again changes nothing."""
    one_click = request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]
    wanted = "none" if one_click else request.form.get("often", "")
    known = services()
    try:
        with known.reading() as session:
            recipient_id = find_recipient(session, token)[0].row.id
        attempts.attempt(known.engine, "mails", str(recipient_id), MOST_CHOICES, WINDOW_S)
        with known.session() as session:
            found, schedule = find_recipient(session, token)
            choose(session, found, schedule, wanted, ip=request.remote_addr or "")
    except NotFound:
        return not_found()
    except TooMany as refused:
        response = Response(
            f"{say_error(refused)}\n", refused.status, content_type="text/plain; charset=utf-8"
        )
        response.headers["Retry-After"] = str(refused.retry_after)
        return guarded(response)
    except Refused:
        return guarded(make_response(redirect(f"/mails/{token}", 303)))
    if one_click:
        return guarded(Response("", 200, content_type="text/plain; charset=utf-8"))
    return guarded(make_response(redirect(f"/mails/{token}?saved=1", 303)))


def _page(found: Recipient, schedule: Schedule, workspace: str, dress: Dress, saved: bool) -> Response:
    lang, dressed = schedule.language, inline(CHOICE, dress.brand)
    with speaking(lang):
        body = render(
            "portal/mail_choice.html",
            agency=dress,
            workspace=workspace,
            email=found.viewer.email,
            choices=[(key, say(_CHOICES[key]), key == found.row.cadence) for key in OWN_CADENCES],
            ended=found.row.cadence == "none",
            saved=saved,
            theme=None,
            lang=lang,
            t=words(lang),
            inline=dressed,
        )
    response = Response(body, content_type="text/html; charset=utf-8")
    return guarded(response, dressed, forms=True)
