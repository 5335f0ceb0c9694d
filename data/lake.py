"""The lake: where the files are and which database says which of them count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine


@dataclass(frozen=True)
class Lake:
    """`engine`: the app database (the manifest). `root`: the folder every path of the manifest is relative to."""

    engine: Engine
    root: Path

    def path(self, relative: str) -> Path:
        """The file of a manifest row. Paths come from the manifest, never from a request."""
        return self.root / relative


def open_lake(engine: Engine, root: Path) -> Lake:
    """Make the folder when it is not there and give the lake."""
    root = root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    return Lake(engine, root)
