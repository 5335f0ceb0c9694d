"""A campaign's report, `/w/<slug>/campaigns/<campaign>`, with *Share report*."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import agency_scope, scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.campaigns.figures import names_in, report_of
from dashapp.campaigns.report_page import Around, report_html
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.sharing.campaign_keys import campaign_of
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import retell, say
from data.lake.lake import Lake
from data.scope import Scope
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.sharing.dialog import copy_button
from pages.sharing.viewers_field import message_field, password_field, viewers_field


def campaign_named(lake: Lake, scope: Scope, workspace: Workspace, key: str) -> str:
    """The campaign of an address. Raises NotFound for one the scope does not hold."""
    name = campaign_of(key, names_in(lake, scope, workspace.id))
    if name is None:
        raise NotFound("There is no such campaign.")
    return name


def layout(visit: Visit, slug: str, campaign: str) -> Shown:
    """The page; NotFound for a workspace or campaign that is not the viewer's."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug)
        name = campaign_named(visit.services.lake, scope, workspace, campaign)
        wide = _agency_wide(session, visit.viewer, workspace, scope)
        answer = report_of(visit.services.lake, wide, workspace.id, name)
        may_take = allowed(visit.viewer, "events.read", workspace.managing_agency_id, workspace.id)
        may_share = allowed(visit.viewer, "share.manage", workspace.managing_agency_id, workspace.id)
        brand = dress_of(workspace).brand
    files = f"/w/{slug}/campaigns/{campaign}/{{event}}.csv" if may_take else None
    actions: list[Component] = []
    if may_share:
        actions = [
            link_to([icon("share"), html.Span(say("Links"))], f"/w/{slug}/shares", "dk-button"),
            html.Button(
                [icon("share"), html.Span(say("Share report"))],
                id="report-share",
                type="button",
                className="dk-button dk-button-main dk-last",
                **attributes({"aria-haspopup": "dialog"}),
            ),
        ]
    content = html.Div(
        [
            brand_style(brand),
            title_row(name, say("Campaign report of {name}", name=workspace.name), actions),
            Html(report_html(answer, Around(files)), className="dk-tiles"),
            *([share_dialog(name)] if may_share else []),
        ],
        className="dk-wrap",
    )
    return Shown(say("{name} · Campaign", name=name), content)


def _agency_wide(session: Session, viewer: Viewer, workspace: Workspace, scope: Scope) -> Scope:
    """Who may see the whole agency sees its anonymous band beside the rates."""
    if scope.user is not None or scope.campaigns is not None:
        return scope
    agency = workspace.managing_agency
    if agency is None or not allowed(viewer, "agency.read", agency.id):
        return scope
    wide = agency_scope(session, viewer, agency.slug)[2]
    return wide if workspace.id in wide.workspace_ids else scope


def share_dialog(name: str) -> Component:
    """The closed dialog; it is filled when it opens."""
    close = html.Button(
        icon("close"),
        type="button",
        className="dk-icon-button",
        **attributes({"aria-label": say("Close"), "data-close": "report-dialog"}),
    )
    return dbc.Modal(
        [
            html.Div(
                [html.H2(say("Share the report of {name}", name=name), id="report-title"), close],
                className="dk-dialog-head",
            ),
            html.Div([html.Div(id="report-form"), html.Div(id="report-shared")], className="dk-dialog-body"),
        ],
        id="report-dialog",
        is_open=False,
        centered=True,
        scrollable=True,
        labelledby="report-title",
        class_name="dk-dialog",
    )


def share_form(password: str, suggested: list[str]) -> Component:
    """Viewers, password, message, and the button."""
    return html.Div(
        [
            html.P(
                say(
                    "Viewers get a mail with a link of their own and the password. They see this campaign alone."
                ),
                className="dk-sub",
            ),
            viewers_field("report", suggested),
            password_field("report", password),
            message_field("report"),
            html.Button(
                say("Share report"), id="report-send", type="button", className="dk-button dk-button-main"
            ),
        ],
        className="dk-form",
    )


def shared(url: str, told: int, address: str) -> Component:
    """What became of it: the link to copy, how many mails wait, and where all of it can be looked after."""
    mails = say("1 mail is on its way.") if told == 1 else say("{n} mails are on their way.", n=told)
    return html.Div(
        [
            html.P(
                mails if told else say("The link is made; nobody was told."),
                className="dk-strong",
                role="status",
            ),
            html.Div(
                [
                    html.Span(url, className="dk-mono dk-address"),
                    copy_button(url),
                ],
                className="dk-copy-row",
            ),
            link_to([say("Viewers, password and who looked")], address, "dk-text-link"),
        ],
        className="dk-made",
    )


def refused(why: str) -> Component:
    """One sentence about why nothing was shared."""
    return html.P(retell(why), className="dk-problem", role="alert")


PAGE = PageSpec(name="campaign", path="/w/<slug>/campaigns/<campaign>", layout=layout)
