"""A workspace's list of tasks as it stands now: what the page and its poll show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, cast, get_args
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.viewer import Viewer
from dashapp.crm import tasks
from dashapp.crm.tasks import Desk, Task, Which
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.tiles.base import Page, page_for
from dashapp.tiles.periods import Complete, complete_to
from dashapp.tiles.types.tasks_due import row_of
from dashapp.ui.environment import render
from dashapp.ui.language.say import language, later, say
from dashapp.ui.language.spoken import day, integer, weekday_name
from data.lake.lake import Lake
from data.query.ask import state
from data.scope import Scope
from pages.frame.team import contacts_at, desk_of
from pages.tasks.dialogs import AGAIN

#: The lists, as their tabs are called.
NAMES: Mapping[Which, str] = {
    "due": later("Due today"),
    "overdue": later("Overdue"),
    "upcoming": later("Upcoming"),
    "done": later("Done"),
}
#: What an empty list says, and what to do first.
_EMPTY: Mapping[Which, str] = {
    "due": later("Nothing is due today. Make a task, or look at what is coming up."),
    "overdue": later("Nothing is overdue."),
    "upcoming": later("Nothing is planned. Make a task and give it a day."),
    "done": later("Nothing has been completed yet. Completed tasks appear here with their notes."),
}


@dataclass(frozen=True)
class TaskList:
    """The list. `shown` names what is shown: it differs when a task, the tab or the local day does."""

    desk: Desk
    page: Page
    which: Which
    user: str | None
    counts: Mapping[Which, int]
    tasks: tuple[Task, ...]
    more: str | None
    team: tuple[tuple[str, str], ...]
    complete_to: Complete | None
    shown: str

    def tiles(self) -> Markup:
        """The tabs and the tasks as HTML."""
        path = f"/w/{self.desk.workspace.slug}/tasks"
        keep = {"user": self.user} if self.user else {}

        def link(which: str, **more: str) -> str:
            return f"{path}?{urlencode({'list': which, **keep, **more})}"

        return render(
            "ui/task_list.html",
            t=self.page.t,
            page=self.page,
            tabs=[
                (link(which), say(NAMES[which]), integer(self.counts[which]), which == self.which)
                for which in NAMES
            ],
            title=say(NAMES[self.which]),
            rows=[self._row(task) for task in self.tasks],
            empty=say(_EMPTY[self.which]),
            more=link(self.which, after=self.more) if self.more else "",
        )

    def _row(self, task: Task) -> dict[str, Any]:
        done = task.done_at is not None
        on = task.due_on
        return {
            **row_of(task, self.page, whose=False),
            "who": dict(self.team).get(task.assignee, task.assignee),
            "day": f"{weekday_name(on.isoweekday())} {day(on)}",
            "due_on": on.isoformat(),
            "repeat": "" if task.repeat == "none" else say(AGAIN[task.repeat]),
            "done_at": task.done_at.isoformat() if task.done_at else "",
            "changes": None
            if done
            else {
                "id": task.id,
                "revision": task.revision,
                "title": task.title,
                "due_on": on.isoformat(),
                "assignee": task.assignee,
                "repeat": task.repeat,
            },
        }


def task_list_of(
    lake: Lake,
    session: Session,
    viewer: Viewer,
    workspace: Workspace,
    scope: Scope,
    search: Mapping[str, str],
) -> TaskList:
    """The list of the address. NotFound for who has no tasks here."""
    desk = desk_of(viewer, workspace, scope)
    if desk is None:
        raise NotFound("There is no such page.")
    asked = search.get("list", "due")
    which = cast(Which, asked if asked in get_args(Which) else "due")
    user = None if desk.user is not None else (search.get("user") or "").lower()[:254] or None
    found = tasks.listed(session, desk, which, user, search.get("after"))
    team = tasks.assignable(session, desk)
    page = page_for(workspace.name, workspace.timezone, now(), surface="desk", lang=language(), opens=True)
    page = replace(page, contacts_at=contacts_at(viewer, workspace))
    what = (tasks.stamp(session, desk), which, user, search.get("after"), team, language())
    return TaskList(
        desk,
        page,
        which,
        user,
        tasks.counts(session, desk, user),
        tuple(found.tasks),
        found.after,
        team,
        complete_to(state(lake, scope, workspace.id).last_event_at, now(), workspace.timezone),
        blake2b(repr(what).encode(), digest_size=16).hexdigest(),
    )
