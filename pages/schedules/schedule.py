"""One scheduled report, `/w/<slug>/schedules/<schedule>`: when, to whom, its runs, and what can be done with it."""

from __future__ import annotations

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.campaigns.figures import names_in
from dashapp.config import Settings
from dashapp.db.reports import Share
from dashapp.db.schedules import PLANNED, SENT, Schedule, ScheduleRun
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.schedules import keeping, planning
from dashapp.schedules.recipients import Recipient, recipients_of
from dashapp.sharing import links
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from dashapp.views.link_names import LinkNames
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.schedules.form import chosen_of, schedule_form
from pages.schedules.page import choices_of
from pages.schedules.words import next_words, rhythm_words, runs_table

MOST_RUNS = 50
_OWN = {
    "weekly": later("Once a week at most"),
    "monthly": later("Once a month at most"),
    "none": later("Unsubscribed"),
}


def schedule_id_of(text: str) -> int:
    """The id in an address. Raises NotFound for what is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise NotFound("There is no such schedule.")
    return int(text)


def layout(visit: Visit, slug: str, schedule: str) -> Shown:
    """The page; NotFound for whoever may not share, and for a schedule of another workspace."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, "share.manage")
        row, share = keeping.schedule_of(session, workspace, schedule_id_of(schedule))
        people = recipients_of(session, row)
        chosen = chosen_of(row, [one.viewer.email for one in people if one.row.cadence != "none"])
        campaigns = names_in(visit.services.lake, scope, workspace.id)
        form = schedule_form("plan", choices_of(session, workspace, share, campaigns), chosen)
        state = state_section(session, visit.services.settings, workspace, row, share)
        brand, name = dress_of(workspace).brand, LinkNames(session, workspace).of(share)
    content = html.Div(
        [
            brand_style(brand),
            title_row(name, [link_to([say("Scheduled reports")], f"/w/{slug}/schedules", "dk-text-link")]),
            html.Div(state, id="schedule-state"),
            html.Section(
                [
                    html.H2(say("When and to whom")),
                    form,
                    html.Button(
                        say("Save"), id="plan-save", type="button", className="dk-button dk-button-main"
                    ),
                    html.Div(id="plan-saved", **attributes({"aria-live": "polite"})),
                    dcc.Store(id="plan-revision", data=row.revision),
                ],
                className="dk-card dk-form",
            ),
            dcc.Store(id="schedule-act"),
        ],
        className="dk-wrap dk-narrow",
    )
    return Shown(say("{name} · Scheduled report", name=name), content)


def state_section(
    session: Session, settings: Settings, workspace: Workspace, schedule: Schedule, share: Share
) -> Component:
    """What it does, its recipients and its runs: all that changes without the form."""
    runs = planning.runs_of(session, [schedule.id], MOST_RUNS)
    people = recipients_of(session, schedule)
    url = links.share_url(settings, share)
    mails = planning.mail_states(session, [run.id for run in runs])
    opened = {run.id: f"{url}sent/{run.id}/" for run in runs if run.state == SENT}
    return html.Div(
        [
            _head(schedule, share, LinkNames(session, workspace).of(share), workspace, runs),
            _recipients(people, sent=any(run.state == SENT for run in runs)),
            html.Section(
                [html.H2(say("Runs")), runs_table(runs, schedule.timezone, opened=opened, mails=mails)],
                className="dk-card dk-form",
            ),
        ]
    )


def _head(
    schedule: Schedule, share: Share, name: str, workspace: Workspace, runs: list[ScheduleRun]
) -> Component:
    paused = schedule.state == "paused"
    waits = any(run.state == PLANNED and run.asked_by for run in runs)
    link = link_to([name], f"/w/{workspace.slug}/shares/{share.id}", "dk-text-link")
    return html.Section(
        [
            html.P(
                [
                    html.Span(rhythm_words(schedule), className="dk-strong"),
                    *([html.Span(say("Paused"), className="dk-chip dk-flat")] if paused else []),
                ],
                className="dk-link-made",
            ),
            html.P(
                [
                    f"{next_words(schedule)} · ",
                    say("by {who}", who=schedule.created_by),
                    " · ",
                    say("shows the link"),
                    " ",
                    link,
                ],
                className="dk-quiet",
            ),
            *(
                [
                    html.P(
                        say("The link is paused: nothing is sent until it is resumed."),
                        className="dk-problem",
                    )
                ]
                if share.state == "paused"
                else []
            ),
            html.Div(
                [
                    _act("now", say("Send now"), main=True, disabled=waits),
                    _act("resume", say("Resume")) if paused else _act("pause", say("Pause")),
                ],
                className="dk-actions",
            ),
            html.Details(
                [
                    html.Summary(say("Delete")),
                    html.P(
                        say(
                            "The schedule goes with its runs and all it sent: the links “as of” in earlier mails "
                            "end. Mails that still wait are not sent."
                        ),
                        className="dk-quiet",
                    ),
                    _act("delete", say("Delete for good")),
                ],
                className="dk-more",
            ),
            *(
                [html.P(say("It is being made; the mails go within a minute or two."), role="status")]
                if waits
                else []
            ),
        ],
        className="dk-card dk-form",
    )


def _recipients(people: list[Recipient], *, sent: bool) -> Component:
    items = []
    for one in people:
        chips = []
        if one.viewer.state != "active":
            chips.append(html.Span(say("Barred"), className="dk-chip dk-flat"))
        elif one.row.cadence in _OWN:
            chips.append(html.Span(say(_OWN[one.row.cadence]), className="dk-chip dk-flat"))
        last = say("no mail yet")
        if one.row.last_day:
            last = say("last mail {day}", day=format.day(date.fromisoformat(one.row.last_day)))
        acts = [_act("resend", say("Send the last again"), one.row.id)] if sent and one.gets_mail else []
        items.append(
            html.Li(
                [
                    html.Div(
                        [
                            html.Span(
                                [html.Span(one.viewer.email, className="dk-strong"), *chips],
                                className="dk-link-made",
                            ),
                            html.Span(last, className="dk-quiet"),
                        ],
                        className="dk-link-text",
                    ),
                    html.Div(acts, className="dk-link-acts"),
                ]
            )
        )
    return html.Section(
        [
            html.H2(say("Recipients")),
            html.Ul(items, className="dk-links"),
            html.Div(id="schedule-told", **attributes({"aria-live": "polite"})),
        ],
        className="dk-card dk-form",
    )


def _act(act: str, label: str, target: int = 0, *, main: bool = False, disabled: bool = False) -> Component:
    return html.Button(
        label,
        type="button",
        disabled=disabled,
        className="dk-button dk-button-main" if main else "dk-button",
        **attributes(
            {"data-viewer-act": act, "data-viewer-id": str(target), "data-act-store": "schedule-act"}
        ),
    )


PAGE = PageSpec(name="schedule", path="/w/<slug>/schedules/<schedule>", layout=layout)
