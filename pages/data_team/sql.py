"""Asking in SQL, on `/data/tables`: the editor, what may be read beside it, and the place of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.db.tenants import Agency, Workspace
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from data.engines.sealed import Limits, Result
from pages.data_team.parts import GRAINS, section

#: What the editor starts with, and what a statement may take (the words below it tell).
FIRST_SQL: Final = (
    "SELECT workspace, campaign, count(*) AS emails\nFROM messages\nGROUP BY ALL\nORDER BY emails DESC"
)
LIMITS: Final = Limits()


def editor(
    agency: Agency, workspace: Workspace | None, shapes: Mapping[str, Sequence[tuple[str, str]]]
) -> Component:
    """The editor, what may be read beside it, and the place of the answer."""
    over = workspace.name if workspace else say("all workspaces of {name}", name=agency.name)
    words = say(
        "One read-only statement (in DuckDB’s dialect) over the rows of {over}. It runs in "
        "isolation, on copies of them: at most {seconds} seconds and {rows} rows of results, "
        "one statement per agency at a time. Every statement is kept in the audit log.",
        over=over,
        seconds=format.integer(int(LIMITS.seconds)),
        rows=format.integer(LIMITS.rows),
    )
    statement = html.Div(
        [
            html.Label(say("Statement"), htmlFor="sql-text", className="dk-sr"),
            dcc.Textarea(
                id="sql-text",
                value=FIRST_SQL,
                className="dk-input dd-sql",
                spellCheck="false",
                maxLength=20_000,
            ),
            html.Div(
                [
                    html.Button(
                        say("Run|statement"),
                        type="button",
                        className="dk-button dk-button-main",
                        **attributes({"data-desk-act": "sql"}),
                    ),
                    html.Span(
                        [html.Kbd("Ctrl"), " + ", html.Kbd(say("Enter"))], className="dk-quiet dd-keys"
                    ),
                    html.Div(
                        className="dd-bar-place",
                        **attributes({"data-bar": "sql", "data-limit": str(int(LIMITS.seconds))}),
                    ),
                ],
                className="dd-sql-foot",
            ),
        ],
        className="dk-card dd-editor",
    )
    return section(
        say("Ask in SQL"),
        words,
        [
            html.Div([statement, _tables(shapes)], className="dd-sql-row"),
            html.Div(id="sql-told", **attributes({"aria-live": "polite"})),
            html.Div(id="sql-grid"),
            dcc.Store(id="sql-ask"),
            dcc.Store(id="sql-answer"),
        ],
    )


def told(result: Result, waited: float) -> str:
    """How long the answer is, whether it is whole, and how long was waited for it, in seconds."""
    count = say("1 row") if len(result.rows) == 1 else say("{n} rows", n=format.integer(len(result.rows)))
    took = format.duration(waited)
    if result.more:
        return say(
            "The first {count}, in {took}: the answer is longer. Add LIMIT, or let it count.",
            count=count,
            took=took,
        )
    return say("{count}, in {took}.", count=count, took=took)


def _tables(shapes: Mapping[str, Sequence[tuple[str, str]]]) -> Component:
    return html.Div(
        [
            html.H3(say("Tables")),
            *[
                html.Details(
                    [
                        html.Summary(
                            [
                                html.Span(name, className="dk-mono"),
                                html.Span(say(GRAINS[name]), className="dk-quiet"),
                            ]
                        ),
                        html.Ul(
                            [
                                html.Li([html.Span(column), html.Span(kind.lower(), className="dk-quiet")])
                                for column, kind in columns
                            ]
                        ),
                    ],
                    open=number == 0,
                )
                for number, (name, columns) in enumerate(shapes.items())
            ],
        ],
        className="dk-card dd-tables",
        role="region",
        tabIndex="0",
        **attributes({"aria-label": say("Tables and their columns")}),
    )
