"""The process that reads a file of the watched folder: it answers, and a bomb or a kill ends nothing else."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.tenants import WatchedFile
from dashapp.intake import child, watched, watched_places, watched_process
from dashapp.services import Services
from data.lake.tables import inbox
from tests.support.world import app, make_app, running, world, world_template

__all__ = ["app", "make_app", "running", "world", "world_template"]

HEAD = "event,occurred_at,message_id,lead\n"
ROW = "sent,2026-11-02T09:00:00Z,m{n},p{n}@client.example\n"


def started(services: Services, root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Services, Path]:
    """A watched folder in which whatever is dropped has settled at the second look."""
    root.mkdir()
    watching = replace(services, settings=services.settings.model_copy(update={"watched_folder": root}))
    at = iter(datetime.now().astimezone() + timedelta(minutes=n) for n in range(1_000))
    monkeypatch.setattr(watched, "now", lambda: next(at))
    watched.look(watching)
    return watching, root / "harbour-coffee"


def test_a_bomb_is_refused_in_a_sentence_and_what_lies_beside_it_is_taken_in(
    running: Services, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two million empty objects are six megabytes of JSON, and some hundreds as objects."""
    services, folder = started(running, tmp_path / "drop", monkeypatch)
    limited = "import dashapp.intake.child as child; child.MEMORY = 64 * 2**20; "
    (tmp_path / "limited.py").write_text(limited + "from dashapp.intake.watched_process import main")
    monkeypatch.syspath_prepend(tmp_path)
    begin = child.begin
    monkeypatch.setattr(child, "begin", lambda _, **more: begin("limited", **more))
    (folder / "bomb.json").write_bytes(b"[" + b"{}," * 2_000_000 + b"{}]")
    (folder / "sound.csv").write_text(HEAD + ROW.format(n=1))
    watched.look(services)
    counts = watched.look(services)
    assert (counts.taken, counts.refused) == (1, 1)
    with services.reading() as session:
        bomb, sound = session.scalars(select(WatchedFile).order_by(WatchedFile.name)).all()
    size = 3 * 2_000_000 + 4
    assert bomb.why == f"bomb.json unpacks to more than {64 + 3 * size // 2**20} MB; save it as CSV."
    assert (sound.row_count, sound.new) == (1, 1)


@pytest.mark.faults
def test_a_process_that_is_killed_half_way_loses_and_doubles_nothing(
    running: Services, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, folder = started(running, tmp_path / "drop", monkeypatch)
    rows = 20_000
    (folder / "a.csv").write_text(HEAD + "".join(ROW.format(n=n) for n in range(rows)))
    watched.look(services)

    def events() -> int:
        with services.reading() as session:
            return int(session.scalar(select(func.coalesce(func.sum(inbox.c.events), 0))) or 0)

    children: list[int] = []
    begin = child.begin

    def beginning(*args: Any, **more: Any) -> Any:
        process = begin(*args, **more)
        children.append(process.pid)
        return process

    monkeypatch.setattr(child, "begin", beginning)
    half_way = threading.Event()

    def kill() -> None:
        while not events():
            half_way.wait(0.05)
        with suppress(ProcessLookupError):
            os.kill(children[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    counts = watched.look(services)
    killer.join()
    assert (counts.taken, counts.refused) == (0, 0)
    assert 0 < events() < rows
    assert watched.look(services).taken == 1
    with services.reading() as session:
        (row,) = session.scalars(select(WatchedFile)).all()
    assert (row.row_count, row.new + row.duplicate, events()) == (rows, rows, rows)
    assert row.duplicate > 0
    assert len(children) == 2


def test_a_process_that_cannot_begin_says_nothing_of_the_file(
    running: Services, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ends_at_once.py").write_text("import os; main = lambda: os._exit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    begin = child.begin
    monkeypatch.setattr(child, "begin", lambda _, **more: begin("ends_at_once", **more))
    assert watched_process.read(running, world.ids["harbour"], tmp_path / "a.csv", ()) is None


def test_a_large_file_may_take_what_it_needs() -> None:
    """One of the most that is read (1 GB) takes twice that, as bytes and as text; a small one takes no more."""
    assert child.memory_for(watched_places.MOST_BYTES) > 3 * watched_places.MOST_BYTES
    assert child.memory_for(1_000_000) < 1.01 * child.MEMORY
