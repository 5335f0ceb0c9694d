"""A workspace's tasks, `/w/<slug>/tasks`: due, overdue, upcoming and done; made, given away, moved, repeated."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup

from dashapp.access.scopes import scope_for_workspace
from dashapp.crm.names import named
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say
from pages.analytics.page import LIVE_MS
from pages.dashboard import help_words
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.tasks.dialogs import task_parts
from pages.tasks.list import TaskList, task_list_of

HELP = (
    (
        later("Task"),
        later(
            "A call, a LinkedIn step or something else to do on a day, for a contact or for nobody in particular."
        ),
    ),
    (
        later("Completing"),
        later(
            "Click the check mark, leave a note and confirm; a call needs how it ended. Only the person a task is "
            "assigned to completes it. It can be undone for ten seconds."
        ),
    ),
    (
        later("Counted"),
        later("A completed task shows at once in the timeline and in the figures of the contact’s campaign."),
    ),
    (
        later("Repeats"),
        later(
            "When it is completed, the next one is made: a day, a week or a month later, never in the past."
        ),
    ),
)


def layout(visit: Visit, slug: str) -> Shown:
    """The page; NotFound for who has no tasks in this workspace."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, "task.work")
        found = task_list_of(visit.services.lake, session, visit.viewer, workspace, scope, visit.search)
        brand = dress_of(workspace).brand
        tiles = named(session, workspace.id, found.tiles())
    return Shown(say("{name} · Tasks", name=workspace.name), screen(found, tiles, brand))


def screen(found: TaskList, tiles: Markup, brand: str) -> Component:
    """The page's content; `tiles`: the list."""
    workspace = found.desk.workspace
    new = html.Button(
        [icon("plus"), html.Span(say("New task"))],
        type="button",
        className="dk-button dk-button-main",
        **attributes({"data-task-new": found.desk.viewer}),
    )
    return html.Div(
        [
            brand_style(brand),
            title_row(say("Tasks"), workspace.name, [_people(found), help_words.button(HELP), new]),
            Html(tiles, id="tiles", className="dk-tiles"),
            html.Span(id="fresh", hidden=True),
            dcc.Interval(id="live", interval=LIVE_MS),
            dcc.Store(id="shown", data=found.shown),
            *task_parts(found.team, found.desk.today),
        ],
        className="dk-wrap",
    )


def _people(found: TaskList) -> Component:
    """Whose tasks, for who sees everybody's."""
    if found.desk.user is not None:
        return html.Span()
    path = f"/w/{found.desk.workspace.slug}/tasks"
    choices = [(f"{path}?{urlencode({'list': found.which})}", say("All users"), found.user is None)]
    choices += [
        (f"{path}?{urlencode({'list': found.which, 'user': email})}", name, found.user == email)
        for email, name in found.team
    ]
    return Html(render("ui/go_select.html", label=say("User"), choices=choices))


PAGE = PageSpec(name="tasks", path="/w/<slug>/tasks", layout=layout)
