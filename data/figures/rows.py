"""The rows behind a figure: where they are read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from data.figures.cells import CellPosition

Unit = Literal["e-mails", "leads", "events", "people", "actions"]


@dataclass(frozen=True, slots=True)
class Units:
    """E-mails or journeys, from the marts the cubes are summed of (data/drilldown/units.py).

    `weeks`: of a cohort, its first week or up to the week of the cell; None: whenever it came. `sent`: everything
    sent, which is no share of anything.
    """

    weeks: Literal["first", "cell"] | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Events:
    """What `data/answers/<file>.sql` finds, and who it came from (data/drilldown/events.py).

    `unit`: what a row is, by its place. `values`: further parameters of the file. `engagements`: it reads them
    (engagements.sql); then a row is a person. `columns`: what is told of a row beside who and when it was sent.
    """

    file: str
    unit: Callable[[CellPosition], Unit]
    columns: tuple[str, ...] = ()
    values: Callable[[CellPosition], Mapping[str, Any]] = lambda place: {"category": place.group}
    engagements: bool = False
    links: bool = False


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What is still to go out (data/drilldown/forecast.py)."""


RowsBehind = Units | Events | Upcoming
