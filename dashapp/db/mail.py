"""The outbox: mails to be sent, each to one person, and what people were told of that went wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.tenants  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now
from data.lake.tables import BigId

#: States of a mail. `failed`: refused for good, or given up; `stopped`: it was not to go any more when its turn
#: came. Either stays visible, with the reason.
QUEUED, SENT, FAILED, STOPPED = "queued", "sent", "failed", "stopped"


class MailBundle(Base):
    """What several mails carry beside their text, kept once."""

    __tablename__ = "mail_bundle"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class MailPart(Base):
    """A picture that a mail's page shows as `cid:<name>`, or (not `inline`) a file attached under that name."""

    __tablename__ = "mail_part"
    __table_args__ = (UniqueConstraint("bundle_id", "name"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("mail_bundle.id"))
    name: Mapped[str] = mapped_column(String(150))
    kind: Mapped[str] = mapped_column(String(60), comment="such as image/png")
    inline: Mapped[bool]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Mail(Base):
    """A mail to one person. `agency_id` null: of the installation itself, seen on the command line alone.

    `claim` and `claimed_at`: the sender that has it now. `unsure`: how often the whole text was handed over
    and no answer came, so that it may have arrived; more than once it is not sent again. `unsubscribe`: the address
    that ends such mails at one click (RFC 8058).
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_mail_state_next_try_at", "state", "next_try_at"),
        Index("ix_mail_agency_id_id", "agency_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    workspace_id: Mapped[int | None] = mapped_column(comment="what it is about, if one workspace")
    about: Mapped[list[int]] = mapped_column(
        JSON, default=list, server_default="[]", comment="the workspaces it is about, if several"
    )
    key: Mapped[str] = mapped_column(String(200), comment="what it is about, and to whom: written once")
    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text, comment="the same as a page; null: text alone")
    from_name: Mapped[str | None] = mapped_column(String(200), comment="whose name is on it; null: none")
    reply_to: Mapped[str | None] = mapped_column(String(254), comment="whom an answer goes to")
    told_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="when its event was made, if it has one"
    )
    bundle_id: Mapped[int | None] = mapped_column(ForeignKey("mail_bundle.id"), index=True)
    unsubscribe: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    state: Mapped[str] = mapped_column(String(10), default=QUEUED, comment="queued, sent, failed or stopped")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(Text, default="")
    claim: Mapped[str | None] = mapped_column(String(40))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unsure: Mapped[int] = mapped_column(Integer, default=0)


class Trouble(Base):
    """Something that went wrong, from when it was seen to when it was over, and when people were told of either."""

    __tablename__ = "trouble"
    __table_args__ = (UniqueConstraint("topic", "ref"), Index("ix_trouble_over_at", "over_at"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), comment="null: the installation")
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"))
    topic: Mapped[str] = mapped_column(String(20), comment="late, checks or runs")
    ref: Mapped[str] = mapped_column(String(40), comment="the id of the alarm, the failed check or the run")
    what: Mapped[str] = mapped_column(String(300), comment="the name of the check or the job")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    over_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
