"""The fields of the share form, as the browser sends them, and what they mean."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from dash import State
from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from callbacks.fields import Path
from callbacks.guard import Args, Caller
from dashapp.access.viewer import Member
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.sharing.content import LANGUAGES, Content
from dashapp.sharing.embedding import parse_origins
from dashapp.tiles.base import Comparison
from dashapp.tiles.periods import PERIODS
from dashapp.views import store
from pages.shares.form import OPEN, Chosen

Day = Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Clicks = Annotated[int, Field(ge=1)]
#: Of a button that another callback draws: Dash tells of it once, before anybody pressed it.
Presses = Annotated[int, Field(ge=0)] | None
Typed = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20_000)]
Message = Annotated[str, Field(max_length=2_000_000)]
#: As they follow each other in every callback with the form.
FIELDS = (
    "name", "rules", "views", "campaigns", "since", "last-day", "language", "theme", "period", "compare", "origins",
)  # fmt: skip


def _language(value: str) -> str:
    if value not in {OPEN, *LANGUAGES}:
        raise ValueError("no language of a portal")
    return value


def _period(value: str) -> str:
    if value not in PERIODS:
        raise ValueError("no period")
    return value


class Form(Args):
    """The press of a button, and every field of the form."""

    n: Presses
    path: Path
    name: Annotated[str, Field(max_length=500)] | None
    rules: list[Literal["views", "campaigns", "masked", "downloads", "questions"]] | None
    views: Annotated[list[Annotated[str, Field(pattern=r"^\d{1,9}$")]], Field(max_length=100)] | None
    campaigns: Annotated[list[Annotated[str, Field(max_length=600)]], Field(max_length=5_000)] | None
    since: Day | None
    last_day: Day | None
    language: Annotated[str, AfterValidator(_language)] | None
    theme: Literal["open", "light", "dark"] | None
    period: Annotated[str, AfterValidator(_period)] | None
    compare: Comparison | None
    origins: Annotated[str, Field(max_length=10_000)] | None


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
        questions="questions" in rules,
        language=None if form.language in (None, "", OPEN) else form.language,
        theme=None if form.theme == "open" else form.theme,
        period=form.period,
        compare=form.compare,
        embed_origins=parse_origins(form.origins or ""),
    )


def typed_of(form: Form) -> Chosen:
    """The fields as they were typed."""
    return Chosen(
        name=" ".join((form.name or "").split()),
        views=tuple(form.views or ()),
        rules=tuple(form.rules or ()),
        campaigns=tuple(form.campaigns or ()),
        since=form.since or "",
        last_day=form.last_day or "",
        language=form.language or OPEN,
        theme=form.theme or OPEN,
        period=form.period or "28",
        compare=form.compare or "previous",
        origins=" ".join((form.origins or "").split()),
    )


def end_of(day: str | None, zone: str) -> datetime | None:
    """The last moment of a local day; None without one. Raises Refused for a day that is none."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.max, ZoneInfo(zone))
    except ValueError as error:
        raise Refused("This day does not exist in the calendar.") from error


def sender_of(caller: Caller) -> str:
    """How a mail names who shares."""
    viewer = caller.viewer
    return (viewer.name or viewer.email) if isinstance(viewer, Member) else viewer.actor
