"""Where the marts stand, in one statement: the same as the careful way says, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from dashapp.db.tenants import Workspace
from data.building.build import FORMAT, refresh
from data.building.refresh_on_view import waiting
from data.cubes.workspace_state import WorkspaceState, state_of
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.manifest import current, quarantine, read_only
from data.lake.segments import drain
from data.lake.tables import mart_version

AT = datetime(2026, 10, 28, 12, 0, tzinfo=UTC)


def event(name: str):
    record = {"event": "sent", "event_id": name, "message_id": name, "channel": "email"}
    return canonical({**record, "occurred_at": "2026-10-27T10:00:00Z"}, received_at=AT)


def test_it_says_what_the_manifest_and_the_inbox_say(lake, north, south) -> None:
    def look(workspace_id: int) -> WorkspaceState:
        with read_only(lake.engine).begin() as connection:
            found = state_of(connection, workspace_id)
            manifest = current(connection, [workspace_id])[workspace_id]
        assert found is not None
        assert found.waiting == waiting(lake, workspace_id)
        assert (found.version, found.timezone) == (manifest.version, manifest.timezone)
        assert found.last_event_at == manifest.last_event_at
        return found

    inbox = Inbox(lake.engine)
    assert look(north.harbour) == WorkspaceState(0, "Europe/Madrid", None, waiting=False)
    inbox.put(north.harbour, None, [event("h1")], received_at=AT)
    inbox.put(south.colossus, None, [event(f"c{n}") for n in range(500)], received_at=AT)
    assert look(north.harbour).waiting  # in the inbox
    assert not look(north.pine).waiting
    drain(lake, north.harbour)
    assert look(north.harbour).waiting  # in a segment, not in the marts
    refresh(lake, [north.harbour])
    moment = datetime(2026, 10, 27, 10, 0, tzinfo=UTC)
    assert look(north.harbour) == WorkspaceState(1, "Europe/Madrid", moment, waiting=False)
    assert look(south.colossus).waiting

    def moves(table, **values) -> bool:
        with lake.engine.begin() as connection:
            connection.execute(table.values(**values))
        return look(north.harbour).waiting

    zone = update(Workspace).where(Workspace.id == north.harbour)
    assert moves(zone, timezone="Europe/Lisbon")
    assert not moves(zone, timezone="Europe/Madrid")
    built = update(mart_version).where(mart_version.c.workspace_id == north.harbour)
    assert moves(built, format=FORMAT + 1)
    assert not moves(built, format=FORMAT)
    with read_only(lake.engine).begin() as connection:
        file = next(iter(current(connection, [north.harbour])[north.harbour].layers[-1].files.values()))
        assert state_of(connection, 2**31 - 1) is None
    quarantine(lake.engine, file.path)
    assert look(north.harbour).waiting
