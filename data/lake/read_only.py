"""A lake that this process may read and not change, so that its operating system's account needs no more."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from data.errors import LakeUnavailable
from data.lake import durable
from data.lake.store import Named, Store

_NO = "This process reads the lake and changes nothing in it; the worker does."


@dataclass(frozen=True)
class ReadOnlyStore:
    """Another store, without what writes (`data.lake.store.Store`)."""

    behind: Store

    @property
    def root(self) -> Path:
        """See Store."""
        return self.behind.root

    @property
    def place(self) -> str:
        """See Store."""
        return self.behind.place

    @property
    def remote(self) -> bool:
        """See Store."""
        return self.behind.remote

    def path(self, relative: str) -> Path:
        """See Store."""
        return self.behind.path(relative)

    def bring(self, relatives: Iterable[str]) -> None:
        """See Store."""
        self.behind.bring(relatives)

    def doubt(self, relatives: Sequence[str]) -> bool:
        """See Store."""
        return self.behind.doubt(relatives)

    def missing_bytes(self, files: Iterable[tuple[str, int]]) -> int:
        """See Store."""
        return self.behind.missing_bytes(files)

    def damaged(self, files: Iterable[Named]) -> set[str]:
        """See Store."""
        return self.behind.damaged(files)

    def older_than(self, folders: Iterable[str], before: float) -> list[str]:
        """See Store."""
        return self.behind.older_than(folders, before)

    def writing(self, relative: str) -> AbstractContextManager[durable.Written]:
        """Raises LakeUnavailable."""
        raise LakeUnavailable(_NO)

    def together(self) -> AbstractContextManager[None]:
        """Raises LakeUnavailable."""
        raise LakeUnavailable(_NO)

    def delete(self, relatives: Iterable[str]) -> None:
        """Raises LakeUnavailable."""
        raise LakeUnavailable(_NO)

    def remove(self, relatives: Sequence[str]) -> None:
        """Raises LakeUnavailable."""
        raise LakeUnavailable(_NO)

    def answers(self) -> None:
        """Whether the lake can be read; object storage is asked when a file is."""
        os.scandir(self.root).close()

    def check(self) -> str:
        """The same, in words."""
        try:
            self.answers()
        except OSError as error:
            raise LakeUnavailable(f"{self.root} cannot be read: {error.strerror}.") from error
        return "read only"
