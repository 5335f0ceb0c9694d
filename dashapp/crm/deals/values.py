"""The values of a deal's fields: checked as they come in, and as texts."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy.orm import Session

from dashapp.crm import fields
from dashapp.db.contacts import DEAL, STAGES, Deal
from dashapp.errors import Refused

#: Fields of the workspace's own begin so.
OWN: Final = "field."
#: The largest value, in cents: what every number column and every browser holds exactly.
MOST_VALUE: Final = 10**14


def value_of(deal: Deal, field: str) -> Any:
    """What a field holds now."""
    if field.startswith(OWN):
        return deal.fields.get(field.removeprefix(OWN))
    return getattr(deal, field)


def text_of_value(field: str, value: Any) -> str:
    """A value as a form and the history have it: cents as an amount, days as ISO 8601, nothing as ""."""
    if value is None:
        return ""
    if field == "value":
        return f"{value // 100}.{value % 100:02}" if value % 100 else str(value // 100)
    return value.isoformat() if isinstance(value, date) else str(value)


def set_value(deal: Deal, field: str, value: Any) -> None:
    """Put a checked value into a field."""
    if field.startswith(OWN):
        key = field.removeprefix(OWN)
        kept = {name: one for name, one in deal.fields.items() if name != key}
        deal.fields = kept if value is None else {**kept, key: value}
    else:
        setattr(deal, field, value)


def checked(session: Session, workspace_id: int, field: str, value: Any) -> Any:
    """The value as it is kept. Raises Refused with what is wrong with it."""
    if field.startswith(OWN):
        return fields.checked(session, workspace_id, DEAL, field.removeprefix(OWN), value)
    if field == "stage":
        if value not in STAGES:
            raise Refused("There is no such stage.")
        return value
    if field == "expected_close":
        if not value:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise Refused("Enter a date, such as 2026-03-31.") from error
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    if field == "title":
        if not text or len(text) > 200:
            raise Refused("A deal's name has 1 to 200 characters.")
        return text
    if field == "currency":
        if not re.fullmatch(r"[A-Z]{3}", text.upper()):
            raise Refused("A currency has three letters, such as EUR.")
        return text.upper()
    if field == "owner":
        return text.lower()[:254] or None
    if field == "value":
        return cents_of(text)
    raise Refused("There is no such field.")


def cents_of(text: str) -> int:
    """An amount as people write it ("12,500", "12.500,50", "12 500") in cents. Raises Refused."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", text)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", bare):
        bare = re.sub(r"[.,]", "", bare)
    elif re.fullmatch(r"[\d.,]*[.,]\d{1,2}", bare):
        whole, cents = re.split(r"[.,](?=\d{1,2}$)", bare)
        bare = f"{re.sub(r'[.,]', '', whole) or '0'}.{cents}"
    try:
        value = int((Decimal(bare) * 100).to_integral_value())
    except (InvalidOperation, ValueError) as error:
        raise Refused("Enter an amount, such as 12,500.") from error
    if not 0 <= value <= MOST_VALUE:
        raise Refused("Enter an amount, such as 12,500.")
    return value
