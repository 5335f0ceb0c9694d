"""Logging in and out: forms that work without JavaScript, in every language.

An unknown address, a disabled account and a wrong password give the same answer in the same time.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
)

from dashapp.access import attempts, audit, current, devices, guesses, passwords
from dashapp.access.networks import network_of
from dashapp.access.trail import note_denied
from dashapp.access.viewer import Anonymous, Member, load_member
from dashapp.agencies.accounts import speak, user_by_email
from dashapp.agencies.look import Look, look_at
from dashapp.errors import NotFound, Refused, TooMany
from dashapp.languages import LANGUAGES, NAMES
from dashapp.services import services
from dashapp.ui.language.say import COOKIE, language, say
from dashapp.web.account.finish import after_first_factor
from dashapp.web.look import dressed, login_address, remember, wear
from dashapp.web.middleware.csrf import CSRF_COOKIE, renew_csrf_cookie, set_csrf_cookie
from dashapp.web.middleware.gate import Gate, safe_next
from dashapp.web.middleware.headers import page_csp

WINDOW_S = 15 * 60
#: Wrong log-ins for one account: in a quarter of an hour from one network, in twelve hours from all of them.
ACCOUNT_LIMIT = guesses.Limit("login", 10, WINDOW_S, 50, 12 * 3_600)
#: Wrong log-ins for all accounts from one network, in a quarter of an hour.
ADDRESS_TRIES = 100
#: How long a browser remembers its language.
KEPT_S = 400 * 24 * 3600

__all__ = ["blueprint", "renew_csrf_cookie", "set_csrf_cookie"]

blueprint = Blueprint("login", __name__, template_folder="templates")


@blueprint.get("/login")
def form() -> Any:
    """The form; who is logged in already goes on."""
    target = safe_next(_gate(), request.args.get("next"))
    if not isinstance(current.viewer(), Anonymous):
        return redirect(target)
    return _page(target)


@blueprint.get("/a/<slug>/login")
def agency_form(slug: str) -> Any:
    """The same under an agency's name and colour, kept by the browser for what comes after. 404 for no agency."""
    found = _agency(slug)
    answer = form()
    return remember(make_response(answer), found, secure=services().settings.https)


def _agency(slug: str) -> Look:
    with services().reading() as database:
        found = look_at(database, slug)
    if found is None:
        raise NotFound("There is nothing here.")
    wear(found)
    return found


@blueprint.post("/login")
def submit() -> Any:
    """Check the password: 302 when right, 401 when not, 429 past the limit, 400 for a form that is none."""
    email, password = _one("email").strip().lower()[:254], _one("password")
    target = safe_next(_gate(), request.form.get("next"))
    running = services()
    ip = request.remote_addr or ""
    device = devices.known(running.settings.secret_key, request.cookies.get(devices.COOKIE), email)
    try:
        guesses.count_guess(running.engine, ACCOUNT_LIMIT, email, ip, device=device)
        if device is None:
            attempts.attempt(running.engine, "login-ip", network_of(ip), ADDRESS_TRIES, WINDOW_S)
    except TooMany as error:
        note_denied(email or "?", "429 log-in")
        return _page(target, email, error)
    with running.reading() as database:
        user = user_by_email(database, email)
    right = passwords.verify(None if user is None or not user.active else user.password_hash, password)
    member = None
    if right and user is not None:
        with running.reading() as database:
            member = load_member(database, user.id)
    if member is None:
        with running.session() as database:
            detail = request.user_agent.string[:200]
            audit.record(database, email or "?", "login.refused", detail=detail, ip=ip)
        return _page(target, email, wrong=True)
    guesses.was_right(running.engine, ACCOUNT_LIMIT, email, ip, device=device)
    if device is None:
        attempts.take_back(running.engine, "login-ip", network_of(ip), WINDOW_S)  # the others were wrong ones
    return after_first_factor(member.user_id, target, "password")


@blueprint.post("/language")
def choose() -> Any:
    """Speak the chosen language with this person from now on, and go back to where they were."""
    asking = current.viewer()
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise Refused("Choose one of the languages the desk speaks.")
    if isinstance(asking, Member):
        with services().session() as database:
            speak(database, asking.user_id, chosen)
    return _remember(redirect(safe_next(_gate(), request.form.get("next")), 303), chosen)


def _remember(response: Any, lang: str) -> Any:
    """The browser keeps the language too: the log-in and error pages come before the person is known."""
    response.set_cookie(
        COOKIE,
        lang,
        max_age=KEPT_S,
        path="/",
        secure=services().settings.https,
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.post("/logout")
def logout() -> Any:
    """End the session; the gate has checked the CSRF token."""
    actor, target = current.viewer().actor, login_address()
    current.log_out()
    with services().session() as database:
        audit.record(database, actor, "logout", ip=request.remote_addr or "")
    response = redirect(target, 303)
    response.delete_cookie(CSRF_COOKIE, path="/")
    return response


def _page(target: str, email: str = "", limit: TooMany | None = None, *, wrong: bool = False) -> Response:
    g.nonce = secrets.token_urlsafe(16)
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        g.language = asked
    error = None
    if limit is not None:
        error = say(
            "Too many attempts. Wait {minutes} min and try again.", minutes=-(-limit.retry_after // 60)
        )
    elif wrong:
        error = say("The e-mail address or password is incorrect.")
    body = render_template(
        "login.html",
        say=say,
        language=language(),
        names=NAMES,
        target=target,
        email=email,
        error=error,
        nonce=g.nonce,
        here=request.path if request.path.startswith("/a/") else "/login",
        **dressed(),
        signup=services().settings.signup == "open",
        oidc=services().settings.oidc,
    )
    response = make_response(body, 429 if limit else 401 if wrong else 200)
    response.headers["Content-Security-Policy"] = page_csp(g.nonce)
    response.vary.update(["Accept-Language", "Cookie"])
    if asked in LANGUAGES:
        _remember(response, asked)
    if limit is not None:
        response.headers["Retry-After"] = str(limit.retry_after)
    return response


def _one(name: str) -> str:
    """A field that was sent exactly once, as text: an array where one address was expected is refused.

    So is a NUL, which no one can type and PostgreSQL takes in no text.
    """
    values = request.form.getlist(name)
    if len(values) != 1 or request.form.getlist(f"{name}[]") or "\0" in values[0]:
        raise Refused("The form needs an e-mail address and a password, once each.")
    return values[0]


def _gate() -> Gate:
    gate = current_app.extensions["vitrine_gate"]
    assert isinstance(gate, Gate)
    return gate
