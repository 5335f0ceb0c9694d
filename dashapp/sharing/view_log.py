"""Who looked at what through a share: kept for 13 months, with the network of an address and no more of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from typing import Literal

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.orm import Session

from dashapp.access.standing import standing
from dashapp.db.reports import Share
from dashapp.db.shares import ShareOpening, ShareViewer
from dashapp.db.tenants import Workspace
from data.upsert import insert_for

Device = Literal["phone", "tablet", "desktop", "preview"]
KEPT = timedelta(days=396)
LONGEST_WHAT = 200
LONGEST_VIA = 120
_TABLET = re.compile(r"ipad|tablet|kindle|silk|android(?!.*mobile)", re.IGNORECASE)
_PHONE = re.compile(r"iphone|ipod|mobile|windows phone", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing seen through a share. `ip` is the network, not the address; `via`: see ShareOpening."""

    share_id: int
    viewer_id: int | None
    what: str
    device: Device
    ip: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log. `viewer`: an address, or None for the share's own link."""

    at: datetime
    last_at: datetime
    n: int
    viewer: str | None
    what: str
    device: str
    ip: str
    via: str = ""


def device_of(user_agent: str) -> Device:
    """What kind of device a person's browser runs on. Who is a program: `portal/previews.py`."""
    agent = user_agent[:500]
    if _TABLET.search(agent):
        return "tablet"
    return "phone" if _PHONE.search(agent) else "desktop"


def network_of(ip: str) -> str:
    """ "203.0.113.77" → "203.0.113.0"; of IPv6 the first 48 bits; "" for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    bits = 24 if address.version == 4 else 48
    return str(ip_network(f"{address}/{bits}", strict=False).network_address)


def write_log(connection: Connection, looks: Mapping[Look, tuple[int, datetime, datetime]]) -> None:
    """Count looks (n, first, last) up in the line of their hour."""
    for look, (n, first, last) in looks.items():
        row = insert_for(connection, ShareOpening).values(
            share_id=look.share_id,
            viewer_id=look.viewer_id,
            key=_key(look, first),
            at=first,
            last_at=last,
            n=n,
            what=look.what[:LONGEST_WHAT],
            device=look.device,
            ip=look.ip,
            via=look.via[:LONGEST_VIA],
        )
        added = {"n": ShareOpening.n + row.excluded.n, "last_at": row.excluded.last_at}
        connection.execute(row.on_conflict_do_update(index_elements=[ShareOpening.key], set_=added))


def log_of(session: Session, share: Share, most: int = 200) -> list[Logged]:
    """The newest lines of a share's log."""
    rows = session.execute(
        select(ShareOpening, ShareViewer.email)
        .outerjoin(ShareViewer, ShareViewer.id == ShareOpening.viewer_id)
        .where(ShareOpening.share_id == share.id)
        .order_by(ShareOpening.last_at.desc(), ShareOpening.id.desc())
        .limit(most)
    )
    return [
        Logged(one.at, one.last_at, one.n, email, one.what, one.device, one.ip, one.via)
        for one, email in rows
    ]


def log_of_workspace(
    session: Session, workspace: Workspace, *, all_links: bool, most: int = 200
) -> list[Logged]:
    """Who looked at a workspace's data through its links, the newest lines.

    `all_links`: also through those of an agency that no longer manages it, for the workspace's own people.
    """
    rows = (
        select(ShareOpening, ShareViewer.email, Share.name)
        .join(Share, Share.id == ShareOpening.share_id)
        .outerjoin(ShareViewer, ShareViewer.id == ShareOpening.viewer_id)
        .where(Share.workspace_id == workspace.id)
        .order_by(ShareOpening.last_at.desc(), ShareOpening.id.desc())
        .limit(most)
    )
    if not all_links:
        rows = rows.where(standing(Share, workspace.managing_link_id))
    return [
        Logged(one.at, one.last_at, one.n, email or name or None, one.what, one.device, one.ip)
        for one, email, name in session.execute(rows)
    ]


def count_of(session: Session, share: Share) -> int:
    """How often people looked, previews left out."""
    total = select(func.coalesce(func.sum(ShareOpening.n), 0)).where(
        ShareOpening.share_id == share.id, ShareOpening.device != "preview"
    )
    return int(session.scalar(total) or 0)


def forget(connection: Connection, at: datetime) -> int:
    """Remove what is older than 13 months; how many lines."""
    return connection.execute(delete(ShareOpening).where(ShareOpening.last_at < at - KEPT)).rowcount


def _key(look: Look, at: datetime) -> str:
    told = repr((look, at.replace(minute=0, second=0, microsecond=0).isoformat()))
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
