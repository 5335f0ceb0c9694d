"""The watched folder: files are read whole and once, whatever is killed, and links never.

Files are read in this process here; test_watched_process.py starts the real one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.contacts import Erasure
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import READING, REFUSED, TAKEN, WatchedFile
from dashapp.intake import watched, watched_erasing, watched_places, watched_process
from dashapp.services import Services
from data.errors import InboxBusy
from data.lake.tables import inbox
from jobs.catalog.watch_folder import JOB
from jobs.runtime.job import Task
from tests.support.world import app, make_app, running, world, world_template

__all__ = ["app", "make_app", "running", "world", "world_template"]

HEAD = "event,occurred_at,message_id,lead\n"
ROW = "sent,2026-11-02T09:00:00Z,m{n},p{n}@client.example\n"


class Folder:
    """Harbour's folder, and a clock that the test moves."""

    def __init__(self, services: Services, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.services = replace(
            services, settings=services.settings.model_copy(update={"watched_folder": root})
        )
        self.root, self.path = root, root / "harbour-coffee"
        self.at = datetime.now().astimezone()
        monkeypatch.setattr(watched, "now", lambda: self.at)

    def drop(self, name: str, text: str | bytes) -> Path:
        self.path.mkdir(exist_ok=True)
        path = self.path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def look(self, after: float = 0.0) -> watched.Counts:
        self.at += timedelta(seconds=after)
        return watched.look(self.services)

    def settled(self) -> watched.Counts:
        """Two looks with enough time between them."""
        self.look()
        return self.look(30)

    def rows(self) -> list[tuple[Any, ...]]:
        with self.services.reading() as session:
            found = session.scalars(select(WatchedFile).order_by(WatchedFile.id)).all()
            return [(r.name, r.state, r.row_count, r.new, r.duplicate, r.parked, r.why) for r in found]

    def files(self) -> set[str]:
        found = (path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if not path.is_dir())
        return {name for name in found if name != ".reading/.lock"}

    def events(self) -> int:
        with self.services.reading() as session:
            return int(session.scalar(select(func.coalesce(func.sum(inbox.c.events), 0))) or 0)


@pytest.fixture
def folder(running: Services, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    (tmp_path / "drop").mkdir()
    monkeypatch.setattr(
        watched_process, "read", lambda services, id_, path, keep: watched_process.work(services, id_, path)
    )
    return Folder(running, tmp_path / "drop", monkeypatch)


def test_a_file_is_taken_in_once_it_has_settled(folder: Folder) -> None:
    folder.drop("monday.csv", HEAD + ROW.format(n=1) + ROW.format(n=2) + "danced,2026-11-02,m3,x\n")
    assert (folder.look().waiting, folder.events()) == (1, 0)
    assert (folder.look(5).waiting, folder.events()) == (1, 0)
    assert folder.look(20).taken == 1
    assert folder.rows()[0][:6] == ("monday.csv", TAKEN, 3, 2, 0, 1)
    assert folder.events() == 2
    assert folder.files() == {"taken/monday.csv"}
    assert folder.look(60) == watched.Counts()
    with folder.services.reading() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.import"))
    assert entry.detail == "monday.csv: 3 rows, 2 new, 0 known, 1 parked"


def test_the_same_file_again_adds_nothing(folder: Folder) -> None:
    for _ in range(2):
        folder.drop("a.csv", HEAD + ROW.format(n=1))
        folder.settled()
    assert [row[:6] for row in folder.rows()] == [("a.csv", TAKEN, 1, 1, 0, 0), ("a.csv", TAKEN, 1, 0, 1, 0)]
    assert len(folder.files()) == 2
    assert folder.events() == 1


def test_a_file_that_is_still_written_is_waited_for(folder: Folder) -> None:
    path = folder.drop("slow.csv", HEAD)
    for n in range(4):
        assert folder.look(15).waiting == 1
        with path.open("a") as file:
            file.write(ROW.format(n=n))
    for name in ("next.csv.part", ".hidden.csv", "next.csv.TMP", "next.csv.filepart"):
        folder.drop(name, HEAD + ROW.format(n=9))
    assert folder.settled().taken == 1
    assert folder.rows()[0][:4] == ("slow.csv", TAKEN, 4, 4)
    assert folder.look(60) == watched.Counts()


def test_what_is_written_to_at_the_last_moment_goes_back(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.drop("late.csv", HEAD + ROW.format(n=1))
    folder.look()
    real = Path.rename

    def rename(self: Path, target: Any) -> Path:
        if self == path:
            with path.open("a") as file:
                file.write(ROW.format(n=2))
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    folder.look(30)
    monkeypatch.undo()
    assert (folder.files(), folder.events()) == ({"late.csv"}, 0)
    monkeypatch.setattr(watched, "now", lambda: folder.at)
    assert folder.settled().taken == 1
    assert folder.rows()[0][:4] == ("late.csv", TAKEN, 2, 2)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("notes.txt", "hello\nthere\n", ""),
        ("empty.csv", "", "It is empty."),
        ("days.csv", HEAD + "sent,03/04/2026 10:00,m1,a@client.example\n", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_reason(
    folder: Folder, name: str, text: str, why: str
) -> None:
    folder.drop(name, text)
    assert folder.settled().refused == 1
    (row,) = folder.rows()
    assert row[:3] == (name, REFUSED, 0)
    assert row[6] == why if why else row[6].endswith((".", "?"))
    assert folder.files() == {f"refused/{name}", f"refused/{name}.why.txt"}
    assert (folder.path / "refused" / f"{name}.why.txt").read_text() == row[6] + "\n"
    assert folder.events() == 0


def test_links_and_other_things_are_never_opened(folder: Folder, tmp_path: Path) -> None:
    """Charlie may drop files, and names one that he may not read."""
    secret = tmp_path / "secret.csv"
    secret.write_text(HEAD + ROW.format(n=1))
    folder.look()
    (folder.path / "link.csv").symlink_to(secret)
    (folder.path / "gone.csv").symlink_to(tmp_path / "nothing")
    os.link(secret, folder.path / "hard.csv")
    os.mkfifo(folder.path / "pipe.csv")
    (folder.path / "sub").mkdir()
    assert folder.settled().refused == 4
    assert {row[0]: row[6] for row in folder.rows()} == {
        "link.csv": "It is a link; only files themselves are read.",
        "gone.csv": "It is a link; only files themselves are read.",
        "hard.csv": "It has another name elsewhere (a hard link); only files of their own are read.",
        "pipe.csv": "It is no plain file.",
    }
    assert folder.events() == 0
    assert secret.read_text().startswith(HEAD)
    assert (folder.path / "sub").is_dir()


def test_a_folder_that_is_a_link_is_not_looked_at(folder: Folder, tmp_path: Path, world: Any) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.csv").write_text(HEAD + ROW.format(n=1))
    folder.path.symlink_to(elsewhere)
    assert folder.settled().unreachable == 1
    assert (folder.rows(), folder.events()) == ([], 0)
    assert sorted(path.name for path in elsewhere.iterdir()) == ["a.csv"]
    assert (folder.root / "colossus-megacorp").is_dir() or len(list(folder.root.iterdir())) > 1


@pytest.mark.parametrize("name", ["taken", "refused", ".reading"])
def test_a_place_that_is_a_link_leads_nowhere(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Charlie may write beside the worker's folders, and puts a link in the place of one."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "theirs.csv").write_text(HEAD + ROW.format(n=1))
    (elsewhere / "7").mkdir()
    (elsewhere / "7" / "being read.csv").write_text(HEAD + ROW.format(n=2))
    before = sorted(elsewhere.rglob("*"))
    folder.path.mkdir()
    (folder.path / name).symlink_to(elsewhere)
    folder.drop("a.csv", HEAD + ROW.format(n=3))
    folder.drop("b.txt", "nothing")
    with monkeypatch.context() as patch:
        patch.setattr("dashapp.intake.watched_places.time.time", lambda: folder.at.timestamp() + 90 * 86_400)
        folder.look()
        assert folder.look(30).unreachable == 1
    assert sorted(elsewhere.rglob("*")) == before


def test_a_place_of_somebody_elses_is_not_read_from(folder: Folder) -> None:
    folder.path.mkdir()
    (folder.path / ".reading").mkdir()
    (folder.path / ".reading").chmod(0o777)
    folder.drop("a.csv", HEAD + ROW.format(n=1))
    assert (folder.settled().unreachable, folder.events()) == (1, 0)


def test_a_name_of_full_length_twice_stops_nothing(folder: Folder) -> None:
    for n in range(2):
        folder.drop("n" * 251 + ".csv", HEAD + ROW.format(n=n))
        assert folder.settled().taken == 1
    folder.drop("next.csv", HEAD + ROW.format(n=2))
    assert folder.settled().taken == 1
    assert (len(folder.files()), folder.events()) == (3, 3)


def test_a_row_of_a_file_that_was_never_moved_is_forgotten(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.look()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", _killed_for_a_file)
        with pytest.raises(Killed):
            folder.look(30)
    assert folder.rows()[0][1] == READING
    folder.look(30)
    assert folder.look(30).taken == 1
    assert [row[:2] for row in folder.rows()] == [("a.csv", TAKEN)]


def _killed_for_a_file(self: Path, *args: Any, real: Any = Path.mkdir, **more: Any) -> None:
    if self.name.isdecimal():
        raise Killed
    real(self, *args, **more)


def test_empty_folders_write_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.look()
    monkeypatch.setattr(type(folder.services), "session", _killed)
    assert folder.look(60) == watched.Counts()


def test_a_file_that_is_too_large_is_refused_unread(folder: Folder) -> None:
    path = folder.drop("huge.csv", "")
    os.truncate(path, 1_000_000_001)  # a hole: nothing is on the disk
    assert folder.settled().refused == 1
    assert "larger than 1000 MB" in folder.rows()[0][6]


class Killed(BaseException):
    """Ends a run as a kill does: nothing after it happens."""


@pytest.mark.parametrize(
    "step", ["before the move", "before reading", "half read", "before the row", "before it is put away"]
)
def test_a_kill_at_any_step_loses_and_doubles_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder.drop("a.csv", HEAD + "".join(ROW.format(n=n) for n in range(1_200)))
    folder.look()
    with monkeypatch.context() as patch:
        if step == "before the move":
            patch.setattr(Path, "rename", _killed)
        elif step == "before reading":
            patch.setattr(watched_process, "take_files", _killed)
        elif step == "half read":
            put, calls = type(folder.services.inbox).put, iter(range(9))
            patch.setattr(
                type(folder.services.inbox),
                "put",
                lambda self, *a, **k: _killed() if next(calls) else put(self, *a, **k),
            )
        elif step == "before the row":
            patch.setattr(watched.audit, "record", _killed)
        else:
            patch.setattr(watched, "put_away", _killed)
        with pytest.raises(Killed):
            folder.look(30)
    folder.look(30)
    folder.look(30)
    (row,) = [row for row in folder.rows() if row[1] != READING]
    assert row[:3] == ("a.csv", TAKEN, 1_200)
    assert row[3] + row[4] == 1_200
    assert (folder.files(), folder.events()) == ({"taken/a.csv"}, 1_200)
    assert folder.look(60) == watched.Counts()


def _killed(*_: Any, **__: Any) -> Any:
    raise Killed


def test_a_file_that_ends_the_worker_each_time_is_given_up(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.drop("poison.csv", HEAD + ROW.format(n=1))
    folder.look()
    with monkeypatch.context() as patch:
        patch.setattr(watched_process, "take_files", _killed)
        for _ in range(watched.MOST_TRIES):
            with pytest.raises(Killed):
                folder.look(30)
        assert folder.look(30).refused == 1
    assert folder.rows()[0][6] == "Reading it was broken off several times."


def test_a_file_that_ends_its_process_each_time_is_given_up(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.drop("poison.csv", HEAD + ROW.format(n=1))
    folder.drop("sound.csv", HEAD + ROW.format(n=2))
    folder.look()
    real = watched_process.read

    def ended(services: Services, id_: int, path: Path, keep: Any) -> Any:
        return None if path.name == "poison.csv" else real(services, id_, path, keep)

    monkeypatch.setattr(watched_process, "read", ended)
    looks = [folder.look(30) for _ in range(watched.MOST_TRIES + 1)]
    assert [(look.taken, look.refused) for look in looks] == [(1, 0), (0, 0), (0, 0), (0, 1)]
    assert folder.rows()[0][6] == "Reading it was broken off several times."


def test_names_that_look_alike_are_two_files(folder: Folder) -> None:
    """Both are kept with a sign for what no database takes; as one they would never be seen unchanged."""
    names = [
        os.fsdecode(b"caf\xe9.csv"),
        os.fsdecode(b"caf\xe8.csv"),
        "a\u202eb.csv",
        "a\u202db.csv",
        "a\x01b.csv",
    ]
    for n, name in enumerate(names):
        folder.drop(name, HEAD + ROW.format(n=n) * (n + 1))
    assert folder.settled().taken == len(names)
    kept = [row[0] for row in folder.rows()]
    assert len(set(kept)) == len(names)
    assert all("\ufffd" in name and name.isprintable() for name in kept)
    assert folder.events() == len(names)


def test_a_place_that_is_swapped_while_it_is_looked_at_leads_nowhere(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator gave Charlie the folder itself, so he may rename what lies in it, whenever he likes."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "7").mkdir(parents=True)
    (elsewhere / "7" / "theirs.csv").write_text(HEAD + ROW.format(n=1))
    folder.drop("a.csv", HEAD + ROW.format(n=2))
    folder.look()
    real = watched.forget_old

    def swap(place: Path, seconds: float) -> int:
        if place == folder.path:
            (place / ".reading").rename(place / ".mine")
            (place / ".reading").symlink_to(elsewhere)
        return real(place, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(watched, "forget_old", swap)
        assert folder.look(30).taken == 1
    assert sorted(one.name for one in elsewhere.rglob("*")) == ["7", "theirs.csv"]
    assert folder.events() == 1
    assert folder.look(30).unreachable == 1


def test_a_reading_process_that_outlives_its_worker_keeps_others_off(folder: Folder) -> None:
    folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.look()
    with watched_places.alone(folder.path) as held:
        assert held is not None
        inherited = [os.dup(one) for one in held.keep]
    assert folder.look(30) == watched.Counts()
    for one in inherited:
        os.close(one)
    assert folder.look(30).taken == 1


def test_an_erasure_removes_copies_and_tells_of_refused_files(folder: Folder, world: Any) -> None:
    folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.drop("b.txt", "p1@client.example")
    folder.settled()
    folder.drop("waiting.csv", HEAD)
    theirs = folder.root / "colossus-megacorp" / "taken"
    theirs.mkdir(parents=True)
    (theirs / "theirs.csv").write_text("x")
    with folder.services.session() as session:
        row = Erasure(workspace_id=world.ids["harbour"], asked_by="alice@north.example")
        session.add(row)
        session.flush()
        id_ = row.id
    for _ in range(2):
        watched_erasing.clear(folder.services.lake, folder.services.settings, world.ids["harbour"], [id_])
        assert folder.files() == {"refused/b.txt", "refused/b.txt.why.txt", "waiting.csv"}
        with folder.services.reading() as session:
            told = session.get_one(Erasure, id_).proof
        assert told == {"folder": {"removed": 1, "refused": 1, "unreachable": False}}
    assert (theirs / "theirs.csv").exists()


def test_a_busy_database_is_no_fault_of_the_files(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise InboxBusy("The database is locked.")

    folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.look()
    with monkeypatch.context() as patch:
        patch.setattr(watched_process, "take_files", busy)
        for _ in range(watched.MOST_TRIES + 2):
            assert folder.look(30) == watched.Counts()
    assert folder.look(30).taken == 1


def test_two_looks_at_once_read_a_file_once(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.look()
    real, inside = watched_process.take_files, []

    def take(*args: Any, **more: Any) -> Any:
        inside.append(watched.look(folder.services))
        return real(*args, **more)

    monkeypatch.setattr(watched_process, "take_files", take)
    assert folder.look(30).taken == 1
    assert inside == [watched.Counts()]


def test_a_file_that_was_taken_away_again_is_forgotten(folder: Folder) -> None:
    path = folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.look()
    path.unlink()
    assert folder.look(30) == watched.Counts()
    assert folder.rows() == []


def test_what_lies_in_charlies_folder_is_charlies(folder: Folder, world: Any) -> None:
    folder.look()
    with folder.services.reading() as session:
        from dashapp.db.tenants import Workspace

        colossus = session.get_one(Workspace, world.ids["colossus"]).slug
    (folder.root / colossus / "a.csv").write_text(HEAD + ROW.format(n=1))
    (folder.root / "nobody").mkdir()
    (folder.root / "nobody" / "a.csv").write_text(HEAD + ROW.format(n=2))
    (folder.root / "a.csv").write_text(HEAD + ROW.format(n=3))
    folder.settled()
    with folder.services.reading() as session:
        assert set(session.scalars(select(inbox.c.workspace_id))) == {world.ids["colossus"]}
        assert set(session.scalars(select(WatchedFile.workspace_id))) == {world.ids["colossus"]}


def test_files_and_rows_are_kept_for_a_month(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.drop("b.txt", "nothing")
    folder.settled()
    folder.look(29 * 86_400)
    assert len(folder.rows()) == 2
    monkeypatch.setattr("dashapp.intake.watched_places.time.time", lambda: folder.at.timestamp() + 2 * 86_400)
    folder.look(2 * 86_400)
    assert folder.rows() == []
    assert folder.files() == {"refused/b.txt", "refused/b.txt.why.txt"}


def test_reference_data_is_known_by_its_name(folder: Folder) -> None:
    folder.drop("leads.csv", "email,name\nlena@client.example,Lena\n")
    assert folder.settled().taken == 1
    assert folder.rows()[0][:4] == ("leads.csv", TAKEN, 1, 1)


def test_the_job_tells_what_it_did(folder: Folder) -> None:
    folder.drop("a.csv", HEAD + ROW.format(n=1))
    folder.look()
    folder.at += timedelta(seconds=30)
    task = Task(folder.services.lake, JOB.name, 0, "now", settings=folder.services.settings)
    JOB.function(task)
    assert (task.amount, task.detail) == (1, "1 taken in, 0 refused, 0 waited for")
    bare = Task(folder.services.lake, JOB.name, 0, "now", settings=None)
    JOB.function(bare)
    assert bare.detail == "no folder is watched"
