"""Two processes that build and publish at once: each sees one moment, and nothing counts twice or stays."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from data.building.build import refresh
from data.building.recheck import recheck
from data.events.canonical import canonical_many
from data.intake.inbox import Inbox
from data.lake import manifest, publishing
from data.lake.lake import Lake
from data.lake.segments import drain
from data.lake.tables import layer, layer_file, workspace_layer

AT = datetime(2024, 9, 4, 12, tzinfo=UTC)


def take_in(lake: Lake, workspace_id: int, *events: tuple[str, str]) -> None:
    """(event, message) pairs, through the inbox into a segment."""
    records = [
        {
            "event": event,
            "message_id": message,
            "lead": f"{message}@client.example",
            "occurred_at": f"2024-09-03T09:{number:02}:00Z",
            "url": "https://north.example/offer" if event == "clicked" else None,
        }
        for number, (event, message) in enumerate(events)
    ]
    good, bad = canonical_many(records, received_at=AT)
    assert not bad
    Inbox(lake.engine).put(workspace_id, None, good, received_at=AT)
    drain(lake)


def test_a_builder_sees_what_waits_and_what_is_published_at_one_moment(
    lake: Lake, north: Any, south: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob's worker reads which segments wait; Alice's takes them in, publishes; Bob's reads which version stands.

    With the version of after and the segments of before, he would take the opening and the click in once more.
    """
    take_in(lake, north.harbour, ("sent", "m1"), ("sent", "m2"))
    take_in(lake, south.colossus, *(("sent", f"c{n}") for n in range(50)))
    refresh(lake)
    take_in(lake, north.harbour, ("opened", "m1"), ("clicked", "m1"))
    real, alice = manifest.current, threading.Thread(target=refresh, args=(lake, [north.harbour]))

    def current(*given: Any) -> Any:
        if not alice.ident:
            alice.start()
            alice.join()
        return real(*given)

    monkeypatch.setattr(manifest, "current", current)
    bob = refresh(lake, [north.harbour])
    assert (bob.workspaces, bob.overtaken) == (0, {north.harbour})
    with manifest.read_only(lake.engine).begin() as connection:
        assert real(connection, [north.harbour])[north.harbour].events == 4
    assert recheck(lake, north.harbour).findings == []


def test_what_two_publishers_give_up_at_once_is_not_left_behind(
    lake: Lake, north: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One layer of both workspaces: who drops it first does not see the other drop it, and the other must."""
    for whose, message in ((north.harbour, "h1"), (north.pine, "p1")):
        take_in(lake, whose, ("sent", message))
    refresh(lake)
    for _ in range(manifest.KEEP_VERSIONS - 1):
        for whose in (north.harbour, north.pine):
            refresh(lake, [whose], full=True)
    real, second_begins = publishing._forget, threading.Event()
    second = threading.Thread(target=refresh, args=(lake, [north.pine], True))

    def forget(connection: Any, done: Any) -> list[str]:
        if done[0].was.workspace_id == north.pine:
            second_begins.set()
            return real(connection, done)
        gone = real(connection, done)
        second.start()
        # On SQLite it cannot begin: who publishes has the lock for writing.
        second_begins.wait(0.2 if lake.engine.dialect.name == "sqlite" else 20)
        second.join(0.5)
        return gone

    monkeypatch.setattr(publishing, "_forget", forget)
    refresh(lake, [north.harbour], full=True)
    second.join(60)
    with manifest.read_only(lake.engine).begin() as connection:
        used = select(workspace_layer.c.layer_id)
        assert connection.scalar(select(func.count()).where(layer.c.id.not_in(used))) == 0
        named = set(connection.scalars(select(layer_file.c.path)))
    on_disk = {str(path.relative_to(lake.root)) for path in (lake.root / "marts").rglob("*.parquet")}
    assert on_disk == named
