"""What is asked of the list of contacts, as its address holds it: filters, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from dashapp.db.contacts import STATUSES, Company, Contact
from dashapp.errors import Refused

LONGEST: Final = 300
#: What a list can be sorted by, and the column behind it.
SORTS: Final[Mapping[str, Any]] = {
    "name": Contact.name_key,
    "company": Company.name_key,
    "owner": Contact.owner,
    "status": Contact.status,
    "first": Contact.first_activity_at,
    "last": Contact.last_activity_at,
    "response": Contact.first_response_s,
    "engagement": Contact.engagement,
    "sent": Contact.sent,
    "opened": Contact.opened,
    "created": Contact.created_at,
}


@dataclass(frozen=True)
class Filters:
    """What is asked of the list; every part of it may stand in the address."""

    q: str = ""
    status: tuple[str, ...] = ()
    owner: str = ""
    tag: str = ""
    company: str = ""
    campaign: str = ""
    free: bool = False
    deleted: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    sort: str = "last"
    descending: bool = True
    after: str | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(
            self.q or self.status or self.owner or self.tag or self.company or self.campaign or self.free
            or self.fields
        )  # fmt: skip

    def search(self, **changes: Any) -> str:
        """The query string of these filters with changes; the first page unless told otherwise."""
        one = replace(self, **{"after": None, **changes})
        pairs = [
            ("q", one.q),
            ("status", ",".join(one.status)),
            ("owner", one.owner),
            ("tag", one.tag),
            ("company", one.company),
            ("campaign", one.campaign),
            ("free", "1" if one.free else ""),
            ("deleted", "1" if one.deleted else ""),
            *((f"f.{key}", value) for key, value in one.fields),
            ("sort", "" if (one.sort, one.descending) == ("last", True) else one.order),
            ("after", one.after or ""),
        ]
        return urlencode([pair for pair in pairs if pair[1]])

    def without(self, key: str) -> str:
        """The query string without the filter on one custom field."""
        return self.search(fields=tuple(one for one in self.fields if one[0] != key))

    @property
    def order(self) -> str:
        """The sort as the address has it: "-last"."""
        return f"-{self.sort}" if self.descending else self.sort


def filters_of(asked: Mapping[str, str]) -> Filters:
    """The filters an address asks for. Raises Refused for one that is too long; unknown sorts are the usual one."""
    if any(len(value) > LONGEST for name, value in asked.items() if name != "after"):
        raise Refused("A filter can have at most {LONGEST} characters.", LONGEST=LONGEST)
    sort = asked.get("sort", "-last")
    name = sort.removeprefix("-")
    known = name in SORTS
    return Filters(
        q=asked.get("q", "").strip(),
        status=tuple(s for s in STATUSES if s in asked.get("status", "").split(",")),
        owner=asked.get("owner", "").strip().lower(),
        tag=asked.get("tag", "").strip(),
        company=asked.get("company", "").strip(),
        campaign=asked.get("campaign", ""),
        free=asked.get("free") == "1",
        deleted=asked.get("deleted") == "1",
        fields=tuple((k[2:], v) for k, v in sorted(asked.items()) if k.startswith("f.") and v),
        sort=name if known else "last",
        descending=sort.startswith("-") if known else True,
        after=asked.get("after") or None,
    )
