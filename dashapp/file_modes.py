"""Which files of an installation other accounts of the machine can get at."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dashapp.config import Settings

#: Bits of the group and of everybody else.
OTHERS = 0o077
#: A bit of the group or of everybody else that lets them pass through a folder.
_PASS = 0o011


@dataclass(frozen=True, slots=True)
class Open:
    """A file or folder others can get at. `root`: the folder of ours it lies in."""

    path: Path
    mode: int
    root: Path


def open_to_others(settings: Settings) -> list[Open]:
    """What of the home, the database and the lake others can get at, the places themselves first.

    A closed folder protects all in it, so what lies below one is not looked at.
    """
    places = [settings.home]
    if settings.database_url.startswith("sqlite:///"):
        places.append(Path(settings.database_url.removeprefix("sqlite:///")))
    if "://" not in settings.lake_url:
        places.append(Path(settings.lake_url))
    roots: list[Path] = []
    for place in (place.resolve() for place in places):
        if place.exists() and not any(place.is_relative_to(root) for root in roots):
            roots.append(place)
    return [found for root in roots for found in _open_below(root, root)]


def _open_below(path: Path, root: Path) -> Iterator[Open]:
    mode = path.lstat().st_mode & 0o777
    if mode & OTHERS and not path.is_symlink():
        yield Open(path, mode, root)
    if not path.is_dir() or path.is_symlink() or not mode & _PASS:
        return
    with contextlib.suppress(FileNotFoundError, PermissionError), os.scandir(path) as entries:
        for entry in entries:  # what is collected meanwhile, or closed to us too, is open to nobody
            yield from _open_below(Path(entry.path), root)
