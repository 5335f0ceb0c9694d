"""The places of a watched folder: what lies where, who may look at it, and what is no file to be read."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

#: Bytes of one file.
MOST_BYTES: Final = 1_000_000_000
#: Folders within a workspace's: files being read, which nobody else may write to, and what became of the others.
BEING_READ, TAKEN_IN, TURNED_AWAY = ".reading", "taken", "refused"
#: Names of files that are still being written.
_UNFINISHED: Final = (".part", ".tmp", ".filepart", ".crdownload", ".download", ".swp")


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else looks at the folder; a lock of the kernel's, so it ends with the process."""
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():
        raise NotADirectoryError(f"{folder} is a link")
    reading = folder / BEING_READ
    reading.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(reading / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def put_away(folder: Path, path: Path, id_: int, why: str | None) -> None:
    """Move a file that was read to where people find it; `why`: it was refused, and the reason lies beside it."""
    target = folder / (TAKEN_IN if why is None else TURNED_AWAY)
    target.mkdir(exist_ok=True)
    if target.is_symlink():
        raise NotADirectoryError(f"{target} is a link")
    name = path.name if not os.path.lexists(target / path.name) else f"{path.stem}-{id_}{path.suffix}"
    if why is not None:
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(target / f"{name}.why.txt", flags, 0o644), "w", encoding="utf-8") as note:
                note.write(why + "\n")
    path.rename(target / name)
    path.parent.rmdir()


def forget_old(folder: Path, seconds: float) -> None:
    """Remove files that were taken in so long ago."""
    with suppress(FileNotFoundError), os.scandir(folder / TAKEN_IN) as entries:
        for entry in entries:
            told = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(told.st_mode) and time.time() - told.st_ctime > seconds:
                Path(entry.path).unlink()


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
    """A file's name as it is kept: what no database takes is replaced."""
    return name.encode("utf-8", "replace").decode("utf-8")[:300]
