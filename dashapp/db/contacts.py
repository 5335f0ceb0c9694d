"""Contacts, companies, deals and what is kept beside them. What happened to a person stays in the lake."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

import data.lake.erased  # noqa: F401  (its table belongs to the same schema)
from dashapp.db.base import Base, UtcDateTime, now

#: Where a person stands, in the order they usually get there; the last can be set from anywhere.
STATUSES = ("new", "contacted", "replied", "interested", "meeting", "won", "lost", "do_not_contact")
STAGES = ("lead", "qualified", "proposal", "negotiation", "won", "lost")
CONSENT_KINDS = ("marketing", "events")
FIELD_KINDS = ("text", "number", "date", "choice")
CONTACT, DEAL = "contact", "deal"
#: What a workspace can add fields to.
FIELD_SUBJECTS = (CONTACT, DEAL)

_BIG = BigInteger().with_variant(Integer(), "sqlite")


class Company(Base):
    """An organisation contacts work for. `domain` is lower case."""

    __tablename__ = "company"
    __table_args__ = (UniqueConstraint("workspace_id", "name_key"),)
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), comment="folded: case and accents do not count")
    domain: Mapped[str | None] = mapped_column(String(254))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Contact(Base):
    """A person of a workspace. Activity figures are a copy of what the lake says, renewed by the worker.

    `key`: their first lead id, an e-mail address or an id of the source. `version` counts edits by hand.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_workspace_last", "workspace_id", "last_activity_at", "id"),
        Index("ix_contact_workspace_name", "workspace_id", "name_key", "id"),
        Index("ix_contact_workspace_engagement", "workspace_id", "engagement", "id"),
        Index("ix_contact_workspace_status", "workspace_id", "status"),
        Index("ix_contact_workspace_owner", "workspace_id", "owner", "id"),
        Index("ix_contact_workspace_first", "workspace_id", "first_activity_at", "id"),
        Index("ix_contact_workspace_response", "workspace_id", "first_response_s", "id"),
        Index("ix_contact_workspace_sent", "workspace_id", "sent", "id"),
        Index("ix_contact_workspace_opened", "workspace_id", "opened", "id"),
        Index("ix_contact_workspace_created", "workspace_id", "created_at", "id"),
        Index("ix_contact_deleted_at", "deleted_at"),
        Index("ix_contact_company_id", "company_id"),
    )
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    key: Mapped[str] = mapped_column(String(320))
    email: Mapped[str | None] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200), default="")
    name_key: Mapped[str] = mapped_column(
        String(320), default="", comment="folded name, else the key; for sorting"
    )
    phone: Mapped[str] = mapped_column(String(60), default="")
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    owner: Mapped[str | None] = mapped_column(String(254), comment="a user's e-mail")
    status: Mapped[str] = mapped_column(String(20), default="new")
    status_by_hand: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    origin: Mapped[str] = mapped_column(String(10), default="hand", comment="event, file or hand")
    search: Mapped[str] = mapped_column(Text, default="", comment="folded words to be found by")
    lead_created_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="as the source says")
    first_activity_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_activity_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_response_s: Mapped[int | None] = mapped_column(Integer)
    sent: Mapped[int] = mapped_column(default=0)
    opened: Mapped[int] = mapped_column(default=0)
    clicked: Mapped[int] = mapped_column(default=0)
    replied: Mapped[int] = mapped_column(default=0)
    engagement: Mapped[int] = mapped_column(default=0, comment="e-mails clicked plus e-mails answered")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into: Mapped[int | None] = mapped_column(_BIG)
    company: Mapped[Company | None] = relationship()


class ContactKey(Base):
    """The lead ids a contact is known by: one to begin with, more after a merge."""

    __tablename__ = "contact_key"
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(320), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)


class ContactCampaign(Base):
    """Which campaigns wrote to a contact, or will."""

    __tablename__ = "contact_campaign"
    __table_args__ = (Index("ix_contact_campaign_campaign", "workspace_id", "campaign"),)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(500), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))


