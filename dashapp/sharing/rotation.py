"""A new address for a share. The former one may live on for a while, and it shows who still uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dashapp.access import tokens
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.shares import OldLink, ShareOpening
from dashapp.errors import NotFound, Refused
from dashapp.sharing import waiting
from dashapp.sharing.links import alive, note_act, retoken, share_url

#: How long a former address may live on.
LONGEST_GRACE = timedelta(days=90)
#: Networks named beside a former address.
MOST_USERS = 5


@dataclass(frozen=True, slots=True)
class OldAddress:
    """A former address that still works, and the networks it was last opened from, newest first."""

    id: int
    ends_at: datetime
    opens: int
    opened_at: datetime | None
    users: tuple[tuple[str, str], ...]


def rotate(
    session: Session,
    settings: Settings,
    share: Share,
    *,
    grace: timedelta = timedelta(0),
    actor: str = "cli",
) -> tuple[str, str]:
    """A new address in place of the old one: (url, token). Viewers keep their own links.

    Without `grace` the old address, those before it and all open passes end at once. With it the old one works for
    that long, and passes given through it go on. Raises Refused for a grace under nothing or over 90 days.
    """
    alive(share)
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise Refused("An old address lives on for at most {n} days.", n=LONGEST_GRACE.days)
    at = now()
    if grace:
        session.add(OldLink(share_id=share.id, token_hash=share.token_hash, ends_at=at + grace))
    else:
        end_old_links(session, share)
        sealed = share.password_sealed
        password = None if sealed is None else tokens.unseal(settings.secret_key, sealed)
        share.version += 1
        session.flush()
        waiting.renew(session, share, password, password)
    share.nonce = tokens.new_nonce()
    token = retoken(settings, share)
    session.flush()
    note_act(session, share, "share.rotate", actor, f"old address works {grace.days} days" if grace else "")
    return share_url(settings, share), token


def end_old_links(session: Session, share: Share) -> None:
    """Former addresses end now; those that are over stay as they are."""
    at = now()
    session.execute(
        update(OldLink).where(OldLink.share_id == share.id, OldLink.ends_at > at).values(ends_at=at)
    )


def end_old_link(session: Session, share: Share, old_id: int, *, actor: str = "cli") -> None:
    """One former address ends now. Raises NotFound for one of another share, or one that is over."""
    old = session.get(OldLink, old_id) if type(old_id) is int and 0 < old_id < 2**31 else None
    if old is None or old.share_id != share.id or old.ends_at <= now():
        raise NotFound("There is no such address.")
    old.ends_at = now()
    session.flush()
    note_act(session, share, "share.rotate.end", actor, f"old address {old.id}")


def old_addresses(session: Session, share: Share) -> Sequence[OldAddress]:
    """The former addresses that still work, newest first."""
    rows = session.scalars(
        select(OldLink)
        .where(OldLink.share_id == share.id, OldLink.ends_at > now())
        .order_by(OldLink.id.desc())
    )
    return [
        OldAddress(old.id, old.ends_at, old.opens, old.opened_at, _users(session, share, old.id))
        for old in rows
    ]


def old_id_of(via: str) -> int | None:
    """The id of the former address a line of the log names, if it names one."""
    kind, _, old_id = via.partition(" ")
    return int(old_id) if kind == "old" else None


def note_old_opened(session: Session, old_id: int, opens: int, at: datetime) -> None:
    """Count openings through a former address, the last of them at `at`."""
    session.execute(
        update(OldLink).where(OldLink.id == old_id).values(opens=OldLink.opens + opens, opened_at=at)
    )


def _users(session: Session, share: Share, old_id: int) -> tuple[tuple[str, str], ...]:
    """(device, network) of people, not of previews."""
    rows = session.execute(
        select(ShareOpening.device, ShareOpening.ip)
        .where(
            ShareOpening.share_id == share.id,
            ShareOpening.via == f"old {old_id}",
            ShareOpening.device != "preview",
        )
        .order_by(ShareOpening.last_at.desc())
        .limit(50)
    )
    return tuple(dict.fromkeys((device, ip) for device, ip in rows))[:MOST_USERS]
