"""Invitations: a link in a mail that one address can answer once, within 72 hours.

There is one mechanism for all that people are asked to accept: letting an agency manage an account, and joining an
agency or a workspace with a role. What the answer does is told in `managing.py` and `people.py`.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.tenants import Invitation
from dashapp.errors import NotFound

LASTS = timedelta(hours=72)
KIND = "invitation"
#: Unknown, used, ended, too old, another's: whoever asks is told the same.
NO_INVITATION = (
    "There is no such invitation. It may have been used, cancelled or replaced; ask for a new one."
)


def make(
    session: Session,
    settings: Settings,
    kind: str,
    email: str,
    *,
    actor: str,
    agency_id: int | None = None,
    workspace_id: int | None = None,
    link_id: int | None = None,
    role: str = "",
) -> Invitation:
    """A new open invitation. Flushes, does not commit."""
    made = Invitation(
        kind=kind,
        email=email,
        nonce=tokens.new_nonce(),
        # Derived from the id, which the database gives: until then a fingerprint nobody has the token of.
        token_hash=tokens.fingerprint(tokens.random_token()),
        agency_id=agency_id,
        workspace_id=workspace_id,
        link_id=link_id,
        role=role,
        invited_by=actor,
        expires_at=now() + LASTS,
    )
    session.add(made)
    session.flush()
    made.token_hash = tokens.fingerprint(_token(settings, made))
    session.flush()
    return made


def address(settings: Settings, invitation: Invitation) -> str:
    """Where it is answered; from VITRINE_PUBLIC_URL, never from a request's Host."""
    return f"{settings.public_url}/invitations/{_token(settings, invitation)}"


def find(session: Session, token: object) -> Invitation:
    """The open invitation of a token. Raises NotFound for every other token alike."""
    if not tokens.looks_like_token(token):
        raise NotFound(NO_INVITATION)
    assert isinstance(token, str)
    found = session.scalars(
        select(Invitation).where(
            Invitation.token_hash == tokens.fingerprint(token),
            Invitation.state == "open",
            Invitation.expires_at > now(),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(NO_INVITATION)
    return found


def answer(session: Session, invitation: Invitation, email: str, state: str) -> None:
    """Use it up, as `used` or `declined`, for the person of this address: of two at once one does.

    Raises NotFound for another address, and when it was answered or ended meanwhile.
    """
    if invitation.email != email:
        raise NotFound(NO_INVITATION)
    done = session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.state == "open", Invitation.expires_at > now())
        .values(state=state, answered_at=now())
        .execution_options(synchronize_session=False)
    )
    if getattr(done, "rowcount", 0) != 1:
        raise NotFound(NO_INVITATION)
    session.refresh(invitation)


def end_open(session: Session, *where: object) -> None:
    """End the open invitations of a condition: they open nothing any more."""
    session.execute(
        update(Invitation)
        .where(Invitation.state == "open", *where)  # type: ignore[arg-type]
        .values(state="ended", answered_at=now())
        .execution_options(synchronize_session="fetch")
    )


def is_open(invitation: Invitation) -> bool:
    """Whether it can still be answered."""
    return invitation.state == "open" and invitation.expires_at > now()


def _token(settings: Settings, invitation: Invitation) -> str:
    return tokens.derive(settings.secret_key, KIND, invitation.id, invitation.nonce)
