"""Sign-up, and the set-up page of an empty installation. Nothing tells whether an address has an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from dashapp.access.passwords import MIN_LENGTH
from dashapp.agencies.accounts import user_by_email
from dashapp.errors import NotFound, Refused
from dashapp.people import sign_up
from dashapp.services import services
from dashapp.ui import people_mails
from dashapp.ui.language.say import say, say_error
from dashapp.web.account.by_mail import check_your_mail, confirm_by_button
from dashapp.web.account.finish import log_in
from dashapp.web.forms import Form, FormPage, Input, Line, Secret, form_page, read_form
from dashapp.web.tries import count_try, may_mail

#: Sign-ups from one network, and mails to one address, in an hour.
FROM_NETWORK, TO_ADDRESS, WINDOW_S = 10, 3, 3_600
CLOSED = "There is nothing here."

blueprint = Blueprint("sign_up", __name__)


class _SignUp(Form):
    name: Line
    email: Line
    password: Secret


class _SetUp(_SignUp):
    agency: Line


@blueprint.get("/signup")
def form() -> Any:
    """The form; 404 while sign-up is by invitation."""
    _open()
    return _form()


@blueprint.post("/signup")
def submit() -> Any:
    """Send the confirmation: the same answer whether or not the address has an account."""
    _open()
    sent = read_form(_SignUp)
    known = services()
    count_try("signup", FROM_NETWORK, WINDOW_S)
    try:
        with known.session() as session:
            email, token = sign_up.ask(session, sent.email, sent.name, sent.password)
    except Refused as error:
        return _form(sent, say_error(error), 400)
    if may_mail("signup-to", email, TO_ADDRESS, WINDOW_S):
        with known.session() as session:
            if token is not None:
                people_mails.send_confirmation(session, known.settings, email, token)
            elif (user := user_by_email(session, email)) is not None:
                people_mails.send_known(session, known.settings, user)
    return check_your_mail(
        say("We sent a link to {email}. Open it to finish; it works for 72 hours.", email=email),
        (say("Log in"), "/login"),
    )


@blueprint.get("/signup/<token>")
def confirm_page(token: str) -> Any:
    """Confirm the address."""
    return confirm_by_button(
        "signup",
        token,
        say("Confirm your e-mail address"),
        lambda email: say("This makes the account of {email}.", email=email),
        f"/signup/{token}",
        say("Confirm and log in"),
    )


@blueprint.post("/signup/<token>")
def confirm(token: str) -> Any:
    """Make the account and log in; once."""
    read_form(Form)
    with services().session() as session:
        user_id = sign_up.confirm(session, token).id
    return log_in(user_id, "/", "sign-up")


@blueprint.get("/setup/<token>")
def setup_page(token: str) -> Any:
    """Make the first owner; 404 once there is one."""
    with services().reading() as session:
        sign_up.check_setup(session, services().settings, token)
    return _setup(token)


@blueprint.post("/setup/<token>")
def setup(token: str) -> Any:
    """Make the first agency and its owner, and log in."""
    known = services()
    with known.reading() as session:
        sign_up.check_setup(session, known.settings, token)
    sent = read_form(_SetUp)
    count_try("setup", 30, WINDOW_S)
    try:
        with known.session() as session:
            user_id = sign_up.set_up(
                session, known.settings, token, sent.agency, sent.name, sent.email, sent.password
            ).id
    except Refused as error:
        return _setup(token, sent, say_error(error), 400)
    return log_in(user_id, "/", "set-up")


def _open() -> None:
    if services().settings.signup != "open":
        raise NotFound(CLOSED)


def _inputs(sent: _SignUp | None) -> tuple[Input, ...]:
    return (
        Input("name", say("Your name"), value=sent.name if sent else "", autocomplete="name", maxlength=120),
        Input(
            "email",
            say("E-mail address"),
            "email",
            sent.email if sent else "",
            "username",
            inputmode="email",
        ),
        new_password(),
    )


def new_password() -> Input:
    """The input of a password that is chosen."""
    hint = say("At least {n} characters. A few unrelated words are easy to remember.", n=MIN_LENGTH)
    return Input(
        "password", say("New password"), "password", autocomplete="new-password", hint=hint, maxlength=128
    )


def _form(sent: _SignUp | None = None, error: str = "", status: int = 200) -> Any:
    return form_page(
        FormPage(
            say("Create an account"),
            say("Free, with a workspace of your own."),
            action="/signup",
            button=say("Create account"),
            inputs=_inputs(sent),
            links=((say("I have an account already"), "/login"),),
        ),
        error=error,
        status=status,
    )


def _setup(token: str, sent: _SetUp | None = None, error: str = "", status: int = 200) -> Any:
    agency = Input("agency", say("Name of your agency"), value=sent.agency if sent else "", maxlength=120)
    return form_page(
        FormPage(
            say("Set up Vitrine"),
            say("Make your agency and its owner. This page works once."),
            action=f"/setup/{token}",
            button=say("Create agency"),
            inputs=(agency, *_inputs(sent)),
        ),
        error=error,
        status=status,
    )
