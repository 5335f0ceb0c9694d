"""Two people edited one link: what both want, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language.say import say
from pages.shares.form import (
    Choices,
    Chosen,
    comparison_names,
    language_names,
    period_names,
    rule_names,
    theme_names,
)


def conflict(mine: Chosen, theirs: Chosen, choices: Choices, by: str, when: str, path: str) -> Component:
    """The fields in which both differ. Saving again keeps `mine`; the link shows `theirs`."""
    rows = differences(mine, theirs, choices)
    return html.Div(
        [
            html.P(
                say(
                    "{name} saved this link at {moment}, while you were editing it. Nothing of yours is saved yet.",
                    name=by,
                    moment=when,
                ),
                className="dk-strong",
                role="alert",
            ),
            html.Div(
                html.Table(
                    [
                        html.Thead(
                            html.Tr(
                                [
                                    html.Th(say("Field"), scope="col"),
                                    html.Th(say("Yours"), scope="col"),
                                    html.Th(say("Saved by {name}", name=by), scope="col"),
                                ]
                            )
                        ),
                        html.Tbody(
                            [
                                html.Tr([html.Th(label, scope="row"), html.Td(own), html.Td(other)])
                                for label, own, other in rows
                            ]
                        ),
                    ],
                    className="dk-log",
                ),
                className="dk-scroll",
                tabIndex="0",
                role="region",
                **attributes({"aria-label": say("What differs")}),
            )
            if rows
            else html.P(say("Both are the same."), className="dk-quiet"),
            html.P(
                [
                    say("Save again to keep yours, or"),
                    " ",
                    html.A(say("go on from what is saved"), href=path, className="dk-text-link"),
                    ".",
                ]
            ),
        ],
        className="dk-made",
    )


def differences(mine: Chosen, theirs: Chosen, choices: Choices) -> list[tuple[str, str, str]]:
    """(field, mine, theirs) in words, of the fields that differ."""
    views = {str(key): name for key, name in choices.views}
    rules = rule_names()
    told = [
        (say("Name"), mine.name, theirs.name),
        (say("The link shows"), *(_names(one.rules, rules) for one in (mine, theirs))),
        (say("Views"), *(_names(one.views, views) or say("Default view") for one in (mine, theirs))),
        (say("Campaigns"), *(", ".join(one.campaigns) or say("All") for one in (mine, theirs))),
        (say("Earliest day"), mine.since, theirs.since),
        (say("Last day"), mine.last_day, theirs.last_day),
        (say("Language"), *(language_names().get(one.language, "") for one in (mine, theirs))),
        (say("Theme"), *(theme_names().get(one.theme, "") for one in (mine, theirs))),
        (say("Period it opens with"), *(period_names().get(one.period, "") for one in (mine, theirs))),
        (
            say("Comparison it opens with"),
            *(comparison_names().get(one.compare, "") for one in (mine, theirs)),
        ),
        (
            say("Web sites that may show it in a frame"),
            *(" ".join(one.origins.split()) for one in (mine, theirs)),
        ),
    ]
    return [(label, own or "–", other or "–") for label, own, other in told if own != other]


def _names(keys: Sequence[str], names: dict[str, str]) -> str:
    return ", ".join(name for key, name in names.items() if key in keys)
