"""What is said of a file of the watched folder, wherever it is listed."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashapp.db.tenants import READING, REFUSED, TAKEN, WAITING, WatchedFile
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say

#: A state: what it is called, and how it looks.
_STATES: Final = {
    WAITING: (later("Waiting until it is whole"), "dk-chip dk-flat"),
    READING: (later("Being read"), "dk-chip dk-flat"),
    TAKEN: (later("Taken in"), "dk-chip dk-good"),
    REFUSED: (later("Not read"), "dk-chip dk-bad"),
}


def state(file: WatchedFile) -> Component:
    """What has become of a file, as a chip."""
    label, look = _STATES[file.state]
    return html.Span(say(label), className=look)


def counts(file: WatchedFile) -> str:
    """Its rows, all accounted for; nothing before it was read."""
    if not file.row_count:
        return ""
    return say(
        "{rows} rows: {new} new, {known} known, {parked} parked",
        rows=format.integer(file.row_count),
        new=format.integer(file.new),
        known=format.integer(file.duplicate),
        parked=format.integer(file.parked),
    )
