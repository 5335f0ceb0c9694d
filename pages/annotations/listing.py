"""The notes on days of a workspace as their page lists them, and the form that makes or changes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.on_tiles import AnnotationChange
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.sharing import day_notes
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say

_DONE = {"add": later("made"), "edit": later("changed"), "remove": later("removed")}


@dataclass(frozen=True)
class Row:
    """One note. `history`: what it said, by whom and when, where it was ever changed."""

    id: int
    days: str
    text: str
    campaign: str
    for_clients: bool
    by: str
    history: Sequence[str]


@dataclass(frozen=True)
class Form:
    """What stands in the form; `id` 0: a new note."""

    id: int
    revision: int
    first: str
    last: str
    text: str
    campaign: str
    for_clients: bool


def rows_of(session: Session, workspace: Workspace) -> list[Row]:
    """The notes, the newest day first."""
    found = day_notes.notes_of(session, workspace)
    history = day_notes.history_of(session, found)
    return [
        Row(
            one.id,
            format.date_range(one.first_day, one.last_day),
            one.text,
            one.campaign or "",
            one.for_clients,
            one.created_by,
            [_change(change, workspace.timezone) for change in history[one.id]][:-1],
        )
        for one in found
    ]


def form_for(session: Session, workspace: Workspace, search: Mapping[str, str]) -> Form:
    """The form an address asks for: of a note to be changed, or a new one. NotFound for what is not there."""
    if search.get("change"):
        note = day_notes.note_of(session, workspace, id_of(search["change"]))
        first, last = note.first_day.isoformat(), note.last_day.isoformat()
        return Form(note.id, note.revision, first, last, note.text, note.campaign or "", note.for_clients)
    today = now().astimezone(ZoneInfo(workspace.timezone)).date().isoformat()
    return Form(0, 0, today, today, "", "", False)


def body(rows: Sequence[Row], form: Form, campaigns: Sequence[str], told: str = "") -> Markup:
    """The page below its title."""
    return render(
        "ui/annotations.html",
        rows=rows,
        form=form,
        campaigns=campaigns,
        told=told,
        longest=day_notes.LONGEST_TEXT,
    )


def id_of(text: str) -> int:
    """The id in an address. Raises NotFound for what is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound("There is no such note.")
    return int(text)


def _change(one: AnnotationChange, zone: str) -> str:
    return say(
        "{what} by {who}, {when}: {days}, {text}",
        what=say(_DONE[one.what]),
        who=one.by,
        when=format.moment(one.at, zone),
        days=format.date_range(one.first_day, one.last_day),
        text=one.text,
    )
