"""Parking: what no mart can take in leaves its segment once, whoever else searches the same segment meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.building import build
from data.engines.duckdb import DiskError, OutOfMemory
from data.lake import compaction
from data.lake.lake import Lake, table_of
from data.lake.tables import parked, segment
from jobs.intake import poison
from tests.jobs import events as made
from tests.support.tenants import make_north


def stored(lake: Lake) -> list[str]:
    """The ids of the events in the only segment."""
    with lake.engine.connect() as connection:
        path = connection.execute(select(segment.c.path)).scalar_one()
    return sorted(table_of(lake, path).column("event_id").to_pylist())


def parked_events(lake: Lake) -> list[tuple[int, str]]:
    with lake.engine.connect() as connection:
        rows = connection.execute(select(parked.c.workspace_id, parked.c.where).order_by(parked.c.id))
        return [(row.workspace_id, row.where) for row in rows]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object], int], list[int]]:
    """Have something happen at the end of the next so many searches."""

    def during(happens: Callable[[], object], times: int) -> list[int]:
        real, happened = poison._poisonous, []

        def search(*given: Any) -> set[int]:
            found = real(*given)
            if len(happened) < times:
                happened.append(1)
                happens()
            return found

        monkeypatch.setattr(poison, "_poisonous", search)
        return happened

    return during


def test_two_searches_in_one_segment_bring_no_parked_event_back(
    lake: Lake, north: Any, south: Any, meanwhile: Callable[..., list[int]]
) -> None:
    """Harbour and Colossus share a segment of four events each, one of each bad. While Harbour's search goes on,
    Colossus's comes to its end: its event is parked and its other three are taken in."""
    harbour, colossus = north.harbour, south.colossus
    made.write(
        lake,
        made.poisoned(made.sends(harbour, "h", 4), row=1),
        made.poisoned(made.sends(colossus, "c", 4), row=2),
    )

    def colossus_is_through() -> None:
        assert poison.park(lake, colossus) == 1
        assert build.refresh(lake, [colossus]).events == 3

    meanwhile(colossus_is_through, 1)
    assert poison.park(lake, harbour) == 1
    assert stored(lake) == ["c-0", "c-1", "c-3", "h-0", "h-2", "h-3"]
    assert parked_events(lake) == [(colossus, "event c-2"), (harbour, "event h-1")]
    assert build.refresh(lake, [harbour]).events == 3
    build.refresh(lake, full=True)
    assert (made.sent_emails(lake, harbour), made.sent_emails(lake, colossus)) == (3, 3)
    assert len(list(lake.root.rglob("segments/**/*.parquet"))) == 3  # as it came, without c-2, without h-1


def test_a_workspace_of_which_every_event_is_bad_has_them_all_parked(
    lake: Lake, north: Any, south: Any
) -> None:
    """Harbour's only event in a segment with Colossus's two; Pine's only event in one of its own, which goes."""
    made.write(
        lake,
        made.poisoned(made.sends(north.harbour, "h", 1), row=0),
        made.sends(south.colossus, "c", 2),
    )
    assert poison.park(lake, north.harbour) == 1
    assert stored(lake) == ["c-0", "c-1"]
    assert build.refresh(lake).events == 2
    made.write(lake, made.poisoned(made.sends(north.pine, "p", 1), row=0))
    assert poison.park(lake, north.pine) == 1
    assert stored(lake) == ["c-0", "c-1"], "one segment is left"
    assert parked_events(lake) == [(north.harbour, "event h-0"), (north.pine, "event p-0")]
    build.refresh(lake, full=True)
    assert made.sent_emails(lake, south.colossus) == 2


@pytest.mark.parametrize("error", [DiskError("No space left on device"), OutOfMemory("failed to allocate")])
def test_a_disk_that_fills_up_during_the_search_parks_no_good_event(
    sqlite_lake: Lake, sqlite_engine: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The search's first build, of an event that is good, still finds room."""
    with Session(sqlite_engine) as session, session.begin():
        north = make_north(session)
    made.write(sqlite_lake, made.sends(north.harbour, "h", 3))
    real, built = build.refresh, []

    def until_it_is_full(*given: Any, **named: Any) -> build.Refreshed:
        built.append(1)
        if len(built) > 1:
            raise error
        return real(*given, **named)

    monkeypatch.setattr(build, "refresh", until_it_is_full)
    with pytest.raises(type(error)):
        poison.park(sqlite_lake, north.harbour)
    assert stored(sqlite_lake) == ["h-0", "h-1", "h-2"]
    assert parked_events(sqlite_lake) == []


def test_a_segment_that_does_not_stand_still_is_left_as_it_is(
    sqlite_lake: Lake, sqlite_engine: Any, meanwhile: Callable[..., list[int]]
) -> None:
    """Bob writes it anew at each of Alice's three searches: she parks nothing, and her run's next try does."""
    with Session(sqlite_engine) as session, session.begin():
        north = make_north(session)
    made.write(sqlite_lake, made.poisoned(made.sends(north.harbour, "h", 3), row=0))

    def bob_writes_it_anew() -> None:
        paths, parts = compaction.existing_files(sqlite_lake, [1])
        assert compaction.rewrite(sqlite_lake, paths, table_of(sqlite_lake, paths[1]), parts)

    happened = meanwhile(bob_writes_it_anew, 3)
    assert poison.park(sqlite_lake, north.harbour) == 0
    assert len(happened) == 3
    assert stored(sqlite_lake) == ["h-0", "h-1", "h-2"]
    assert parked_events(sqlite_lake) == []
    assert poison.park(sqlite_lake, north.harbour) == 1
    assert stored(sqlite_lake) == ["h-1", "h-2"]
