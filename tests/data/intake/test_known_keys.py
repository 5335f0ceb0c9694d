"""Known keys: through the log into the index; counted in rows, pages and statements, never in seconds."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from data.events.canonical import Event
from data.intake import known_keys
from data.intake.delivery import Receipt
from data.intake.identity import KEY_BYTES, content_key
from data.intake.inbox import Inbox
from data.intake.known_keys import LoggedKeys, claim_key
from data.lake.lake import Lake
from data.lake.tables import event_key, event_key_log
from tests.support.history.deliveries import NOON, sent
from tests.support.known import known

GATHERED = 40


def happened(name: str) -> Event:
    """An event that brought no id of its own: it has one key, that of its content."""
    return sent(f"c-{name}")


def key_of(name: str) -> bytes:
    return content_key(happened(name))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that moves on after forty keys, eight at a time."""
    monkeypatch.setattr(known_keys, "SLICE", 8)


@pytest.fixture
def door(sqlite_engine: Engine) -> Inbox:
    return small(sqlite_engine)


def small(engine: Engine) -> Inbox:
    """An inbox as another process has it."""
    inbox = Inbox(engine)
    inbox._keys = LoggedKeys(GATHERED)
    return inbox


def rows(engine: Engine) -> tuple[int, int]:
    """(rows of the log, keys in the index)."""
    with engine.connect() as connection:
        return tuple(  # type: ignore[return-value]
            connection.scalar(select(func.count()).select_from(table)) for table in (event_key_log, event_key)
        )


def put(door: Inbox, *ids: str, workspace: int = 1) -> tuple[int, int]:
    receipt = door.put(workspace, None, [happened(name) for name in ids], received_at=NOON)
    return receipt.new, receipt.duplicate


def test_keys_are_16_bytes_and_differ() -> None:
    keys = {key_of(text_) for text_ in ("a", "b", "señor 😀", "x" * 300)}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {KEY_BYTES}


def test_a_commit_of_one_workspace_is_one_row_of_the_log(sqlite_engine: Engine, door: Inbox) -> None:
    put(door, "a", "b", "c")
    put(door, "c", "d")
    put(door, "a", workspace=2)
    assert rows(sqlite_engine) == (3, 0)
    put(door, "a", "d")  # nothing new, nothing written
    assert rows(sqlite_engine) == (3, 0)
    with sqlite_engine.connect() as connection:
        assert known(connection) == {(1, key_of(name)) for name in "abcd"} | {(2, key_of("a"))}


def test_the_log_moves_on_within_the_commits_of_later_keys(sqlite_engine: Engine, door: Inbox) -> None:
    """Forty keys gather; then two move for each new one, eight at a time; at the end their rows go."""
    for n in range(10):
        put(door, *(f"old{4 * n + k}" for k in range(4)))
    assert rows(sqlite_engine) == (10, 0)
    moved = []
    for n in range(10):
        put(door, *(f"new{2 * n + k}" for k in range(2)))
        moved.append(rows(sqlite_engine)[1])
    assert moved == [0, 8, 8, 16, 16, 24, 24, 32, 32, 40]
    assert rows(sqlite_engine) == (10, 40)  # of the log: only those that came meanwhile
    with sqlite_engine.connect() as connection:
        first = {(row.workspace_id, bytes(row.key)) for row in connection.execute(select(event_key))}
        assert first == {(1, key_of(f"old{n}")) for n in range(40)}
        assert len(known(connection)) == 60
    assert put(door, *(f"old{n}" for n in range(40)), *(f"new{n}" for n in range(20))) == (0, 60)
    assert put(small(sqlite_engine), "old7", "new7", "newer") == (1, 2)


def test_neighbours_move_together(sqlite_engine: Engine, door: Inbox) -> None:
    """What moves is the lowest keys first: that is why many share a page."""
    put(door, *(f"old{n}" for n in range(40)))
    put(door, "one", "two", "three", "four")
    with sqlite_engine.connect() as connection:
        moved = {bytes(key) for key in connection.scalars(select(event_key.c.key))}
    assert moved == set(sorted(key_of(f"old{n}") for n in range(40))[:8])


def test_the_newest_row_of_the_log_stays(sqlite_engine: Engine, door: Inbox) -> None:
    """Else a process would take up an emptied log's numbers again, and another would not see that it did."""
    put(door, *(f"old{n}" for n in range(40)))
    put(door, *(f"new{n}" for n in range(20)))
    assert rows(sqlite_engine) == (1, 40)
    with sqlite_engine.connect() as connection:
        assert connection.scalar(select(event_key_log.c.seq)) == 2


def test_memory_holds_what_the_log_holds(sqlite_engine: Engine, door: Inbox) -> None:
    other = small(sqlite_engine)
    for n in range(300):
        put(door if n % 3 else other, f"e{n}")
    for inbox in (door, other):
        put(inbox, "e0")
        keys = inbox._keys
        assert isinstance(keys, LoggedKeys)
        with sqlite_engine.connect() as connection:
            logged = (
                connection.execute(select(event_key_log.c.seq).order_by(event_key_log.c.seq)).scalars().all()
            )
        assert [part.seq for part in keys._parts] == logged
        assert keys._count == len(logged) == sum(map(len, keys._known.values()))
        assert len(logged) <= GATHERED * 3 // 2 + 8


