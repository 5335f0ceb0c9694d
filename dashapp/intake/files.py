"""Taking in files: every row is new (among them clashes of ids), a duplicate, or parked with its reason.

One use case for `vitrine ingest` and the desk's uploads. Taking in the same file again adds nothing, so a run that
was cut off is simply begun again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dashapp.access import limits
from dashapp.access.scopes import cli_scope
from dashapp.crm.contacts import Actor
from dashapp.crm.files import imports, task_files
from dashapp.db.tenants import Workspace
from dashapp.services import Services
from data.building import refresh_on_view
from data.errors import InboxBusy, NotThisForm
from data.events.canonical import Parked, canonical_many
from data.intake.delivery import Receipt
from data.plans import load as plans
from data.query import assigning
from data.sources.files import Reading, has_events, read

#: Rows written in one go.
BATCH: Final = 500
#: Our own fault for a moment (locked, full): tried again after these seconds, then told.
PATIENCE: Final = (0.5, 2.0, 5.0)


@dataclass
class Taken:
    """What became of some files, in rows: read = new + duplicate + parked; `clashes` are part of new.

    `unattributed`: replies and unsubscribes among them that belong to no message as it all stands now.
    `refused_files`: files that could not be read, or not to their end, with the sentence of why.
    """

    read: int = 0
    new: int = 0
    duplicate: int = 0
    parked: int = 0
    clashes: int = 0
    unattributed: int = 0
    notes: list[str] = field(default_factory=list)
    refused_files: list[dict[str, str]] = field(default_factory=list)
    unread_files: int = 0
    parked_rows: list[dict[str, str]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As JSON tells it."""
        return asdict(self)

    @property
    def problem(self) -> str:
        """The sentence of why this is no success, or ""."""
        told = " ".join(file["why"] for file in self.refused_files)
        if not told and self.unread_files and not self.new + self.duplicate:
            return "No event was taken in: another product's export is read only with its columns mapped."
        if not told and self.parked and not self.new + self.duplicate:
            return "No row could be taken in: all were parked, with the reason of each."
        return told


#: Told now and then how many rows were read so far.
Said = Callable[[int], None]


def take_files(
    services: Services,
    workspace_id: int,
    paths: Sequence[Path],
    reading: Reading,
    file_format: str | None = None,
    *,
    actor: str = "import",
    said: Said = lambda _: None,
    most_parked_rows: int | None = None,
) -> Taken:
    """Take in files of events, and reference data where a file is named so (docs/events.md).

    `actor`: who stands in the history of contacts. `most_parked_rows`: parked rows listed in the result, None: all.
    Raises NotThisForm when no row of any file could be read, InboxBusy when the database takes nothing now, Refused
    when the plan of the workspace or of its agency has no room for events.
    """
    return _Run(services, workspace_id, reading, actor, said, most_parked_rows).run(list(paths), file_format)


