"""How files are to be read (Options), and what was decided while reading them (Reading)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from data.events.canonical import Parked

Row = tuple[str, dict[str, Any] | Parked]
Rows = Iterator[Row]

#: Orders of day, month and year in a numeric date, by the name a person gives.
DATE_ORDERS: Final[dict[str, str]] = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}


@dataclass(frozen=True, slots=True)
class Options:
    """What a person settles about a file; everything left out is decided from the file itself.

    `dates`: a key of DATE_ORDERS. `timezone`: the zone of times without an offset. `sheet`: of a workbook (None:
    the first). `encoding`: of a text file. `columns`: canonical field → the file's column; `a+b` joins two
    columns, `:text` is the same text in every row, `a.b` a value inside a JSON object. `events`: a value of the
    file's event column → the canonical event.
    """

    dates: str | None = None
    timezone: str = "UTC"
    sheet: str | None = None
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """One run over files: its options, and sentences for the person about what was decided.

    `decided`: the same as (kind, values) for who says it in words of their own. `unread`: files that were
    recognised as another product's and left alone.
    """

    options: Options = field(default_factory=Options)
    notes: list[str] = field(default_factory=list)
    decided: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unread: int = 0

    def note(self, sentence: str, kind: str, **values: Any) -> None:
        """Keep what was decided, as a sentence of the command line and as its parts."""
        self.notes.append(sentence)
        self.decided.append((kind, values))

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times without an offset."""
        return ZoneInfo(self.options.timezone)
