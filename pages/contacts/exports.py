"""What contacts and deals are as tables to take away: read in batches, each asking anew whether one may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import request
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member, load_member
from dashapp.crm.deals import deals, text_of_value
from dashapp.crm.fields import fields_of
from dashapp.crm.filters import Filters
from dashapp.crm.folding import name_of
from dashapp.crm.listing import contacts
from dashapp.db.contacts import CONTACT, DEAL, Contact, Deal
from dashapp.errors import NotFound
from dashapp.services import services
from data.scope import Scope
from pages.contacts.doing import VERB

#: Rows read, and the right to them asked for, at once.
BATCH: Final = 1_000
CONTACT_COLUMNS: Final = (
    *("email", "name", "company", "phone", "owner", "status", "tags", "campaigns", "first_activity_at"),
    *("last_activity_at", "first_response_s", "emails_sent", "opened", "clicked", "replied", "engagement"),
)
#: As an import of deals takes them.
DEAL_COLUMNS: Final = (
    *("name", "stage", "value", "currency", "contact", "company", "owner", "expected close", "created"),
)
Rows = list[list[Any]]
#: Rows after a place and the place after them (None: that is all), `limit` at most.
Read = Callable[[Session, Scope, int, Any, int], tuple[Rows, Any]]


@dataclass(frozen=True)
class Table:
    """The names of the columns, and the rows in batches."""

    names: list[str]
    batches: Iterator[Rows]


def contact_table(slug: str, filters: Filters, most: int) -> Table:
    """The contacts of these filters. Raises NotFound for whoever may not take them away."""

    def read(session: Session, scope: Scope, workspace_id: int, after: Any, limit: int) -> tuple[Rows, Any]:
        page = contacts(session, scope, workspace_id, replace(filters, after=after), limit=limit)
        keys = [one.key for one in fields_of(session, workspace_id, CONTACT)]
        return [_contact(one, page.campaigns.get(one.id, ()), keys) for one in page.rows], page.after

    said = filters.search() or "all"
    return _table(slug, "contact.export", said, CONTACT, CONTACT_COLUMNS, read, filters.after, most)


def deal_table(slug: str, most: int) -> Table:
    """All deals. Raises NotFound for whoever may not take them away."""

    def read(session: Session, scope: Scope, workspace_id: int, after: Any, limit: int) -> tuple[Rows, Any]:
        found = deals(session, scope, workspace_id, before=after, limit=limit)
        keys = [one.key for one in fields_of(session, workspace_id, DEAL)]
        return [_deal(one, keys) for one in found], found[-1].id if len(found) == limit else None

    return _table(slug, "deal.export", "all", DEAL, DEAL_COLUMNS, read, None, most)


def _table(
    slug: str,
    verb: str,
    detail: str,
    subject: str,
    columns: Sequence[str],
    read: Read,
    first: Any,
    most: int,
) -> Table:
    running, asking = services(), viewer()
    if not isinstance(asking, Member):
        raise NotFound("There is no such workspace.")
    user_id = asking.user_id
    with running.session() as session:
        workspace, _ = scope_for_workspace(session, asking, slug, VERB)
        workspace_id = workspace.id
        labels = [one.label for one in fields_of(session, workspace_id, subject)]
        audit.record(
            session,
            asking.actor,
            verb,
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace_id,
            detail=detail,
            ip=request.remote_addr or "",
        )

    def batches() -> Iterator[Rows]:
        after, left = first, most
        while left > 0:
            with running.reading() as session:
                # A large file takes minutes: who lost the right meanwhile gets no further row.
                now = load_member(session, user_id)
                if now is None:
                    raise NotFound("There is no such workspace.")
                _, scope = scope_for_workspace(session, now, workspace_id, VERB)
                rows, after = read(session, scope, workspace_id, after, min(BATCH, left))
            yield rows
            left -= len(rows)
            if after is None:
                return

    return Table([*columns, *labels], batches())


def _contact(one: Contact, campaigns: Sequence[str], keys: Sequence[str]) -> list[Any]:
    stamps = [
        at.isoformat(timespec="seconds") if at else "" for at in (one.first_activity_at, one.last_activity_at)
    ]
    return [
        *(
            one.email or one.key,
            name_of(one.name, one.key),
            one.company.name if one.company else "",
            one.phone,
        ),
        *(one.owner or "", one.status, ", ".join(one.tags), ", ".join(campaigns), *stamps),
        one.first_response_s if one.first_response_s is not None else "",
        *(one.sent, one.opened, one.clicked, one.replied, one.engagement),
        *(one.fields.get(key, "") for key in keys),
    ]


def _deal(one: Deal, keys: Sequence[str]) -> list[Any]:
    return [
        *(one.title, one.stage, text_of_value("value", one.value), one.currency),
        one.contact.key if one.contact else "",
        one.company.name if one.company else "",
        one.owner or "",
        text_of_value("expected_close", one.expected_close),
        one.created_at.date().isoformat(),
        *(one.fields.get(key, "") for key in keys),
    ]
