"""Who is logged in on their own account's page, and that they prove again who they are before they change what they
log in with (`/confirm`), unless they did so within ten minutes.
"""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, request
from pydantic import Field
from sqlalchemy.orm import Session

from dashapp.access import audit, current, guesses, passwords
from dashapp.access.viewer import Member, load_member
from dashapp.db.tenants import User
from dashapp.errors import NotAllowed, NotFound, Refused
from dashapp.people import second_factor
from dashapp.services import services
from dashapp.ui.language.say import say, say_error
from dashapp.web.account.second_step import CODE_LIMIT
from dashapp.web.forms import (
    Form,
    FormPage,
    Input,
    Line,
    Secret,
    back_to,
    form_page,
    notice,
    read_form,
    the_gate,
)
from dashapp.web.middleware.csrf import set_csrf_cookie
from dashapp.web.middleware.gate import safe_next

ACCOUNT = "/settings/account"
#: Wrong passwords of somebody who is logged in already, as for log-ins.
CONFIRM_LIMIT = guesses.Limit("confirm", 10, 15 * 60, 50, 12 * 3_600)
CONFIRM_FIRST = "Prove again who you are, then repeat what you were about to do."
blueprint = Blueprint("account", __name__)
Id = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")]


class _Confirm(Form):
    proof: Secret
    next: Line = ""


class Row(Form):
    """The id of a row of one's own."""

    id: Id


def me() -> Member:
    """Who is logged in; the gate lets nobody else through."""
    found = current.viewer()
    if not isinstance(found, Member):
        raise NotFound("There is nothing here.")
    return found


def user_of(session: Session) -> User:
    """Their row."""
    return session.get_one(User, me().user_id)


def must_confirm(target: str = ACCOUNT) -> Any:
    """The answer when they have to prove again who they are; None when they did so lately."""
    if current.confirmed_recently():
        return None
    if request.is_json:
        raise NotAllowed(CONFIRM_FIRST)
    return back_to(f"/confirm?next={target}")


@blueprint.get("/confirm")
def confirm_page() -> Any:
    """Ask for the password, or a code of the second factor where there is no password."""
    return _confirm_page(safe_next(the_gate(), request.args.get("next")))


@blueprint.post("/confirm")
def confirm() -> Any:
    """Take the proof: 303 when right, 401 when not, 429 past the limit."""
    sent = read_form(_Confirm)
    target = safe_next(the_gate(), sent.next)
    known, asking, ip = services(), me(), request.remote_addr or ""
    with known.reading() as session:
        has_password = user_of(session).password_hash
    limit = CONFIRM_LIMIT if has_password else CODE_LIMIT
    guesses.count_guess(known.engine, limit, str(asking.user_id), ip)
    if has_password:
        right = passwords.verify(has_password, sent.proof)
    else:
        with known.session() as session:
            right = second_factor.take_code(session, known.settings, asking.user_id, sent.proof) is not None
    if not right:
        with known.session() as session:
            audit.record(session, asking.email, "confirm.refused", ip=ip)
        return _confirm_page(target, say("That is incorrect."), 401)
    guesses.was_right(known.engine, limit, str(asking.user_id), ip)
    current.confirm()
    if target in {"/", ACCOUNT}:
        notice(say("Confirmed. For ten minutes you can change what you log in with."))
    return back_to(target)


def attempt(work: Any, done: str, *, renew: bool = False) -> Any:
    """Do it in one transaction; back on the account page stands what was done, or why not."""
    try:
        with services().session() as session:
            work(session)
    except Refused as error:
        notice(say_error(error), bad=True)
        return back_to(ACCOUNT)
    if renew:
        new_session()
    notice(done)
    response = back_to(ACCOUNT)
    return set_csrf_cookie(response) if renew else response


def new_session() -> None:
    """A new session in place of this one: what was kept of the old one opens nothing."""
    with services().reading() as session:
        member = load_member(session, me().user_id)
    assert member is not None
    current.log_in(member)


def _confirm_page(target: str, error: str = "", status: int = 200) -> Any:
    with services().reading() as session:
        has_password = user_of(session).password_hash is not None
        factors = second_factor.factors_of(session, me().user_id)
    way = ((say("Use a passkey"), f"/login/passkey?next={target}"),) if factors.passkeys else ()
    if not has_password and not factors.app:
        return form_page(
            FormPage(
                say("Confirm that it is you"),
                say("Log out and log in again; then you have ten minutes."),
                links=(*way, (say("Back to your account"), ACCOUNT)),
            )
        )
    proof = (
        Input("proof", say("Password"), "password", autocomplete="current-password", maxlength=128)
        if has_password
        else Input("proof", say("Code"), autocomplete="one-time-code", maxlength=20)
    )
    return form_page(
        FormPage(
            say("Confirm that it is you"),
            say("What you are about to change is sensitive. You are asked once in ten minutes."),
            action="/confirm",
            button=say("Confirm"),
            inputs=(proof,),
            hidden={"next": target},
            links=(*way, (say("Back to your account"), ACCOUNT)),
        ),
        error=error,
        status=status,
    )
