"""A forgotten password, and the link that confirms a new address. Nothing tells who has an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from dashapp.access import current
from dashapp.agencies.names import clean_email
from dashapp.errors import Refused
from dashapp.people import credentials, one_time
from dashapp.services import services
from dashapp.ui import people_mails
from dashapp.ui.language.say import say, say_error
from dashapp.web.account.by_mail import check_your_mail, confirm_by_button
from dashapp.web.account.finish import after_first_factor
from dashapp.web.account.sign_up import new_password
from dashapp.web.forms import Form, FormPage, Input, Line, Secret, form_page, read_form
from dashapp.web.tries import count_try, may_mail

#: Resets asked for from one network, and mails to one address, in an hour.
FROM_NETWORK, TO_ADDRESS, WINDOW_S = 20, 5, 3_600

blueprint = Blueprint("reset", __name__)


class _Ask(Form):
    email: Line


class _Choose(Form):
    password: Secret


@blueprint.get("/reset")
def form() -> Any:
    """Whose password is lost."""
    return _ask_page()


@blueprint.post("/reset")
def ask() -> Any:
    """Send the link: the same answer, after the same work, whether or not there is an account."""
    sent = read_form(_Ask)
    known = services()
    count_try("reset", FROM_NETWORK, WINDOW_S)
    try:
        email = clean_email(sent.email)
    except Refused as error:
        return _ask_page(say_error(error), 400)
    if may_mail("reset-to", email, TO_ADDRESS, WINDOW_S):
        with known.session() as session:
            user, token = credentials.ask_reset(session, email)
            people_mails.send_reset(session, known.settings, user, token)
    return check_your_mail(
        say("If {email} has an account, a link is on its way. It works for one hour.", email=email),
        (say("Back to the log-in"), "/login"),
    )


@blueprint.get("/reset/<token>")
def choose_page(token: str) -> Any:
    """Choose the new password."""
    with services().reading() as session:
        one_time.find(session, "reset", token)
    return _choose_page(token)


@blueprint.post("/reset/<token>")
def choose(token: str) -> Any:
    """Set it; every session ends, and this browser goes on to the second factor or is logged in."""
    sent = read_form(_Choose)
    known = services()
    count_try("reset", FROM_NETWORK, WINDOW_S)
    try:
        with known.session() as session:
            user = credentials.reset(session, token, sent.password)
            people_mails.send_password_changed(session, known.settings, user)
    except Refused as error:
        return _choose_page(token, say_error(error), 400)
    return after_first_factor(user.id, "/", "reset")


@blueprint.get("/email/<token>")
def email_page(token: str) -> Any:
    """Confirm the new address."""
    return confirm_by_button(
        "email",
        token,
        say("Confirm your new e-mail address"),
        lambda email: say("From then on you log in with {email}.", email=email),
        f"/email/{token}",
        say("Confirm the address"),
    )


@blueprint.post("/email/<token>")
def email(token: str) -> Any:
    """Change the address; the old one is told."""
    read_form(Form)
    known = services()
    with known.session() as session:
        user, old = credentials.change_email(session, token)
        people_mails.send_email_changed(session, known.settings, user, old)
    way = ("/settings/account", say("To your account")) if _is(user.id) else ("/login", say("Log in"))
    return form_page(
        FormPage(
            say("Your address is changed"),
            say("You log in with {email} from now on.", email=user.email),
            links=((way[1], way[0]),),
        )
    )


def _is(user_id: int) -> bool:
    return getattr(current.viewer(), "user_id", None) == user_id


def _ask_page(error: str = "", status: int = 200) -> Any:
    return form_page(
        FormPage(
            say("Choose a new password"),
            say("We send you a link to choose a new one."),
            action="/reset",
            button=say("Send the link"),
            inputs=(
                Input("email", say("E-mail address"), "email", autocomplete="username", inputmode="email"),
            ),
            links=((say("Back to the log-in"), "/login"),),
        ),
        error=error,
        status=status,
    )


def _choose_page(token: str, error: str = "", status: int = 200) -> Any:
    return form_page(
        FormPage(
            say("Choose a new password"),
            say("It logs you out everywhere else."),
            action=f"/reset/{token}",
            button=say("Set the password"),
            inputs=(new_password(),),
        ),
        error=error,
        status=status,
    )
