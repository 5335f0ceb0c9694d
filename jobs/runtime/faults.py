"""Whether an error is the machine's fault or that of the data being built.

The type decides, not the number of failures: two workspaces may each have an event that no mart can process, and
on a full disk a small workspace may still find room.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from data.engines.duckdb import DiskError, OutOfMemory
from data.errors import LakeUnavailable

#: Faults of the disk, the database or object storage: no workspace and no event is to blame.
MACHINE: Final = (OSError, SQLAlchemyError, LakeUnavailable, DiskError)
#: Too little memory, or too little disk to spill to: fewer workspaces at a time need less, and no event is to
#: blame.
MEMORY: Final = (MemoryError, OutOfMemory)
