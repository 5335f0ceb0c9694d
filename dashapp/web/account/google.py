"""Link one's Google account for its contacts, fetch them again, unlink it. 404 without a client id."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, request

from dashapp.access import attempts
from dashapp.access.trail import note_denied
from dashapp.config import GoogleClient, Settings
from dashapp.db.people import GoogleAccount
from dashapp.errors import NotFound, Refused
from dashapp.people import google_contacts
from dashapp.services import services
from dashapp.ui.language.say import say, say_error
from dashapp.web.account import provider_cookie
from dashapp.web.account.confirming import ACCOUNT, me, user_of
from dashapp.web.forms import back_to, notice

PATH = "/account/google"
COOKIE = "google"
#: Beginnings and fetches of one person in an hour.
MOST, WINDOW_S = 20, 3_600

blueprint = Blueprint("google", __name__, url_prefix=PATH)


@blueprint.get("")
def begin() -> Any:
    """To Google."""
    client, settings = _client(), services().settings
    attempts.attempt(services().engine, "google", str(me().user_id), MOST, WINDOW_S)
    url, pending = google_contacts.begin(client, _callback(settings), me().user_id)
    sealed = google_contacts.seal(settings, pending)
    return provider_cookie.go(url, COOKIE, sealed, PATH, google_contacts.PENDING_S)


@blueprint.get("/callback")
def callback() -> Any:
    """Back from Google. The cookie is worth one answer."""
    client, known = _client(), services()
    settings = known.settings
    try:
        pending = google_contacts.unseal(settings, request.cookies.get(COOKIE, ""))
        linked = google_contacts.finish(
            client, _callback(settings), pending, me().user_id, request.args.to_dict()
        )
    except Refused as error:
        note_denied(me().email, "400 google")
        notice(say_error(error))
    else:
        with known.session() as session:
            google_contacts.keep(session, settings, user_of(session), linked)
        notice(say("Your Google account is linked. Its contacts are suggested where you add viewers."))
    return provider_cookie.forget(make_response(back_to(ACCOUNT)), COOKIE, PATH)


@blueprint.post("/fetch")
def fetch() -> Any:
    """The contacts as they are now."""
    client, known = _client(), services()
    attempts.attempt(known.engine, "google", str(me().user_id), MOST, WINDOW_S)
    with known.reading() as session:
        token = google_contacts.token_of(session, known.settings, me().user_id)
    if token is None:
        raise NotFound("There is nothing here.")
    try:
        addresses = google_contacts.fetch_again(client, token)
    except Refused as error:
        notice(say_error(error))
        return back_to(ACCOUNT)
    with known.session() as session:
        row = session.get(GoogleAccount, me().user_id)
        if row is not None:
            google_contacts.keep_addresses(session, known.settings, row, addresses)
    notice(say("Your contacts are up to date."))
    return back_to(ACCOUNT)


@blueprint.post("/unlink")
def unlink() -> Any:
    """Forget the token and the addresses; Google is told."""
    _client()
    known = services()
    with known.session() as session:
        token = google_contacts.forget(session, known.settings, user_of(session))
    if token is not None:
        google_contacts.give_back(token)
    notice(say("Your Google account is unlinked, and its contacts are forgotten."))
    return back_to(ACCOUNT)


def _client() -> GoogleClient:
    found = services().settings.google
    if found is None:
        raise NotFound("There is nothing here.")
    return found


def _callback(settings: Settings) -> str:
    return f"{settings.public_url}{PATH}/callback"
