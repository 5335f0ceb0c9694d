"""The fields of the schedule form, as the browser sends them, and what they mean."""

from __future__ import annotations

from typing import Annotated

from dash import State
from pydantic import Field

from callbacks.guard import Args
from callbacks.shares.form import Clicks, Path, Typed
from dashapp.schedules.keeping import Wanted

Short = Annotated[str, Field(max_length=100)] | None
#: As they follow each other in every callback with the form.
FIELDS = (
    "cadence",
    "weekday",
    "month-day",
    "hour",
    "timezone",
    "period",
    "language",
    "shows",
    "only-changed",
    "recipients",
    "message",
)


class Form(Args):
    """The press of a button, and every field of the form."""

    n: Clicks
    path: Path
    cadence: Short
    weekday: Short
    month_day: Short
    hour: Short
    timezone: Short
    period: Short
    language: Short
    shows: Annotated[list[Annotated[str, Field(max_length=520)]], Field(max_length=500)] | None
    only_changed: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=5)] | None
    recipients: Annotated[list[Annotated[str, Field(max_length=254)]], Field(max_length=500)] | None
    message: Annotated[str, Field(max_length=100_000)] | None
    more: Typed | None


def states(prefix: str) -> list[State]:
    """The states of a form, in the order of Form."""
    return [*(State(f"{prefix}-{name}", "value") for name in FIELDS), State(f"{prefix}-viewers", "data")]


def wanted_of(form: Form) -> Wanted:
    """What the fields mean; whether it can be is checked where it is kept."""
    return Wanted(
        cadence=form.cadence or "",
        weekday=_number(form.weekday),
        month_day=_number(form.month_day),
        hour=_number(form.hour, nothing=-1),
        timezone=(form.timezone or "").strip(),
        language=form.language or "",
        period=form.period or "",
        shows=form.shows or None,
        only_changed=bool(form.only_changed),
        message=form.message or "",
        addresses=[*(form.recipients or []), *(form.more or [])],
    )


def _number(text: str | None, nothing: int = 0) -> int:
    """What was typed as a small number; else one that no field takes."""
    said = (text or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else nothing
