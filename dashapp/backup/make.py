"""Making a backup of a running installation.

The database is read in one transaction, then the lake's files that this moment names are copied. Files never
change, and one that is replaced meanwhile stays for an hour (jobs/catalog/collect_orphans.py); a copy that takes
longer and misses one says so. The folder gets its name last: what a kill leaves is no backup.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from dashapp.backup import rows
from dashapp.backup.layout import (
    CONTENTS,
    LAKE,
    SECRET,
    TABLES,
    BackupError,
    Contents,
    LakeFile,
    TableFile,
    fingerprint,
)
from dashapp.db import migrate
from dashapp.services import Services
from data.lake import durable
from data.lake.tables import layer_file, segment

#: Told after each file: how many are copied, of how many.
Progress = Callable[[int, int], None]
PARTIAL: Final = ".partial"


def make_backup(services: Services, folder: Path, progress: Progress | None = None) -> Contents:
    """Back everything up into `folder`, which must not hold anything yet; safe while web and worker run.

    Raises BackupError, LakeUnavailable, OSError.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is there already: name a folder that does not exist yet.")
    unfinished = folder.with_name(folder.name + PARTIAL)
    if unfinished.exists():
        shutil.rmtree(unfinished)  # of a backup that was killed
    unfinished.mkdir(parents=True, mode=0o700)
    (unfinished / TABLES).mkdir()
    with services.reader.connect() as connection:
        revision = migrate.current(connection)
        tables = [_table(connection, table, unfinished / TABLES) for table in rows.tables()]
        files = _named(connection)
    for number, file in enumerate(files, 1):
        _copy(services, file, unfinished / LAKE / file.path)
        if progress is not None:
            progress(number, len(files))
    kept = services.settings.home / SECRET
    if kept.exists() and kept.read_text().strip() == services.settings.secret_key:
        shutil.copyfile(kept, unfinished / SECRET)
        (unfinished / SECRET).chmod(0o600)
    contents = Contents(
        made_at=datetime.now(UTC),
        vitrine=version("vitrine"),
        revision=str(revision),
        secret=fingerprint(services.settings.secret_key),
        tables=tables,
        files=files,
    )
    with durable.writing(unfinished / CONTENTS) as written:
        written.temporary.write_text(contents.model_dump_json(indent=1))
    if folder.exists():
        folder.rmdir()
    unfinished.rename(folder)
    durable.fsync_folder(folder.parent)
    return contents


def _table(connection: Connection, table: rows.Table, folder: Path) -> TableFile:
    path = folder / f"{table.name}.parquet"
    with durable.writing(path) as written:
        found = rows.dump(connection, table, written.temporary)
    last = rows.last_number(connection, table)
    return TableFile(name=table.name, rows=found, sha256=written.sha256, last=last)


def _named(connection: Connection) -> list[LakeFile]:
    """Every file of the lake that the database names, each once."""
    named = {
        row.path: LakeFile(path=row.path, bytes=row.bytes, sha256=row.sha256)
        for table in (segment, layer_file)
        for row in connection.execute(select(table.c.path, table.c.bytes, table.c.sha256))
    }
    return [named[path] for path in sorted(named)]


def _copy(services: Services, file: LakeFile, to: Path) -> None:
    """Copy a file and check that it is as it was written."""
    try:
        with durable.writing(to) as written:
            shutil.copyfile(services.lake.store.path(file.path), written.temporary)
    except FileNotFoundError:
        raise BackupError(
            f"The lake's file {file.path} is gone: it was replaced more than an hour ago, or lost. "
            "Start the backup again; when it fails again, run `vitrine doctor`."
        ) from None
    if written.sha256 != file.sha256:
        os.unlink(to)  # noqa: PTH108
        raise BackupError(
            f"The lake's file {file.path} is damaged. Run `vitrine doctor`, then back up again."
        )
