"""A fault of the machine is nobody's: it is known by its type, and no workspace is set apart for it."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dashapp.db.jobs import QUEUED, JobRun
from data.building import build
from data.engines.duckdb import DiskError, OutOfMemory
from data.errors import LakeUnavailable
from data.lake.lake import Lake
from jobs.intake.refresh import RefreshLoop
from jobs.runtime.faults import MACHINE, MEMORY
from tests.jobs import events as made


def runs(lake: Lake) -> list[tuple[int, str]]:
    with Session(lake.engine) as session:
        return [(run.tenant, run.state) for run in session.scalars(select(JobRun).order_by(JobRun.id))]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("COPY (SELECT md5(range::VARCHAR) FROM range(50000)) TO '/dev/full' (FORMAT parquet)", MACHINE),
        ("CREATE TEMP TABLE much AS SELECT md5(range::VARCHAR) FROM range(2000000)", MEMORY),
    ],
)
def test_what_the_engine_says_of_a_full_disk_and_of_full_memory(statement: str, kind: tuple[type]) -> None:
    """Not made up: a device that is always full, and more rows than 20 MB hold, with nothing to spill to."""
    with duckdb.connect(config={"memory_limit": "20MB", "temp_directory": ""}) as connection:
        with pytest.raises(duckdb.Error) as raised:
            connection.execute(statement)
        assert isinstance(raised.value, kind)


def test_who_needs_more_memory_than_there_is_is_set_apart_from_those_who_do_not(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.write(sqlite_lake, made.sends(1, "a", 1), made.sends(2, "b", 1))

    def only_the_first(_: Lake, ids: Any, *__: object, **___: object) -> build.Refreshed:
        if ids != [1]:
            raise OutOfMemory("failed to allocate")
        return build.Refreshed(1, 1, 0.1, 1)

    monkeypatch.setattr(build, "refresh", only_the_first)
    assert RefreshLoop(sqlite_lake, "alice", lambda: True, lambda _: True).round() == 1
    assert runs(sqlite_lake) == [(2, QUEUED)]


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        DiskError('IO Error: Could not write file "units.parquet": No space left on device'),
        OutOfMemory("Out of Memory Error: failed to offload data block"),
        MemoryError(),
        OperationalError("INSERT", {}, Exception("database or disk is full")),
        LakeUnavailable("The bucket cannot be reached."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_of_the_machine_is_nobodys_dead_letter(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    made.write(sqlite_lake, made.sends(1, "a", 1), made.sends(2, "b", 1))

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(build, "refresh", fails)
    alice = RefreshLoop(sqlite_lake, "alice", lambda: True, lambda _: True)
    with pytest.raises(type(error)):
        alice.round()
    assert runs(sqlite_lake) == []
