"""A name of an agency's own for its portals: written down, proved by DNS, used in its links from then on.

Whoever proves a name first has it. Somebody else is told no more than that it cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.agencies.names_on_the_net import Network
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.shares import PortalDomain
from dashapp.db.tenants import Agency
from dashapp.errors import Refused

#: The name of the TXT record, before the host's.
RECORD = "_vitrine"
#: What is looked at, in order.
PARTS = ("txt", "address", "tls")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_NO_TXT = "The TXT record is not there yet, or says something else."
_NO_ADDRESS = "The name does not lead to this installation yet."
_NO_PUBLIC_NAME = "This installation has no public name that the domain could lead to."
_TAKEN = "This name cannot be used here."


def clean_host(typed: str, settings: Settings) -> str:
    """ "Reports.North.example." → "reports.north.example". Raises Refused for what is no name portals can have."""
    host = typed.strip().rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = ""
    if len(host) > 200 or not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
        raise Refused("Write a name like reports.youragency.example, without https:// and without a path.")
    if host == public_host(settings) or host.endswith((".localhost", ".local", ".internal")):
        raise Refused(_TAKEN)
    return host


def public_host(settings: Settings) -> str:
    """The name people know this installation by."""
    return urlsplit(settings.public_url).hostname or ""


def domain_of(session: Session, agency_id: int) -> PortalDomain | None:
    """What an agency wrote down."""
    return session.get(PortalDomain, agency_id)


def set_domain(
    session: Session, settings: Settings, agency: Agency, typed: str, *, actor: str = "cli"
) -> PortalDomain:
    """Write a name down. What was proved of another one ends: links go back to the public address at once."""
    host = clean_host(typed, settings)
    domain = session.get(PortalDomain, agency.id)
    if domain is None:
        domain = PortalDomain(agency_id=agency.id, token=tokens.random_token(), created_by=actor, host="")
        session.add(domain)
    if domain.host != host:
        domain.host, domain.verified_host, domain.checks, domain.checked_at = host, None, {}, None
        session.flush()
        audit.record(session, actor, "agency.domain", agency_id=agency.id, detail=host)
    return domain


def remove_domain(session: Session, agency: Agency, *, actor: str = "cli") -> None:
    """Links go back to the public address; the name is free for others."""
    domain = session.get(PortalDomain, agency.id)
    if domain is not None:
        session.delete(domain)
        session.flush()
        audit.record(session, actor, "agency.domain.remove", agency_id=agency.id, detail=domain.host)


def examine(settings: Settings, host: str, token: str, network: Network) -> dict[str, str | None]:
    """What the network says now, by part: None when it is right. Takes seconds: hold no transaction meanwhile."""
    found: dict[str, str | None] = dict.fromkeys(PARTS)
    if token not in network.texts(f"{RECORD}.{host}"):
        found["txt"] = _NO_TXT
    ours, theirs = network.addresses(public_host(settings)), network.addresses(host)
    if not ours:
        found["address"] = _NO_PUBLIC_NAME
    elif not theirs or not theirs <= ours:
        # All of them: what is connected to below is this installation and no other machine.
        found["address"] = _NO_ADDRESS
    if found["address"] is not None:
        found["tls"] = found["address"]
    elif settings.https and (problem := network.tls_problem(host)) is not None:
        found["tls"] = f"There is no valid certificate for this name: {problem[:120]}"
    return found


def record_checks(
    session: Session, agency_id: int, host: str, checks: Mapping[str, str | None], *, actor: str = "cli"
) -> PortalDomain | None:
    """Keep what was found; the name is the agency's when all of it is right. None when it changed meanwhile."""
    domain = session.get(PortalDomain, agency_id, populate_existing=True)
    if domain is None or domain.host != host:
        return None
    found = dict(checks)
    right = not any(found.values())
    if right and domain.verified_host != host:
        taken = select(PortalDomain.agency_id).where(PortalDomain.verified_host == host)
        if session.scalar(taken) is not None:
            found["txt"], right = _TAKEN, False
        else:
            audit.record(session, actor, "agency.domain.verify", agency_id=agency_id, detail=host)
    domain.verified_host = host if right else None
    domain.checks, domain.checked_at = found, now()
    session.flush()
    return domain


def agency_of_host(session: Session, host: str) -> int | None:
    """Whose portals a name shows; None for a name that nobody has proved."""
    return session.scalar(select(PortalDomain.agency_id).where(PortalDomain.verified_host == host))
