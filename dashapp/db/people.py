"""What people have beside a password: links sent by mail, second factors, log-ins elsewhere, keys of the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.tenants  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now


class OneTimeToken(Base):
    """A secret that works once and ends by itself; the row goes when it is used.

    `data`: what it needs to know again, as JSON. A sign-up has no user yet: it is made when the link is opened.
    """

    __tablename__ = "one_time_token"
    __table_args__ = (UniqueConstraint("token_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    data: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class TotpSecret(Base):
    """An authenticator app. `last_step`: the 30-second step of the last code taken; earlier ones are refused."""

    __tablename__ = "totp_secret"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret_sealed: Mapped[str] = mapped_column(String(1000))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class RecoveryCode(Base):
    """A code for a lost second factor; the row goes when it is used."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))


class Passkey(Base):
    """A WebAuthn credential: its public key, and the signature counter it last gave."""

    __tablename__ = "passkey"
    __table_args__ = (UniqueConstraint("credential_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), comment="base64url")
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OidcIdentity(Base):
    """Who an identity provider says somebody is. The key is its issuer and subject, never an e-mail address."""

    __tablename__ = "oidc_identity"
    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AgencySecurity(Base):
    """What an agency asks of its people; without a row nothing beyond a password."""

    __tablename__ = "agency_security"
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    second_factor_required: Mapped[bool] = mapped_column(default=False)


class ApiKey(Base):
    """A program's key to one agency or one workspace (exactly one is set); the key itself is not stored.

    `link_id`: an agency's people made it for a workspace, so it ends with the link they came by.
    """

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("token_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("agency_link.id"))
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64))
    hint: Mapped[str] = mapped_column(String(8), comment="its last characters, to tell keys apart")
    writes: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GoogleAccount(Base):
    """The token that reads a person's contacts, and the addresses it read last: both encrypted."""

    __tablename__ = "google_account"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    refresh_sealed: Mapped[str] = mapped_column(Text)
    contacts_sealed: Mapped[str] = mapped_column(Text)
    contacts: Mapped[int] = mapped_column(default=0)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
