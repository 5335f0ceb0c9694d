"""Notes on days as a chart marks them: where they stand, what a tooltip says, and the list under the tile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashapp.tiles.base import DayNote, Page
from dashapp.tiles.parts.series import Bucket
from dashapp.ui import charts
from dashapp.ui.format import date_range

#: Notes listed under a tile; more would push its chart away.
MOST = 4


def notes_on(page: Page, campaign: str | None) -> list[DayNote]:
    """The notes of the page's days that concern what a tile shows: its own campaign, the page's, or all of them."""
    shown = campaign or page.filters.campaign
    return [
        one
        for one in page.notes
        if one.first <= page.period.to
        and one.last >= page.period.from_
        and (one.campaign is None or shown in (None, one.campaign))
    ]


def said_of(bucket: Bucket, notes: Sequence[DayNote]) -> list[str]:
    """The notes of a point's days, for its tooltip."""
    return [one.text for one in notes if _touches(one, bucket)]


def marked(
    found: Sequence[Bucket], notes: Sequence[DayNote], page: Page, places: Sequence[float] | None = None
) -> dict[str, Any]:
    """`note_marks`: (x, width) in percent of the plot, width 0 for a single point; `note_list`: (days, text).

    `places`: where the points stand, where that is not evenly spaced from edge to edge.
    """
    at = places or [charts.x_share(i, len(found)) for i in range(len(found))]
    marks = []
    for one in notes:
        touched = [at[i] for i, bucket in enumerate(found) if _touches(one, bucket)]
        if touched:
            marks.append((touched[0], round(touched[-1] - touched[0], 2)))
    told = [
        (date_range(one.first, one.last, page.lang, year=one.last.year != page.today.year), one.text)
        for one in notes
    ]
    return {"note_marks": marks, "note_list": told[-MOST:], "note_more": max(0, len(told) - MOST)}


def _touches(note: DayNote, bucket: Bucket) -> bool:
    return note.first <= bucket.last and note.last >= bucket.first
