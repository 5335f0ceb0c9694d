"""A workspace's dashboard, `/w/<slug>`: what happened lately, what is due today, who is warm."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.crm.names import named
from dashapp.crm.team import by_name
from dashapp.sharing.opening import dress_of
from dashapp.tiles.periods import CUSTOM, PERIODS, QUICK
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language.say import language, later, say
from pages.analytics.first_steps import first_steps
from pages.analytics.page import LIVE_MS, cell_panel
from pages.dashboard import help_words
from pages.dashboard.board import SORT, Board, board_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, complete_to, title_row
from pages.frame.reach import is_team
from pages.tasks.dialogs import task_parts, timeline_stores
from pages.view_controls import view_menu
from pages.view_controls.controls import FIRST_DAY, LAST_DAY

#: What the page's words mean, opened by "?".
HELP = (
    (
        later("Contacts"),
        later("People who received at least one action in this period; bounced e-mails do not count."),
    ),
    (
        later("Positively engaged"),
        later(
            "Opened one message at least twice, a minute apart, replied, clicked a link, watched a video or booked "
            "a demo by phone. A reply that refuses does not count."
        ),
    ),
    (
        later("Action"),
        later("Something done towards a contact: an e-mail, a video message, a postcard, a call, a task."),
    ),
    (
        later("Timeline"),
        later(
            "What happened, newest first, in your browser’s time zone. Equal events of one action stand in one "
            "line with their number. It refreshes every minute, and never under your pointer."
        ),
    ),
    (
        later("Top performing campaigns"),
        later(
            "By engagement; where nobody engaged, by active contacts; then by name. Beside it, who is not "
            "interested: unsubscribes, calls that say so, replies that refuse."
        ),
    ),
    (
        later("Hot leads"),
        later(
            "The most engaged people: replies, multiple opens, clicks, watched videos and incoming e-mails."
        ),
    ),
    (
        later("Tasks due today"),
        later("Click the check mark to complete one of yours. It can be undone for ten seconds."),
    ),
)


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound when the workspace is not the viewer's."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug)
        board = board_of(visit.services.lake, session, visit.viewer, workspace, scope, visit.search)
        content = screen(session, visit, board)
    corrected = None
    if board.controls.problem:
        corrected = f"{visit.path}?{urlencode(board.controls.pairs)}"
    return Shown(say("{name} · Dashboard", name=workspace.name), content, corrected=corrected)


def screen(session: Session, visit: Visit, board: Board) -> Component:
    """The page's content."""
    workspace, page = board.workspace, board.page
    sub = [html.Span(page.period.dates(language()))]
    if board.scope.user is not None:
        sub.append(html.Span(["· ", say("your own figures")]))
    return html.Div(
        [
            brand_style(dress_of(workspace).brand),
            title_row(
                workspace.name,
                sub,
                [
                    html.Span(
                        complete_to(
                            board.complete_to,
                            workspace.timezone,
                            held=page.held and not page.late,
                            behind=page.behind is not None or page.late,
                        ),
                        id="fresh",
                    ),
                    help_words.button(HELP),
                ],
            ),
            html.Div([_controls(session, visit, board)], className="dk-control-row"),
            *([first_steps(page.connect, may_share=False)] if page.starting else []),
            Html(named(session, workspace.id, board.tiles()), id="tiles", className="dk-tiles"),
            html.P(
                say("Days are those of {timezone}; times are your browser’s.", timezone=workspace.timezone),
                className="dk-foot",
            ),
            dcc.Interval(id="live", interval=LIVE_MS),
            dcc.Store(id="shown", data=board.shown),
            *cell_panel(),
            *timeline_stores(),
            *task_parts(),
        ],
        className="dk-wrap",
    )


def _controls(session: Session, visit: Visit, board: Board) -> Html:
    """Days and, for who sees everybody's figures and works here, the person."""
    controls, page = board.controls, board.page
    keep = {SORT: visit.search[SORT]} if SORT in visit.search else {}
    person = {"user": controls.filters.user} if controls.filters.user else {}
    users = None
    if board.scope.user is None and is_team(visit.viewer, board.workspace):
        names = view_menu.names_of(board.lake, board.scope, board.workspace.id, page, seen=board.seen)["user"]
        called = dict(page.team)
        chosen = [controls.filters.user] if controls.filters.user else []
        users = by_name([*names, *called, *chosen], called)
    return Html(
        render(
            "ui/dashboard_controls.html",
            path=visit.path,
            usual=controls.usual,
            periods=[(key, say("{n} days", n=key)) for key in QUICK],
            others=[(key, one.name(language())) for key, one in PERIODS.items() if key not in QUICK],
            links={key: f"{visit.path}?{urlencode({'period': key, **person, **keep})}" for key in PERIODS},
            controls=controls,
            in_menu=controls.period not in QUICK,
            span=page.period.dates(language(), year=False)
            if controls.period == CUSTOM
            else say("Other period")
            if controls.period in QUICK
            else PERIODS[controls.period].name(language()),
            first=page.period.from_.isoformat(),
            last=page.period.to.isoformat(),
            earliest=FIRST_DAY.isoformat(),
            latest=LAST_DAY.isoformat(),
            users=users,
            icons=PATHS,
        ),
        id="controls-bar",
    )


PAGE = PageSpec(name="dashboard", path="/w/<slug>", layout=layout)
