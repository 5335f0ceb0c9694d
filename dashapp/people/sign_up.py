"""New accounts: the first owner of an empty installation, and sign-up with a confirmed address.

Nobody is in the table of users before their address is confirmed; until then all there is is a link that expires.
"""

from __future__ import annotations

import hmac

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashapp.access import audit, passwords, tokens
from dashapp.agencies import accounts, managing
from dashapp.agencies.names import clean_email, clean_name
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.people import OneTimeToken
from dashapp.db.tenants import AgencyMember, User
from dashapp.errors import NotFound
from dashapp.people import one_time


def ask(session: Session, email: str, name: str, password: str) -> tuple[str, str | None]:
    """Begin a sign-up: (the address, the token to mail it; None: it has an account, which gets told so).

    Both take the same work. Raises Refused on a bad name, address or password.
    """
    email, name = clean_email(email), clean_name(name, "a person")
    local, _, domain = email.partition("@")
    passwords.check(password, (local, domain.rpartition(".")[0], name))
    data = {"name": name, "password_hash": passwords.hash_password(password)}
    if accounts.user_by_email(session, email) is not None:
        return email, None
    return email, one_time.issue(session, "signup", email=email, data=data)


def confirm(session: Session, token: str) -> User:
    """Make the account whose address a link confirms, with a workspace of its own. Raises NotFound."""
    asked = one_time.use(session, "signup", token)
    if accounts.user_by_email(session, asked.email) is not None:
        raise NotFound(one_time.NO_SUCH_LINK)  # invited meanwhile, say: their password counts
    user = User(
        email=asked.email,
        name=asked.data["name"],
        password_hash=asked.data["password_hash"],
        created_at=now(),
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError:  # the address was taken at this very moment
        raise NotFound(one_time.NO_SUCH_LINK) from None
    audit.record(session, user.email, "user.create", detail="signed up")
    create_own_workspace(session, user)
    return user


def create_own_workspace(session: Session, user: User) -> None:
    """A workspace that is theirs and that no agency manages."""
    managing.open_account(session, user, user.name or user.email)


def setup_token(settings: Settings) -> str:
    """The secret in the address of the set-up page: the same in every process of an installation."""
    return tokens.derive(settings.secret_key, "setup", 0, "first owner")


def setup_address(session: Session, settings: Settings) -> str | None:
    """Where the first owner is made; None once there is one."""
    if has_owner(session):
        return None
    return f"{settings.public_url}/setup/{setup_token(settings)}"


def has_owner(session: Session) -> bool:
    """Whether any agency has an owner."""
    return (
        session.scalar(select(AgencyMember.user_id).where(AgencyMember.role == "owner").limit(1)) is not None
    )


def check_setup(session: Session, settings: Settings, token: str) -> None:
    """Raises NotFound for a wrong token, and for the right one once there is an owner."""
    right = hmac.compare_digest(token.encode("utf-8", "replace"), setup_token(settings).encode())
    if not right or has_owner(session):
        raise NotFound("There is nothing here.")


def set_up(
    session: Session, settings: Settings, token: str, agency: str, name: str, email: str, password: str
) -> User:
    """Make the first agency and its owner. Of two who do it at once, the second has NotFound."""
    check_setup(session, settings, token)
    marker = OneTimeToken(
        purpose="setup",
        token_hash="first owner",  # noqa: S106 - no secret: a row of which there can be one
        email="",
        expires_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(marker)
            session.flush()
    except IntegrityError:
        raise NotFound("There is nothing here.") from None
    if has_owner(session):  # on PostgreSQL the other one may have finished while this one waited for the row
        raise NotFound("There is nothing here.")
    _, owner = accounts.create_agency(session, agency, email, password, actor="setup")
    owner.name = clean_name(name, "a person")
    session.delete(marker)
    session.flush()
    return owner
