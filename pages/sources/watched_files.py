"""On the sources page: what was dropped into the workspace's folder, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashapp.db.tenants import READING, REFUSED, TAKEN, WAITING, WatchedFile
from dashapp.intake.watched import SETTLED
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, retell, say

#: A state: what it is called, and how it looks.
_STATES: Final = {
    WAITING: (later("Waiting until it is whole"), "dk-chip dk-flat"),
    READING: (later("Being read"), "dk-chip dk-flat"),
    TAKEN: (later("Taken in"), "dk-chip dk-good"),
    REFUSED: (later("Not read"), "dk-chip dk-bad"),
}


@dataclass(frozen=True)
class Watched:
    """The newest files of a workspace's folder, named `folder` in the watched one."""

    folder: str
    files: Sequence[WatchedFile]
    timezone: str


def section(model: Watched) -> Component:
    """The card with the newest files."""
    return html.Section(
        [
            html.H2(say("Watched folder")),
            html.P(
                say(
                    "What is dropped into the folder “{folder}” there is read by itself, once it has not changed "
                    "for {n} seconds. Folders within it are left alone. What cannot be read is moved into "
                    "“refused”, with the reason beside it.",
                    folder=model.folder,
                    n=format.integer(int(SETTLED.total_seconds())),
                ),
                className="dk-quiet",
            ),
            html.Ul([_item(file, model.timezone) for file in model.files], className="dk-links dk-flush")
            if model.files
            else html.P(say("Nothing was dropped there yet."), className="dk-quiet"),
        ],
        className="dk-card dk-form",
    )


def _item(file: WatchedFile, zone: str) -> Component:
    when = format.moment(file.done_at or file.seen_at, zone)
    return html.Li(
        html.Div(
            [
                html.Span(
                    [html.Span(file.name, className="dk-strong dk-address"), state(file)],
                    className="dk-link-made",
                ),
                html.Span(" · ".join(filter(None, (when, counts(file)))), className="dk-quiet"),
                *([html.Span(retell(file.why), className="dk-problem", role="note")] if file.why else []),
            ],
            className="dk-link-text",
        )
    )


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
