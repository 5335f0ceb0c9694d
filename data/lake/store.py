"""Where the lake's files are kept: one seam, so that nothing else knows a folder from object storage.

Files are immutable and have names of their own, so a copy of one is as good as the file. Whatever reads gets a path
on this machine: DuckDB and pyarrow know local files only, and DuckDB is locked to `root`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from data.errors import LakeUnavailable
from data.lake import durable

#: An address like s3://bucket/prefix; anything without a scheme is a folder.
S3 = "s3://"
#: What the copies of files kept elsewhere may take on this machine, unless told otherwise.
CACHE_BYTES = 10 * 2**30


class Named(NamedTuple):
    """A file as the manifest names it; `sha256` is hex."""

    path: str
    bytes: int
    sha256: str


class Store(Protocol):
    """The files of a lake by their path relative to it, such as `marts/2026/11/22/units-….parquet`."""

    def __hash__(self) -> int:
        """Two stores of one place are equal, so that what is remembered of files can be kept by their store."""

    @property
    def root(self) -> Path:
        """The folder on this machine that every `path` lies in."""

    @property
    def place(self) -> str:
        """Where the files are, in words for a person."""

    @property
    def remote(self) -> bool:
        """Whether the files are elsewhere and may be out of reach while this machine is well."""

    def path(self, relative: str) -> Path:
        """The file on this machine, brought here when it is not. Raises LakeUnavailable, FileNotFoundError."""

    def bring(self, relatives: Iterable[str]) -> None:
        """Bring files here all at once, for whoever asks for their paths one after the other."""

    def doubt(self, relatives: Sequence[str]) -> bool:
        """Forget the copies of files that could not be read; whether another look is worth it."""

    def missing_bytes(self, files: Iterable[tuple[str, int]]) -> int:
        """How much of these (path, bytes) would have to be brought here first."""

    def writing(self, relative: str) -> AbstractContextManager[durable.Written]:
        """A temporary file; at the end of the block it is durable under its name, or the block raises."""

    def together(self) -> AbstractContextManager[None]:
        """In this block files written by this thread may become durable side by side; after it all are."""

    def delete(self, relatives: Iterable[str]) -> None:
        """Remove files no row names any more. What cannot be removed just now is left to collect_orphans."""

    def older_than(self, folders: Iterable[str], before: float) -> list[str]:
        """The files in these folders that were written before a moment (seconds since 1970)."""

    def remove(self, relatives: Sequence[str]) -> None:
        """Remove files; raises LakeUnavailable or OSError when that cannot be done."""

    def damaged(self, files: Iterable[Named]) -> set[str]:
        """The paths of those files that are not there or not as they were written."""

    def answers(self) -> None:
        """Raise when it cannot be used just now; cheap enough to be asked every few seconds."""

    def check(self) -> str:
        """Write, read and delete a file; a few words on it. Raises LakeUnavailable with a sentence."""


@dataclass(frozen=True)
class FolderStore:
    """Files in a folder of this machine."""

    root: Path
    remote = False

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.root)

    def path(self, relative: str) -> Path:
        """The file itself; whether it is there shows when it is read."""
        return self.root / relative

    def bring(self, relatives: Iterable[str]) -> None:
        """They are here."""

    def doubt(self, relatives: Sequence[str]) -> bool:
        """There is no copy: what cannot be read is damaged."""
        return False

    def missing_bytes(self, files: Iterable[tuple[str, int]]) -> int:
        """Nothing."""
        return 0

    def writing(self, relative: str) -> AbstractContextManager[durable.Written]:
        """See data/lake/durable.py."""
        return durable.writing(self.root / relative)

    def together(self) -> AbstractContextManager[None]:
        """One disk: one after the other."""
        return nullcontext()

    def delete(self, relatives: Iterable[str]) -> None:
        """Remove files; what stays is an orphan."""
        for relative in relatives:
            with suppress(OSError):
                (self.root / relative).unlink(missing_ok=True)

    def older_than(self, folders: Iterable[str], before: float) -> list[str]:
        """By the time they were last written; temporary ones left by a kill are told, too."""
        return [
            path.relative_to(self.root).as_posix()
            for folder in folders
            for path in (self.root / folder).rglob("*")
            if path.is_file() and path.stat().st_mtime < before
        ]

    def remove(self, relatives: Sequence[str]) -> None:
        """Remove files, or raise OSError."""
        for relative in relatives:
            (self.root / relative).unlink(missing_ok=True)

    def damaged(self, files: Iterable[Named]) -> set[str]:
        """Each file is read whole and held against its checksum."""
        return {file.path for file in files if not _as_written(self.root / file.path, file.sha256)}

    def answers(self) -> None:
        """Write and remove a file: a full or read-only disk shows here and nowhere else so early."""
        with _probe(self.root) as handle:
            os.write(handle, b"x")

    def check(self) -> str:
        """The same, in words."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.answers()
            free = shutil.disk_usage(self.root).free
        except OSError as error:
            raise LakeUnavailable(f"{self.root} cannot be written: {error.strerror}.") from error
        return f"{free // 2**20} MB free"


def open_store(url: str, cache: Path, cache_bytes: int = CACHE_BYTES) -> Store:
    """The store of an address: a folder, which is made, or `s3://bucket/prefix` with its copies under `cache`."""
    if url.startswith(S3):
        from data.lake.s3 import S3Store  # boto3 takes time and memory that a folder has no use for

        return S3Store.open(url, cache, cache_bytes)
    root = Path(url).resolve()
    root.mkdir(parents=True, exist_ok=True)
    return FolderStore(root)


@contextmanager
def _probe(folder: Path) -> Iterator[int]:
    handle, path = tempfile.mkstemp(prefix=".ready-", dir=folder)
    try:
        yield handle
    finally:
        os.close(handle)
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 — mkstemp speaks in strings


def _as_written(path: Path, sha256: str) -> bool:
    try:
        return durable.sha256(path) == sha256
    except OSError:
        return False
