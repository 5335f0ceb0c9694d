"""Whose fault an error is: the machine's, or that of what is being built.

The type says it. How many fail does not: two workspaces may each have an event that no mart can take in, and on a
full disk a small one may still find room.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from data.engines.duckdb import DiskError, OutOfMemory
from data.errors import LakeUnavailable

#: Of the disk, the database or object storage: no workspace and no event is to blame.
MACHINE: Final = (OSError, SQLAlchemyError, LakeUnavailable, DiskError)
#: Too little memory, or too little disk to spill to: fewer workspaces at once need less, and no event is to blame.
MEMORY: Final = (MemoryError, OutOfMemory)
