"""Making a backup of a running installation.

The database is read in one transaction, then the lake's files that this moment names are copied. Files never
change, and one that is replaced meanwhile stays for an hour (jobs/catalog/collect_orphans.py); a copy that takes
longer and misses one says so. The folder gets its name last: what a kill leaves is no backup.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
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

PARTIAL: Final = ".partial"
#: Where the lake keeps its events (data/lake/segments.py).
SEGMENTS: Final = "segments/"


def make_backup(services: Services, folder: Path) -> Contents:
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
    left_out = [file.path for file in files if not _copied(services, file, unfinished / LAKE / file.path)]
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
        files=[file for file in files if file.path not in left_out],
        left_out=left_out,
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


def _copied(services: Services, file: LakeFile, to: Path) -> bool:
    """Copy a file and check that it is as it was written.

    False for a mart's file that is not: marts are built anew. Nothing else holds the events of a segment.
    """
    why = "gone"
    with suppress(FileNotFoundError), durable.writing(to) as written:
        shutil.copyfile(services.lake.store.path(file.path), written.temporary)
        why = "damaged"
        written.dropped = durable.sha256(written.temporary) != file.sha256
        if not written.dropped:
            why = ""
    if why and file.path.startswith(SEGMENTS):
        raise BackupError(
            f"The file of events {file.path} is {why}, and nothing else holds these events. Start again in case it "
            "was replaced meanwhile; when that fails, too, restore the file from an earlier backup."
        )
    return not why
