"""The places of a watched folder: what lies where, who may look at it, and what is no file to be read.

Whoever owns a folder may rename what lies in it, also what is the worker's. So a place is opened once, looked at,
and from then on used as what was opened, whatever its name leads to by then.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from unicodedata import category

#: Bytes of one file.
MOST_BYTES: Final = 1_000_000_000
#: Folders within a workspace's: files being read, which nobody else may write to, and what became of the others.
BEING_READ, TAKEN_IN, TURNED_AWAY = ".reading", "taken", "refused"
#: How the name of the note beside a refused file ends.
WHY: Final = ".why.txt"
#: Characters of a name that are kept.
MOST_SHOWN: Final = 300
#: Names of files that are still being written.
_UNFINISHED: Final = (".part", ".tmp", ".filepart", ".crdownload", ".download", ".swp")


@dataclass(frozen=True, slots=True)
class Held:
    """A folder that is looked at by nobody else. `reading`: where the worker's files lie, whatever became of that
    name; `keep`: the open files that this rests on, for a process that goes on with it.
    """

    reading: Path
    keep: tuple[int, ...]


@contextmanager
def alone(folder: Path) -> Iterator[Held | None]:
    """The folder, if nobody else looks at it. The lock is the kernel's: it ends with the last process that has it.

    Raises OSError for a folder, or a place in it, that is not what it should be.
    """
    folder.mkdir(mode=0o1777, exist_ok=True)  # sticky: who may drop files moves no folder of ours
    if folder.is_symlink():
        raise NotADirectoryError(f"{folder} is a link")
    reading = folder / BEING_READ
    with suppress(FileExistsError):
        reading.mkdir(mode=0o700)
    with _opened(reading) as place:
        seen = os.fstat(place)
        if seen.st_uid != os.geteuid() or seen.st_mode & 0o022:
            raise PermissionError(f"{reading} is not the worker's alone")
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(".lock", flags, 0o600, dir_fd=place)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield Held(_itself(place) or reading, (place, lock))
        finally:
            os.close(lock)


def _itself(place: int) -> Path | None:
    """A name of an open folder that nobody can give to another one; None where the system has none."""
    name = Path(f"/proc/self/fd/{place}")
    return name if name.is_dir() else None


def put_away(folder: Path, path: Path, id_: int, why: str | None) -> None:
    """Move a file that was read to where people find it; `why`: it was refused, and the reason lies beside it."""
    target = folder / (TAKEN_IN if why is None else TURNED_AWAY)
    target.mkdir(exist_ok=True)
    with _opened(target) as place:
        name = path.name if not _there(path.name, place) else f"{path.stem[:40]}-{id_}{path.suffix[:10]}"
        if why is not None:
            with suppress(OSError):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                note = os.open(f"{name}{WHY}", flags, 0o644, dir_fd=place)
                with os.fdopen(note, "w", encoding="utf-8") as text:
                    text.write(why + "\n")
        os.rename(path, name, dst_dir_fd=place)
    path.parent.rmdir()


def forget_old(folder: Path, seconds: float) -> int:
    """Remove files that were taken in so long ago; gives how many."""
    removed = 0
    with suppress(FileNotFoundError), _opened(folder / TAKEN_IN) as place:
        for told in _files(place):
            if time.time() - told[1].st_ctime >= seconds:
                os.unlink(told[0], dir_fd=place)
                removed += 1
    return removed


def turned_away(folder: Path) -> int:
    """How many refused files lie there."""
    with suppress(FileNotFoundError), _opened(folder / TURNED_AWAY) as place:
        return sum(1 for name, _ in _files(place) if not name.endswith(WHY))
    return 0


def _files(place: int) -> list[tuple[str, os.stat_result]]:
    with os.scandir(place) as entries:
        seen = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
    return [one for one in seen if stat.S_ISREG(one[1].st_mode)]


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """A folder itself, never what a link of its name leads to: who may write beside it could put one there.

    Raises OSError.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def passed_over(entry: os.DirEntry[str]) -> bool:
    """What is none of the files that are dropped: hidden ones, unfinished ones, folders."""
    return (
        entry.name.startswith(".")
        or entry.name.lower().endswith(_UNFINISHED)
        or entry.is_dir(follow_symlinks=False)
    )


def why_no_file(seen: os.stat_result) -> str | None:
    """Why something is not read at all."""
    if stat.S_ISLNK(seen.st_mode):
        return "It is a link; only files themselves are read."
    if not stat.S_ISREG(seen.st_mode):
        return "It is no plain file."
    if seen.st_nlink > 1:
        return "It has another name elsewhere (a hard link); only files of their own are read."
    if seen.st_size == 0:
        return "It is empty."
    if seen.st_size > MOST_BYTES:
        return f"It is larger than {MOST_BYTES // 1_000_000} MB; split it, or take it in with vitrine ingest."
    return None


def shown(name: str) -> str:
    """A file's name as it is kept: what no database takes, and what is too long, is replaced. Two names are never
    kept as one, or two files of one size would take turns for ever.
    """
    kept = "".join(c if c.isprintable() or category(c) == "Zs" else "\ufffd" for c in name)[:MOST_SHOWN]
    return kept if kept == name else f"{kept[:200]} #{sha256(os.fsencode(name)).hexdigest()[:8]}"
