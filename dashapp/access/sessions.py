"""Browser sessions as rows on the server: the cookie is a random token, the row holds its sha256.

Nothing is written for a visitor who has not logged in: what they need (a CSRF secret) travels in a signed
cookie that can carry nothing else. Logging in makes a row and a new token; deleting the row logs out,
everywhere, at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import ColumnElement, and_, delete, select, update

from dashapp.access import tokens
from dashapp.db.base import now
from dashapp.db.security import LoginSession
from dashapp.services import Services

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
#: `seen_at` is written at most this often, so that a page view is not a write.
SEEN_EVERY = timedelta(minutes=5)
#: How long the form of a visitor who has not logged in stays valid.
VISITOR = timedelta(hours=4)
#: All a visitor's cookie may carry.
VISITOR_KEYS = frozenset({"csrf_token"})
#: Flask-Login's key.
USER = "_user_id"


def cookie_name(https: bool) -> str:
    """`__Host-` binds the cookie to this host, path / and TLS; without TLS browsers refuse such a name."""
    return "__Host-vitrine" if https else "vitrine"


def open_sessions() -> ColumnElement[bool]:
    """The rows that still log somebody in."""
    at = now()
    return and_(
        LoginSession.user_id.is_not(None),
        LoginSession.seen_at >= at - IDLE,
        LoginSession.created_at >= at - ABSOLUTE,
    )


class ServerSession(SessionMixin, MutableMapping[str, Any]):
    """A session that is read from the database when it is first looked into, not before.

    Files, webhooks and portal pages never look, so they cost no query. `row_id` is the row's id, None for
    visitors.
    """

    def __init__(self, load: Any) -> None:
        self._load = load
        self._values: dict[str, Any] | None = None
        self.row_id: int | None = None
        self.modified = False
        self.accessed = False
        self.rotated = False

    @property
    def values_now(self) -> dict[str, Any]:
        """The values, loaded."""
        self.accessed = True
        if self._values is None:
            self.row_id, self._values = self._load()
        return self._values

    @property
    def loaded(self) -> bool:
        """Whether anything has looked into it."""
        return self._values is not None

    def rotate(self) -> None:
        """Start afresh under a new token: nothing from before the log-in is kept."""
        self.clear()
        self.rotated = True

    def __getitem__(self, key: str) -> Any:
        return self.values_now[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.values_now[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self.values_now[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_now)

    def __len__(self) -> int:
        return len(self.values_now)


class DatabaseSessions(SessionInterface):
    """Flask's door to `login_session`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._secret = services.settings.secret_key
        self._https = services.settings.https
        self.cookie = cookie_name(self._https)

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The request's session, not yet read."""
        cookie = request.cookies.get(self.cookie, "")
        return ServerSession(lambda: self._read(cookie))

    def _read(self, cookie: str) -> tuple[int | None, dict[str, Any]]:
        if cookie.startswith("v."):
            return None, self._visitor(cookie)
        if not tokens.looks_like_token(cookie):
            return None, {}
        at = now()
        with self._services.reading() as session:
            row = session.scalars(
                select(LoginSession).where(LoginSession.token_hash == tokens.fingerprint(cookie))
            ).one_or_none()
        if row is None or row.user_id is None or at - row.seen_at > IDLE or at - row.created_at > ABSOLUTE:
            return None, {}
        if at - row.seen_at > SEEN_EVERY:
            with self._services.session() as session:
                session.execute(update(LoginSession).where(LoginSession.id == row.id).values(seen_at=at))
        # The user is the row's, whatever the payload says: ending a person's sessions goes by that column.
        return row.id, {**json.loads(row.payload), USER: str(row.user_id)}

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed: a new row at log-in, none for visitors, no row after log-out."""
        assert isinstance(session, ServerSession)
        if not session.loaded or not session.modified:
            return
        values = session.values_now
        old = session.row_id
        response.vary.add("Cookie")
        if USER not in values:
            if old is not None:
                self._delete(old)
            visitor = {key: value for key, value in values.items() if key in VISITOR_KEYS}
            if visitor:
                self._set_cookie(response, self._signed(visitor), VISITOR)
            else:
                response.delete_cookie(
                    self.cookie, path="/", secure=self._https, httponly=True, samesite="Lax"
                )
        elif old is not None and not session.rotated:
            self._update(old, values)
        else:
            self._set_cookie(response, self._insert(values, replaces=old), ABSOLUTE)

    def _insert(self, values: dict[str, Any], replaces: int | None) -> str:
        token = tokens.random_token()
        with self._services.session() as session:
            if replaces is not None:
                session.execute(delete(LoginSession).where(LoginSession.id == replaces))
            session.add(
                LoginSession(
                    token_hash=tokens.fingerprint(token),
                    user_id=int(values[USER]),
                    payload=_json(values),
                    user_agent=request.user_agent.string[:200],
                    ip=(request.remote_addr or "")[:45],
                )
            )
        return token

    def _update(self, row_id: int, values: dict[str, Any]) -> None:
        with self._services.session() as session:
            session.execute(
                update(LoginSession).where(LoginSession.id == row_id).values(payload=_json(values))
            )

    def _delete(self, row_id: int) -> None:
        with self._services.session() as session:
            session.execute(delete(LoginSession).where(LoginSession.id == row_id))

    def _set_cookie(self, response: Response, value: str, age: timedelta) -> None:
        response.set_cookie(
            self.cookie,
            value,
            max_age=int(age.total_seconds()),
            path="/",
            secure=self._https,
            httponly=True,
            samesite="Lax",
        )

    def _signed(self, values: dict[str, Any]) -> str:
        body = json.dumps([int(now().timestamp()), values["csrf_token"]], separators=(",", ":"))
        packed = body.encode().hex()
        return f"v.{packed}.{tokens.sign(self._secret, 'visitor', packed)}"

    def _visitor(self, cookie: str) -> dict[str, Any]:
        """The values of a visitor's cookie; {} when it is not ours, or old."""
        packed, _, signature = cookie[2:].partition(".")
        if len(cookie) > 1000 or not tokens.signed(self._secret, "visitor", packed, signature):
            return {}
        made, csrf = json.loads(bytes.fromhex(packed))
        age = now() - datetime.fromtimestamp(made, tz=now().tzinfo)
        return {"csrf_token": csrf} if age < VISITOR else {}


def _json(values: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in values.items() if key != USER}, separators=(",", ":"))
