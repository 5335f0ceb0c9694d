"""What was not accepted, as the page lists it: parked records and refused deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.tenants import Source, Workspace
from dashapp.ui.language.say import say
from data.intake import refusals
from data.intake.refusals import Refusal
from data.lake.manifest import utc
from data.lake.tables import parked
from data.sources import sources

#: Parked records of one page of the list.
PARKED = 20
#: Of refused deliveries: hours that are listed, how far back, and characters of the first of an hour.
REFUSED, REFUSED_FOR, REFUSED_RAW = 30, timedelta(days=30), 4_001


@dataclass(frozen=True)
class ParkedRow:
    """A record that could not become an event, without its text."""

    id: int
    workspace: Workspace
    source: str
    received_at: datetime
    where: str
    why: str


@dataclass(frozen=True)
class RefusedRow:
    """Deliveries of one source, reason and hour that were not taken."""

    workspace: Workspace
    source: str
    refusal: Refusal


def parked_rows(session: Session, by_id: Mapping[int, Workspace], page: int) -> list[ParkedRow]:
    columns = (parked.c.id, parked.c.workspace_id, parked.c.source_id, parked.c.received_at)
    rows = session.execute(
        select(*columns, parked.c.where, parked.c.why)
        .where(parked.c.workspace_id.in_(sorted(by_id)))
        .order_by(parked.c.id.desc())
        .limit(PARKED)
        .offset((page - 1) * PARKED)
    ).mappings()
    found = []
    for row in map(dict, rows):
        received = utc(row["received_at"])
        assert received is not None
        name = source_name(row, provider_of(session, row))
        found.append(
            ParkedRow(row["id"], by_id[row["workspace_id"]], name, received, row["where"], row["why"])
        )
    return found


def refused_rows(session: Session, by_id: Mapping[int, Workspace], at: datetime) -> list[RefusedRow]:
    rows = refusals.recent(
        session.connection(), by_id.keys(), at - REFUSED_FOR, REFUSED, characters=REFUSED_RAW
    )
    return [
        RefusedRow(
            by_id[one.workspace_id],
            source_name(
                None,
                provider_of(session, {"source_id": one.source_id, "workspace_id": one.workspace_id}),
            ),
            one,
        )
        for one in rows
    ]


def source_name(row: Mapping[str, Any] | None, provider: str | None) -> str:
    """What a record came through, in words."""
    if row is not None and row["source_id"] is None:
        return say("A file")
    known = sources().get(provider or "")
    return say(known.label) if known is not None else (provider or say("A source that is gone"))


def provider_of(session: Session, row: Mapping[str, Any]) -> str | None:
    """The provider of a parked row's source; None when it came without one."""
    if row["source_id"] is None:
        return None
    source = session.get(Source, row["source_id"])
    if source is None or source.workspace_id != row["workspace_id"]:
        return "gone"
    return source.provider
