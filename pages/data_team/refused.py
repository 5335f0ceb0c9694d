"""Deliveries that were not taken, on the data team's page: per source, reason and hour, with how they began."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import reason, say
from pages.data_team.model import DataTeamPage
from pages.data_team.not_taken import RefusedRow
from pages.data_team.parts import cell, cut, moment, only_some, section, table
from pages.frame.refused_words import reason_name, remedy

#: Characters of a refused delivery that are shown.
_SHOWN = 4_000


def refused(desk: DataTeamPage) -> Component:
    """What a source sent and was not taken, and why."""
    words = say(
        "What came to a source and was not taken, in the last 30 days. "
        "The sender was told; many try again for some hours."
    )
    if not desk.refused:
        return section(
            say("Refused deliveries"),
            words,
            [html.P(say("Nothing was refused."), className="dk-card dd-none")],
        )
    heads = [say("Reason"), say("Workspace"), say("Source"), say("Deliveries"), say("Latest"), say("Why")]
    return section(
        say("Refused deliveries"),
        words,
        [
            table(
                say("Refused deliveries of {name}", name=desk.agency.name),
                heads,
                [_row(one) for one in desk.refused],
                "dd-refused",
            ),
            *(
                [only_some(len(desk.refused), desk.refused_count, say("hours with refusals"))]
                if desk.refused_count > len(desk.refused)
                else []
            ),
        ],
    )


def _row(row: RefusedRow) -> Component:
    one = row.refusal
    name = reason_name(one.reason)
    return html.Tr(
        [
            html.Th(html.Span(name, className="dk-strong"), scope="row"),
            cell(say("Workspace"), row.workspace.name, "dd-text"),
            cell(say("Source"), row.source, "dd-text"),
            cell(say("Deliveries"), format.integer(one.count)),
            cell(say("Latest"), moment(one.last_at)),
            cell(say("Why"), _why(row, name), "dd-text dd-why"),
        ]
    )


def _why(row: RefusedRow, name: str) -> list[Component]:
    one = row.refusal
    said = [html.Div(cut(reason(one.why))), html.Div(remedy(one.reason), className="dk-quiet")]
    if not one.raw:
        return said
    label = say("The first of them, from {when}: {reason}", when=moment(one.first_at), reason=name)
    return [
        *said,
        html.Details(
            [
                html.Summary(say("As it came")),
                html.Pre(
                    one.raw[:_SHOWN] + ("…" if len(one.raw) > _SHOWN else ""),
                    className="dk-code dd-code",
                    tabIndex="0",
                    role="region",
                    **attributes({"aria-label": label}),
                ),
            ]
        ),
    ]