class ContactTouch(Base):
    """What the first response is measured by: mail coming in, and what a colleague did themselves."""

    __tablename__ = "contact_touch"
    __table_args__ = (Index("ix_contact_touch_key", "workspace_id", "key"),)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(300), primary_key=True)
    key: Mapped[str] = mapped_column(String(320))
    incoming: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContactSegment(Base):
    """The parts of segments whose people are contacts already."""

    __tablename__ = "contact_segment"
    segment_id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=False)
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class ContactChange(Base):
    """One changed value of a contact. `batch` ties the changes of one action together, for undo."""

    __tablename__ = "contact_change"
    __table_args__ = (
        Index("ix_contact_change_contact_id", "contact_id", "id"),
        Index("ix_contact_change_batch", "batch"),
    )
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor: Mapped[str] = mapped_column(String(254))
    field: Mapped[str] = mapped_column(String(80))
    old: Mapped[Any] = mapped_column(JSON)
    new: Mapped[Any] = mapped_column(JSON)
    batch: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=0, comment="the contact's, after the change")
    undone: Mapped[bool] = mapped_column(default=False)


class ContactNote(Base):
    """A note about a contact or a company."""

    __tablename__ = "contact_note"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ContactConsent(Base):
    """A consent given or withdrawn; the latest of a kind counts. `ref`: the event it came from, if one."""

    __tablename__ = "contact_consent"
    __table_args__ = (UniqueConstraint("contact_id", "kind", "ref"),)
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[str] = mapped_column(String(20))
    given: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor: Mapped[str] = mapped_column(String(254))
    ref: Mapped[str] = mapped_column(String(300))


class ContactMerge(Base):
    """Two contacts made one, with everything that moved, so that it can be undone."""

    __tablename__ = "contact_merge"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    kept_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CustomField(Base):
    """A field a workspace added to its contacts or deals."""

    __tablename__ = "custom_field"
    __table_args__ = (UniqueConstraint("workspace_id", "subject", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    #: One of FIELD_SUBJECTS.
    subject: Mapped[str] = mapped_column(String(10), default=CONTACT)
    key: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10), default="text")
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)


class Deal(Base):
    """A possible sale. `value` in the smallest unit of `currency` (cents)."""

    __tablename__ = "deal"
    __table_args__ = (Index("ix_deal_workspace_stage", "workspace_id", "stage"),)
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    title: Mapped[str] = mapped_column(String(200))
    stage: Mapped[str] = mapped_column(String(20), default="lead")
    value: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    owner: Mapped[str | None] = mapped_column(String(254))
    expected_close: Mapped[date | None] = mapped_column(Date)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contact: Mapped[Contact | None] = relationship()
    company: Mapped[Company | None] = relationship()


class DealChange(Base):
    """One changed value of a deal, as a text. `version`: the deal's, after the change."""

    __tablename__ = "deal_change"
    __table_args__ = (Index("ix_deal_change_deal_id", "deal_id", "id"),)
    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor: Mapped[str] = mapped_column(String(254))
    field: Mapped[str] = mapped_column(String(80))
    old: Mapped[str] = mapped_column(Text)
    new: Mapped[str] = mapped_column(Text)
    version: Mapped[int]


class SavedFilter(Base):
    """A list's address under a name, for everybody in the workspace."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("workspace_id", "listing", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    listing: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    search: Mapped[str] = mapped_column(String(1000))
    author: Mapped[str] = mapped_column(String(254))


class ListColumns(Base):
    """The columns a person chose in a list of a workspace."""

    __tablename__ = "list_columns"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    listing: Mapped[str] = mapped_column(String(20), primary_key=True)
    columns: Mapped[list[str]] = mapped_column(JSON)


#: asked for; gone from everything that is read, replaced files still wait to be removed; done and checked.
ASKED, CLEANED, DONE = "asked", "cleaned", "done"


class Erasure(Base):
    """One person erased from one workspace.

    `sealed`: who it is, encrypted with the installation's key, for the job alone; null once it is done. `proof`:
    what was changed and what was read at the end, in numbers.
    """

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_workspace_id", "workspace_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    state: Mapped[str] = mapped_column(String(10), default=ASKED)
    sealed: Mapped[str | None] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    cleaned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proof: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
