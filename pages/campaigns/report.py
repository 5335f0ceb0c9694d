"""A campaign's report, `/w/<slug>/campaigns/<campaign>`, with *Share report*."""

from __future__ import annotations

from urllib.parse import urlencode

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
from dashapp.ui.language.say import language, say
from dashapp.ui.language.texts import words
from data.lake.lake import Lake
from data.scope import Scope
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.shares.new import share_button, share_dialog


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
    there = f"/w/{slug}/analytics?{urlencode({'campaign': name})}"
    actions: list[Component] = [
        link_to([icon("analytics"), html.Span(say("Analytics"))], there, "dk-button"),
        html.A(
            [icon("download"), html.Span("PDF")],
            href=f"/w/{slug}/campaigns/{campaign}/report.pdf",
            className="dk-button",
            **attributes({"data-wait": words(language())("preparing_file")}),
        ),
    ]
    if may_share:
        actions += [
            link_to([icon("share"), html.Span(say("Links"))], f"/w/{slug}/shares", "dk-button"),
            share_button(say("Share report")),
        ]
    content = html.Div(
        [
            brand_style(brand),
            title_row(name, say("Campaign report of {name}", name=workspace.name), actions),
            Html(report_html(answer, Around(files)), className="dk-tiles"),
            *([share_dialog(say("Share the report of {name}", name=name))] if may_share else []),
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


PAGE = PageSpec(name="campaign", path="/w/<slug>/campaigns/<campaign>", layout=layout)
