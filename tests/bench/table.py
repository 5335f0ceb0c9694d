"""What a bench gives: rows of one table. Nothing judges: the machine is shared, times are told, not asserted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `aim` None: told for comparison. `more`: a bigger figure is better (events a second)."""

    name: str
    measured: float
    unit: str
    aim: float | None = None
    note: str = ""
    more: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better than the aim: 2 is twice as good, 0.5 half as good."""
        if self.aim is None or not self.measured:
            return None
        return self.measured / self.aim if self.more else self.aim / self.measured


def quantile(values: Iterable[float], q: float) -> float:
    """The smallest value that at least a share `q` of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))]


def figure(value: float, unit: str) -> str:
    """ "12.3 ms", "8,120 events/s"."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def text(rows: Sequence[Row]) -> str:
    """The table as aligned text."""
    cells = [("what", "measured", "aim", "ratio", "note")]
    for row in rows:
        aim = "" if row.aim is None else ("≥ " if row.more else "≤ ") + figure(row.aim, row.unit)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}×"
        cells.append((row.name, figure(row.measured, row.unit), aim, ratio, row.note))
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(line[i].rjust(widths[i]) for i in (1, 2, 3)), line[4]]
        ).rstrip()
        for line in cells
    )
