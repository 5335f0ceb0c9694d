"""What an answer counted from events depends on beside the version: what is pending, what was corrected."""

from __future__ import annotations

from sqlalchemy import Connection

from data.intake import pending_events
from data.lake import reply_overrides


def mark(connection: Connection, workspace_id: int) -> tuple[str, ...]:
    """Differs when an event was made or taken back in the app, or a reply's category was corrected."""
    pending = pending_events.ids(connection, workspace_id)
    corrected = reply_overrides.stamp(connection, workspace_id)
    return (*pending, f"corrected {corrected}") if corrected else pending
