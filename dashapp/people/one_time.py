"""Secrets that work once and end by themselves: in mails, and as challenges of passkeys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.db.base import now
from dashapp.db.people import OneTimeToken
from dashapp.errors import NotFound

Purpose = Literal["signup", "reset", "email", "passkey"]

LIFETIMES: dict[Purpose, timedelta] = {
    "signup": timedelta(hours=72),
    "reset": timedelta(hours=1),
    "email": timedelta(hours=72),
    "passkey": timedelta(minutes=5),
}
#: What a token that was used, has expired, was replaced or never was is answered with: they look alike.
NO_SUCH_LINK = "This link does not work any more. Ask for a new one."


@dataclass(frozen=True)
class OneTime:
    """What a token stands for."""

    user_id: int | None
    email: str
    data: dict[str, Any]
    created_at: datetime


def issue(
    session: Session,
    purpose: Purpose,
    *,
    user_id: int | None = None,
    email: str = "",
    data: dict[str, Any] | None = None,
) -> str:
    """A new token; of the same purpose for the same address or person earlier ones end. The caller commits."""
    at = now()
    if purpose != "passkey":
        session.execute(
            delete(OneTimeToken).where(
                OneTimeToken.purpose == purpose,
                OneTimeToken.user_id == user_id if user_id is not None else OneTimeToken.email == email,
            )
        )
    token = tokens.random_token()
    session.add(
        OneTimeToken(
            purpose=purpose,
            token_hash=tokens.fingerprint(token),
            user_id=user_id,
            email=email,
            data=json.dumps(data or {}),
            created_at=at,
            expires_at=at + LIFETIMES[purpose],
        )
    )
    session.flush()
    return token


def find(session: Session, purpose: Purpose, token: str) -> OneTime:
    """What a token stands for, without using it up. Raises NotFound."""
    row = None
    if tokens.looks_like_token(token):
        row = session.scalars(select(OneTimeToken).where(*_alive(purpose, token))).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_LINK)
    return OneTime(row.user_id, row.email, json.loads(row.data), row.created_at)


def use(session: Session, purpose: Purpose, token: str) -> OneTime:
    """Use a token up: of two who do it at once, one has it and the other NotFound. The caller commits."""
    row = None
    if tokens.looks_like_token(token):
        row = session.execute(
            delete(OneTimeToken)
            .where(*_alive(purpose, token))
            .returning(OneTimeToken.user_id, OneTimeToken.email, OneTimeToken.data, OneTimeToken.created_at)
        ).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_LINK)
    return OneTime(row.user_id, row.email, json.loads(row.data), row.created_at)


def forget_user(session: Session, user_id: int, *purposes: Purpose) -> None:
    """End what is under way for a person."""
    session.execute(
        delete(OneTimeToken).where(OneTimeToken.user_id == user_id, OneTimeToken.purpose.in_(purposes))
    )


def forget(connection: Connection, at: datetime) -> int:
    """Remove what has expired; how many."""
    return connection.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < at)).rowcount


def _alive(purpose: Purpose, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        OneTimeToken.token_hash == tokens.fingerprint(token),
        OneTimeToken.purpose == purpose,
        OneTimeToken.expires_at > now(),
    )
