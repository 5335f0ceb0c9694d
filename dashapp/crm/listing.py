"""The list of contacts: filters that live in the address, any column to sort by, pages by key.

A page begins after a row, not after a number of rows: what comes in meanwhile moves nothing, and page 10,000 costs
what the first one does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, false, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session, contains_eager

from dashapp.crm.filters import SORTS, Filters
from dashapp.crm.search import matching, nearly_matching
from dashapp.db.contacts import CONTACT, Company, Contact, ContactCampaign, ContactKey, CustomField
from dashapp.errors import Refused
from data.plans.tables import plan_journey
from data.scope import Scope

PAGE: Final = 50
#: Rows are counted up to this many: "10,000+" says enough, and a count of a million costs more than the page.
COUNTED: Final = 10_000
#: Columns of the list in their order; the first cannot be taken away.
COLUMNS: Final = (
    *("name", "company", "status", "owner", "last", "engagement", "response", "first"),
    *("sent", "opened", "campaigns", "tags", "created"),
)
FIRST_COLUMNS: Final = ("name", "company", "status", "owner", "last", "engagement", "response")


@dataclass(frozen=True)
class Page:
    """A page of contacts. `count`: of all pages, None for more than COUNTED. `guessed`: only nearly as asked."""

    rows: Sequence[Contact]
    campaigns: Mapping[int, Sequence[str]] = field(default_factory=dict)
    count: int | None = 0
    after: str | None = None
    guessed: bool = False


def mine(scope: Scope, workspace_id: int) -> list[ColumnElement[bool]]:
    """The conditions of the scope: the workspace first and, for who sees only their own, the owner."""
    scope.require(workspace_id)
    found: list[ColumnElement[bool]] = [Contact.workspace_id == workspace_id]
    if scope.user is not None:
        found.append(Contact.owner == scope.user)
    if scope.campaigns is not None:
        found.append(_in_campaign(ContactCampaign.campaign.in_(sorted(scope.campaigns))))
    return found


def conditions(
    session: Session, scope: Scope, workspace_id: int, filters: Filters
) -> list[ColumnElement[bool]]:
    """What a contact must be to be listed, apart from the words searched for."""
    found = mine(scope, workspace_id)
    found.append(Contact.merged_into.is_(None))
    gone = Contact.deleted_at
    found.append(gone.is_not(None) if filters.deleted else unindexed(session, gone).is_(None))
    if filters.status:
        found.append(Contact.status.in_(filters.status))
    if filters.owner:
        found.append(Contact.owner.is_(None) if filters.owner == "-" else Contact.owner == filters.owner)
    if filters.company:
        found.append(Contact.company_id.in_(_company_named(workspace_id, filters.company)))
    if filters.campaign:
        found.append(_in_campaign(ContactCampaign.campaign == filters.campaign))
    if filters.free:
        found += [~_in_campaign(), ~_planned(workspace_id)]
    if filters.tag:
        found.append(_has_tag(session, filters.tag))
    found += of_fields(session, workspace_id, CONTACT, Contact.fields, filters.fields)
    return found


def unindexed(session: Session, column: Any) -> Any:
    """A column of contacts, for a condition by which SQLite shall not find them: it takes a workspace for a handful
    of rows, and would rather walk a million than look up the few that another condition names.
    """
    if session.get_bind().dialect.name != "sqlite":
        return column
    return literal_column(f"+contact.{column.key}", column.type)


def _company_named(workspace_id: int, name: str) -> Select[Any]:
    return select(Company.id).where(Company.workspace_id == workspace_id, Company.name == name)


def of_fields(
    session: Session, workspace_id: int, subject: str, column: Any, fields: Sequence[tuple[str, str]]
) -> list[ColumnElement[bool]]:
    """Filters on own fields of contacts or deals, whose values are in `column`.

    A choice is the one chosen; any other field holds the words, whatever their case. An unknown one: nobody."""
    if not fields:
        return []
    known = select(CustomField.key, CustomField.kind).where(
        CustomField.workspace_id == workspace_id, CustomField.subject == subject
    )
    kinds = {key: kind for key, kind in session.execute(known)}  # noqa: C416 - a Result is no mapping to `dict`
    found: list[ColumnElement[bool]] = []
    for key, value in fields:
        held = column[key].as_string()
        if key not in kinds:
            found.append(false())
        elif kinds[key] == "choice":
            found.append(held == value)
        else:
            found.append(held.icontains(value, autoescape=True))
    return found


def _in_campaign(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ContactCampaign.contact_id == Contact.id, *more)


def _planned(workspace_id: int) -> ColumnElement[bool]:
    return exists().where(
        ContactKey.contact_id == Contact.id,
        plan_journey.c.workspace_id == workspace_id,
        plan_journey.c.lead == ContactKey.key,
    )


def _has_tag(session: Session, tag: str) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(Contact.tags).table_valued("value")
    else:
        each = func.json_array_elements_text(Contact.tags).table_valued("value")
    return exists(select(each.c.value).where(each.c.value == tag))


def contacts(session: Session, scope: Scope, workspace_id: int, filters: Filters, limit: int = PAGE) -> Page:
    """A page of the contacts that match. Raises NotInScope, and Refused for a page that is none."""
    wanted = conditions(session, scope, workspace_id, filters)
    # Those of a company, or with a word, are found first and sorted then; not the other way round.
    few = [unindexed(session, Contact.workspace_id) == workspace_id, *wanted[1:]]
    holds, selective = matching(session, workspace_id, filters.q)
    words = [holds] if filters.q else []
    found = [*(few if filters.company or selective else wanted), *words]
    count = _count(session, found)
    guessed = False
    if not count and filters.q:
        words = [Contact.id.in_(nearly_matching(session, workspace_id, filters.q)[:500])]
        found = [*few, *words]
        count = _count(session, found)
        guessed = bool(count)
    if not count:
        return Page([])
    if filters.sort == "company":
        found = [*few, *words]
    elif count > COUNTED:
        found = [*wanted, *words]
    rows = _rows(session, workspace_id, found, filters, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(
        rows,
        campaigns_of(session, [row.id for row in rows]),
        None if count > COUNTED else count,
        mark(rows[-1], filters.sort) if more else None,
        guessed,
    )


def _count(session: Session, base: Sequence[ColumnElement[bool]]) -> int:
    some = select(Contact.id).where(*base).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _rows(
    session: Session, workspace_id: int, base: Sequence[ColumnElement[bool]], filters: Filters, limit: int
) -> list[Contact]:
    """By the column, those without a value last, then by id: every row has one place.

    Two statements, so that each can walk an index from where the page begins and stop when it is full.
    """
    plain = select(Contact).options(contains_eager(Contact.company)).where(*base)
    query = plain.outerjoin(Company, Contact.company_id == Company.id)
    column, down = SORTS[filters.sort], filters.descending
    value, id_ = (None, None) if filters.after is None else place_of(filters.after, filters.sort)
    by_id = Contact.id.desc() if down else Contact.id.asc()
    found: list[Contact] = []
    if filters.after is None or value is not None:
        known = query.where(column.is_not(None))
        if filters.sort == "company":  # companies in their order, and of each its contacts
            known = plain.join(Company, Contact.company_id == Company.id)
            known = known.where(Company.workspace_id == workspace_id)
        if value is not None:
            here, there = tuple_(column, Contact.id), tuple_(literal(value, column.type), literal(id_))
            known = known.where(here < there if down else here > there)
        known = known.order_by(column.desc() if down else column.asc(), by_id)
        found = list(session.scalars(known.limit(limit)).unique())
    if len(found) < limit:
        rest = query.where(column.is_(None))
        if filters.after is not None and value is None:
            rest = rest.where(Contact.id < id_ if down else Contact.id > id_)
        found += session.scalars(rest.order_by(by_id).limit(limit - len(found))).unique()
    return found


def value_of(row: Contact, sort: str) -> Any:
    """What a contact is sorted by."""
    if sort == "company":
        return row.company.name_key if row.company else None
    return getattr(row, SORTS[sort].key)


def mark(row: Contact, sort: str) -> str:
    """Where a page ends."""
    value = value_of(row, sort)
    return json.dumps(
        [value.isoformat() if isinstance(value, datetime) else value, row.id], ensure_ascii=False
    )


def place_of(after: str, sort: str) -> tuple[Any, int]:
    """What `mark` gave. It says where to go on within what the asker may see anyway, even if its row is gone."""
    try:
        value, id_ = json.loads(after)
        if type(id_) is not int or not (value is None or type(value) in {str, int}) or not 0 <= id_ < 2**62:
            raise ValueError(after)
        if sort in {"first", "last", "created"} and value is not None:
            value = datetime.fromisoformat(value)
            if value.tzinfo is None:
                raise ValueError(after)
        elif (
            sort in {"response", "engagement", "sent", "opened"} and not (value is None or type(value) is int)
        ) or (sort in {"name", "company", "owner", "status"} and not (value is None or type(value) is str)):
            raise ValueError(after)
        return value, id_
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise Refused("There is no such page of contacts.") from error


def campaigns_of(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """The campaigns of each of these contacts, by name."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(ContactCampaign.contact_id, ContactCampaign.campaign)
        .where(ContactCampaign.contact_id.in_(ids))
        .order_by(ContactCampaign.campaign)
    )
    for id_, campaign in rows:
        found.setdefault(id_, []).append(campaign)
    return found
