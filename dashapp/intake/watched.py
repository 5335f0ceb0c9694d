"""The watched folder: what is dropped into a workspace's folder there is taken in, whole and once.

A file is waited for until two looks, some time apart, find it unchanged. Then it is moved into a folder that only
the worker writes to, so nobody changes it while a process of its own reads it (watched_process.py), and when it was
read into `taken`, or with the reason beside it into `refused`. Every step is a row first (`WatchedFile`) and a move
after it, so whatever is killed in between goes on from there; rows that were taken in before count as known.

Links and everything else that is no plain file are refused and never opened: whoever can drop a file could
otherwise name one that the worker may read and they may not.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import and_, delete, or_, select

from dashapp.access import audit
from dashapp.db.base import now
from dashapp.db.tenants import READING, REFUSED, TAKEN, WAITING, WatchedFile, Workspace
from dashapp.intake import watched_process
from dashapp.intake.watched_places import (
    Held,
    alone,
    forget_old,
    passed_over,
    put_away,
    shown,
    why_no_file,
)
from dashapp.services import Services

log = logging.getLogger("vitrine.worker")

#: How long a file has to stay the same before it is read.
SETTLED: Final = timedelta(seconds=20)
#: How often reading is begun: a file that ends its process each time is not begun for ever.
MOST_TRIES: Final = 3
#: How long files that were taken in, and rows about files, are kept.
KEPT: Final = timedelta(days=30)
#: Files of one folder that are looked at in one go.
_MOST_FILES: Final = 1_000


@dataclass
class Counts:
    """What one look did."""

    waiting: int = 0
    taken: int = 0
    refused: int = 0
    #: Workspaces whose folder could not be looked at.
    unreachable: int = 0


def look(services: Services) -> Counts:
    """Look at every workspace's folder; make those that are missing. Raises OSError when there is none."""
    root, counts = services.settings.watched_folder, Counts()
    if root is None:
        return counts
    if not root.is_dir():
        raise NotADirectoryError(f"VITRINE_WATCHED_FOLDER {root} is no folder.")
    with services.reading() as session:
        places = session.execute(select(Workspace.id, Workspace.slug).order_by(Workspace.id)).all()
        listed = set(session.scalars(select(WatchedFile.workspace_id).distinct()))
    for workspace_id, slug in places:
        folder = root / slug
        try:
            with alone(folder) as held:
                if held:
                    _Folder(services, workspace_id, folder, held, counts).look(listed=workspace_id in listed)
        except OSError as error:
            counts.unreachable += 1
            log.error("the watched folder of %s cannot be looked at: %s", slug, error)
    return counts