class _Run:
    """One run: rows in, counts out."""

    def __init__(
        self,
        services: Services,
        workspace_id: int,
        reading: Reading,
        actor: str,
        said: Said,
        most_parked_rows: int | None,
    ) -> None:
        self.services, self.workspace_id, self.reading = services, workspace_id, reading
        self.actor, self.said, self.most_parked_rows = actor, said, most_parked_rows
        self.told = Taken(notes=reading.notes)
        #: Ids of replies and unsubscribes taken in that name no message.
        self.loose: set[str] = set()

    def run(self, paths: list[Path], file_format: str | None) -> Taken:
        if file_format is not None or any(_brings_events(path) for path in paths):
            self._check_room()
        if file_format is None:
            paths = self._reference_data(paths)
        refusal: NotThisForm | None = None
        for path in paths:
            try:
                self._file(path, file_format)
            except NotThisForm as error:
                refusal = error
                self.told.refused_files.append({"file": path.name, "why": str(error)})
        self.said(self.told.read)
        if refusal is not None and not self.told.read:
            raise (refusal if len(self.told.refused_files) == 1 else NotThisForm(self.told.problem))
        self.told.unattributed = self._unattributed()
        self.told.unread_files = self.reading.unread
        return self.told

    def _check_room(self) -> None:
        """Raises Refused when a plan has no room for events; files of reference data alone are none."""
        with self.services.reading() as session:
            workspace = session.get_one(Workspace, self.workspace_id)
            limits.check_room(session, workspace, "events")
            limits.check_room(session, workspace.managing_agency, "events")

    def _file(self, path: Path, file_format: str | None) -> None:
        """Take in one file. Rows before the place where a file breaks off are kept and counted."""
        rows = read([path], file_format, self.reading)
        batch: list[Any] = []
        try:
            for row in rows:
                batch.append(row)
                if len(batch) == BATCH:
                    self._put(batch)
                    self.said(self.told.read)
                    batch = []
        finally:
            if batch:
                self._put(batch)

    def _unattributed(self) -> int:
        """How many of the replies and unsubscribes in these files belong to no message, as it all stands now."""
        if not self.loose:
            return 0
        with self.services.reading() as session:
            _, scope = cli_scope(session, session.get_one(Workspace, self.workspace_id).slug)
        refresh_on_view.ensure(self.services.lake, self.workspace_id)
        found = assigning.listed(self.services.lake, scope, self.workspace_id)
        return len(self.loose & {row["event_id"] for row in found})

    def _reference_data(self, paths: list[Path]) -> list[Path]:
        """Take in the reference data among `paths`; gives the paths that hold events."""
        left = []
        for path in paths:
            found = plans.files_in(path) if path.exists() else []
            tasks = plans.files_in(path, kinds={"tasks"}) if path.exists() else []
            for kind, file in [*found, *tasks]:
                if kind == "tasks":
                    told = self._tasks(file)
                else:
                    told = plans.load_file(self.services.lake, self.workspace_id, kind, file)
                self.told.read += told.new + told.duplicate
                self.told.new += told.new
                self.told.duplicate += told.duplicate
                self._put([(row.where, row) for row in told.parked])
            people = leads_in(path) if path.exists() else []
            for file in people:
                self._leads(file)
            if not (found or tasks or people) or (path.is_dir() and has_events(path)):
                left.append(path)
        return left

    def _tasks(self, file: Path) -> plans.Loaded:
        """Tasks are kept in the app's own tables (dashapp/crm/task_files.py)."""
        with self.services.session() as session:
            workspace = session.get_one(Workspace, self.workspace_id)
            return task_files.load(session, workspace, plans.rows_of(file))

    def _leads(self, file: Path) -> None:
        """Take in a file of leads: people of the app database, not events."""
        with self.services.reading() as session:
            slug = session.get_one(Workspace, self.workspace_id).slug
            actor = Actor(self.actor, *cli_scope(session, slug))
            session.expunge_all()
        told = imports.load(self.services.session, actor, plans.rows_of(file))
        self.told.read += told.new + told.changed + told.same
        self.told.new += told.new + told.changed
        self.told.duplicate += told.same
        self._put([(row.where, row) for row in told.refused])

    def _put(self, batch: list[tuple[str, Any]]) -> None:
        now = datetime.now(UTC)
        damaged = [row for _, row in batch if isinstance(row, Parked)]
        records = [row for _, row in batch if not isinstance(row, Parked)]
        events, refused = canonical_many(records, now)
        parked = [*damaged, *refused]
        self.loose |= {
            event.event_id
            for event in events
            if event.message_id is None
            and event.channel == "email"
            and event.event in ("replied", "unsubscribed")
        }
        receipt = self._kept(events, parked, now)
        self.told.read += len(batch)
        self.told.new += receipt.new
        self.told.duplicate += receipt.duplicate
        self.told.clashes += receipt.clashes
        self.told.parked += len(parked)
        room = len(parked)
        if self.most_parked_rows is not None:
            room = max(0, self.most_parked_rows - len(self.told.parked_rows))
        self.told.parked_rows += [{"where": row.where, "why": row.why} for row in parked[:room]]

    def _kept(self, events: Any, parked: Any, now: datetime) -> Receipt:
        for pause in PATIENCE:
            try:
                return self.services.inbox.put(self.workspace_id, None, events, parked, received_at=now)
            except InboxBusy:
                time.sleep(pause)
        return self.services.inbox.put(self.workspace_id, None, events, parked, received_at=now)


def reference_in(path: Path) -> list[tuple[str, Path]]:
    """The files at `path` that hold reference data by their names: plans, tasks, leads."""
    found = [*plans.files_in(path), *plans.files_in(path, kinds={"tasks"})]
    return [*found, *(("leads", file) for file in leads_in(path))]


def _brings_events(path: Path) -> bool:
    return not (path.exists() and reference_in(path)) or (path.is_dir() and has_events(path))


def leads_in(path: Path) -> list[Path]:
    """The files of leads at `path`: a folder's, or the file itself when it is named so."""
    candidates = sorted(path.iterdir()) if path.is_dir() else [path]
    return [
        one
        for one in candidates
        if one.is_file() and one.stem.lower() == "leads" and one.suffix.lower() in plans.SUFFIXES
    ]
