"""A workspace's analytics, `/w/<slug>/analytics`: the agency's view, live, with the period in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import scope_for_workspace
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.tiles.base import Page, page_for
from dashapp.tiles.render import render_view
from dashapp.ui.html_component import Html, attributes
from dashapp.ui.icons import icon
from dashapp.ui.shell import link_to
from dashapp.views.schema import View
from dashapp.views.store import resolve
from data import fresh, query
from data.lake import Lake
from data.manifest import Current
from data.scope import Scope
from pages import share_body
from pages.pieces import brand_style, complete_to, title_row
from pages.spec import PageSpec, Shown, Visit

#: How often an open page asks whether its data changed (ms). The answer is "no" without touching a mart.
LIVE_MS = 1000
PERIODS = (("7", "7 days"), ("28", "28 days"), ("90", "90 days"))


@dataclass(frozen=True)
class Analytics:
    """What the page shows. `tiles` is the tile renderer's HTML; `shown` names the state of the data."""

    slug: str
    name: str
    view_name: str
    period: str
    span: str
    compared: str
    timezone: str
    complete_to: date | None
    tiles: Markup
    shown: str
    may_share: bool
    brand: str
    agency: str


def screen(model: Analytics) -> Component:
    """The page."""
    sub = [
        html.Span(f"{model.view_name} · {model.span}, "),
        html.Span(f"compared with {model.compared}"),
    ]
    actions: list[Component] = [
        html.Span(complete_to(model.complete_to), id="fresh"),
        period_switch(model.slug, model.period),
    ]
    if model.may_share:
        actions.append(
            html.Button(
                [icon("share"), html.Span("Share")],
                id="share-open",
                type="button",
                className="dk-button dk-button-main",
                **attributes({"aria-haspopup": "dialog"}),
            )
        )
    return html.Div(
        [
            brand_style(model.brand),
            title_row(model.name, sub, actions),
            Html(model.tiles, id="tiles", className="dk-tiles"),
            html.P(f"Days and weeks are those of {model.timezone}.", className="dk-foot"),
            dcc.Interval(id="live", interval=LIVE_MS),
            dcc.Store(id="shown", data=model.shown),
            *([share_dialog(model.name, model.agency)] if model.may_share else []),
        ],
        className="dk-wrap",
    )


def period_switch(slug: str, chosen: str) -> Component:
    """Links, so that a period can be bookmarked and the back button works."""
    return html.Nav(
        [
            link_to(label, f"/w/{slug}/analytics?period={key}", "dk-segment", current=key == chosen)
            for key, label in PERIODS
        ],
        className="dk-segments",
        **attributes({"aria-label": "Period"}),
    )


def share_dialog(name: str, agency: str) -> Component:
    """The closed dialog; `callbacks/sharing.py` fills what was made and the list of links."""
    close = html.Button(
        icon("close"),
        id="share-close",
        type="button",
        className="dk-icon-button",
        **attributes({"aria-label": "Close", "data-close": "share-dialog"}),
    )
    return html.Div(
        [
            dbc.Modal(
                [
                    html.Div([html.H2(f"Share {name}", id="share-title"), close], className="dk-dialog-head"),
                    html.Div(share_body.body(name, agency), className="dk-dialog-body"),
                ],
                id="share-dialog",
                is_open=False,
                centered=True,
                scrollable=True,
                labelledby="share-title",
                class_name="dk-dialog",
            ),
            dcc.Store(id="share-act"),
            dcc.Store(id="share-new"),
            html.Div(id="share-copied", hidden=True),
        ]
    )


@dataclass(frozen=True)
class Now:
    """A workspace's view as it stands: cheap to make, the tiles are rendered only when asked for.

    `shown` names what would be shown: it differs when data, view, period or the local day does.
    """

    lake: Lake
    scope: Scope
    workspace: Workspace
    view: View
    view_name: str
    page: Page
    complete_to: date | None
    shown: str

    def tiles(self) -> Markup:
        """The view's tiles as HTML, the same as the client's portal shows."""
        return render_view(
            self.view,
            self.page,
            lambda queries: query.ask_all(self.lake, self.scope, self.workspace.id, queries),
        )


def now_of(
    lake: Lake, session: Session, workspace: Workspace, scope: Scope, search: Mapping[str, str]
) -> Now:
    """The state of a workspace the caller was let into, with what is waiting for it taken in first."""
    stored, view = resolve(session, workspace)
    fresh.ensure(lake, scope.require(workspace.id), fresh.VIEWER_WAIT_S)
    state = query.state(lake, scope, workspace.id)
    page = page_for(workspace.name, workspace.timezone, now(), period=search.get("period"), surface="desk")
    return Now(
        lake=lake,
        scope=scope,
        workspace=workspace,
        view=view,
        view_name=stored.name,
        page=page,
        complete_to=last_day(state, workspace.timezone),
        shown=f"{state.version}.{stored.version}.{page.period.key}.{page.period.to.isoformat()}",
    )


def last_day(state: Current, timezone: str) -> date | None:
    """The local day of the latest event, never a day to come; None before the first event."""
    if state.last_event_at is None:
        return None
    return min(state.last_event_at, now()).astimezone(ZoneInfo(timezone)).date()


def layout(visit: Visit, slug: str) -> Shown:
    """The page of a workspace; NotFound when it is not the viewer's."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug)
        state = now_of(visit.services.lake, session, workspace, scope, visit.search)
        may_share = allowed(visit.viewer, "share.manage", workspace.agency_id, workspace.id)
        agency = workspace.agency
    model = Analytics(
        slug=workspace.slug,
        name=workspace.name,
        view_name=state.view_name,
        period=state.page.period.key,
        span=state.page.period.dates(),
        compared=state.page.previous.dates(
            year=state.page.period.from_.year != state.page.previous.from_.year
        ),
        timezone=workspace.timezone,
        complete_to=state.complete_to,
        tiles=state.tiles(),
        shown=state.shown,
        may_share=may_share,
        brand=agency.brand,
        agency=agency.name,
    )
    return Shown(f"{workspace.name} · Analytics", screen(model))


PAGE = PageSpec(name="analytics", path="/w/<slug>/analytics", layout=layout)
