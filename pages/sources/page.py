"""A workspace's sources, `/w/<slug>/sources`: where its events come from, and a new one with its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.sharing.opening import dress_of
from dashapp.sources.registry import source_path, sources_of
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import retell, say
from data.cubes.warehouse import READ_ERRORS
from data.intake import refusals
from data.intake.refusals import Refusal
from data.lake.lake import Lake
from data.query import assigning
from data.scope import Scope
from data.sources import sources
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.frame.refused_words import sentence
from pages.sharing.dialog import copy_button
from pages.sources.unattributed import SHOWN, Unattributed, section

#: How far back refused deliveries are told.
REFUSED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class SourceRow:
    """One connected source. `url`: where the provider posts to. `refused`: what was not taken of late."""

    label: str
    url: str
    created_at: datetime
    active: bool
    refused: Sequence[Refusal] = ()


@dataclass(frozen=True)
class Sources:
    """What the page shows. `providers`: (name, label) of every provider there is."""

    name: str
    timezone: str
    rows: Sequence[SourceRow]
    providers: Sequence[tuple[str, str]]
    unattributed: Unattributed | None = None


def screen(model: Sources) -> Component:
    """The page."""
    return html.Div(
        [
            title_row(say("Sources"), say("{name} · where its events come from", name=model.name)),
            html.Div(listing(model), id="sources-list"),
            *([] if model.unattributed is None else [section(model.unattributed)]),
            maker(model.providers),
        ],
        className="dk-wrap dk-narrow",
    )


def listing(model: Sources) -> Component:
    """The connected sources, or what to do when there is none."""
    if not model.rows:
        return html.Div(
            [
                html.H2(say("Nothing is connected yet")),
                html.P(
                    say("Choose your provider below. You get an address to paste into its webhook settings.")
                ),
            ],
            className="dk-card dk-notice",
        )
    return html.Ul([_item(row, model.timezone) for row in model.rows], className="dk-card dk-links dk-flush")


def _item(row: SourceRow, zone: str) -> Component:
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [
                            html.Span(row.label, className="dk-strong"),
                            *([] if row.active else [html.Span(say("Off"), className="dk-chip dk-flat")]),
                        ],
                        className="dk-link-made",
                    ),
                    html.Span(row.url, className="dk-mono dk-address"),
                    html.Span(
                        say("Made {created_at}", created_at=format.moment(row.created_at, zone)),
                        className="dk-quiet",
                    ),
                    *[
                        html.Span(sentence(one, zone), className="dk-problem", role="note")
                        for one in row.refused
                    ],
                ],
                className="dk-link-text",
            ),
            html.Div(copy_button(row.url), className="dk-link-acts"),
        ]
    )


def maker(providers: Sequence[tuple[str, str]]) -> Component:
    """The form for a new source."""
    return html.Section(
        [
            html.H2(say("Connect a source")),
            html.Div(
                [
                    html.Div(
                        [
                            html.Label(say("Provider"), htmlFor="source-provider"),
                            dbc.Select(
                                id="source-provider",
                                options=dict(providers),
                                value=providers[0][0] if providers else None,
                                class_name="dk-input",
                            ),
                        ],
                        className="dk-field",
                    ),
                    html.Div(
                        [
                            html.Label(say("Secret"), htmlFor="source-secret"),
                            dcc.Input(
                                id="source-secret", type="password", className="dk-input", autoComplete="off"
                            ),
                            html.Span(
                                say("The provider's signing key. Empty: we make one for you to paste there."),
                                className="dk-quiet",
                            ),
                        ],
                        className="dk-field",
                    ),
                ],
                className="dk-fields",
            ),
            html.Button(
                say("Create source"), id="source-create", type="button", className="dk-button dk-button-main"
            ),
            html.Div(id="source-made", **attributes({"aria-live": "polite"})),
        ],
        className="dk-card dk-form",
    )


def made(label: str, url: str, secret: str | None) -> Component:
    """What to paste at the provider. `secret` only when we made it: it is shown this once."""
    rows = [(say("Address"), url)] + ([(say("Secret, shown only now"), secret)] if secret else [])
    return html.Div(
        [
            html.P(
                say("{label} is connected. Paste this into its webhook settings:", label=label),
                className="dk-strong",
            ),
            *[
                html.Div(
                    [
                        html.Span(name, className="dk-quiet"),
                        html.Div(
                            [html.Code(value, className="dk-mono dk-address"), copy_button(value)],
                            className="dk-copy-row",
                        ),
                    ],
                    className="dk-field",
                )
                for name, value in rows
            ],
        ],
        className="dk-made",
    )


def refused(why: str) -> Component:
    """One sentence about what was wrong with the input."""
    return html.P(retell(why), className="dk-problem", role="alert")


def layout(visit: Visit, slug: str) -> Shown:
    """The page of a workspace; NotFound for whoever may not manage sources: an address is a capability."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, "source.manage")
        model = model_of(session, visit.services.settings, workspace)
        model = replace(model, unattributed=unattributed_of(visit.services.lake, scope, workspace))
        brand = dress_of(workspace).brand
    return Shown(say("{name} · Sources", name=model.name), html.Div([brand_style(brand), screen(model)]))


def model_of(session: Session, settings: Settings, workspace: Workspace) -> Sources:
    """What the page shows of a workspace that the caller was let into."""
    known = sources()
    refused = refusals.by_source(session.connection(), workspace.id, now() - REFUSED_FOR)
    rows = [
        SourceRow(
            label=retell(known[source.provider].label) if source.provider in known else source.provider,
            url=settings.public_url + source_path(settings, source),
            created_at=source.created_at,
            active=source.active,
            refused=refused.get(source.id, ()),
        )
        for source in sources_of(session, workspace)
    ]
    providers = sorted(
        ((name, retell(source.label)) for name, source in known.items()), key=lambda item: item[1]
    )
    return Sources(workspace.name, workspace.timezone, rows, providers)


def unattributed_of(lake: Lake, scope: Scope, workspace: Workspace) -> Unattributed:
    """The workspace's replies that belong to no e-mail; none where the figures cannot be read just now."""
    try:
        found = assigning.listed(lake, scope, workspace.id)
    except READ_ERRORS:
        found = []
    return Unattributed(found[:SHOWN], len(found), workspace.timezone)


PAGE = PageSpec(name="sources", path="/w/<slug>/sources", layout=layout)
