"""What the forms of the account page do: name, address, password, second factor, passkeys, sessions.

Whatever changes what somebody logs in with asks them first to prove again who they are (`/confirm`), unless they
did so within ten minutes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, jsonify, request
from markupsafe import Markup
from pydantic import Field
from sqlalchemy.orm import Session

from dashapp.access import attempts, audit, current, guesses, passwords, tokens
from dashapp.access.viewer import Member, load_member
from dashapp.agencies import accounts
from dashapp.db.tenants import User
from dashapp.errors import BadSetting, NotAllowed, NotFound, Refused
from dashapp.people import credentials, passkeys, second_factor, sessions
from dashapp.services import services
from dashapp.ui import people_mails
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
from dashapp.web.look import dressed
from dashapp.web.middleware.csrf import set_csrf_cookie
from dashapp.web.middleware.gate import safe_next

ACCOUNT = "/settings/account"
#: Wrong passwords of somebody who is logged in already, as for log-ins.
CONFIRM_LIMIT = guesses.Limit("confirm", 10, 15 * 60, 50, 12 * 3_600)
#: Changes of address begun by one person in an hour.
EMAILS, WINDOW_S = 10, 3_600
CONFIRM_FIRST = "Prove again who you are, then repeat what you were about to do."

blueprint = Blueprint("account", __name__)
Id = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")]


class _Name(Form):
    name: Line


class _Clock(Form):
    clock: Literal["", "12", "24"]


class _Email(Form):
    email: Line


class _Password(Form):
    password: Secret


class _Confirm(Form):
    proof: Secret
    next: Line = ""


class _Enrol(Form):
    sealed: Secret
    code: Line


class _Row(Form):
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


@blueprint.post("/account/name")
def name() -> Any:
    """A new name."""
    sent = read_form(_Name)
    return _try(lambda session: credentials.rename(session, user_of(session), sent.name), say("Saved."))


@blueprint.post("/account/clock")
def clock() -> Any:
    """Twelve or 24 hours, or as the language writes times."""
    sent = read_form(_Clock)
    return _try(lambda session: setattr(user_of(session), "clock", sent.clock or None), say("Saved."))


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

    return _try(work, say("We sent a link to the new address. Nothing changes before it is opened."))


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

    return _try(work, say("Your password is changed; you are logged out everywhere else."), renew=True)


@blueprint.get("/account/second-factor")
def second_factor_page() -> Any:
    """Set an authenticator app up: the picture to scan, and the code that proves it."""
    if not me().lacks_second_factor and (first := must_confirm("/settings/account")) is not None:
        return first
    return _enrol_page(second_factor.begin(me().email, dressed()["product"]).secret)


@blueprint.post("/account/second-factor")
def enrol() -> Any:
    """Take the code and show the recovery codes, this once. Every other session ends."""
    sent = read_form(_Enrol)
    if not me().lacks_second_factor and (first := must_confirm()) is not None:
        return first
    known, ip = services(), request.remote_addr or ""
    secret = _unsealed(sent.sealed)
    guesses.count_guess(known.engine, CODE_LIMIT, str(me().user_id), ip)
    try:
        with known.session() as session:
            user = user_of(session)
            codes = second_factor.enrol(session, known.settings, user, secret, sent.code)
            accounts.end_sessions(session, user, actor=user.email)
            people_mails.send_factor_changed(session, known.settings, user)
    except Refused as error:
        return _enrol_page(secret, say_error(error), 400)
    guesses.was_right(known.engine, CODE_LIMIT, str(me().user_id), ip)
    _renew()
    return set_csrf_cookie(_codes_page(codes))


@blueprint.post("/account/second-factor/remove")
def remove_app() -> Any:
    """Take the app away."""
    read_form(Form)
    if (first := must_confirm()) is not None:
        return first

    def work(session: Session) -> None:
        user = user_of(session)
        second_factor.remove_app(session, user)
        people_mails.send_factor_changed(session, services().settings, user)

    return _try(work, say("The authenticator app is removed."), renew=True)


@blueprint.post("/account/recovery-codes")
def recovery_codes() -> Any:
    """New recovery codes, shown this once."""
    read_form(Form)
    if (first := must_confirm()) is not None:
        return first
    with services().session() as session:
        user = user_of(session)
        if not second_factor.factors_of(session, user.id).any:
            raise Refused("Set a second factor up first.")
        codes = second_factor.new_recovery_codes(session, user)
    return _codes_page(codes)


@blueprint.get("/account/passkey")
def passkey_page() -> Any:
    """Make a passkey with this device."""
    if not me().lacks_second_factor and (first := must_confirm()) is not None:
        return first
    return form_page(
        FormPage(
            say("Add a passkey"),
            say("Your device asks for your fingerprint, face or PIN, and keeps the passkey."),
            action="/account/passkey",
            button=say("Add the passkey"),
            inputs=(Input("name", say("Name"), hint=say("Such as the device it is on."), maxlength=60),),
            hidden={"options": "/account/passkey/options"},
            links=((say("Back to your account"), ACCOUNT),),
            script="passkeys.js",
        )
    )


@blueprint.post("/account/passkey/options")
def passkey_options() -> Any:
    """What the browser needs to make one."""
    if not me().lacks_second_factor and not current.confirmed_recently():
        raise NotAllowed(CONFIRM_FIRST)
    with services().session() as session:
        return jsonify(
            passkeys.registration_options(
                session, services().settings, user_of(session), product=dressed()["product"]
            )
        )


@blueprint.post("/account/passkey")
def add_passkey() -> Any:
    """Keep what the browser made: {"go": where to}."""
    if not me().lacks_second_factor and not current.confirmed_recently():
        raise NotAllowed(CONFIRM_FIRST)
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not isinstance(sent.get("credential"), dict):
        raise Refused(passkeys.REFUSED)
    if not isinstance(label := sent.get("name"), str):
        raise Refused(passkeys.REFUSED)
    with services().session() as session:
        user = user_of(session)
        passkeys.register(session, services().settings, user, label, sent["credential"])
        accounts.end_sessions(session, user, actor=user.email)
        people_mails.send_factor_changed(session, services().settings, user)
    _renew()
    notice(say("The passkey is added."))
    return set_csrf_cookie(jsonify({"go": ACCOUNT}))


@blueprint.post("/account/passkey/remove")
def remove_passkey() -> Any:
    """Remove one."""
    sent = read_form(_Row)
    if (first := must_confirm()) is not None:
        return first

    def work(session: Session) -> None:
        user = user_of(session)
        passkeys.remove(session, user, int(sent.id))
        people_mails.send_factor_changed(session, services().settings, user)

    return _try(work, say("The passkey is removed."))


@blueprint.post("/account/sessions/end")
def end_session() -> Any:
    """Log out one other device."""
    sent = read_form(_Row)
    return _try(
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


def _try(work: Any, done: str, *, renew: bool = False) -> Any:
    """Do it in one transaction; back on the account page stands what was done, or why not."""
    try:
        with services().session() as session:
            work(session)
    except Refused as error:
        notice(say_error(error), bad=True)
        return back_to(ACCOUNT)
    if renew:
        _renew()
    notice(done)
    response = back_to(ACCOUNT)
    return set_csrf_cookie(response) if renew else response


def _renew() -> None:
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


def _enrol_page(secret: str, error: str = "", status: int = 200) -> Any:
    enrolment = second_factor.begin(me().email, dressed()["product"], secret)
    why = (
        say("Your agency asks its owners and admins for a second factor.") if me().lacks_second_factor else ""
    )
    lead = say(
        "Scan the picture with an authenticator app, or type in the secret. Then enter the code it shows."
    )
    links = ((say("Use a passkey instead"), "/account/passkey"), (say("Back to your account"), ACCOUNT))
    return form_page(
        FormPage(
            say("Set up a second factor"),
            f"{why} {lead}".strip(),
            action="/account/second-factor",
            button=say("Turn on"),
            inputs=(
                Input("code", say("Code"), autocomplete="one-time-code", inputmode="numeric", maxlength=6),
            ),
            hidden={"sealed": _sealed(secret)},
            links=links if not why else links[:1],
            body=Markup('<div class="qr" role="img" aria-label="{}">{}</div><p class="secret">{}</p>').format(
                say("QR code of the secret below"), enrolment.picture, enrolment.typed
            ),
        ),
        error=error,
        status=status,
    )


def _codes_page(codes: list[str]) -> Any:
    items = Markup("").join(Markup("<li>{}</li>").format(code) for code in codes)
    return form_page(
        FormPage(
            say("Your recovery codes"),
            say("Each logs you in once without your app. Keep them safe; they are not shown again."),
            links=((say("I have kept them"), ACCOUNT),),
            body=Markup('<ul class="codes">{}</ul>').format(items),
        )
    )


def _sealed(secret: str) -> str:
    return tokens.seal(services().settings.secret_key, f"enrol:{me().user_id}:{secret}")


def _unsealed(sealed: str) -> str:
    try:
        what, user_id, secret = tokens.unseal(services().settings.secret_key, sealed).split(":")
    except (BadSetting, ValueError) as error:
        raise Refused("Begin again: this page is too old.") from error
    if what != "enrol" or user_id != str(me().user_id):
        raise Refused("Begin again: this page is too old.")
    return secret