def test_two_processes_and_any_order_count_each_event_once(sqlite_engine: Engine) -> None:
    """Against a set, 400 deliveries of random ids over three doors, each now and then begun anew."""
    chance = random.Random(20241122)
    doors = [small(sqlite_engine) for _ in range(3)]
    seen: set[tuple[int, str]] = set()
    for _ in range(400):
        which = chance.randrange(3)
        if chance.random() < 0.05:
            doors[which] = small(sqlite_engine)
        whose = chance.choice((1, 2, 999_999_999))
        ids = [f"e{chance.randrange(700)}" for _ in range(chance.choice((1, 1, 2, 12)))]
        new = {(whose, name) for name in ids} - seen
        assert put(doors[which], *ids, workspace=whose) == (len(new), len(ids) - len(new))
        seen |= new
    with sqlite_engine.connect() as connection:
        assert known(connection) == {(whose, key_of(name)) for whose, name in seen}


def test_a_commit_that_breaks_off_claims_nothing(sqlite_engine: Engine, door: Inbox) -> None:
    """In the middle of the move, too: the keys come again, and every old one is still known."""
    put(door, *(f"old{n}" for n in range(40)))
    put(door, "x1", "x2", "x3", "x4")
    with sqlite_engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER stop BEFORE INSERT ON inbox WHEN NEW.workspace_id = 666"
                " BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    before = rows(sqlite_engine)
    for _ in range(3):
        with pytest.raises(Exception, match="refused a delivery: no"):
            put(door, *(f"c{n}" for n in range(8)), workspace=666)
    assert rows(sqlite_engine) == before
    with sqlite_engine.begin() as connection:
        connection.execute(text("DROP TRIGGER stop"))
    assert put(door, *(f"c{n}" for n in range(8)), workspace=666) == (8, 0)
    assert put(door, *(f"old{n}" for n in range(40)), "x1", "x4") == (0, 42)


def test_a_log_put_back_under_a_running_process_is_read_anew(sqlite_engine: Engine, door: Inbox) -> None:
    """As a restored copy of the database would be: what it does not know comes in again."""
    put(door, "a")
    put(door, "b")
    with sqlite_engine.begin() as connection:
        connection.execute(event_key_log.delete().where(event_key_log.c.seq == 2))
    assert put(door, "a", "b") == (1, 1)
    with sqlite_engine.begin() as connection:
        connection.execute(event_key_log.delete())
    assert put(door, "a", "b") == (2, 0)


def test_new_keys_do_not_change_a_page_each(sqlite_engine: Engine) -> None:
    """With 20,000 keys in the index, 32 more at random change a page each; in the log they share one."""
    with sqlite_engine.begin() as connection:
        connection.execute(
            event_key.insert(), [{"workspace_id": 1, "key": key_of(f"old{n}")} for n in range(20_000)]
        )
    door = Inbox(sqlite_engine)
    put(door, "warm")
    assert (
        changed_pages(sqlite_engine, lambda: put(door, *(f"new{n}" for n in range(32)))) <= 16
    )  # their events, too

    def at_once() -> None:
        more = [{"workspace_id": 1, "key": key_of(f"more{n}")} for n in range(32)]
        with sqlite_engine.begin() as connection:
            connection.execute(event_key.insert(), more)

    assert changed_pages(sqlite_engine, at_once) >= 24


def changed_pages(engine: Engine, commit: Callable[[], object]) -> int:
    """Frames that one commit adds to an empty write-ahead log: a page it changed is one."""
    with closing(engine.raw_connection()) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
    commit()
    return (Path(f"{engine.url.database}-wal").stat().st_size - 32) // (4096 + 24)


@pytest.fixture
def claimed(engine: Engine) -> Inbox:
    """A door that has taken in `a`, on both databases."""
    door = Inbox(engine)
    assert door.put(1, None, [happened("a")], received_at=NOON) == Receipt(1, 0, 0)
    return door


def test_one_event_claimed_beside_the_inbox_is_known_to_both(engine: Engine, claimed: Inbox) -> None:
    with engine.begin() as connection:
        assert not claim_key(connection, 1, key_of("a"))
        assert claim_key(connection, 2, key_of("a"))
        assert claim_key(connection, 1, key_of("b"))
        assert not claim_key(connection, 1, key_of("b"))
    assert claimed.put(1, None, [happened(n) for n in "abc"], received_at=NOON) == Receipt(1, 2, 0)
    assert claimed.put(2, None, [happened("a")], received_at=NOON) == Receipt(0, 1, 0)


def test_a_thousand_new_events_are_a_handful_of_statements(lake: Lake) -> None:
    """Two look for known keys, one for people who were erased; one keeps the keys, one the events."""
    if lake.engine.dialect.name != "sqlite":
        return
    door = Inbox(lake.engine)
    put(door, "warm")
    said: list[str] = []
    with closing(lake.engine.raw_connection()) as raw:
        raw.driver_connection.set_trace_callback(said.append)  # type: ignore[union-attr]
    door.put(1, None, [sent(f"e{n}") for n in range(1_000)], received_at=NOON)
    with closing(lake.engine.raw_connection()) as raw:
        raw.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]
    assert [statement.split()[0] for statement in said] == [
        *("BEGIN", "SELECT", "SELECT", "INSERT", "SELECT", "INSERT", "COMMIT"),
    ]
