"""Versions of the marts: published once, served while the next is damaged, rebuilt when they must be.

Alice's Harbour Coffee has three sends and one opening; Charlie's Colossus stands beside it with 999 sends.
"""

from __future__ import annotations

import errno
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from data.building import refresh_on_view
from data.building.build import refresh
from data.building.orphans import collect_orphans
from data.cubes import blocks as pieces
from data.errors import DamagedFile, LakeUnavailable
from data.events.canonical import canonical_many
from data.intake.inbox import Inbox
from data.lake import manifest, publishing
from data.lake.lake import Lake
from data.lake.segments import drain
from data.marts import layer_files
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.kept import Keeper

AT = datetime(2024, 9, 4, 12, tzinfo=UTC)


def sent(number: int, campaign: str = "Autumn", user: str = "alice@north.example") -> dict[str, Any]:
    return {
        "event_id": f"s{number}",
        "event": "sent",
        "occurred_at": "2024-09-03T09:00:00Z",
        "message_id": f"m{number}",
        "lead": f"l{number}@client.example",
        "campaign": campaign,
        "user": user,
    }


def opened(number: int) -> dict[str, Any]:
    return {
        "event_id": f"o{number}",
        "event": "opened",
        "occurred_at": "2024-09-03T10:00:00Z",
        "message_id": f"m{number}",
    }


def take_in(lake: Lake, workspace_id: int, *records: dict[str, Any]) -> None:
    events, parked = canonical_many(records, received_at=AT)
    assert not parked
    Inbox(lake.engine).put(workspace_id, None, events, received_at=AT)


@pytest.fixture
def harbour(lake: Lake, keeper: Keeper, north: Any, south: Any) -> int:
    """Harbour Coffee at version 2: three sends, then one opening. Colossus has its own thousands."""

    def make() -> int:
        take_in(lake, south.colossus, *(sent(n, "ZZZ-CANARY") for n in range(999)))
        take_in(lake, north.harbour, sent(1), sent(2), sent(3, "Winter", "bob@north.example"))
        drain(lake)
        refresh(lake)
        take_in(lake, north.harbour, opened(1))
        drain(lake)
        refresh(lake)
        return int(north.harbour)

    return keeper.made(lake, make)


def open_rate(lake: Lake, workspace_id: int, scope: Scope | None = None, **options: Any) -> tuple[int, int]:
    answer = ask(
        lake,
        scope or Scope(frozenset({workspace_id})),
        workspace_id,
        Query(name="rate", data_type="open", as_of=AT, **options),
    )
    return answer["n"], answer["base"]


def file_of(lake: Lake, workspace_id: int, mart: str, layer: int = -1) -> Path:
    """The file of a mart in the newest layer (or another) of the workspace's version."""
    with lake.engine.begin() as connection:
        state = manifest.current(connection, [workspace_id])[workspace_id]
    pieces.forget()  # what follows is a process that has read nothing yet
    return lake.path(state.layers[layer].files[mart].path)


DAMAGE = {
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "without its last byte": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "zeroed": lambda path: path.write_bytes(b"\0" * path.stat().st_size),
}


@pytest.mark.postgres_long
@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_cube_leaves_the_version_before_it(lake: Lake, harbour: int, how: str) -> None:
    assert open_rate(lake, harbour) == (1, 3)
    DAMAGE[how](file_of(lake, harbour, "units"))
    assert open_rate(lake, harbour) == (0, 3)  # version 1: before the opening
    refresh(lake)  # the worker's next round builds the workspace anew
    assert open_rate(lake, harbour) == (1, 3)


@pytest.mark.parametrize(
    "refused",
    [OSError(errno.EMFILE, "Too many open files"), OSError(errno.EACCES, "Permission denied"), MemoryError()],
    ids=["handles", "permission", "memory"],
)
def test_a_process_that_can_read_nothing_condemns_no_file(
    lake: Lake, harbour: int, monkeypatch: pytest.MonkeyPatch, refused: Exception
) -> None:
    """It says nothing about the files: whole ones would be built anew, while the machine is short already."""

    def cannot(*_: Any, **__: Any) -> Any:
        raise refused

    def unreadable(*_: Any) -> Any:
        raise pa.ArrowInvalid("not a parquet file")

    with monkeypatch.context() as short:
        short.setattr(pq, "ParquetFile", cannot)
        short.setattr("data.query.ask._kept_or_made", unreadable)
        with pytest.raises(LakeUnavailable):
            open_rate(lake, harbour)
    with lake.engine.begin() as connection:
        assert not manifest.current(connection, [harbour])[harbour].damaged
    assert open_rate(lake, harbour) == (1, 3)


