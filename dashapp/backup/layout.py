"""What a backup is on disk: `backup.json`, a Parquet file a table, and the lake's files under their own names.

backup.json                what is in it, with sizes and checksums; written last
secret_key                 only when the installation keeps its own (mode 600)
database/<table>.parquet   every row, so that SQLite's can be restored into PostgreSQL and back
lake/<path>                the segments and marts that the database names
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from dashapp.errors import VitrineError

CONTENTS, SECRET, TABLES, LAKE = "backup.json", "secret_key", "database", "lake"


class BackupError(VitrineError):
    """A backup that cannot be made or restored, with what to do."""


class TableFile(BaseModel):
    """The rows of one table. `last`: the last number its key gave out, None where the key is no counter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rows: int
    sha256: str
    last: int | None = None


class LakeFile(BaseModel):
    """A file of the lake by its path relative to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    bytes: int
    sha256: str


class Contents(BaseModel):
    """`backup.json`. `revision`: of the schema; `secret`: whether a key is the same, not the key;
    `left_out`: files of marts that were gone, which are built anew after a restore."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_at: datetime
    vitrine: str
    revision: str
    secret: str
    tables: list[TableFile]
    files: list[LakeFile]
    left_out: list[str] = []


def fingerprint(secret_key: str) -> str:
    """Recognises the installation's secret key; the key cannot be worked out from it."""
    return hmac.new(secret_key.encode(), b"vitrine backup", hashlib.sha256).hexdigest()[:32]


def read_contents(folder: Path) -> Contents:
    """What a backup holds. Raises BackupError when the folder is not a whole backup."""
    try:
        return Contents.model_validate_json((folder / CONTENTS).read_bytes())
    except FileNotFoundError:
        raise BackupError(
            f"{folder} is not a whole backup: it has no {CONTENTS}. Name the folder given to `vitrine backup`."
        ) from None
    except ValidationError:
        raise BackupError(f"{folder / CONTENTS} cannot be read: it was changed or cut short.") from None
