"""Writes files that are either complete or absent: temporary name, fsync, rename, fsync of the folder.

Neither pyarrow nor DuckDB calls fsync, so a row committed right after could name a file that a power cut empties.
Whatever is published in the app database is written through here first.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Ends the name of a file still being written; nothing but the orphan collector looks at such files.
TEMPORARY_SUFFIX = ".tmp"


@dataclass(slots=True)
class Written:
    """A file on its way: write to `temporary`. `bytes` and `sha256` (hex) are known after the block.

    Set `dropped` in the block when there is nothing to keep after all: then no file comes of it.
    """

    path: Path
    temporary: Path
    bytes: int = 0
    sha256: str = ""
    dropped: bool = False


@contextmanager
def writing(path: Path, before: Callable[[Written], None] | None = None) -> Iterator[Written]:
    """Give a temporary place beside `path`; at the end of the block make it durable under `path`.

    Order: fsync(file), `before`, rename, fsync(folder). When the block or `before` raises, the temporary file is
    removed and there is no `path`.
    """
    make_folder(path.parent)
    written = Written(path, path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}"))
    try:
        yield written
        if written.dropped:
            written.temporary.unlink(missing_ok=True)
            return
        written.bytes, written.sha256 = _settle(written.temporary)
        if before is not None:
            before(written)
        os.rename(written.temporary, path)  # noqa: PTH104  the fault test records this very call
        fsync_folder(path.parent)
    except BaseException:
        written.temporary.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make `folder` and its parents; each new name is fsynced in the folder that holds it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    fsync_folder(folder.parent)


def fsync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk; a rename is lost with the power until then."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """The file's sha256, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(path: Path) -> tuple[int, str]:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest
