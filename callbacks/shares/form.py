"""The fields of the share form, as the browser sends them, and what they mean."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from dash import State
from pydantic import Field
from sqlalchemy.orm import Session

from callbacks.guard import Args
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.sharing.content import Content
from dashapp.views import store

Day = Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Path = Annotated[str, Field(max_length=500)]
Clicks = Annotated[int, Field(ge=1)]
#: Of a button that another callback draws: Dash tells of it once, before anybody pressed it.
Presses = Annotated[int, Field(ge=0)] | None
Typed = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20_000)]
#: As they follow each other in every callback with the form.
FIELDS = ("name", "rules", "views", "campaigns", "since", "last-day", "language", "theme", "period")


class Form(Args):
    """The press of a button, and every field of the form."""

    n: Clicks
    path: Path
    name: Annotated[str, Field(max_length=500)] | None
    rules: list[Literal["views", "campaigns", "masked", "downloads"]] | None
    views: Annotated[list[Annotated[str, Field(pattern=r"^\d{1,9}$")]], Field(max_length=100)] | None
    campaigns: Annotated[list[Annotated[str, Field(max_length=600)]], Field(max_length=5_000)] | None
    since: Day | None
    last_day: Day | None
    language: Annotated[str, Field(max_length=10)] | None
    theme: Literal["open", "light", "dark"] | None
    period: Literal["7", "28", "90"] | None


def states(prefix: str) -> list[State]:
    """The states of a form, in the order of Form."""
    return [State(f"{prefix}-{name}", "value") for name in FIELDS]


def content_of(session: Session, workspace: Workspace, form: Form) -> Content:
    """What the fields mean. Raises Refused; NotFound for a view the workspace does not show."""
    rules = set(form.rules or ())
    views = [store.shown(session, workspace, int(key)).stored for key in form.views or ()]
    try:
        since = date.fromisoformat(form.since) if form.since else None
    except ValueError as error:
        raise Refused("This day does not exist in the calendar.") from error
    return Content(
        views=views,
        shows_views="views" in rules,
        shows_campaigns="campaigns" in rules,
        campaigns=form.campaigns or None,
        since=since,
        masks_people="masked" in rules,
        downloads="downloads" in rules,
        language=None if form.language in (None, "", "open") else form.language,
        theme=form.theme if form.theme != "open" else None,
        period=form.period,
    )
