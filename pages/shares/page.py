"""A workspace's share links, `/w/<slug>/shares`: what each shows, who made it, when it was last opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.campaigns.figures import names_in
from dashapp.config import Settings
from dashapp.crm.team import team_of
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.sharing import links
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import PATHS, icon
from dashapp.ui.desk.shell import link_to
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from dashapp.views import store
from dashapp.views.link_names import LinkNames
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, copy_button, title_row
from pages.shares.form import Choices, Chosen
from pages.shares.new import Offer, new_form, places, stores
from pages.shares.viewers_field import known_to


@dataclass(frozen=True)
class Row:
    """One link of the list."""

    id: int
    name: str
    shows: str
    url: str
    paused: bool
    by: str
    opened: str
    terms: str


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not share: an address is a capability."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, "share.manage")
        campaigns = names_in(visit.services.lake, scope, workspace.id)
        choices = choices_of(session, workspace, campaigns)
        known = known_to(session, visit.services.settings, visit.viewer, workspace)
        offer = Offer(choices, Chosen(), known, links.new_password())
        rows = rows_of(session, visit.services.settings, workspace)
        brand, name = dress_of(workspace).brand, workspace.name
    content = html.Div(
        [
            brand_style(brand),
            title_row(say("Shared links"), say("{name} · what clients see without an account", name=name)),
            html.Div(listing(rows, slug), id="shares-list"),
            html.Section(
                [html.H2(say("New link")), *places(new_form(offer))],
                className="dk-card dk-form",
            ),
            *stores(),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Shared links", name=name), content)


def choices_of(session: Session, workspace: Workspace, campaigns: Sequence[str]) -> Choices:
    """What a link of the workspace can show."""
    views = [(view.id, view.name) for view in store.list_views(session, workspace)]
    return Choices(tuple(views), tuple(campaigns))


def rows_of(session: Session, settings: Settings, workspace: Workspace) -> list[Row]:
    """The links that are not revoked, newest first."""
    names = LinkNames(session, workspace)
    called = dict(team_of(session, workspace))
    return [
        Row(
            share.id,
            names.of(share),
            names.shows(share),
            links.share_url(settings, share),
            share.state == "paused",
            called.get(share.created_by, share.created_by),
            opened_of(share, workspace.timezone),
            terms_of(share, workspace.timezone),
        )
        for share in links.shares_of(session, workspace)
    ]


def opened_of(share: Share, zone: str) -> str:
    """When it was last opened."""
    if not share.opens or share.opened_at is None:
        return say("not opened yet")
    return say(
        "opened {opens}×, last {opened_at}",
        opens=format.integer(share.opens),
        opened_at=format.moment(share.opened_at, zone),
    )


def terms_of(share: Share, zone: str) -> str:
    """Who gets in, and until when. `zone`: the workspace's, in which the link's last day ends."""
    until = say("does not expire")
    if share.expires_at is not None:
        until = say("until {day}", day=format.dated(share.expires_at.astimezone(ZoneInfo(zone)).date()))
    who = say("With password") if share.password_hash else say("Anyone with the link")
    return f"{who} · {until}"


def listing(rows: Sequence[Row], slug: str) -> Component:
    """The links, or what to do when there is none."""
    if not rows:
        return html.Div(
            [
                html.H2(say("Nothing is shared yet")),
                html.P(say("Make a link below and send it to your client.")),
            ],
            className="dk-card dk-notice",
        )
    return html.Ul([_item(row, slug) for row in rows], className="dk-card dk-links dk-flush")


def listing_in_dialog(rows: Sequence[Row], slug: str) -> list[Component]:
    """The links there are already; nothing where there is none."""
    if not rows:
        return []
    links_there = html.Ul([_item(row, slug) for row in rows], className="dk-links")
    return [html.H3(say("Links of this workspace")), links_there]


def _item(row: Row, slug: str) -> Component:
    chips = [html.Span(say("Paused"), className="dk-chip dk-flat")] if row.paused else []
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [link_to([row.name], f"/w/{slug}/shares/{row.id}", "dk-text-link dk-strong"), *chips],
                        className="dk-link-made",
                    ),
                    html.Span(f"{row.shows} · {row.terms}", className="dk-quiet"),
                    html.Span(
                        say("by {created_by} · {opened}", created_by=row.by, opened=row.opened),
                        className="dk-quiet",
                    ),
                ],
                className="dk-link-text",
            ),
            html.Div(
                [
                    copy_button(row.url),
                    html.A(
                        icon("open"),
                        href=row.url,
                        target="_blank",
                        rel="noopener",
                        title=say("Preview as the client"),
                        className="dk-icon-button",
                        **attributes({"aria-label": say("Preview {name} as the client", name=row.name)}),
                    ),
                    Html(render("ui/share_row_acts.html", row=row, icons=PATHS), className="dk-row-acts"),
                ],
                className="dk-link-acts",
            ),
        ]
    )


PAGE = PageSpec(name="shares", path="/w/<slug>/shares", layout=layout)