@pytest.mark.postgres_long
@pytest.mark.parametrize("how", DAMAGE)
def test_where_every_version_is_damaged_the_events_answer(lake: Lake, harbour: int, how: str) -> None:
    DAMAGE[how](file_of(lake, harbour, "units", layer=0))
    assert open_rate(lake, harbour) == (1, 3)
    refresh(lake)
    assert open_rate(lake, harbour) == (1, 3)


@pytest.mark.postgres_long
@pytest.mark.parametrize("how", DAMAGE)
def test_damaged_states_are_made_anew_from_the_segments(lake: Lake, harbour: int, how: str) -> None:
    DAMAGE[how](file_of(lake, harbour, "messages", layer=0))
    take_in(lake, harbour, opened(2))
    drain(lake)
    refresh(lake)
    assert open_rate(lake, harbour) == (2, 3)


def test_a_damaged_segment_leaves_the_version_there_is_and_stops_no_one_else(
    lake: Lake, harbour: int, south: Any
) -> None:
    take_in(lake, harbour, opened(2))
    drain(lake, harbour)
    with lake.engine.begin() as connection:
        path = connection.execute(text("SELECT path FROM segment ORDER BY id DESC LIMIT 1")).scalar_one()
    lake.path(path).write_bytes(b"PAR1 nothing else")
    take_in(lake, south.colossus, opened(7))
    drain(lake, south.colossus)
    with pytest.raises(DamagedFile, match="cannot be read; its workspaces keep their figures"):
        refresh(lake)
    assert open_rate(lake, south.colossus) == (1, 999)
    refresh_on_view.ensure(lake, harbour)  # whoever looks is shown what there is
    assert open_rate(lake, harbour) == (1, 3)


