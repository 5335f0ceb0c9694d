"""Names, slugs, addresses and time zones as people type them: cleaned or refused, in one place."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.errors import Refused
from dashapp.slugs import free_slug, slug_of

_EMAIL = re.compile(
    r"[^@\s\"<>(),:;\\\[\]]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)


def clean_name(value: str, what: str) -> str:
    """A name of 1 to 120 printable characters, spaces tidied. Raises Refused, naming `what` it is of."""
    name = " ".join(value.split())
    if not 1 <= len(name) <= 120 or not name.isprintable():
        raise Refused("The name of {what} has 1 to 120 printable characters.", what=what)
    return name


def clean_email(value: str) -> str:
    """The address in lower case. Raises Refused when it is none."""
    email = value.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise Refused("{name} is not an e-mail address.", name=repr(value[:80]))
    return email


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def time_zones() -> list[str]:
    """The zones to choose from: those of places, and UTC."""
    return sorted(zone for zone in _zones() if "/" in zone or zone == "UTC")


def clean_timezone(value: str) -> str:
    """An IANA zone such as Europe/Paris. Raises Refused when there is no such zone."""
    if value not in _zones():
        raise Refused("{name} is not a time zone; write one like Europe/Paris or UTC.", name=repr(value[:60]))
    return value


def slug_for(session: Session, table: Any, name: str, fallback: str) -> str:
    """A slug made from `name` that no row of `table` has: "Acme & Co" → "acme-co", then "acme-co-2"."""
    stem = slug_of(name, fallback)
    taken = set(session.scalars(select(table.slug).where(table.slug.startswith(stem, autoescape=True))))
    return free_slug(stem, taken)
