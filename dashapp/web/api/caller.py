"""Who calls: the key in `Authorization: Bearer …`, read anew at each request, and its limits."""

from __future__ import annotations

from flask import request

from dashapp.access import attempts
from dashapp.access.trail import note_denied
from dashapp.access.viewer import Service
from dashapp.db.base import now
from dashapp.errors import VitrineError
from dashapp.people import api_keys
from dashapp.services import services
from dashapp.web.tries import count_try

#: Calls of one key in a minute.
CALLS, MINUTE_S = 600, 60
#: Calls with a wrong key from one network in a quarter of an hour.
WRONG, WRONG_S = 100, 15 * 60


class NoKey(VitrineError):
    """No key, or none that works: unknown, ended and expired look alike."""

    status = 401


def caller() -> Service:
    """The key's viewer. Raises NoKey (401) and TooMany (429)."""
    known = services()
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    key = None
    if scheme.lower() == "bearer" and presented:
        with known.reading() as session:
            key = api_keys.key_of(session, presented.strip())
    if key is None:
        count_try("api-wrong", WRONG, WRONG_S)
        note_denied("?", "401 API")
        raise NoKey("Send a working key in the header Authorization, as Bearer vtr_…")
    attempts.attempt(known.engine, "api", str(key.id), CALLS, MINUTE_S)
    if key.last_used_at is None or now() - key.last_used_at > api_keys.SEEN_EVERY:
        with known.session() as session:
            api_keys.is_used(session, key)
    return api_keys.service_of(key)


def ip() -> str:
    """Where the call comes from, for the audit trail."""
    return request.remote_addr or ""
