"""A cell's key: which part of an answer is meant. Written where figures are shown, read here, never believed.

Each figure's declaration says which keys it has. Empty: all of the answer, the headline. The shapes several share:

`=Autumn menu`              a group
`d:2026-10-01..2026-10-07`  units that start on these local days; of a forecast one day
`w:2026-09-07:3`            a cohort up to its week 3; `w:2026-09-07` a cohort's first week
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, Protocol

Measured = Literal["clicks", "unique", "leads"]
#: What `CellPosition.group` names.
Named = Literal["group", "category", "action", "reason", "campaign", "link"]
_DAYS: Final = re.compile(r"d:(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_WEEK: Final = re.compile(r"w:(\d{4}-\d\d-\d\d)(?::([1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class CellPosition:
    """A position in an answer. With everything None: the whole answer."""

    group: str | None = None
    first: date | None = None
    last: date | None = None
    cohort: date | None = None
    week: int | None = None
    weekday: int | None = None
    hour: int | None = None
    measured: Measured = "clicks"
    sentiment: str | None = None
    #: A status of an action; of a campaign's contacts "engaged" or "not_interested".
    status: str | None = None
    named: Named = "group"

    @property
    def whole(self) -> bool:
        """Whether all of the answer is meant."""
        return self == CellPosition()


class Asked(Protocol):
    """What a declaration looks at of a question (data/question.py)."""

    @property
    def data_type(self) -> str:
        """The rate."""

    @property
    def by(self) -> str | None:
        """What the answer is grouped by."""

    @property
    def asked_event(self) -> str:
        """The event asked about."""


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a figure's answers.

    `read`: the place a key names, None where it names none. `key_of`: the key of a row of the figure's table, None
    where it opens nothing. `whole`: whether all of the answer opens. `columns`: of its table, those with a cell
    of their own in each row (their names begin its key); none: all figures of a row open the same.
    """

    read: Callable[[Asked, str], CellPosition | None]
    key_of: Callable[[Asked, Row], str | None]
    whole: bool = True
    columns: tuple[str, ...] = ()


def days_of(key: str) -> CellPosition | None:
    """A place of one or several local days."""
    match = _DAYS.fullmatch(key)
    if match is None:
        return None
    first, last = day_of(match[1]), day_of(match[2] or match[1])
    return None if first is None or last is None or first > last else CellPosition(first=first, last=last)


def week_of(key: str) -> CellPosition | None:
    """A place of a cohort up to one of its weeks, the first where none is named."""
    match = _WEEK.fullmatch(key)
    cohort = None if match is None else day_of(match[1])
    if match is None or cohort is None or cohort.weekday():
        return None
    return CellPosition(cohort=cohort, week=int(match[2] or 1))


def day_of(text: str) -> date | None:
    """A day written 2026-10-28; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def key_of_group(asked: Asked, row: Row) -> str:
    """The key of a row of something grouped as the question says."""
    if asked.by is None:
        return ""
    if asked.by == "day":
        return f"d:{row['key']}"
    if asked.by == "week":
        monday = date.fromisoformat(row["key"])
        return f"d:{monday}..{monday + timedelta(days=6)}"
    return f"={row['key']}"
