"""`vitrine backup` and `vitrine restore`: an installation on one machine, copied while it runs, and put back.

The database is copied at one moment (SQLite's own online backup); the files it names never change, so they are
copied after it. A file of figures that was replaced meanwhile is left out and told: figures are made of events, and
are built anew after a restore. A file of events that is missing is an error: nothing else holds them.

A backup holds the secret key and so opens everything; it is written for its owner alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from dashapp.config import Settings
from dashapp.doctor import Check
from dashapp.errors import Refused
from dashapp.ui import format

LIST: Final = "backup.json"
DATABASE: Final = "vitrine.db"
KEY: Final = "secret_key"
LAKE: Final = "lake"
_VERSION: Final = 1
_PIECE: Final = 1024 * 1024


class Kept(BaseModel):
    """One file of a backup. `path`: in it, with slashes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    bytes: int
    sha256: str


class Listing(BaseModel):
    """What a backup holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    made_at: datetime
    revision: str
    files: list[Kept]
    left_out: list[str] = []


def back_up(settings: Settings, target: Path) -> Iterator[Check]:
    """Copy the installation to the empty folder `target`, step by step.

    Raises Refused for a folder with something in it, and for an installation that is not on one machine.
    """
    _refuse_remote(settings)
    _refuse_filled(target, "Choose an empty folder, or one that does not exist yet.")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.chmod(0o700)
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    copy = target / DATABASE
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as into:
        source.backup(into)
    revision, segments, figures = _named(copy)
    yield Check("database", True, f"copied, {format.size(copy.stat().st_size)}")
    files = [_kept(target, copy)]
    key = settings.home / KEY
    if key.exists():
        shutil.copyfile(key, target / KEY)
        files.append(_kept(target, target / KEY))
        yield Check("key", True, "copied: whoever holds this backup can open everything in it")
    else:
        yield Check("key", True, "comes from VITRINE_SECRET_KEY: keep it with this backup")
    lake = Path(settings.lake_url)
    missing = []
    for path in segments:
        if _copied(lake / path, target / LAKE / path):
            files.append(_kept(target, target / LAKE / path))
        else:
            missing.append(path)
    todo = "Find the file in an earlier backup: nothing else holds these events." if missing else ""
    yield Check("events", not missing, _count(len(segments) - len(missing), len(missing)), todo)
    left_out = []
    for path in figures:
        if _copied(lake / path, target / LAKE / path):
            files.append(_kept(target, target / LAKE / path))
        else:
            left_out.append(path)
    yield Check("figures", True, _count(len(figures) - len(left_out), 0, len(left_out)))
    listing = Listing(
        version=_VERSION, made_at=datetime.now(UTC), revision=revision, files=files, left_out=left_out
    )
    _write(target / LIST, listing)
    yield Check("listing", True, f"{format.integer(len(files))} files with their checksums in {LIST}")


def restore(settings: Settings, source: Path) -> Iterator[Check]:
    """Put a backup into an empty home, step by step; nothing is written before every file was held against its
    checksum. Raises Refused as `back_up` does, and for a folder that is no backup.
    """
    _refuse_remote(settings)
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    lake = Path(settings.lake_url)
    if database.exists() or (lake.exists() and any(lake.iterdir())):
        raise Refused(
            f"There is an installation in {settings.home} already; set VITRINE_HOME to an empty folder, or move it "
            "away."
        )
    listing = _read(source)
    wrong = [one.path for one in listing.files if not _same(source, one)]
    if wrong:
        yield Check(
            "files",
            False,
            f"{wrong[0]} is not as it was written",
            "Take another backup; nothing was changed.",
        )
        return
    yield Check("files", True, f"{format.integer(len(listing.files))} files are as they were written")
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in listing.files:
        if one.path.startswith(f"{LAKE}/"):
            _copied(source / one.path, lake / one.path.removeprefix(f"{LAKE}/"))
        elif one.path == KEY:
            # `load` made a key for this home; links, sessions and sealed secrets were made with the backup's.
            _copied(source / one.path, settings.home / KEY)
    yield Check("lake", True, f"put into {lake}")
    # Last, for what it names is there now: a restore that is cut off has no database and begins again.
    beside = database.with_suffix(".restoring")
    _copied(source / DATABASE, beside)
    with closing(sqlite3.connect(beside)) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if whole != "ok":
        beside.unlink()
        yield Check(
            "database", False, str(whole), "Take another backup; the database of this one is damaged."
        )
        return
    beside.replace(database)
    made = format.moment(listing.made_at, "UTC")
    yield Check("database", True, f"put into {database}, as of {made} UTC")


def _refuse_remote(settings: Settings) -> None:
    if not settings.database_url.startswith("sqlite:///"):
        raise Refused(
            "This installation keeps its database in PostgreSQL: back that up with pg_dump, and the lake with your "
            "storage's own tools, the database first."
        )
    if "://" in settings.lake_url:
        raise Refused(
            "This installation keeps its lake in object storage: back that up with your storage's own tools, after "
            "a copy of the database."
        )


def _refuse_filled(target: Path, todo: str) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(f"{target} has something in it. {todo}")


def _named(copy: Path) -> tuple[str, list[str], list[str]]:
    """(the schema's revision, the files of events, the files of figures) that the copied database names."""
    with closing(sqlite3.connect(copy)) as connection:
        try:
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            segments = [row[0] for row in connection.execute("SELECT path FROM segment ORDER BY id")]
            figures = [
                row[0] for row in connection.execute("SELECT DISTINCT path FROM layer_file ORDER BY path")
            ]
        except (sqlite3.Error, TypeError) as error:
            raise Refused(f"The database cannot be read as Vitrine's: {error}.") from error
    return str(revision), segments, figures


def _copied(source: Path, target: Path) -> bool:
    """Copy a file durably, closed to others; False where it is not there (any more)."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.part")
    try:
        with source.open("rb") as reading, beside.open("wb") as writing:
            os.fchmod(writing.fileno(), 0o600)
            shutil.copyfileobj(reading, writing, _PIECE)
            writing.flush()
            os.fsync(writing.fileno())
    except FileNotFoundError:
        beside.unlink(missing_ok=True)
        return False
    beside.replace(target)
    return True


def _kept(root: Path, file: Path) -> Kept:
    return Kept(path=file.relative_to(root).as_posix(), bytes=file.stat().st_size, sha256=_digest(file))


def _same(root: Path, one: Kept) -> bool:
    file = root / one.path
    inside = file.resolve().is_relative_to(root.resolve())
    try:
        return inside and file.stat().st_size == one.bytes and _digest(file) == one.sha256
    except OSError:
        return False


def _digest(file: Path) -> str:
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _write(path: Path, listing: Listing) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(listing.model_dump(mode="json"), indent=1), encoding="utf-8")
    beside.replace(path)


def _read(source: Path) -> Listing:
    try:
        raw: Any = json.loads((source / LIST).read_text(encoding="utf-8"))
        listing = Listing.model_validate(raw)
    except FileNotFoundError:
        raise Refused(
            f"{source} is no backup of Vitrine, or one that was cut off: there is no {LIST}."
        ) from None
    except (ValueError, ValidationError):
        raise Refused(f"{source / LIST} cannot be read.") from None
    if listing.version != _VERSION:
        raise Refused(f"{source} was made by another version of Vitrine; restore it with that one.")
    known = {DATABASE, KEY}
    if any(one.path not in known and not one.path.startswith(f"{LAKE}/") for one in listing.files):
        raise Refused(f"{source / LIST} names files no backup has.")
    return listing


def _count(copied: int, missing: int, left_out: int = 0) -> str:
    said = f"{format.integer(copied)} files copied"
    if missing:
        said += f", {format.integer(missing)} missing"
    if left_out:
        said += f"; {format.integer(left_out)} were replaced meanwhile and are built anew after a restore"
    return said
