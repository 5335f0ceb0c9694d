"""How `vitrine query` writes an answer for a person: lines of a label and figures in columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

WIDE = 40
Lines = list[str]


@dataclass(frozen=True, slots=True)
class LineWriter:
    """Writes lines. Numbers become text in one place only, so those who call hand in how."""

    integer: Callable[[int], str]
    percent: Callable[[float | None], str]
    percent_short: Callable[[float | None], str]
    of_base: Callable[[int, int], str]

    def line(self, label: str, *values: str) -> str:
        """A label and its figures, each in a column of its own."""
        return f"{_cut(label):<{WIDE}} " + " ".join(f"{value:>8}" for value in values)

    def rate(self, label: str, row: Mapping[str, Any]) -> str:
        """A label, its rate and "4 of 12"; `row` has n, base and rate."""
        return f"{_cut(label):<{WIDE}} {self.percent(row['rate']):>8}   {self.of_base(row['n'] or 0, row['base'])}"


def words(name: str) -> str:
    """A name of the machinery as words."""
    return name.replace("_", " ")


def _cut(label: str) -> str:
    return label if len(label) <= WIDE else f"{label[: WIDE - 1]}…"
