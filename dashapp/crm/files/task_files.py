"""Tasks that come by file (`tasks.csv`, `.jsonl`, `.parquet`): what a source writes about them, checked and kept.

A row is known by its `id`, or by what it says where it has none. The same row again changes nothing; a row that
says something else changes the task, unless it was completed here meanwhile: what somebody did stays done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.crm.completing import DISPOSITIONS
from dashapp.crm.tasks import LONGEST_NOTE, LONGEST_TITLE, touch
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import Workspace
from data.errors import BadRecord
from data.events.canonical import Parked
from data.events.times import moment
from data.lake import erased
from data.plans.load import Loaded

#: How sources call the types.
_CHANNELS: Final = {
    **dict.fromkeys(("phone", "call", "phone_call", "phone_task"), "phone"),
    **dict.fromkeys(("linkedin", "linkedin_task"), "linkedin"),
    **dict.fromkeys(("other", "other_task", "task", "todo", ""), "other"),
}
_DONE: Final = frozenset({"done", "completed", "complete", "closed", "true"})
_FIELDS: Final = ("channel", "title", "lead", "campaign", "assignee", "due_on", "repeat")


class _Row(BaseModel):
    """One task of a file; a source may tell more than is asked, and ids may be numbers."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, str_strip_whitespace=True)

    key: str | None = Field(default=None, max_length=180, validation_alias=AliasChoices("id", "task_id"))
    title: str = Field(
        min_length=1, max_length=LONGEST_TITLE, validation_alias=AliasChoices("title", "name", "subject")
    )
    channel: str = Field(default="other", validation_alias=AliasChoices("channel", "type", "kind"))
    assignee: str = Field(
        min_length=3,
        max_length=254,
        validation_alias=AliasChoices("user", "owner", "assignee", "assigned_to"),
    )
    due: str = Field(validation_alias=AliasChoices("due_on", "due_at", "due", "due_date"))
    lead: str | None = Field(
        default=None, max_length=320, validation_alias=AliasChoices("lead", "email", "contact")
    )
    campaign: str | None = Field(default=None, max_length=500)
    repeat: str = "none"
    state: str = Field(default="open", validation_alias=AliasChoices("state", "status", "done"))
    completed_at: str | None = None
    disposition: str | None = None
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)

    @field_validator("channel")
    @classmethod
    def _known(cls, value: str) -> str:
        name = value.lower().replace(" ", "_").replace("-", "_")
        if name not in _CHANNELS:
            raise ValueError(f"type {value[:60]!r} is none of phone, linkedin and other")
        return _CHANNELS[name]

    @field_validator("assignee", "lead")
    @classmethod
    def _lower(cls, value: str | None) -> str | None:
        return value.lower() or None if value else None

    @field_validator("repeat")
    @classmethod
    def _repeats(cls, value: str) -> str:
        if (name := value.lower() or "none") not in {"none", "daily", "weekly", "monthly"}:
            raise ValueError(f"repeat {value[:60]!r} is none of none, daily, weekly and monthly")
        return name

    @field_validator("disposition")
    @classmethod
    def _ended(cls, value: str | None) -> str | None:
        if value and value not in DISPOSITIONS:
            raise ValueError(f"disposition {value[:60]!r} is none of {', '.join(DISPOSITIONS)}")
        return value or None


def load(session: Session, workspace: Workspace, records: Iterable[Mapping[str, Any] | Parked]) -> Loaded:
    """Take in the rows of a file; a bad one is told with its line, the others are kept."""
    told = Loaded()
    gone = erased.of(session.connection(), workspace.id)
    for place, record in enumerate(records, 1):
        told.read += 1
        if isinstance(record, Parked):
            told.parked.append(record)
            continue
        try:
            key, values = _checked(dict(record), ZoneInfo(workspace.timezone))
        except BadRecord as error:
            raw = record.get("raw")
            text = raw if isinstance(raw, str) else json.dumps(dict(record), default=str)
            told.parked.append(Parked(f"tasks row {place}", str(error), text))
            continue
        if values["lead"] and gone is not None and gone.find(values["lead"]) is not None:
            told.parked.append(Parked(f"tasks row {place}", "its contact was erased", "{}"))
            continue
        if _keep(session, workspace, key, values):
            told.new += 1
        else:
            told.duplicate += 1
    session.flush()
    return told


def _checked(record: dict[str, Any], zone: ZoneInfo) -> tuple[str, dict[str, Any]]:
    """(key, columns of the task). Raises BadRecord."""
    filled = {name: value for name, value in record.items() if value not in (None, "")}
    filled = {
        name: str(value).lower() if value is True or value is False else value
        for name, value in filled.items()
    }
    try:
        row = _Row.model_validate(filled)
    except ValidationError as error:
        first = error.errors()[0]
        what = ".".join(str(part) for part in first["loc"])
        raise BadRecord(f"{what}: {first['msg'].removeprefix('Value error, ')}") from None
    values: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS if name != "due_on"}
    values["due_on"] = _day(row.due, zone)
    if row.state.lower() in _DONE:
        at = moment(row.completed_at, "completed_at") if row.completed_at else None
        noon = datetime.combine(values["due_on"], datetime.min.time().replace(hour=12), zone)
        values |= {
            "done_at": at or noon,
            "disposition": row.disposition,
            "note": row.note or "",
            "times_done": 1,
        }
    said = json.dumps(values, default=str, sort_keys=True)
    return row.key or hashlib.blake2b(said.encode(), digest_size=16).hexdigest(), values


def _day(text: str, zone: ZoneInfo) -> date:
    """A local day, or the local day of a moment."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return moment(text, "due_on").astimezone(zone).date()


def _keep(session: Session, workspace: Workspace, key: str, values: dict[str, Any]) -> bool:
    """Whether the task is new or changed."""
    source_key = f"file:{key}"
    row = session.scalars(
        select(TaskRow).where(TaskRow.workspace_id == workspace.id, TaskRow.source_key == source_key)
    ).first()
    if row is None:
        session.add(TaskRow(workspace_id=workspace.id, source_key=source_key, created_by="file", **values))
        session.flush()
        return True
    if row.done_at is not None or all(getattr(row, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(row, name, value)
    touch(row)
    return True
