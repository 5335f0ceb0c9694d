"""The latest events and the parked records, from the inbox and the segments alike."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from data.errors import DamagedFile, NotInScope
from data.events.canonical import Event, Parked
from data.intake import recent as source_activity
from data.intake.inbox import Inbox
from data.intake.latest_events import latest_events
from data.lake import segments
from data.lake.lake import Lake
from data.scope import Scope
from tests.support.history.deliveries import NOON, sent

HARBOUR, COLOSSUS = 1, 2
ALICE = Scope(frozenset({HARBOUR}))


def ids(lake: Lake, scope: Scope = ALICE, **narrower: int) -> list[str]:
    return [event["event_id"] for event in source_activity.recent(lake, scope, HARBOUR, **narrower)]


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """Harbour Coffee: old (segment), middle (segment, source 5), new (inbox). Charlie's Colossus: many."""
    door = Inbox(lake.engine)
    for minute, (name, source) in enumerate([("old", None), ("middle", 5)]):
        at = NOON + timedelta(minutes=minute)
        door.put(HARBOUR, source, [sent(name, received_at=at, user="bob@north.example")], received_at=at)
        door.put(COLOSSUS, None, [sent(f"charlie-{n}-{name}") for n in range(99)], received_at=at)
        segments.drain(lake)
    late = NOON + timedelta(hours=1)
    door.put(HARBOUR, 6, [sent("new", received_at=late, campaign="Autumn")], received_at=late)
    door.put(COLOSSUS, None, [sent("charlie-inbox")], received_at=late)
    return lake


def test_newest_received_first_from_both_stores(filled: Lake) -> None:
    assert ids(filled) == ["new", "middle", "old"]
    assert ids(filled, limit=2) == ["new", "middle"]
    assert ids(filled, limit=1) == ["new"]
    segments.drain(filled)
    assert ids(filled) == ["new", "middle", "old"]


def test_an_event_is_told_whole_and_json_ready(filled: Lake) -> None:
    before = source_activity.recent(filled, ALICE, HARBOUR)
    assert json.loads(json.dumps(before)) == before
    assert set(before[0]) == {*Event._fields, "source"}
    told = before[1]
    assert (told["event_id"], told["source"], told["message_id"]) == ("middle", 5, "m-middle")
    assert told["occurred_at"] == "2024-09-02T10:00:00.000000Z"
    assert told["received_at"] == "2024-09-02T12:01:00.000000Z"
    assert (told["machine"], told["url"]) == (False, None)
    segments.drain(filled)
    assert source_activity.recent(filled, ALICE, HARBOUR) == before  # a segment tells it the same way


def test_one_source(filled: Lake) -> None:
    assert ids(filled, source_id=5) == ["middle"]
    assert ids(filled, source_id=6) == ["new"]
    assert ids(filled, source_id=99) == []


def test_a_strangers_workspace_is_not_there(filled: Lake) -> None:
    charlie = Scope(frozenset({COLOSSUS}))
    with pytest.raises(NotInScope):
        source_activity.recent(filled, charlie, HARBOUR)
    with pytest.raises(NotInScope):
        source_activity.parked(filled, charlie, HARBOUR)
    assert not [name for name in ids(filled) if name.startswith("charlie")]


def test_a_narrow_scope_sees_its_own_events_only(filled: Lake) -> None:
    workspace = frozenset({HARBOUR})
    Inbox(filled.engine).put(HARBOUR, None, [], [Parked("line 1", "no time", "{}")], received_at=NOON)
    assert ids(filled, Scope(workspace, user="bob@north.example")) == ["middle", "old"]
    assert ids(filled, Scope(workspace, campaigns=frozenset({"Autumn"}))) == ["new"]
    assert source_activity.parked(filled, Scope(workspace, campaigns=frozenset({"Autumn"})), HARBOUR) == []


def test_parked_records_newest_first(lake: Lake) -> None:
    door = Inbox(lake.engine)
    told = [Parked("line 1", "unknown event 'x'", '{"event":"x"}'), Parked("line 2", "no time", "{}")]
    door.put(HARBOUR, 5, [], told, received_at=NOON)
    door.put(COLOSSUS, None, [], [Parked("line 9", "charlie's", "c")], received_at=NOON)
    later, first = source_activity.parked(lake, ALICE, HARBOUR)
    assert first == {
        "id": 1,
        "source": 5,
        "why": "unknown event 'x'",
        "where": "line 1",
        "raw": '{"event":"x"}',
        "received_at": "2024-09-02T12:00:00.000000Z",
    }
    assert later["where"] == "line 2"
    assert source_activity.parked(lake, ALICE, HARBOUR, source_id=7) == []


def test_a_missing_file_is_told(filled: Lake) -> None:
    for path in filled.root.rglob("*.parquet"):
        path.write_bytes(b"PAR1 no longer")
    with pytest.raises(DamagedFile, match="cannot be read"):
        source_activity.recent(filled, ALICE, HARBOUR)


def test_the_reader_is_locked_to_the_lake(filled: Lake) -> None:
    """A path that leads out of the lake is refused by DuckDB itself, should a bad row ever name one."""
    outside = filled.root.parent / "outside.parquet"
    outside.write_bytes(next(iter(filled.root.rglob("*.parquet"))).read_bytes())
    with pytest.raises(DamagedFile):
        latest_events(filled, ["../outside.parquet"], HARBOUR, 5)
    with pytest.raises(DamagedFile):
        latest_events(filled, [str(outside)], HARBOUR, 5)
