"""The lake: where the files are, and which database records which of them count."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine

from data.answer_cache import KeptAnswers
from data.errors import LakeUnavailable
from data.lake.read_only import ReadOnlyStore
from data.lake.store import FolderStore, Store


@dataclass(frozen=True)
class Lake:
    """`engine`: the app database (the manifest). `store`: the files its rows name, by their relative paths.

    `kept`: answers of this process over exactly this lake; None: every answer is counted.
    """

    engine: Engine
    store: Store
    kept: KeptAnswers | None = field(default=None, compare=False, repr=False)

    @property
    def root(self) -> Path:
        """The folder of this machine that files are read from."""
        return self.store.root

    @property
    def read_only(self) -> bool:
        """Whether this process may change nothing in it."""
        return isinstance(self.store, ReadOnlyStore)

    def path(self, relative: str) -> Path:
        """The file of a manifest row, on this machine. Paths come from the manifest, never from a request."""
        return self.store.path(relative)

    def paths(self, relatives: list[str]) -> list[str]:
        """The same of several, brought here together, as DuckDB takes them."""
        self.store.bring(relatives)
        return [str(self.store.path(relative)) for relative in relatives]


def table_of(lake: Lake, relative: str) -> pa.Table:
    """All of a file. Raises OSError or pyarrow.ArrowException when it is missing or damaged, and LakeUnavailable.

    A copy can be at fault where the file is not: then it is brought again.
    """
    try:
        return pq.read_table(lake.path(relative))
    except (OSError, pa.ArrowException):
        if not lake.store.doubt([relative]):
            raise
    return pq.read_table(lake.path(relative))


def readable(lake: Lake, relative: str) -> bool:
    """Whether a parquet file is there and whole, by reading all of it, a batch at a time.

    Raises LakeUnavailable when that cannot be told just now: a process out of file handles or memory says nothing
    about the file, and a file that counts as damaged is built anew.
    """
    try:
        if _reads(lake, relative):
            return True
        return lake.store.doubt([relative]) and _reads(lake, relative)
    except MemoryError as error:
        raise LakeUnavailable(f"{relative} cannot be checked: there is no memory left.") from error
    except OSError as error:
        raise LakeUnavailable(f"{relative} cannot be read just now: {error.strerror}.") from error


def _reads(lake: Lake, relative: str) -> bool:
    """The same of the copy here. Raises MemoryError, and OSError where the system refuses."""
    try:
        with pq.ParquetFile(lake.path(relative)) as file:
            for _ in file.iter_batches():
                pass
    except MemoryError:
        raise
    except FileNotFoundError:
        return False
    except OSError as error:
        # Arrow's own have no number: bytes it cannot make sense of. EIO: the disk cannot give them back.
        if error.errno in (None, errno.EIO):
            return False
        raise
    except pa.ArrowException:
        return False
    return True


def open_lake(engine: Engine, place: Path | Store, kept: KeptAnswers | None = None) -> Lake:
    """The lake over a database with its files in a folder, which is made, or in a store."""
    if isinstance(place, Path):
        place = place.resolve()
        place.mkdir(parents=True, exist_ok=True)
        place = FolderStore(place)
    return Lake(engine, place, kept)
