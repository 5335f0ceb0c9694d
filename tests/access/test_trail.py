"""Grouped audit entries: exact counts, whoever writes them, and an end to what a flood can write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dashapp.access import trail as trail_module
from dashapp.access.trail import FURTHER, Count, Occurrence, Trail, grouped, write_counts
from dashapp.db.security import AuditEntry

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ALICE = Occurrence("alice@north.example", "workspace.open", 1, 2, "workspace.read", "10.0.0.1")


@pytest.fixture
def trail(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Trail:
    """A trail whose clock stands at noon."""
    monkeypatch.setattr(trail_module, "now", lambda: NOON)
    return Trail(SimpleNamespace(engine=engine))  # type: ignore[arg-type]


def entries(engine: Engine) -> list[AuditEntry]:
    with Session(engine) as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_counts_of_two_processes_are_one_entry(engine: Engine) -> None:
    for minute in (5, 3):  # the later one is written first
        at = NOON + timedelta(minutes=minute)
        with engine.begin() as connection:
            write_counts(connection, {grouped(ALICE, at): Count(2, at, at)})
    (entry,) = entries(engine)
    assert (entry.n, entry.actor, entry.agency_id, entry.workspace_id) == (4, ALICE.actor, 1, 2)
    later = NOON + timedelta(hours=1)
    with engine.begin() as connection:
        write_counts(connection, {grouped(ALICE, later): Count(1, later, later)})
    assert [entry.n for entry in entries(engine)] == [4, 1]  # another hour is another entry


def test_an_open_page_is_one_entry_an_hour(engine: Engine, trail: Trail, monkeypatch) -> None:
    for _ in range(50):
        trail.looked(ALICE)
    trail.flush()
    monkeypatch.setattr(trail_module, "now", lambda: NOON + timedelta(hours=1))
    trail.looked(ALICE)
    trail.flush()
    assert [(entry.n, entry.at) for entry in entries(engine)] == [(1, NOON), (1, NOON + timedelta(hours=1))]


def test_a_flood_of_one_stranger_is_eleven_entries_a_minute_and_counts_in_full(
    engine: Engine, trail: Trail
) -> None:
    """Charlie asks for 3,000 different addresses of North; his counts are complete, his entries are not."""
    for n in range(3_000):
        trail.counted(Occurrence("charlie@south.example", "denied", detail=f"404 GET /w/{n}", ip="10.0.0.1"))
    trail.flush()
    found = entries(engine)
    assert len(found) == trail_module.PER_ACTOR + 1
    assert sum(entry.n for entry in found) == 3_000
    assert [entry.n for entry in found if entry.detail == FURTHER] == [2_990]


def test_a_flood_of_many_addresses_is_bounded_too(engine: Engine, trail: Trail) -> None:
    for n in range(2_000):
        trail.counted(
            Occurrence("anonymous", "denied", detail="401 data.cubes.rows", ip=f"10.{n // 250}.0.{n % 250}")
        )
    trail.flush()
    found = entries(engine)
    assert len(found) == trail_module.PER_MINUTE + 1
    assert sum(entry.n for entry in found) == 2_000


def test_one_ipv6_network_is_one_stranger(engine: Engine, trail: Trail) -> None:
    for n in range(50):
        trail.counted(Occurrence("anonymous", "denied", detail="401 /", ip=f"2001:db8::{n:x}"))
    trail.flush()
    assert len(entries(engine)) == trail_module.PER_ACTOR + 1


def test_the_next_minute_lists_again(engine: Engine, trail: Trail, monkeypatch) -> None:
    for n in range(20):
        trail.counted(Occurrence("charlie@south.example", "denied", detail=f"404 GET /w/{n}"))
    monkeypatch.setattr(trail_module, "now", lambda: NOON + timedelta(minutes=1))
    trail.counted(Occurrence("charlie@south.example", "denied", detail="404 GET /w/new"))
    trail.flush()
    assert "404 GET /w/new" in {entry.detail for entry in entries(engine)}


def test_a_database_that_cannot_is_asked_again(sqlite_engine: Engine, tmp_path: Path, monkeypatch) -> None:
    written = Trail(SimpleNamespace(engine=sqlite_engine))  # type: ignore[arg-type]
    written.looked(ALICE)
    with monkeypatch.context() as broken:
        broken.setattr(trail_module, "write_counts", _refused)
        written.flush()
    assert entries(sqlite_engine) == []
    written.flush()
    assert [entry.n for entry in entries(sqlite_engine)] == [1]


def _refused(*_: object) -> None:
    raise OperationalError("INSERT", {}, Exception("database is locked"))


def test_what_a_stranger_writes_stays_one_line(engine: Engine, trail: Trail) -> None:
    trail.counted(
        Occurrence("charlie@south.example", "denied", detail="404 GET /w/\r\n\x00forged" + "x" * 900)
    )
    trail.flush()
    (entry,) = entries(engine)
    assert entry.detail.isprintable()
    assert len(entry.detail) <= trail_module.LONGEST_DETAIL
