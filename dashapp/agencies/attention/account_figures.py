"""Figures of one account that no cube holds, kept by the worker so that a list of thousands costs one statement.

All are about the 28 local days that end today. Leads are contacts; rates are those of `vitrine query rate` per
lead, beside the 28 days before at the same age (docs/numbers.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from dashapp.db.attention import AccountFigures
from dashapp.db.base import now
from dashapp.db.contacts import Contact, ContactChange
from data.lake.tables import mart_version


class Compared(BaseModel):
    """n of base, and what they were 28 days earlier at the same age. `full`: the data reach back so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    n: int = 0
    base: int = 0
    n_before: int = 0
    base_before: int = 0
    full: bool = False


class Figures(BaseModel):
    """What is kept of one account. `response_s`: the median first response to its new leads, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    leads: int = 0
    statuses: dict[str, int] = {}
    response_s: int | None = None
    replies: Compared = Compared()
    positive: Compared = Compared()


def kept(session: Session, workspace_ids: Collection[int]) -> dict[int, Figures]:
    """What is kept of these workspaces; nothing of those not counted yet."""
    rows = session.execute(
        select(AccountFigures.workspace_id, AccountFigures.figures).where(
            AccountFigures.workspace_id.in_(workspace_ids)
        )
    )
    return {row[0]: Figures.model_validate(row[1]) for row in rows}


def kept_numbers(session: Session, workspaces: Select[Any]) -> dict[int, tuple[int, int | None]]:
    """New leads and the median first response of these workspaces (a SELECT of ids): what lists of thousands sort
    and add up by. The database takes them out of what is stored, so nothing else of it is read."""
    figures = AccountFigures.figures
    rows = session.execute(
        select(
            AccountFigures.workspace_id,
            figures["leads"].as_integer(),
            figures["response_s"].as_integer(),
        ).where(AccountFigures.workspace_id.in_(workspaces))
    )
    return {key: (leads, response_s) for key, leads, response_s in rows}


def due(session: Session, days: Mapping[int, str]) -> dict[int, str]:
    """The workspaces to count again, with the mark to keep: a new version, a new local day, or a change by hand.

    `days`: the local day of every workspace.
    """
    versions = {
        row[0]: row[1] for row in session.execute(select(mart_version.c.workspace_id, mart_version.c.version))
    }
    marks = {
        row[0]: row[1].split("|")
        for row in session.execute(select(AccountFigures.workspace_id, AccountFigures.mark))
    }
    seen = max((int(mark[2]) for mark in marks.values()), default=0)
    latest = session.scalar(select(func.max(ContactChange.id))) or 0
    by_hand = set(
        session.scalars(select(ContactChange.workspace_id).where(ContactChange.id > seen).distinct())
    )
    wanted = {key: [str(versions.get(key, 0)), day, str(latest)] for key, day in days.items()}
    return {
        key: "|".join(mark)
        for key, mark in wanted.items()
        if key in by_hand or key not in marks or marks[key][:2] != mark[:2]
    }


def keep(session: Session, workspace_id: int, mark: str, figures: Figures) -> None:
    """Put these figures in the place of those before."""
    row = session.get(AccountFigures, workspace_id)
    if row is None:
        session.add(
            AccountFigures(workspace_id=workspace_id, mark=mark, figures=figures.model_dump(mode="json"))
        )
    else:
        row.mark, row.figures, row.at = mark, figures.model_dump(mode="json"), now()
    session.flush()


def of_contacts(session: Session, workspace_id: int, since: datetime) -> Figures:
    """New leads since then, the median first response to them, and how many leads stand in which status."""
    here: list[ColumnElement[bool]] = [Contact.workspace_id == workspace_id, Contact.deleted_at.is_(None)]
    began = func.coalesce(Contact.lead_created_at, Contact.first_activity_at, Contact.created_at)
    statuses = session.execute(select(Contact.status, func.count()).where(*here).group_by(Contact.status))
    fresh = session.execute(select(Contact.first_response_s).where(*here, began >= since)).scalars().all()
    return Figures(
        leads=len(fresh),
        statuses={row[0]: row[1] for row in statuses},
        response_s=median([one for one in fresh if one is not None]),
    )


def median(values: Sequence[int]) -> int | None:
    """The middle one; of an even number the mean of the two in the middle, rounded down. None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2
