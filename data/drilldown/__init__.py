"""The rows behind a figure: which e-mails, leads or events a cell of an answer counts.

A cell is named by its query and a short key (position.py). The rows are exactly those that were counted: their
number is the figure's n or base, to the unit (tests/data/drilldown/test_behind.py).
"""

from __future__ import annotations

from data.drilldown.ask import PAGE, behind, everything_behind
from data.drilldown.position import CellPosition, position_of
from data.drilldown.rows import DrilldownPage, LeftOut, Part, Row, UpcomingEmail

__all__ = [
    "PAGE",
    "CellPosition",
    "DrilldownPage",
    "LeftOut",
    "Part",
    "Row",
    "UpcomingEmail",
    "behind",
    "everything_behind",
    "position_of",
]
