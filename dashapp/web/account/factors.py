"""What the forms of the account page do with second factors: the authenticator app, recovery codes, passkeys."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access import current, guesses, tokens
from dashapp.agencies import accounts
from dashapp.errors import BadSetting, NotAllowed, Refused
from dashapp.people import passkeys, second_factor
from dashapp.services import services
from dashapp.ui import people_mails
from dashapp.ui.language.say import say, say_error
from dashapp.web.account.confirming import (
    ACCOUNT,
    CONFIRM_FIRST,
    Row,
    attempt,
    blueprint,
    me,
    must_confirm,
    new_session,
    user_of,
)
from dashapp.web.account.second_step import CODE_LIMIT
from dashapp.web.forms import Form, FormPage, Input, Line, Secret, form_page, notice, read_form
from dashapp.web.look import dressed
from dashapp.web.middleware.csrf import set_csrf_cookie


class _Enrol(Form):
    sealed: Secret
    code: Line


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
    new_session()
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

    return attempt(work, say("The authenticator app is removed."), renew=True)


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
    new_session()
    notice(say("The passkey is added."))
    return set_csrf_cookie(jsonify({"go": ACCOUNT}))


@blueprint.post("/account/passkey/remove")
def remove_passkey() -> Any:
    """Remove one."""
    sent = read_form(Row)
    if (first := must_confirm()) is not None:
        return first

    def work(session: Session) -> None:
        user = user_of(session)
        passkeys.remove(session, user, int(sent.id))
        people_mails.send_factor_changed(session, services().settings, user)

    return attempt(work, say("The passkey is removed."))


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
