"""Log-ins beside the password: the second factor, a passkey, an identity provider."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from markupsafe import Markup

from dashapp.access import audit, guesses
from dashapp.access.trail import note_denied
from dashapp.config import Settings
from dashapp.errors import NotFound, Refused, TooMany
from dashapp.people import oidc, passkeys, second_factor
from dashapp.services import services
from dashapp.ui.language.say import say, say_error
from dashapp.web.account import provider_cookie
from dashapp.web.account.finish import after_first_factor, ask_second, log_in, open_ticket
from dashapp.web.forms import Form, FormPage, Line, Secret, form_page, read_form, the_gate
from dashapp.web.middleware.gate import safe_next
from dashapp.web.tries import count_try

#: Wrong codes for one account: from one network in a quarter of an hour, from all of them in twelve hours.
CODE_LIMIT = guesses.Limit("second-factor", 5, 15 * 60, 30, 12 * 3_600)
#: Passkey and provider log-ins begun from one network in a quarter of an hour.
BEGUN, WINDOW_S = 60, 15 * 60
#: The cookie a log-in at the provider is under way in.
OIDC_COOKIE = "oidc"
OIDC_PATH = "/login/oidc"

blueprint = Blueprint("second_step", __name__, url_prefix="/login")


class _Code(Form):
    ticket: Secret
    code: Line


@blueprint.post("/second-factor")
def second() -> Any:
    """Take the code: 303 when right, 401 when not, 429 past the limit."""
    form = read_form(_Code)
    known, ip = services(), request.remote_addr or ""
    with known.reading() as session:
        user, target = open_ticket(session, form.ticket)
    try:
        guesses.count_guess(known.engine, CODE_LIMIT, str(user.id), ip)
    except TooMany as error:
        note_denied(user.email, "429 second factor")
        minutes = -(-error.retry_after // 60)
        said = say("Too many attempts. Wait {minutes} min and try again.", minutes=minutes)
        response = ask_second(form.ticket, said, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    with known.session() as session:
        taken = second_factor.take_code(session, known.settings, user.id, form.code)
        if taken is None:
            audit.record(session, user.email, "login.refused", detail="second factor", ip=ip)
        elif taken == "recovery":
            audit.record(session, user.email, "factor.recovery", detail="a recovery code was used", ip=ip)
    if taken is None:
        return ask_second(form.ticket, say("This code is incorrect."), 401)
    guesses.was_right(known.engine, CODE_LIMIT, str(user.id), ip)
    return log_in(user.id, target, f"password and {taken}")


@blueprint.get("/passkey")
def passkey_page() -> Any:
    """The page that asks the browser for a passkey."""
    target = safe_next(the_gate(), request.args.get("next"))
    return form_page(
        FormPage(
            heading=say("Log in with a passkey"),
            lead=say("Your device asks for your fingerprint, face or PIN."),
            action="/login/passkey",
            button=say("Use a passkey"),
            hidden={"next": target, "options": "/login/passkey/options"},
            links=((say("Log in with a password"), "/login"),),
            body=Markup("<noscript><p class='wrong'>{}</p></noscript>").format(
                say("Passkeys need JavaScript.")
            ),
            script="passkeys.js",
        )
    )


@blueprint.post("/passkey/options")
def passkey_options() -> Any:
    """A challenge for any passkey of ours."""
    count_try("login-begun", BEGUN, WINDOW_S)
    with services().session() as session:
        return jsonify(passkeys.authentication_options(session, services().settings))


@blueprint.post("/passkey")
def passkey() -> Any:
    """Take the browser's answer: {"go": where to}, or 401. A passkey checks its user: it is both factors."""
    count_try("login-begun", BEGUN, WINDOW_S)
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not isinstance(sent.get("credential"), dict):
        raise Refused(passkeys.REFUSED)
    target = sent.get("next")
    known = services()
    try:
        with known.session() as session:
            user = passkeys.authenticate(session, known.settings, sent["credential"])
    except Refused as error:
        note_denied("?", "401 passkey")
        response = jsonify({"error": say_error(error)})
        response.status_code = 401
        return response
    response = log_in(user.id, target if isinstance(target, str) else "/", "passkey")
    answer = jsonify({"go": response.location})
    for cookie in response.headers.getlist("Set-Cookie"):
        answer.headers.add("Set-Cookie", cookie)
    return answer


@blueprint.get("/oidc")
def oidc_begin() -> Any:
    """Go to the identity provider. 404 when there is none."""
    provider = _provider()
    count_try("login-begun", BEGUN, WINDOW_S)
    target = safe_next(the_gate(), request.args.get("next"))
    settings = services().settings
    url, pending = provider.begin(_callback(settings), target)
    sealed = oidc.seal(settings, pending)
    return provider_cookie.go(url, OIDC_COOKIE, sealed, OIDC_PATH, oidc.PENDING_S)


@blueprint.get("/oidc/callback")
def oidc_callback() -> Any:
    """Back from the provider: log in, or say that it did not work. The cookie is worth one answer."""
    provider = _provider()
    settings = services().settings
    count_try("login-begun", BEGUN, WINDOW_S)
    try:
        pending = oidc.unseal(settings, request.cookies.get(OIDC_COOKIE, ""))
        identity = provider.finish(_callback(settings), pending, request.args.to_dict())
    except Refused:
        note_denied("?", "400 oidc")
        raise
    with services().session() as session:
        user_id = oidc.person_of(session, settings, identity).id
    response = after_first_factor(user_id, pending.target, "oidc")
    return provider_cookie.forget(response, OIDC_COOKIE, OIDC_PATH)


def _callback(settings: Settings) -> str:
    return f"{settings.public_url}{OIDC_PATH}/callback"


_PROVIDERS: dict[Any, oidc.Provider] = {}


def _provider() -> oidc.Provider:
    settings = services().settings.oidc
    if settings is None:
        raise NotFound("There is nothing here.")
    return _PROVIDERS.setdefault(settings, oidc.Provider(settings))
