"""One share link, `/w/<slug>/shares/<share>`: what it shows, its viewers, its password, and who looked."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.campaigns.figures import names_in
from dashapp.config import Settings
from dashapp.crm.team import team_of
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.sharing import embedding, links, rotation, view_log, viewers
from dashapp.sharing.content import view_ids_of
from dashapp.sharing.opening import dress_of
from dashapp.ui import share_mails
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.desk.shell import link_to
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from dashapp.views.link_names import LinkNames
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, copy_button, title_row
from pages.shares.form import OPEN, Chosen, rule_fields, view_field, views_label
from pages.shares.log import DEVICES, log_section
from pages.shares.page import choices_of, opened_of
from pages.shares.viewers_field import apart_field, known_to, message_field, viewers_field

#: Lines of the log that are shown.
MOST_LINES = 100


def share_id_of(text: str) -> int:
    """The id in an address. Raises NotFound for what is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise NotFound("There is no such link.")
    return int(text)


def layout(visit: Visit, slug: str, share: str) -> Shown:
    """The page; NotFound for whoever may not share, and for a link of another workspace."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, "share.manage")
        row = links.share_of(session, workspace, share_id_of(share))
        campaigns = names_in(visit.services.lake, scope, workspace.id)
        choices = choices_of(session, workspace, campaigns)
        known = known_to(session, visit.services.settings, visit.viewer, workspace)
        chosen = chosen_of(session, row, workspace.timezone)
        people = viewers_section(session, visit.services.settings, row, workspace.timezone, known)
        log = log_section(view_log.log_of(session, row, MOST_LINES), workspace.timezone)
        embed = embed_section(visit.services.settings, row)
        head = head_section(session, visit.services.settings, row, workspace)
        name = LinkNames(session, workspace).of(row)
        brand, revision = dress_of(workspace).brand, row.revision
    content = html.Div(
        [
            brand_style(brand),
            title_row(
                name,
                [
                    link_to([say("Shared links")], f"/w/{slug}/shares", "dk-text-link"),
                    " · ",
                    link_to(
                        [say("Mail it on a schedule")], f"/w/{slug}/schedules?share={share}", "dk-text-link"
                    ),
                ],
            ),
            Html(head, id="share-head"),
            html.Div(id="head-told", **attributes({"aria-live": "polite"})),
            html.Div(people, id="share-people"),
            html.Section(
                [
                    html.H2(say("What the link shows")),
                    html.Div(
                        [
                            view_field(
                                "edit",
                                choices,
                                chosen,
                                views_label(),
                            ),
                            *rule_fields("edit", choices, chosen),
                        ],
                        className="dk-fields dk-share-form",
                    ),
                    html.Div(id="edit-saved", **attributes({"aria-live": "polite"})),
                    html.Button(
                        say("Save"), id="edit-save", type="button", className="dk-button dk-button-main"
                    ),
                ],
                className="dk-card dk-form",
            ),
            Html(embed, id="share-embed"),
            log,
            dcc.Store(id="edit-revision", data=revision),
            dcc.Store(id="viewer-act"),
            dcc.Store(id="head-act"),
            dcc.Store(id="head-go"),
            html.Div(id="head-gone", hidden=True),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Shared link", name=name), content)


def chosen_of(session: Session, share: Share, zone: str) -> Chosen:
    """What stands in the fields of the form."""
    holds = {
        "views": share.shows_views,
        "campaigns": share.shows_campaigns,
        "masked": share.masks_people,
        "downloads": share.downloads,
        "questions": share.questions,
    }
    return Chosen(
        name=share.name,
        views=tuple(str(key) for key in view_ids_of(session, share) if key is not None),
        rules=tuple(name for name, yes in holds.items() if yes),
        campaigns=tuple(share.campaigns or ()),
        since=share.since.isoformat() if share.since else "",
        last_day=share.expires_at.astimezone(ZoneInfo(zone)).date().isoformat() if share.expires_at else "",
        language=share.language or OPEN,
        theme=share.theme or OPEN,
        period=share.period or "28",
        compare=share.compare or "previous",
        origins="\n".join(share.embed_origins or ()),
    )


def head_section(session: Session, settings: Settings, share: Share, workspace: Workspace) -> Markup:
    """The address, the password, former addresses, and what can be done to the whole link."""
    zone = workspace.timezone
    called = dict(team_of(session, workspace)).get(share.created_by, share.created_by)
    old = [
        {
            "id": one.id,
            "ends_at": one.ends_at,
            "opens": one.opens,
            "opened_at": one.opened_at,
            "users": [(say(DEVICES.get(device, "Computer")), network) for device, network in one.users],
        }
        for one in rotation.old_addresses(session, share)
    ]
    return render(
        "ui/share_head.html",
        id=share.id,
        name=share.name or say("this link"),
        url=links.share_url(settings, share),
        paused=share.state == "paused",
        told=say("by {created_by} · {opened}", created_by=called, opened=opened_of(share, zone)),
        old=old,
        password=share_mails.known_password(settings, share),
        locked=share.password_hash is not None,
        viewers=any(one.state == "active" for one in viewers.viewers_of(session, share)),
        suggestion=links.new_password(),
        moment=lambda at: format.moment(at, zone),
        integer=format.integer,
        icons=PATHS,
    )


def embed_section(settings: Settings, share: Share) -> Markup:
    """How the report is put into other web sites."""
    url = links.share_url(settings, share)
    key = None
    if share.embed_nonce is not None:
        key = embedding.embed_key(settings, share.id, share.embed_nonce)
    return render(
        "ui/share_embed.html",
        id=share.id,
        origins=share.embed_origins or [],
        snippet=embedding.snippet(url, share.name or say("Report")),
        key=key,
        claims=f'{{"share": {share.id}, "exp": <{say("Unix time, at most 24 hours ahead")}>}}',
        address=f"{settings.public_url}/p/<JWT>/",
        icons=PATHS,
    )


def viewers_section(
    session: Session, settings: Settings, share: Share, zone: str, suggested: Sequence[str]
) -> Component:
    """The viewers with a link of their own each, and the field for more."""
    people = viewers.viewers_of(session, share)
    rows = [_viewer(one, viewers.viewer_url(settings, one), zone) for one in people]
    listed = (
        html.Ul(rows, className="dk-links")
        if rows
        else html.P(say("Nobody has a link of their own yet."), className="dk-quiet")
    )
    return html.Section(
        [
            html.H2(say("Viewers")),
            listed,
            viewers_field("more", suggested),
            apart_field("more"),
            message_field("more"),
            html.Button(
                say("Share report"), id="more-send", type="button", className="dk-button dk-button-main"
            ),
            html.Div(id="more-told", **attributes({"aria-live": "polite"})),
        ],
        className="dk-card dk-form",
    )


def _viewer(viewer: ShareViewer, url: str, zone: str) -> Component:
    barred = viewer.state == "barred"
    opened = say("not opened yet")
    if viewer.opened_at is not None:
        opened = say(
            "opened {opens}×, last {opened_at}",
            opens=format.integer(viewer.opens),
            opened_at=format.moment(viewer.opened_at, zone),
        )
    chips = [html.Span(say("Barred"), className="dk-chip dk-flat")] if barred else []
    act = "admit" if barred else "bar"
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [html.Span(viewer.email, className="dk-strong"), *chips], className="dk-link-made"
                    ),
                    html.Span(opened, className="dk-quiet"),
                ],
                className="dk-link-text",
            ),
            html.Div(
                [
                    copy_button(url),
                    html.Button(
                        say("Let in again") if barred else say("Bar"),
                        type="button",
                        className="dk-button",
                        **attributes({"data-viewer-act": act, "data-viewer-id": str(viewer.id)}),
                    ),
                ],
                className="dk-link-acts",
            ),
        ]
    )


def told(sentence: str, *, problem: bool = False) -> Component:
    """One sentence about what was done, or why it was not, in the reader's language."""
    return html.P(
        sentence, className="dk-problem" if problem else "dk-strong", role="alert" if problem else "status"
    )


PAGE = PageSpec(name="share", path="/w/<slug>/shares/<share>", layout=layout)