class _Folder:
    """One workspace's folder, while it is looked at."""

    def __init__(
        self, services: Services, workspace_id: int, folder: Path, held: Held, counts: Counts
    ) -> None:
        self.services, self.workspace_id, self.folder, self.counts = services, workspace_id, folder, counts
        self.held = held

    def look(self, *, listed: bool) -> None:
        """Finish what was begun, then see what is there. `listed`: there are rows of the workspace; most folders
        are empty, and writing for each of them every time would be what a look costs.
        """
        begun = {int(one.name): one for one in self.held.reading.iterdir() if one.name.isdecimal()}
        forget_old(self.folder, KEPT.total_seconds())
        if listed:
            self._tidy(begun)
        for id_, place in sorted(begun.items()):
            self._go_on(id_, place)
        with os.scandir(self.folder) as entries:
            found = sorted((entry.name for entry in entries if not passed_over(entry)), key=str)[:_MOST_FILES]
        if listed:
            self._forget_gone(found)
        for name in found:
            self._see(name)

    def _see(self, name: str) -> None:
        """A file in the folder: waited for, and when it has settled, moved away and read."""
        path = self.folder / name
        try:
            seen = path.lstat()
        except FileNotFoundError:
            return
        with self.services.session() as session:
            row = session.scalar(
                select(WatchedFile).where(
                    WatchedFile.workspace_id == self.workspace_id,
                    WatchedFile.name == shown(name),
                    WatchedFile.state == WAITING,
                )
            )
            same = row is not None and (row.size, row.modified_ns) == (seen.st_size, seen.st_mtime_ns)
            if row is None:
                row = WatchedFile(workspace_id=self.workspace_id, name=shown(name), state=WAITING)
                session.add(row)
            if not same:
                row.size, row.modified_ns, row.seen_at = seen.st_size, seen.st_mtime_ns, now()
            settled = same and now() - row.seen_at >= SETTLED
            if not settled:
                self.counts.waiting += 1
                return
            row.state = READING
            session.flush()
            id_ = row.id
        place = self.held.reading / str(id_)
        place.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            path.rename(place / name)
        self._go_on(id_, place)

    def _go_on(self, id_: int, place: Path) -> None:
        """A file that is the worker's: read, or only put where it belongs if that was all that was missing."""
        names = [entry.name for entry in place.iterdir()]
        with self.services.session() as session:
            row = session.get(WatchedFile, id_)
            if not names:  # it was taken away again before it was moved, or all is done
                if row is not None and row.state == READING:
                    session.delete(row)
                place.rmdir()
                return
            path = place / names[0]
            if row is None or row.workspace_id != self.workspace_id:
                self._give_back(path)
                return
            seen, state = path.lstat(), row.state
            changed = (row.size, row.modified_ns) != (seen.st_size, seen.st_mtime_ns)
            if state == READING and changed:  # it was written to until the very last
                row.size, row.modified_ns, row.seen_at = seen.st_size, seen.st_mtime_ns, now()
                if self._give_back(path):
                    row.state = WAITING
                return
            row.tries += 1
            tries = row.tries
        if state == READING:
            why = (
                why_no_file(seen)
                or (tries > MOST_TRIES and "Reading it was broken off several times.")
                or None
            )
            state = self._refuse(id_, why) if why else self._read(id_, path)
        if state in (TAKEN, REFUSED):
            self._put_away(id_, path, state)

    def _give_back(self, path: Path) -> bool:
        """Put a file back where it was dropped, unless another one of its name lies there by now."""
        if os.path.lexists(self.folder / path.name):
            return False
        path.rename(self.folder / path.name)
        return True

    def _read(self, id_: int, path: Path) -> str:
        """Take the file in; gives its state. One that has to be tried again stays where it is."""
        told = watched_process.read(self.services, self.workspace_id, path, self.held.keep)
        if told is None:
            return READING
        with self.services.session() as session:
            row = session.get_one(WatchedFile, id_)
            if told.later:
                row.tries -= 1  # no fault of the file's
                return READING
            row.state, row.why, row.done_at = (REFUSED if told.refused else TAKEN), told.why, now()
            row.row_count, row.new, row.duplicate, row.parked = (
                told.read,
                told.new,
                told.duplicate,
                told.parked,
            )
            if told.read:
                workspace = session.get_one(Workspace, self.workspace_id)
                audit.record(
                    session,
                    watched_process.ACTOR,
                    "data.import",
                    agency_id=workspace.managing_agency_id,
                    workspace_id=workspace.id,
                    detail=f"{row.name}: {told.read} rows, {told.new} new, {told.duplicate} known, "
                    f"{told.parked} parked",
                )
            return row.state

    def _refuse(self, id_: int, why: str) -> str:
        with self.services.session() as session:
            row = session.get_one(WatchedFile, id_)
            row.state, row.why, row.done_at = REFUSED, why, now()
        return REFUSED

    def _put_away(self, id_: int, path: Path, state: str) -> None:
        """Move the file to where people find it, with the reason beside a refused one."""
        with self.services.reading() as session:
            why = session.get_one(WatchedFile, id_).why
        put_away(self.folder, path, id_, why if state == REFUSED else None)
        setattr(self.counts, state, getattr(self.counts, state) + 1)

    def _forget_gone(self, there: list[str]) -> None:
        """Rows of files that were waited for and were taken away again."""
        names = {shown(name) for name in there}
        with self.services.session() as session:
            waiting = session.scalars(
                select(WatchedFile).where(
                    WatchedFile.workspace_id == self.workspace_id, WatchedFile.state == WAITING
                )
            )
            for row in waiting:
                if row.name not in names:
                    session.delete(row)

    def _tidy(self, begun: Collection[int]) -> None:
        """Rows are kept for a while only. So that no file seems to be read that is not, those go, too, whose file
        was still where it was dropped when the worker was killed.
        """
        over = and_(WatchedFile.state.in_((TAKEN, REFUSED)), WatchedFile.done_at < now() - KEPT)
        unmoved = and_(WatchedFile.state == READING, WatchedFile.id.not_in(begun))
        with self.services.session() as session:
            session.execute(
                delete(WatchedFile).where(WatchedFile.workspace_id == self.workspace_id, or_(over, unmoved))
            )
