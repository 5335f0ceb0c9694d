"""What the forms of the account page do: name, address, password, sessions. (Second factors: `factors.py`.)"""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, make_response, redirect
from sqlalchemy.orm import Session

from dashapp.access import attempts, current
from dashapp.agencies import accounts
from dashapp.people import credentials, sessions
from dashapp.services import services
from dashapp.ui import people_mails
from dashapp.ui.language.say import say
from dashapp.web.account import factors as _factors  # noqa: F401  (its routes)
from dashapp.web.account.confirming import ACCOUNT, Row, attempt, blueprint, me, must_confirm, user_of
from dashapp.web.forms import Form, Line, Secret, back_to, read_form

#: Changes of address begun by one person in an hour.
EMAILS, WINDOW_S = 10, 3_600


class _Name(Form):
    name: Line


class _Clock(Form):
    clock: Literal["", "12", "24"]


class _Email(Form):
    email: Line


class _Password(Form):
    password: Secret


@blueprint.get("/settings")
def settings() -> Response:
    """The first page of the settings."""
    return make_response(redirect(ACCOUNT))


@blueprint.post("/account/name")
def name() -> Any:
    """A new name."""
    sent = read_form(_Name)
    return attempt(lambda session: credentials.rename(session, user_of(session), sent.name), say("Saved."))


@blueprint.post("/account/clock")
def clock() -> Any:
    """Twelve or 24 hours, or as the language writes times."""
    sent = read_form(_Clock)
    return attempt(lambda session: setattr(user_of(session), "clock", sent.clock or None), say("Saved."))


@blueprint.post("/account/email")
def email() -> Any:
    """Begin a change of address: a link goes to the new one."""
    sent = read_form(_Email)
    if (first := must_confirm()) is not None:
        return first
    known = services()
    attempts.attempt(known.engine, "email-change", str(me().user_id), EMAILS, WINDOW_S)

    def work(session: Session) -> None:
        user = user_of(session)
        address, token = credentials.ask_email(session, user, sent.email)
        if token is not None:
            people_mails.send_email_link(session, known.settings, user, address, token)

    return attempt(work, say("We sent a link to the new address. Nothing changes before it is opened."))


@blueprint.post("/account/password")
def password() -> Any:
    """A new password: every session ends, and this browser gets a new one."""
    sent = read_form(_Password)
    if (first := must_confirm()) is not None:
        return first

    def work(session: Session) -> None:
        user = user_of(session)
        credentials.change_password(session, user, sent.password, keep_session=None)
        people_mails.send_password_changed(session, services().settings, user)

    return attempt(work, say("Your password is changed; you are logged out everywhere else."), renew=True)


@blueprint.post("/account/sessions/end")
def end_session() -> Any:
    """Log out one other device."""
    sent = read_form(Row)
    return attempt(
        lambda session: sessions.end(session, user_of(session), int(sent.id)), say("Logged out there.")
    )


@blueprint.post("/account/sessions/end-all")
def end_sessions() -> Any:
    """Log out everywhere, here too."""
    read_form(Form)
    with services().session() as session:
        user = user_of(session)
        accounts.end_sessions(session, user, actor=user.email)
    current.log_out()
    return back_to("/login")
