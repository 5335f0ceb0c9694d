"""The end of every log-in: the second factor where there is one, then the session.

Between the two the person has no session: that the first factor was right is in a sealed field of the form.
"""

from __future__ import annotations

import json
import time
from typing import Any

from flask import make_response, redirect, request
from sqlalchemy.orm import Session

from dashapp.access import audit, current, devices, tokens
from dashapp.access.viewer import load_member
from dashapp.agencies.look import look_of
from dashapp.db.tenants import User
from dashapp.errors import NotFound, Refused
from dashapp.people import second_factor
from dashapp.services import services
from dashapp.ui.language.say import say
from dashapp.web.forms import FormPage, Input, form_page, the_gate
from dashapp.web.look import COOKIE, remember
from dashapp.web.middleware.csrf import set_csrf_cookie
from dashapp.web.middleware.gate import safe_next

#: How long the second factor may take after the first.
TICKET_S = 300
EXPIRED = "This took too long. Log in again."


def after_first_factor(user_id: int, target: str, how: str) -> Any:
    """Ask for the second factor if the person has one, else log them in."""
    with services().reading() as database:
        needed = second_factor.factors_of(database, user_id).any
        user = database.get(User, user_id)
    if user is None or not user.active:
        raise NotFound("There is nothing here.")
    if needed:
        return ask_second(make_ticket(user, target))
    return log_in(user_id, target, how)


def log_in(user_id: int, target: str, how: str) -> Any:
    """Begin the session and go on to `target`."""
    with services().session() as database:
        member = load_member(database, user_id)
        if member is None:
            raise NotFound("There is nothing here.")
        detail = f"{how}; {request.user_agent.string[:200]}"
        audit.record(database, member.email, "login", detail=detail, ip=request.remote_addr or "")
    current.log_in(member)
    response = make_response(redirect(safe_next(the_gate(), target), 303))
    settings = services().settings
    response.set_cookie(
        devices.COOKIE,
        devices.remembered(settings.secret_key, request.cookies.get(devices.COOKIE), member.email),
        max_age=devices.KEPT_S,
        path="/login",
        secure=settings.https,
        httponly=True,
        samesite="Lax",
    )
    with services().reading() as database:
        found = look_of(database, member)
    if found is not None:
        remember(response, found, secure=settings.https)
    elif COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path="/")
    return set_csrf_cookie(response)


def make_ticket(user: User, target: str) -> str:
    """Sealed: who gave the right first factor, and when. A changed password makes it worthless."""
    what = {"second": user.id, "at": time.time(), "password": _mark(user), "target": target}
    return tokens.seal(services().settings.secret_key, json.dumps(what))


def open_ticket(session: Session, ticket: str) -> tuple[User, str]:
    """(who, where to). Raises Refused when it is old, or none of ours."""
    try:
        what = json.loads(tokens.unseal(services().settings.secret_key, ticket))
        user = session.get(User, what["second"])
        fresh = 0 <= time.time() - what["at"] <= TICKET_S
    except Exception as error:
        raise Refused(EXPIRED) from error
    if user is None or not user.active or not fresh or what["password"] != _mark(user):
        raise Refused(EXPIRED)
    return user, what["target"]


def ask_second(ticket: str, error: str = "", status: int = 200) -> Any:
    """The page that asks for the second factor."""
    return form_page(
        FormPage(
            heading=say("Second factor"),
            lead=say("Enter the code your authenticator app shows, or one of your recovery codes."),
            action="/login/second-factor",
            button=say("Log in"),
            inputs=(Input("code", say("Code"), autocomplete="one-time-code", maxlength=20),),
            hidden={"ticket": ticket},
            links=((say("Use a passkey"), "/login/passkey"), (say("Start again"), "/login")),
        ),
        error=error,
        status=status,
    )


def _mark(user: User) -> str:
    return tokens.fingerprint(f"mark:{user.password_hash}")[:16]
