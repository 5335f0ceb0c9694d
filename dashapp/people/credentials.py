"""Changing what somebody logs in with: a forgotten password, a new password, a new address."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.agencies import accounts
from dashapp.agencies.names import clean_email, clean_name
from dashapp.db.tenants import User
from dashapp.errors import NotFound, Refused
from dashapp.people import one_time


def ask_reset(session: Session, email: str) -> tuple[User | None, str]:
    """Begin a reset: (who has the address, the token). Without an account the token opens nothing.

    Both take the same work, so that nobody learns who has an account.
    """
    user = accounts.user_by_email(session, email)
    if user is not None and not user.active:
        user = None
    token = one_time.issue(
        session, "reset", user_id=None if user is None else user.id, email=email.strip().lower()[:254]
    )
    return user, token


def reset(session: Session, token: str, password: str) -> User:
    """Set the password a link was sent for; every session ends. Raises NotFound, Refused."""
    asked = one_time.use(session, "reset", token)
    user = None if asked.user_id is None else session.get(User, asked.user_id)
    if user is None or not user.active:
        raise NotFound(one_time.NO_SUCH_LINK)
    accounts.set_password(session, user, password, actor=user.email)
    one_time.forget_user(session, user.id, "email")
    return user


def change_password(session: Session, user: User, password: str, keep_session: int | None) -> None:
    """A new password; every other session ends, and links under way with them. Raises Refused."""
    accounts.set_password(session, user, password, actor=user.email, keep_session=keep_session)
    one_time.forget_user(session, user.id, "reset", "email")


def ask_email(session: Session, user: User, email: str) -> tuple[str, str | None]:
    """Begin a change of address: (the new one, the token to mail it; None: another account has it).

    Raises Refused for what is no address, or is theirs already.
    """
    email = clean_email(email)
    if email == user.email:
        raise Refused("This is your address already.")
    if accounts.user_by_email(session, email) is not None:
        return email, None
    audit.record(session, user.email, "email.ask", detail=f"to {email}")
    return email, one_time.issue(session, "email", user_id=user.id, email=email)


def change_email(session: Session, token: str) -> tuple[User, str]:
    """Change the address a link confirms: (the person, their old address). Raises NotFound."""
    asked = one_time.use(session, "email", token)
    user = None if asked.user_id is None else session.get(User, asked.user_id)
    if user is None or not user.active or accounts.user_by_email(session, asked.email) is not None:
        raise NotFound(one_time.NO_SUCH_LINK)
    old, user.email = user.email, asked.email
    try:
        session.flush()
    except IntegrityError:  # the address was taken at this very moment
        raise NotFound(one_time.NO_SUCH_LINK) from None
    one_time.forget_user(session, user.id, "reset")
    audit.record(session, old, "email.set", detail=f"{old} → {user.email}")
    return user, old


def rename(session: Session, user: User, name: str) -> None:
    """A new name. Raises Refused."""
    user.name = clean_name(name, "a person")
    session.flush()
