"""Where somebody is logged in: their sessions by device, place and when they were last seen, and ending them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.sessions import ABSOLUTE, IDLE
from dashapp.db.base import now
from dashapp.db.security import LoginSession
from dashapp.db.tenants import User
from dashapp.errors import NotFound

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Device:
    """One session. `place`: the network its log-in came from. `browser`, `system`: "" when unknown."""

    id: int
    browser: str
    system: str
    place: str
    began_at: datetime
    seen_at: datetime
    current: bool


def devices_of(session: Session, user_id: int, current: int | None) -> list[Device]:
    """The person's live sessions, the current one first, then by when they were last seen."""
    at = now()
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.seen_at > at - IDLE,
            LoginSession.created_at > at - ABSOLUTE,
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    found = [
        Device(
            row.id,
            _first(_BROWSERS, row.user_agent),
            _first(_SYSTEMS, row.user_agent),
            network(row.ip),
            row.created_at,
            row.seen_at,
            row.id == current,
        )
        for row in rows
    ]
    return sorted(found, key=lambda device: not device.current)


def end(session: Session, user: User, session_id: int) -> None:
    """End one of the person's sessions. Raises NotFound for another's."""
    ended = session.execute(
        delete(LoginSession).where(LoginSession.id == session_id, LoginSession.user_id == user.id)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("There is no such session.")
    audit.record(session, user.email, "session.end", detail=user.email)


def network(address: str) -> str:
    """The address without its last part: 203.0.113.x, or the /48 of an IPv6 address."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    if isinstance(known, ipaddress.IPv4Address):
        return f"{str(known).rpartition('.')[0]}.x"
    return str(ipaddress.ip_network((known, 48), strict=False).network_address) + "/48"


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for part, name in names if part in user_agent), "")
