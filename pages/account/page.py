"""An account, `/w/<slug>/account`: its plan, who manages it and what that means, its people, sources and links."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.scopes import by_own_role, managing_link, may_in, reads_whole, scope_for_workspace
from dashapp.access.viewer import Member, Viewer
from dashapp.agencies import people
from dashapp.db.tenants import Workspace
from dashapp.sharing import view_log
from dashapp.sharing.links import shares_of
from dashapp.sharing.opening import dress_of
from dashapp.sources.registry import sources_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from dashapp.ui.letters import ROLES
from dashapp.views.link_names import LinkNames
from data.sources import sources
from pages.account.leads import Leads, leads
from pages.agency.rows import plan_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.shares.share import MOST_LINES, log_section


def layout(visit: Visit, slug: str) -> Shown:
    """The page of a workspace; NotFound when it is not the viewer's."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug)
        shown = body(session, visit.viewer, workspace, leads(visit.services.lake, session, scope, workspace))
        log = _log(session, visit.viewer, workspace)
        brand, name = dress_of(workspace).brand, workspace.name
    return Shown(say("{name} · Account", name=name), screen(brand, name, shown, log))


def _log(session: Session, viewer: Viewer, workspace: Workspace) -> list[Component]:
    """Who looked at the account's data through its links: for everybody who may read all of it."""
    if not isinstance(viewer, Member) or not reads_whole(viewer, workspace):
        return []
    own = by_own_role(viewer, "workspace.read", workspace)
    lines = view_log.log_of_workspace(session, workspace, all_links=own, most=MOST_LINES)
    return [log_section(lines, workspace.timezone)]


def screen(brand: str, name: str, shown: Markup, log: Sequence[Component] = ()) -> Component:
    """The page."""
    return html.Div(
        [
            brand_style(brand),
            title_row(name, say("Account")),
            html.Div(id="account-told"),
            Html(shown, id="account-body"),
            *log,
            dcc.Store(id="account-act"),
            dcc.Store(id="account-agency-act"),
            dcc.Store(id="account-go"),
            html.Div(id="account-gone", hidden=True),
        ],
        className="dk-wrap dk-narrow",
    )


def body(session: Session, viewer: Viewer, workspace: Workspace, of_leads: Leads | None = None) -> Markup:
    """What the viewer may know of the account. People, sources and links are for those who work in it, leads for
    those who may see contacts."""
    works = may_in(viewer, "share.manage", workspace)
    link = managing_link(session, workspace.id)
    known = sources()
    there = people.people_of(session, workspace) if works else []
    names = LinkNames(session, workspace)
    return render(
        "ui/account.html",
        workspace=workspace,
        plan=plan_of(workspace),
        agency=None if link is None else link.agency,
        since=None if link is None else format.dated((link.granted_at or link.asked_at).date()),
        granted_by="" if link is None else link.granted_by,
        may_unlink=link is not None and may_in(viewer, "workspace.link", workspace),
        may_leave=link is not None and may_in(viewer, "agency.accounts", workspace),
        may_people=may_in(viewer, "workspace.enable", workspace),
        may_edit=may_in(viewer, "workspace.edit", workspace),
        may_sources=may_in(viewer, "source.manage", workspace),
        works=works,
        leads=of_leads if may_in(viewer, "contact.read", workspace) else None,
        people=there,
        others=[one.email for one in there if not isinstance(viewer, Member) or one.email != viewer.email],
        roles={role: say(text) for role, text in ROLES.items()},
        sources=[
            (
                say(known[one.provider].label) if one.provider in known else one.provider,
                format.dated(one.created_at.date()),
                one.active,
            )
            for one in (sources_of(session, workspace) if works else ())
        ],
        links=[
            (
                names.of(one),
                one.created_by,
                one.state,
                format.integer(one.opens),
                "" if one.opened_at is None else format.dated(one.opened_at.date()),
            )
            for one in (shares_of(session, workspace) if works else ())
        ],
        icons=PATHS,
    )


PAGE = PageSpec(name="account", path="/w/<slug>/account", layout=layout)
