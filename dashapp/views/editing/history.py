"""The published versions of a view or an override: who, when, what changed, and bringing one back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dashapp.errors import NotFound
from dashapp.ui.language.texts import words
from dashapp.views import revisions
from dashapp.views.difference import Change, differences
from dashapp.views.editing.publishing import publish_body
from dashapp.views.editing.targets import Target, holder_of, shown_as, state_of
from dashapp.views.schema import View


@dataclass(frozen=True, slots=True)
class Version:
    """A line of the history. `note`: what the publisher wrote, or a mark that `note_text` says in words."""

    version: int
    at: datetime
    by: str
    note: str
    current: bool


def history(session: Session, wanted: Target) -> list[Version]:
    """Every published version, newest first."""
    holder = holder_of(session, wanted)
    if holder is None or holder.version == 0:
        return []
    entries = revisions.published(session, holder) or [revisions.first_entry(holder)]
    return [
        Version(
            entry.version or 0, entry.saved_at, entry.saved_by, entry.note, entry.version == holder.version
        )
        for entry in entries
    ]


def note_text(note: str, lang: str = "en") -> str:
    """A version's note in words: the program's own marks translated, a person's words as they are."""
    mark, _, number = note.partition(":")
    if mark in {"restore", "undo"} and number.isdigit():
        return words(lang)(f"note_{mark}", n=number)
    return words(lang)(f"note_{mark}") if note in {"rename", "import", "drop"} else note


def version_view(session: Session, wanted: Target, version: int) -> View:
    """What a version showed (an override: over the template of today). Raises NotFound."""
    return shown_as(wanted, state_of(session, wanted), _version_body(session, wanted, version))


def version_changes(
    session: Session, wanted: Target, version: int, against: int | None = None
) -> tuple[Change, ...]:
    """What `version` changed against another one, by default the one before it; nothing for the first."""
    before = against if against is not None else version - 1
    after = version_view(session, wanted, version)
    if before < 1:
        first = wanted.is_override
        return differences(state_of(session, wanted).template or after, after) if first else ()
    return differences(version_view(session, wanted, before), after)


def restore(session: Session, wanted: Target, version: int, actor: str) -> int:
    """An old version as a new one, whose number comes back. A draft keeps its changes on top of it."""
    body = _version_body(session, wanted, version)
    return publish_body(session, wanted, actor, f"restore:{version}", lambda state: body)


def _version_body(session: Session, wanted: Target, version: int) -> str:
    holder = holder_of(session, wanted)
    body = None
    if holder is not None and type(version) is int and 0 < version <= holder.version:
        body = revisions.body_of_version(session, holder, version)
    if body is None:
        raise NotFound("There is no such version.")
    return body
