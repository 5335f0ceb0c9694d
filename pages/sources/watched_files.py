"""On the sources page: what was dropped into the workspace's folder, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashapp.db.tenants import WatchedFile
from dashapp.intake.watched import SETTLED
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import retell, say
from pages.frame.watched_words import counts, state


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
