"""The table of deals: filters that live in the address, any column to sort by, pages by key, as of contacts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Date, Float, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session, selectinload

from dashapp.crm.deals.reading import PAGE, mine
from dashapp.crm.filters import LONGEST
from dashapp.crm.listing import of_fields
from dashapp.db.base import UtcDateTime
from dashapp.db.contacts import DEAL, STAGES, Company, Contact, CustomField, Deal
from dashapp.errors import Refused
from data.scope import Scope

#: How an own field is named in an address.
FIELD: Final = "f."
#: What deals can be sorted by besides own fields, and the column behind it.
SORTS: Final[Mapping[str, Any]] = {
    "title": func.lower(Deal.title, type_=String),
    "stage": case({stage: n for n, stage in enumerate(STAGES)}, value=Deal.stage, else_=len(STAGES)),
    "value": Deal.value,
    "contact": Contact.name_key,
    "company": Company.name_key,
    "owner": Deal.owner,
    "close": Deal.expected_close,
    "created": Deal.created_at,
}
#: Those whose largest comes first when they are chosen.
DOWN_FIRST: Final = frozenset({"value", "created"})
_NEWEST: Final = ("created", True)


@dataclass(frozen=True)
class DealFilters:
    """What is asked of the deals; every part of it may stand in the address."""

    stage: str = ""
    owner: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    sort: str = "created"
    descending: bool = True
    after: str | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.stage or self.owner or self.fields)

    @property
    def order(self) -> str:
        """The sort as the address has it: "-created"."""
        return f"-{self.sort}" if self.descending else self.sort

    def search(self, shown_as: str = "", **changes: Any) -> str:
        """The query string of these filters with changes; the first page unless told otherwise."""
        one = replace(self, **{"after": None, **changes})
        pairs = [
            ("as", shown_as),
            ("stage", one.stage),
            ("owner", one.owner),
            *((f"{FIELD}{key}", value) for key, value in one.fields),
            ("sort", "" if (one.sort, one.descending) == _NEWEST else one.order),
            ("after", one.after or ""),
        ]
        return urlencode([pair for pair in pairs if pair[1]])

    def without(self, key: str, shown_as: str = "") -> str:
        """The query string without the filter on one own field."""
        return self.search(shown_as, fields=tuple(one for one in self.fields if one[0] != key))


def deal_filters_of(asked: Mapping[str, str], fields: Sequence[CustomField]) -> DealFilters:
    """The filters an address asks for. Raises Refused for one that is too long; unknown sorts are the usual one."""
    if any(len(value) > LONGEST for name, value in asked.items() if name != "after"):
        raise Refused("A filter can have at most {LONGEST} characters.", LONGEST=LONGEST)
    sort = asked.get("sort", "-created")
    name = sort.removeprefix("-")
    known = name in SORTS or name in {f"{FIELD}{one.key}" for one in fields}
    return DealFilters(
        stage=asked.get("stage", "") if asked.get("stage") in STAGES else "",
        owner=asked.get("owner", "").strip().lower(),
        fields=tuple((k[len(FIELD) :], v) for k, v in sorted(asked.items()) if k.startswith(FIELD) and v),
        sort=name if known else "created",
        descending=sort.startswith("-") if known else True,
        after=asked.get("after") or None,
    )


def narrowed_to(session: Session, workspace_id: int, filters: DealFilters) -> list[ColumnElement[bool]]:
    """What a deal must be for these filters."""
    found = of_fields(session, workspace_id, DEAL, Deal.fields, filters.fields)
    if filters.stage:
        found.append(Deal.stage == filters.stage)
    if filters.owner:
        found.append(Deal.owner.is_(None) if filters.owner == "-" else Deal.owner == filters.owner)
    return found


def deal_page(
    session: Session,
    scope: Scope,
    workspace_id: int,
    filters: DealFilters,
    fields: Sequence[CustomField],
    *,
    deleted: bool = False,
    limit: int = PAGE,
) -> tuple[list[Deal], str | None]:
    """A page of deals and where the next one begins (None: that is all). Raises NotInScope, and Refused for a page
    that is none.

    By the column, those without a value last, then by id: every row has one place.
    """
    there = Deal.deleted_at.is_not(None) if deleted else Deal.deleted_at.is_(None)
    key = _sorted_by(session, filters.sort, fields)
    query = (
        select(Deal, key)
        .outerjoin(Contact, Deal.contact_id == Contact.id)
        .outerjoin(Company, Deal.company_id == Company.id)
        .where(*mine(scope, workspace_id), there, *narrowed_to(session, workspace_id, filters))
        .options(selectinload(Deal.contact), selectinload(Deal.company))
    )
    down = filters.descending
    if filters.after is not None:
        value, id_ = _place_of(filters.after, key)
        beyond = Deal.id < id_ if down else Deal.id > id_
        if value is None:
            query = query.where(key.is_(None), beyond)
        else:
            at = literal(value, key.type)
            query = query.where(or_(key < at if down else key > at, and_(key == at, beyond), key.is_(None)))
    order = (key.is_(None), key.desc(), Deal.id.desc()) if down else (key.is_(None), key.asc(), Deal.id.asc())
    rows = session.execute(query.order_by(*order).limit(limit + 1)).all()
    more = _mark(*rows[limit - 1]) if len(rows) > limit else None
    return [row[0] for row in rows[:limit]], more


def _sorted_by(session: Session, sort: str, fields: Sequence[CustomField]) -> ColumnElement[Any]:
    """An own number by its value, whichever decimal mark it was written with; any other own field as its text."""
    if sort in SORTS:
        return SORTS[sort]
    field = next(one for one in fields if f"{FIELD}{one.key}" == sort)
    text = func.nullif(Deal.fields[field.key].as_string(), "", type_=String)
    if field.kind != "number":
        return func.lower(text, type_=String)
    number: ColumnElement[Any] = cast(func.replace(text, ",", "."), Float)
    if session.get_bind().dialect.name != "sqlite":
        # A value from before the field was one of numbers stands with those that have none; SQLite reads it as 0.
        number = case((text.regexp_match(r"^-?\d+([.,]\d+)?$"), number))
    return number


def _mark(deal: Deal, value: Any) -> str:
    text = value.isoformat() if isinstance(value, date | datetime) else value
    return json.dumps([text, deal.id], ensure_ascii=False)


def _place_of(after: str, key: ColumnElement[Any]) -> tuple[Any, int]:
    """What `_mark` gave. It says where to go on within what the asker may see anyway, even if its row is gone."""
    try:
        value, id_ = json.loads(after)
        if type(id_) is not int or not 0 <= id_ < 2**62 or len(after) > 2_000:
            raise ValueError(after)
        if value is None:
            return None, id_
        if isinstance(key.type, Date):
            return date.fromisoformat(value), id_
        if isinstance(key.type, UtcDateTime):
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise ValueError(after)
            return at, id_
        fits = type(value) is str if isinstance(key.type, String) else type(value) in {int, float}
        if not fits or (not isinstance(value, str) and not abs(value) < 2**62):
            raise ValueError(after)
        return value, id_
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise Refused("There is no such page of deals.") from error
