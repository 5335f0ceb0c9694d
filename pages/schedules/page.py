"""A workspace's scheduled reports, `/w/<slug>/schedules`: what is mailed to whom and when, and what became of it.

With `?share=<id>` also the form of a new one for that link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.campaigns.figures import names_in
from dashapp.db.reports import Share
from dashapp.db.schedules import PLANNED, Schedule, ScheduleRun
from dashapp.db.tenants import Workspace
from dashapp.schedules import keeping, planning
from dashapp.schedules.reasons import reason_words
from dashapp.schedules.recipients import recipients_of
from dashapp.schedules.running import why_not
from dashapp.schedules.shows import LIST, campaign_key, mailed_of, view_key
from dashapp.sharing import links, viewers
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import say
from dashapp.views.link_names import LinkNames
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.schedules.form import Choices, Chosen, schedule_form
from pages.schedules.names import Called, last_words, mailed_words, to_words
from pages.schedules.words import next_words, rhythm_words, runs_table, state_chip
from pages.shares.share import share_id_of

#: Runs of the whole workspace that are shown.
MOST_RUNS = 30


@dataclass(frozen=True)
class Row:
    """One schedule of the list. `shows`: what it mails; `people`: to whom; `last`: its newest run that was looked
    at; `ended`: why it mails nothing just now, "" otherwise."""

    schedule: Schedule
    name: str
    shows: tuple[str, ...]
    pdf: bool
    people: tuple[str, ...]
    last: ScheduleRun | None
    ended: str = ""


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for whoever may not share, and for a link of another workspace."""
    asked = visit.search.get("share")
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, "share.manage")
        rows = rows_of(session, workspace)
        runs = planning.runs_of(session, [row.schedule.id for row in rows], MOST_RUNS)
        mails = planning.mail_states(session, [run.id for run in runs])
        names = LinkNames(session, workspace)
        shares = [(share.id, names.of(share)) for share in links.shares_of(session, workspace)]
        share = None if asked is None else links.share_of(session, workspace, share_id_of(asked))
        new = None
        if share is not None:
            campaigns = names_in(visit.services.lake, scope, workspace.id)
            new = new_section(session, workspace, share, campaigns, visit.lang)
        brand, name, zone = dress_of(workspace).brand, workspace.name, workspace.timezone
    named: dict[int, Component] = {
        row.schedule.id: link_to([row.name], f"/w/{slug}/schedules/{row.schedule.id}", "dk-text-link")
        for row in rows
    }
    content = html.Div(
        [
            brand_style(brand),
            title_row(say("Scheduled reports"), say("{name} · mailed to viewers of a link", name=name)),
            html.Div(listing(rows, slug), id="schedules-list"),
            new or choose_section(shares, slug),
            html.Section(
                [
                    html.H2(say("Runs")),
                    html.P(
                        say(
                            "A report whose figures are missing, held back or old is not sent, and the agency’s "
                            "owners get a mail about it."
                        ),
                        className="dk-quiet",
                    ),
                    runs_table(runs, zone, named, mails=mails),
                ],
                className="dk-card dk-form",
            ),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Scheduled reports", name=name), content)


def rows_of(session: Session, workspace: Workspace) -> list[Row]:
    """The schedules of the workspace's links."""
    found, names, called = [], LinkNames(session, workspace), Called(session, workspace)
    for schedule in keeping.schedules_of(session, workspace):
        share = session.get_one(Share, schedule.share_id)
        keys = mailed_of(schedule.shows, keeping.shown_of(session, share), share.only_campaigns)
        runs = [
            run
            for run in planning.runs_of(session, [schedule.id], 5)
            if run.state != PLANNED or run.reason or run.asked_by
        ]
        people = tuple(one.viewer.email for one in recipients_of(session, schedule) if one.gets_mail)
        why = why_not(session, schedule, share)
        found.append(
            Row(
                schedule,
                names.of(share),
                tuple(called.of(key) for key in keys),
                share.downloads,
                people,
                runs[0] if runs else None,
                "" if why == "paused" else why,
            )
        )
    return found


def choices_of(session: Session, workspace: Workspace, share: Share, campaigns: Sequence[str]) -> Choices:
    """What a schedule of the link can be about, and for whom. `campaigns`: the workspace's."""
    called, guest = Called(session, workspace), keeping.shown_of(session, share)
    keys = [view_key(key) for key in guest.views]
    if guest.shows_campaigns:
        only = share.only_campaigns
        listed = campaigns if only is None else [*(name for name in campaigns if name in only)]
        keys += [LIST, *(campaign_key(name) for name in listed)]
    found = [(key, called.of(key)) for key in keys]
    people = [one.email for one in viewers.viewers_of(session, share) if one.state == "active"]
    return Choices(tuple(found), tuple(people), tuple(viewers.suggested_addresses(session, workspace)))


def new_section(
    session: Session, workspace: Workspace, share: Share, campaigns: Sequence[str], lang: str
) -> Component:
    """The form of a new schedule for a link."""
    choices = choices_of(session, workspace, share, campaigns)
    head = html.H2(say("New schedule for {name}", name=LinkNames(session, workspace).of(share)))
    chosen = Chosen(workspace.timezone, language=share.language or lang)
    return html.Section(
        [
            head,
            schedule_form("plan", choices, chosen),
            html.Button(
                say("Create schedule"), id="plan-create", type="button", className="dk-button dk-button-main"
            ),
            html.Div(id="plan-made", **attributes({"aria-live": "polite"})),
        ],
        className="dk-card dk-form",
    )


def choose_section(shares: Sequence[tuple[int, str]], slug: str) -> Component:
    """The links a schedule can be made for, as (id, name)."""
    if not shares:
        return html.Div(
            [
                html.H2(say("First share something")),
                html.P(
                    say("A schedule mails what a link shows. Make the link, then choose when and to whom.")
                ),
                link_to([say("Shared links")], f"/w/{slug}/shares", "dk-button dk-button-main"),
            ],
            className="dk-card dk-notice",
        )
    items = [
        html.Li(
            [
                html.Span(name, className="dk-strong dk-link-text"),
                html.Div(
                    link_to([say("New schedule")], f"/w/{slug}/schedules?share={key}", "dk-button"),
                    className="dk-link-acts",
                ),
            ]
        )
        for key, name in shares
    ]
    return html.Section(
        [html.H2(say("New schedule")), html.Ul(items, className="dk-links")], className="dk-card dk-form"
    )


def listing(rows: Sequence[Row], slug: str) -> Component:
    """The schedules, or what they are for."""
    if not rows:
        return html.Div(
            [
                html.H2(say("Nothing is mailed yet")),
                html.P(say("Choose a link below, and its report goes out by itself.")),
            ],
            className="dk-card dk-notice",
        )
    return html.Ul([_item(row, slug) for row in rows], className="dk-card dk-links dk-flush")


def _item(row: Row, slug: str) -> Component:
    schedule = row.schedule
    chips: list[Component] = []
    if schedule.state == "paused":
        chips.append(html.Span(say("Paused"), className="dk-chip dk-flat"))
    if row.last is not None:
        chips.append(state_chip(row.last))
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [
                            link_to(
                                [row.name], f"/w/{slug}/schedules/{schedule.id}", "dk-text-link dk-strong"
                            ),
                            *chips,
                        ],
                        className="dk-link-made",
                    ),
                    html.Span(f"{rhythm_words(schedule)} · {next_words(schedule)}", className="dk-quiet"),
                    html.Span(mailed_words(row.shows, pdf=row.pdf), className="dk-quiet"),
                    html.Span(to_words(row.people), className="dk-quiet"),
                    html.Span(last_words(row.last, schedule.timezone), className="dk-quiet"),
                    *([html.Span(reason_words(row.ended), className="dk-problem")] if row.ended else []),
                ],
                className="dk-link-text",
            ),
        ]
    )


PAGE = PageSpec(name="schedules", path="/w/<slug>/schedules", layout=layout)