def test_of_two_builders_one_publishes_and_no_event_counts_twice(
    lake: Lake, harbour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(lake, harbour, opened(2))
    drain(lake)
    real = layer_files.write

    def overtaken(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(layer_files, "write", real)
        refresh(lake, [harbour])  # another process does all of it while this one writes
        return real(*given, **named)

    monkeypatch.setattr(layer_files, "write", overtaken)
    assert refresh(lake, [harbour]).workspaces == 0
    assert open_rate(lake, harbour) == (2, 3)
    assert refresh(lake).workspaces == 0
    collect_orphans(lake, older_than_s=-1)
    assert open_rate(lake, harbour) == (2, 3)


def test_a_build_killed_before_it_publishes_leaves_the_old_version_and_only_orphans(
    lake: Lake, harbour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(lake, harbour, opened(2))
    drain(lake)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "publish", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            refresh(lake)
    assert open_rate(lake, harbour) == (1, 3)
    assert collect_orphans(lake, older_than_s=-1) >= 3  # messages, units, cohorts at least
    refresh(lake)
    assert open_rate(lake, harbour) == (2, 3)


def test_a_moved_time_zone_cuts_the_days_anew(lake: Lake, harbour: int) -> None:
    days = {"from": "2024-09-03", "to": "2024-09-03"}
    assert open_rate(lake, harbour, **days) == (1, 3)
    with lake.engine.begin() as connection:
        connection.execute(
            text("UPDATE workspace SET timezone = 'Pacific/Kiritimati' WHERE id = :id"), {"id": harbour}
        )
    refresh_on_view.ensure(lake, harbour)
    # 09:00 UTC is 23:00 of the same day there: only the next day is empty.
    assert open_rate(lake, harbour, **days) == (1, 3)
    with lake.engine.begin() as connection:
        connection.execute(
            text("UPDATE workspace SET timezone = 'Pacific/Pago_Pago' WHERE id = :id"), {"id": harbour}
        )
    refresh_on_view.ensure(lake, harbour)
    # 09:00 UTC is 22:00 of the day before.
    assert open_rate(lake, harbour, **days) == (0, 0)
    assert open_rate(lake, harbour, **{"from": "2024-09-02", "to": "2024-09-02"}) == (1, 3)


def test_marts_of_another_format_are_built_anew(
    lake: Lake, harbour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lake.engine.begin() as connection:
        connection.execute(text("UPDATE mart_version SET format = 0"))
    assert refresh_on_view.waiting(lake, harbour)
    refresh_on_view.ensure(lake, harbour)
    assert not refresh_on_view.waiting(lake, harbour)
    assert open_rate(lake, harbour) == (1, 3)


def test_what_is_acknowledged_is_there_for_whoever_looks(lake: Lake, harbour: int) -> None:
    take_in(lake, harbour, opened(3))
    assert open_rate(lake, harbour) == (1, 3)
    refresh_on_view.ensure(lake, harbour)
    assert open_rate(lake, harbour) == (2, 3)


def test_a_viewer_waits_only_so_long_and_the_fold_goes_on(
    lake: Lake, harbour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(lake, harbour, opened(3))
    going = threading.Event()
    real = refresh_on_view.refresh

    def slow(*given: Any, **named: Any) -> Any:
        assert going.wait(30)
        return real(*given, **named)

    monkeypatch.setattr(refresh_on_view, "refresh", slow)
    refresh_on_view.ensure(lake, harbour, 0.05)
    refresh_on_view.ensure(lake, harbour, 0.05)  # waits for the next one
    assert open_rate(lake, harbour) == (1, 3)
    going.set()
    refresh_on_view.ensure(lake, harbour)
    assert open_rate(lake, harbour) == (2, 3)


def test_a_fold_that_fails_leaves_what_there_is(
    lake: Lake, harbour: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    take_in(lake, harbour, opened(3))
    monkeypatch.setattr(
        refresh_on_view, "refresh", lambda *_, **__: (_ for _ in ()).throw(ValueError("year 294246"))
    )
    refresh_on_view.ensure(lake, harbour)
    assert "is shown as it was" in caplog.text
    assert open_rate(lake, harbour) == (1, 3)
    monkeypatch.undo()
    refresh_on_view.ensure(lake, harbour)
    assert open_rate(lake, harbour) == (2, 3)


def test_a_scope_of_one_user_or_one_campaign_sees_no_more(lake: Lake, harbour: int) -> None:
    bob = Scope(frozenset({harbour}), user="bob@north.example")
    assert open_rate(lake, harbour, bob) == (0, 1)
    assert open_rate(lake, harbour, bob, user="alice@north.example") == (0, 0)
    assert open_rate(lake, harbour, bob, campaign="Autumn") == (0, 0)
    autumn = Scope(frozenset({harbour}), campaigns=frozenset({"Autumn"}))
    assert open_rate(lake, harbour, autumn) == (1, 2)
    assert open_rate(lake, harbour, autumn, by="user") == (1, 2)
    assert open_rate(lake, harbour, autumn, campaign="Winter") == (0, 0)


@pytest.mark.postgres_long
@pytest.mark.parametrize(
    "hostile",
    ["' OR 1=1 --", "Autumn'; DROP TABLE units; --", "$workspace_id", "%", "{hits}", "\x00", "é" * 400],
)
def test_a_filter_is_a_value_whatever_it_says(lake: Lake, harbour: int, hostile: str) -> None:
    assert open_rate(lake, harbour, campaign=hostile) == (0, 0)
    assert open_rate(lake, harbour) == (1, 3)


def test_a_default_page_reads_the_cubes_and_never_the_fact(
    lake: Lake, harbour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mart in ("messages", "journeys"):
        for layer in (0, 1):
            file_of(lake, harbour, mart, layer).unlink()
    assert open_rate(lake, harbour) == (1, 3)
    assert open_rate(lake, harbour, by="campaign") == (1, 3)
    assert open_rate(lake, harbour, sender_provider="custom", recipient_provider="other") == (1, 3)
