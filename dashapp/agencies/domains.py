"""A name of an agency's own for its portals: written down, proved by DNS, used in its links from then on.

Whoever proves a name first has it. Somebody else is told no more than that it cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.agencies.names_on_the_net import Network, NoAnswer
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.shares import PortalDomain
from dashapp.db.tenants import Agency
from dashapp.errors import Refused
from data.upsert import insert_for

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
NO_ANSWER = "The name’s servers did not answer just now. That changes nothing; it is looked at again."
#: A name in use ends after so many looks that were wrong, over at least so long, without a right one between:
#: records are lost while somebody moves them, and come back.
MOST_WRONG, WRONG_FOR = 3, timedelta(hours=47)
#: Looks that are remembered.
MOST_LOOKS = 30
Verdict = Literal["right", "unknown", "wrong"]


@dataclass(frozen=True)
class Look:
    """What a look found: {part: None when it is right, else why not}. `unknown`: parts nobody answered about."""

    problems: Mapping[str, str | None]
    unknown: frozenset[str] = frozenset()

    @property
    def verdict(self) -> Verdict:
        """ "wrong" takes a definite answer."""
        wrong = {part for part, problem in self.problems.items() if problem}
        return "wrong" if wrong - self.unknown else "unknown" if wrong else "right"


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
    connection = session.connection()  # of two who save at once, the second finds the first one's
    new = {
        "agency_id": agency.id,
        "token": tokens.random_token(),
        "created_by": actor,
        "host": "",
        "checks": {},
    }
    connection.execute(insert_for(connection, PortalDomain).values(**new).on_conflict_do_nothing())
    domain = _locked(session, agency.id)
    assert domain is not None
    if domain.host != host:
        domain.host, domain.verified_host, domain.checks, domain.checked_at = host, None, {}, None
        domain.wrong_looks, domain.wrong_since, domain.looks = 0, None, []
        session.flush()
        audit.record(session, actor, "agency.domain", agency_id=agency.id, detail=host)
    return domain


def remove_domain(session: Session, agency: Agency, *, actor: str = "cli") -> None:
    """Links go back to the public address; the name is free for others."""
    domain = _locked(session, agency.id)
    if domain is not None:
        session.delete(domain)
        session.flush()
        audit.record(session, actor, "agency.domain.remove", agency_id=agency.id, detail=domain.host)


def examine(settings: Settings, host: str, token: str, network: Network) -> Look:
    """What the network says now. Takes seconds: hold no transaction meanwhile."""
    found: dict[str, str | None] = dict.fromkeys(PARTS)
    unknown: set[str] = set()
    try:
        if token not in network.texts(f"{RECORD}.{host}"):
            found["txt"] = _NO_TXT
    except NoAnswer:
        found["txt"] = NO_ANSWER
        unknown.add("txt")
    try:
        ours, theirs = network.addresses(public_host(settings)), network.addresses(host)
        if not ours:
            found["address"] = _NO_PUBLIC_NAME
            unknown.add("address")  # that is no fault of the name's
        elif not theirs or not theirs <= ours:
            # All of them: what is connected to below is this installation and no other machine.
            found["address"] = _NO_ADDRESS
    except NoAnswer:
        found["address"] = NO_ANSWER
        unknown.add("address")
    if found["address"] is not None:
        found["tls"] = found["address"]
        return Look(found, frozenset(unknown | {"tls"} if "address" in unknown else unknown))
    try:
        if settings.https and (problem := network.tls_problem(host)) is not None:
            found["tls"] = f"There is no valid certificate for this name: {problem[:120]}"
    except NoAnswer:
        found["tls"] = NO_ANSWER
        unknown.add("tls")
    return Look(found, frozenset(unknown))


def record_look(
    session: Session, agency_id: int, host: str, look: Look, *, actor: str = "cli"
) -> PortalDomain | None:
    """Keep what was found. The name is the agency's once all of it is right, and no more after several looks that
    were wrong (MOST_WRONG). None when it changed meanwhile."""
    domain = _locked(session, agency_id)
    if domain is None or domain.host != host:
        return None
    found, at, before = dict(look.problems), now(), domain.verified_host
    if look.verdict == "right":
        domain.wrong_looks, domain.wrong_since = 0, None
        if domain.verified_host != host and not _take(session, domain, host):
            found["txt"] = _TAKEN
    elif look.verdict == "wrong" and before is not None:
        domain.wrong_looks, domain.wrong_since = domain.wrong_looks + 1, domain.wrong_since or at
        if domain.wrong_looks >= MOST_WRONG and at - domain.wrong_since >= WRONG_FOR:
            domain.verified_host = None
    if domain.verified_host != before:
        verb = "agency.domain.verify" if domain.verified_host else "agency.domain.end"
        audit.record(session, actor, verb, agency_id=agency_id, detail=host)
    domain.checks, domain.checked_at = found, at
    told = {"at": at.isoformat(), "verdict": "wrong" if found["txt"] == _TAKEN else look.verdict}
    problem = next((one for one in found.values() if one), "")
    domain.looks = [
        {**told, "problem": problem, "in_use": domain.verified_host is not None},
        *domain.looks[: MOST_LOOKS - 1],
    ]
    session.flush()
    return domain


def in_use(session: Session) -> list[PortalDomain]:
    """The names in use, in their order."""
    rows = select(PortalDomain).where(PortalDomain.verified_host.is_not(None))
    return list(session.scalars(rows.order_by(PortalDomain.verified_host)))


def _locked(session: Session, agency_id: int) -> PortalDomain | None:
    """What an agency wrote down, which nobody else changes until the caller has committed."""
    return session.get(PortalDomain, agency_id, populate_existing=True, with_for_update=True)


def _take(session: Session, domain: PortalDomain, host: str) -> bool:
    """Give the name to the agency; False where another has it, or takes it in this very moment."""
    try:
        with session.begin_nested():
            domain.verified_host = host
            session.flush()
    except IntegrityError:
        session.refresh(domain)
        return False
    return True


def agency_of_host(session: Session, host: str) -> int | None:
    """Whose portals a name shows; None for a name that nobody has proved."""
    return session.scalar(select(PortalDomain.agency_id).where(PortalDomain.verified_host == host))
