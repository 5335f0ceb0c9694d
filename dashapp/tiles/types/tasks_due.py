"""Tasks due today: what the team has to do, each completed with one click by whoever it belongs to."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dashapp.crm.tasks import Task
from dashapp.tiles.base import Answers, Context, Options, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.parts.groups import user_name
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.format import day
from data.query.ask import Query


class TasksDueOptions(Options):
    """Nothing to choose."""


def queries(options: TasksDueOptions, page: Page) -> dict[str, Query]:
    """None: tasks are not events yet. The page brings them (`Page.tasks`)."""
    return {}


def titled(options: TasksDueOptions, page: Page) -> str:
    """The title."""
    return page.t("tasks_due")


def context(options: TasksDueOptions, answers: Answers, page: Page) -> Context:
    """Template values; the overdue first, what is done last."""
    title = titled(options, page)
    if page.tasks is None:
        return {"title": title, "empty": page.t("tasks_elsewhere")}
    if not page.tasks:
        link = (page.t("all_tasks"), page.tasks_at) if page.tasks_at else None
        return {"title": title, "empty": page.t("no_tasks_due"), "empty_link": link}
    return {"title": title, "rows": [row_of(task, page) for task in page.tasks], "all_at": page.tasks_at}


def row_of(task: Task, page: Page, *, whose: bool = True) -> dict[str, Any]:
    """One task as it stands in a list; `whose`: with the person it is assigned to, where that is not the viewer."""
    today = page.as_of.astimezone(ZoneInfo(page.timezone)).date()
    done = task.done_at is not None
    late = not done and task.due_on < today
    about = [task.campaign or "", user_name(task.assignee, page) if whose and not task.mine else ""]
    if task.disposition:
        about.append(page.t(f"status_{task.disposition}"))
    return {
        "id": task.id,
        "icon": PATHS[task.channel],
        "channel": task.channel,
        "kind": page.t(f"channel_{task.channel}"),
        "title": task.title,
        "lead": task.lead or "",
        "about": " · ".join(one for one in about if one),
        "was_due": page.t("was_due", day=day(task.due_on, page.lang)) if late else "",
        "note": task.note if done else "",
        "done": done,
        "late": late,
        "mine": task.mine and page.opens,
        "label": page.t("done_task" if done else "complete_task", title=task.title),
        "why": "" if task.mine else page.t("others_task", who=user_name(task.assignee, page)),
    }


TILE = TileType(
    "tasks_due",
    "Tasks due today",
    TasksDueOptions,
    queries,
    context,
    "tiles/tasks_due.html",
    (4, 4),
    about=About(
        "Tasks due today",
        "Calls, LinkedIn and other tasks of today.",
        "people",
        "to do calls due today",
        least=(3, 3),
        most=(12, 10),
    ),
    title=titled,
    names_people=True,
    explores=False,
)
