"""What an answer counted from events depends on besides the version: pending events and corrections."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BindParameter, Connection, String, bindparam, cast, func, literal, select, union_all

from data.intake.pending_events import pending_event
from data.lake.reply_overrides import reply_override

_WHOSE: Final[BindParameter[Any]] = bindparam("whose")
#: The ids of what is pending (0), and the last correction of a reply's category (1), in one statement.
_MARK = union_all(
    select(pending_event.c.event_id.label("what"), literal(0).label("kind")).where(
        pending_event.c.workspace_id == _WHOSE
    ),
    select(cast(func.max(reply_override.c.id), String), literal(1)).where(
        reply_override.c.workspace_id == _WHOSE
    ),
)


def mark(connection: Connection, workspace_id: int) -> tuple[str, ...]:
    """Differs when an event was made or taken back in the app, or a reply's category was corrected."""
    rows = connection.execute(_MARK, {"whose": workspace_id}).all()
    pending = tuple(sorted(row.what for row in rows if row.kind == 0))
    corrected = next((row.what for row in rows if row.kind == 1), None)
    return pending if corrected is None else (*pending, f"corrected {corrected}")
