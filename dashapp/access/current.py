"""The viewer of the current request: Flask-Login over server-side sessions, roles as they are now.

There is no remember-me cookie: `LoginManager.init_app` is not called because its after-request hook would
read the session on every file and webhook.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from dashapp.access.sessions import DatabaseSessions, ServerSession
from dashapp.access.viewer import Anonymous, Member, Viewer, load_member
from dashapp.db.base import now
from dashapp.services import Services


class SignedIn(UserMixin):  # type: ignore[misc, unused-ignore]
    """Flask-Login's user: the member behind the session."""

    def __init__(self, member: Member) -> None:
        self.member = member

    def get_id(self) -> str:
        """The user's id, as the session keeps it."""
        return str(self.member.user_id)


def install(app: Flask, services: Services) -> None:
    """Set up sessions and log-in on `app`."""
    app.session_interface = DatabaseSessions(services)
    manager = LoginManager()
    manager.session_protection = None  # the token is the session; an address may change under way

    @manager.user_loader
    def _load(user_id: str) -> SignedIn | None:
        with services.reading() as database:
            member = load_member(database, int(user_id))
        return None if member is None else SignedIn(member)

    app.login_manager = manager  # type: ignore[attr-defined]


def viewer() -> Viewer:
    """Who is asking in this request; loaded once, from the database."""
    member = getattr(current_user, "member", None)
    return member if isinstance(member, Member) else Anonymous()


def known_actor() -> str | None:
    """Who has logged in, as the audit trail names them, as far as this request has looked so far; None: nobody.

    It asks no database, so an error's response can tell it whatever is wrong.
    """
    member = getattr(g.get("_login_user"), "member", None)
    return member.actor if isinstance(member, Member) else None


def log_in(member: Member) -> None:
    """Begin a session for `member` under a new token; nothing from before is kept."""
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, ServerSession)
    found.rotate()
    login_user(SignedIn(member))
    confirm()


#: How long after proving who they are somebody may change what they log in with.
CONFIRMED_FOR = timedelta(minutes=10)
_CONFIRMED = "confirmed_at"


def confirm() -> None:
    """The person has just proved who they are: sensitive acts are open for a while."""
    session[_CONFIRMED] = int(now().timestamp())


def confirmed_recently() -> bool:
    """Whether they proved it within CONFIRMED_FOR; a clock that was set back does not lengthen it."""
    age = now().timestamp() - int(session.get(_CONFIRMED, 0))
    return -60 < age <= CONFIRMED_FOR.total_seconds()


def session_id() -> int | None:
    """The row of this browser's session; None for a visitor."""
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, ServerSession)
    _ = found.values_now
    return found.row_id


def log_out() -> None:
    """End this session: its row is deleted with the response."""
    logout_user()
    session.clear()
