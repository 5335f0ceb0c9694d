"""Files that people give in their browser: kept in HOME/uploads until they are taken in, dropped or a day old.

A file comes in pieces, so no request is large and none is held in memory. Each lies in a folder of its own, under
its workspace: an id of another workspace, or of somebody else's upload, is not there.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dashapp.errors import Busy, Conflict, NotFound, Refused
from data.errors import NO_DISK

#: Bytes of one file, and of the piece of it that one request may bring.
MOST_BYTES: Final = 100 * 1024 * 1024
PIECE_BYTES: Final = 1024 * 1024
#: Files of one workspace that are on the disk at once, and seconds one is kept.
MOST_FILES: Final = 5
KEPT_S: Final = 24 * 3600.0
#: Bytes that uploads leave free on the disk: what comes in from elsewhere is acknowledged only when it is written.
LEFT_FREE: Final = 500 * 1024 * 1024
_FOLDER: Final = "uploads"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_LONGEST_NAME: Final = 100
NO_UPLOAD: Final = "There is no such file here any more; choose it again."


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way in. `size`: what it will have; `actor`: whose it is."""

    id: str
    folder: Path
    name: str
    size: int
    actor: str

    @property
    def path(self) -> Path:
        """Where its bytes lie; the name is the person's, for a file may be recognised by it."""
        return self.folder / "file" / self.name

    @property
    def received(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size

    @property
    def whole(self) -> bool:
        """Whether all of it is here."""
        return self.received == self.size


def begin(home: Path, workspace_id: int, name: str, size: int, *, actor: str) -> Upload:
    """A place for a file. Raises Refused, with the limit, for one that is too large or one too many."""
    if size > MOST_BYTES:
        raise Refused(
            "This file is larger than {limit} MB. Split it, or take it in with “vitrine ingest” on the server.",
            limit=MOST_BYTES // 2**20,
        )
    if size <= 0:
        raise Refused("This file is empty.")
    place = home / _FOLDER / str(workspace_id)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(home)
        if sum(1 for _ in place.iterdir()) >= MOST_FILES:
            raise Refused(
                "Several files of this workspace are under way already; finish or discard one of them first."
            )
        _check_room(place, size)
        upload = Upload(secrets.token_urlsafe(16), Path(), safe_name(name), size, actor)
        folder = place / upload.id
        (folder / "file").mkdir(mode=0o700, parents=True)
        upload = Upload(upload.id, folder, upload.name, size, actor)
        upload.path.touch(mode=0o600)
        write(upload.folder / "upload.json", {"name": upload.name, "size": size, "actor": actor})
    except OSError as error:
        raise _no_room(error) from error
    return upload


def find(home: Path, workspace_id: int, id_: str, *, actor: str) -> Upload:
    """A file somebody began to give. Raises NotFound when it is not theirs, not this workspace's, or gone."""
    folder = home / _FOLDER / str(workspace_id) / id_
    kept = read(folder / "upload.json") if _ID.fullmatch(id_) else None
    if kept is None or kept["actor"] != actor or not (folder / "file" / kept["name"]).is_file():
        raise NotFound(NO_UPLOAD)
    return Upload(id_, folder, kept["name"], kept["size"], actor)


def append(upload: Upload, at: int, piece: bytes) -> int:
    """Add the piece that begins at byte `at`; gives how many bytes are here.

    The same piece once more changes nothing. Raises Conflict when another one is due, Refused beyond the size.
    """
    if not piece or len(piece) > PIECE_BYTES or at + len(piece) > upload.size:
        raise Refused("This piece does not belong to the file.")
    try:
        _check_room(upload.folder, len(piece))
        with upload.path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            here = os.fstat(file.fileno()).st_size
            if here == at + len(piece):
                return here
            if here != at:
                raise Conflict("The next piece begins at byte {n}.", n=here)
            file.write(piece)
            file.flush()
            return here + len(piece)
    except FileNotFoundError:
        raise NotFound(NO_UPLOAD) from None
    except OSError as error:
        raise _no_room(error) from error


def drop(upload: Upload) -> None:
    """Forget the file."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def sweep(home: Path) -> None:
    """Remove what nobody came back for."""
    for folder in (home / _FOLDER).glob("*/*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > KEPT_S:
                shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """The last part of a name a browser gives, with what every file system takes; its ending stays."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    kept = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in last).strip(" .")
    stem, point, ending = kept.rpartition(".")
    if not point:
        stem, ending = kept, ""
    ending = ending[:10]
    while len(f"{stem}.{ending}".encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem or 'file'}.{ending}" if ending else stem or "file"


def write(path: Path, document: Any) -> None:
    """Write JSON so that who reads sees the old one or the new one."""
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(json.dumps(document, default=str), encoding="utf-8")
    beside.replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """The document `write` wrote; None where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _check_room(place: Path, size: int) -> None:
    """Raises Busy where so many bytes would fill the disk: files of many workspaces together could."""
    if shutil.disk_usage(place).free < size + LEFT_FREE:
        raise Busy(NO_DISK)


def _no_room(error: OSError) -> Busy:
    return Busy(
        "The file cannot be kept on the server just now ({why}); try again later.",
        why=error.strerror or "no room",
    )
