"""Restoring a backup into an installation that holds nothing yet, on the same kind of database or the other.

Everything is checked first. The lake's files are written next, where nothing names them, and the database last, in
one transaction: a kill leaves an empty installation, and restoring again finishes it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Connection, delete, func, select

from dashapp.backup import rows
from dashapp.backup.layout import (
    LAKE,
    SECRET,
    TABLES,
    BackupError,
    Contents,
    fingerprint,
    read_contents,
)
from dashapp.db import migrate
from dashapp.db.tenants import Agency, User, Workspace
from dashapp.services import Services
from data.lake import durable
from data.lake.store import Named
from data.lake.tables import inbox, segment


def restore_backup(services: Services, folder: Path) -> Contents:
    """Restore `folder` into `services`, whose database must be empty and at this version's schema.

    Raises BackupError, LakeUnavailable, OSError.
    """
    folder = folder.resolve()
    contents = read_contents(folder)
    _fits(services, folder, contents)
    with services.reader.connect() as connection:
        _is_empty(connection)
    _is_whole(folder, contents)
    _write_lake(services, folder, contents)
    with services.engine.begin() as connection:
        _is_empty(connection)
        _write_rows(connection, folder, contents)
    if contents.secret != fingerprint(services.settings.secret_key):
        _keep_secret(services, folder)
    return contents


def _fits(services: Services, folder: Path, contents: Contents) -> None:
    """The backup is of this schema, and its key is at hand."""
    if contents.revision != migrate.head():
        raise BackupError(
            f"The backup was made with Vitrine {contents.vitrine} (schema {contents.revision}); this version has "
            f"schema {migrate.head()}. Restore it with that version: the next start of this one upgrades it."
        )
    if not (folder / SECRET).exists() and contents.secret != fingerprint(services.settings.secret_key):
        raise BackupError(
            "The backup belongs to another secret key, without which its links and sealed secrets are lost: set "
            "VITRINE_SECRET_KEY to the one it was made with."
        )
    kept = services.settings.home / SECRET
    if (
        (folder / SECRET).exists()
        and contents.secret != fingerprint(services.settings.secret_key)
        and (not kept.exists() or kept.read_text().strip() != services.settings.secret_key)
    ):
        raise BackupError(
            "The backup has a secret key of its own: unset VITRINE_SECRET_KEY, or set it to the backup's "
            f"({folder / SECRET})."
        )


def _is_empty(connection: Connection) -> None:
    for what in (User, Agency, Workspace):
        if connection.scalar(select(func.count()).select_from(what.__table__)):
            raise BackupError(
                "This installation is in use: restore into an empty one, such as another VITRINE_HOME or database."
            )
    for table in (inbox, segment):
        if connection.scalar(select(func.count()).select_from(table)):
            raise BackupError("This installation holds events already: restore into an empty one.")


def _is_whole(folder: Path, contents: Contents) -> None:
    """Every file of the backup is there as it was written, before anything is changed."""
    here = [(folder / TABLES, f"{table.name}.parquet", table.sha256) for table in contents.tables]
    here += [(folder / LAKE, file.path, file.sha256) for file in contents.files]
    for place, name, sha256 in here:
        path = place / name
        if not path.resolve().is_relative_to(place):
            raise BackupError(f"{path} lies outside of the backup.")
        if not path.is_file():
            raise BackupError(f"The backup is not whole: {path.relative_to(folder)} is missing.")
        if durable.sha256(path) != sha256:
            raise BackupError(f"The backup is damaged: {path.relative_to(folder)} is not as it was written.")
    if {table.name for table in contents.tables} != {table.name for table in rows.tables()}:
        raise BackupError("The backup does not hold the tables of this version.")


def _write_lake(services: Services, folder: Path, contents: Contents) -> None:
    """Write the files that are not there yet from a restore that was killed."""
    store = services.lake.store
    missing = store.damaged([Named(file.path, file.bytes, file.sha256) for file in contents.files])
    for path in sorted(missing):
        with store.writing(path) as written:
            shutil.copyfile(folder / LAKE / path, written.temporary)


def _write_rows(connection: Connection, folder: Path, contents: Contents) -> None:
    told = {table.name: table for table in contents.tables}
    for table in reversed(rows.tables()):  # what the migrations put in
        connection.execute(delete(table))
    for table in rows.tables():
        found = rows.load(connection, table, folder / TABLES / f"{table.name}.parquet")
        if found != told[table.name].rows:
            raise BackupError(
                f"The backup is damaged: {table.name} has {found} rows instead of {told[table.name].rows}."
            )
        rows.continue_from(connection, table, told[table.name].last)


def _keep_secret(services: Services, folder: Path) -> None:
    with durable.writing(services.settings.home / SECRET) as written:
        shutil.copyfile(folder / SECRET, written.temporary)
        written.temporary.chmod(0o600)
