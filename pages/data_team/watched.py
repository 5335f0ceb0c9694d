"""Files of the watched folder on the data team's page: what was dropped for whom, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashapp.ui.language.say import retell, say
from pages.data_team.parts import cell, cut, moment, section, table
from pages.data_team.watched_rows import WatchedRow
from pages.frame.watched_words import counts, state


def watched(name: str, rows: Sequence[WatchedRow]) -> Component:
    """The table of an agency; `name`: of the agency."""
    words = say("What was dropped into the watched folder on the server, the newest first.")
    if not rows:
        none = html.P(say("Nothing was dropped there yet."), className="dk-card dd-none")
        return section(say("Watched folder"), words, [none])
    heads = [say("File"), say("Workspace"), say("State"), say("Rows"), say("Latest"), say("Why")]
    caption = say("Files of the watched folder of {name}", name=name)
    return section(say("Watched folder"), words, [table(caption, heads, [_row(row) for row in rows])])


def _row(row: WatchedRow) -> Component:
    file = row.file
    return html.Tr(
        [
            html.Th(html.Span(file.name, className="dk-strong"), scope="row"),
            cell(say("Workspace"), row.workspace.name, "dd-text"),
            cell(say("State"), state(file), "dd-text"),
            cell(say("Rows"), counts(file), "dd-text"),
            cell(say("Latest"), moment(file.done_at or file.seen_at)),
            cell(say("Why"), cut(retell(file.why)), "dd-text dd-why"),
        ]
    )
