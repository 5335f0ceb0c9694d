"""`ingest`, `events`: how files come in, and what came."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.installation import open_house, workspace_of
from dashapp.errors import NotFound
from data.errors import NotThisForm

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.tenants import Workspace
    from dashapp.services import Services
    from data.plans.load import Loaded
    from data.sources.files import Reading

BATCH = 500
#: How many parked rows are listed for a person; --json lists all of them.
LISTED = 20
#: Our own fault for a moment (locked, full): tried again after these seconds, then told.
PATIENCE = (0.5, 2.0, 5.0)


@click.command(cls=Command)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option(
    "--format",
    "file_format",
    metavar="F",
    help="canonical, jsonl, csv, xlsx, parquet, mailchimp; else recognised by the file.",
)
@click.option(
    "--dates",
    type=click.Choice(["dmy", "mdy", "ymd"]),
    help="Order of day, month and year in numeric dates; else decided from the whole file.",
)
@click.option("--timezone", metavar="ZONE", help="Zone of times without an offset; else the workspace's own.")
@click.option("--sheet", metavar="NAME", help="Sheet of an Excel workbook; else the first.")
@click.option(
    "--encoding", metavar="NAME", help="Encoding of a text file (utf-8, cp1252 …); else recognised."
)
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Read a field from a column. A+B joins two columns, :TEXT is one text for every row. Repeatable.",
)
@click.option(
    "--event",
    "events",
    multiple=True,
    metavar="VALUE=EVENT",
    help="What a value of the column mapped to event means, as in 'Email Sent=sent'. Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Show how the files would be read; take in nothing.")
def ingest(
    paths: tuple[Path, ...],
    workspace_slug: str,
    file_format: str | None,
    dates: str | None,
    timezone: str | None,
    sheet: str | None,
    encoding: str | None,
    columns: tuple[str, ...],
    events: tuple[str, ...],
    dry_run: bool,
) -> Answer:
    """Take in files; every row is new (among them clashes of ids), a duplicate, or parked with its reason."""
    from dashapp.ui import format
    from data.sources.files import Options, Reading

    services = open_house()
    with services.reading() as session:
        workspace = workspace_of(session, workspace_slug)[0]
        workspace_id, own_zone = workspace.id, workspace.timezone
    options = Options(
        dates=dates,
        timezone=own_zone if timezone is None else _zone(timezone),
        sheet=sheet,
        encoding=encoding,
        columns=_pairs(columns, "--map", "FIELD=COLUMN"),
        events=_pairs(events, "--event", "VALUE=EVENT", last=True),
    )
    if dry_run:
        return _preview(list(paths), file_format, Reading(options))
    told = _Intake(services, workspace_id, Reading(options)).run(list(paths), file_format)
    names = ["read", "new", "duplicate", "parked"] + (["unattributed"] if told["unattributed"] else [])
    lines = [f"{name:<{max(10, len(name))}} {format.integer(told[name])}" for name in names]
    if told["clashes"]:
        lines.append(
            f"clashes    {format.integer(told['clashes'])}: so many of the new ones bring an id another event has; "
            "both are kept"
        )
    lines += told["notes"]
    lines += [f"  {row['where']}: {row['why']}" for row in told["parked_rows"][:LISTED]]
    if told["parked"] > LISTED:
        lines.append(f"  … `vitrine events --parked --workspace {workspace_slug}` shows the others.")
    if told["unattributed"]:
        lines.append(
            "Replies or unsubscribes that belong to no e-mail: see "
            f"`vitrine unattributed list --workspace {workspace_slug}`."
        )
    problem = " ".join(file["why"] for file in told["refused_files"])
    if not problem and told["unread_files"] and not told["new"] + told["duplicate"]:
        problem = "No event was taken in: another product's export is read only with its columns mapped."
    return Answer(told, "\n".join(lines), problem or None)


def _preview(paths: list[Path], file_format: str | None, reading: Reading) -> Answer:
    """How the files would be read: what was decided, the first events, and what would be parked. Writes nothing."""
    from dashapp.ui import format
    from data.events.canonical import Parked, canonical_many
    from data.plans.load import files_in
    from data.sources.files import has_events, read

    shown = ("event", "occurred_at", "message_id", "lead", "campaign")
    counts = {"read": 0, "readable": 0, "parked": 0}
    first: list[dict[str, str | None]] = []
    parked_rows: list[dict[str, str]] = []
    now = datetime.now(UTC)
    for path in paths:
        plans = files_in(path) if file_format is None and path.exists() else []
        reading.notes += [f"{file.name} is reference data ({kind})." for kind, file in plans]
        if plans and not (path.is_dir() and has_events(path)):
            continue
        for _, row in read([path], file_format, reading):
            events, parked = ([], [row]) if isinstance(row, Parked) else canonical_many([row], now)
            counts["read"] += 1
            counts["readable"] += len(events)
            counts["parked"] += len(parked)
            parked_rows += [
                {"where": one.where, "why": one.why} for one in parked[: LISTED - len(parked_rows)]
            ]
            for event in events[: LISTED // 4 - len(first)]:
                values = {name: getattr(event, name) for name in shown}
                first.append({name: None if value is None else str(value) for name, value in values.items()})
    lines = [f"{name:<10} {format.integer(number)}" for name, number in counts.items()]
    lines += [
        *reading.notes,
        *("  " + "  ".join(value or "–" for value in event.values()) for event in first),
    ]
    lines += [f"  {row['where']}: {row['why']}" for row in parked_rows]
    lines.append("Nothing was taken in.")
    document = {**counts, "notes": reading.notes, "first_events": first, "parked_rows": parked_rows}
    return Answer(document, "\n".join(lines))


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError):
        raise click.BadParameter(
            f"There is no time zone {name[:60]!r}; one is Europe/Paris.", param_hint="--timezone"
        ) from None


def _pairs(texts: tuple[str, ...], option: str, form: str, *, last: bool = False) -> dict[str, str]:
    """`A=B` texts as a mapping; `last`: split at the last equals sign, for A may hold others."""
    pairs: dict[str, str] = {}
    for text in texts:
        left, sign, right = text.rpartition("=") if last else text.partition("=")
        if not sign or not left.strip() or not right.strip():
            raise click.BadParameter(f"{text[:60]!r} is not of the form {form}.", param_hint=option)
        pairs[left.strip()] = right.strip()
    return pairs


class _Intake:
    """One run of `ingest`: rows in, counts out."""

    def __init__(self, services: Services, workspace_id: int, reading: Reading) -> None:
        self.services, self.workspace_id, self.reading = services, workspace_id, reading
        #: Files that could not be read, or not to their end, with the sentence of why.
        self.refused_files: list[dict[str, str]] = []
        self.counts = {"read": 0, "new": 0, "duplicate": 0, "parked": 0, "clashes": 0}
        self.parked_rows: list[dict[str, str]] = []
        #: Ids of replies and unsubscribes taken in that name no message.
        self.loose: set[str] = set()
        self.began = time.monotonic()

    def run(self, paths: list[Path], file_format: str | None) -> dict[str, Any]:
        if file_format is None:
            paths = self._plans(paths)
        refusal: NotThisForm | None = None
        for path in paths:
            try:
                self._file(path, file_format)
            except NotThisForm as error:
                refusal = error
                self.refused_files.append({"file": path.name, "why": str(error)})
        self._progress(done=True)
        if refusal is not None and not self.counts["read"]:
            raise (
                refusal
                if len(self.refused_files) == 1
                else NotThisForm(" ".join(file["why"] for file in self.refused_files))
            )
        return {
            **self.counts,
            "unattributed": self._unattributed(),
            "notes": self.reading.notes,
            "refused_files": self.refused_files,
            "unread_files": self.reading.unread,
            "parked_rows": self.parked_rows,
        }

    def _file(self, path: Path, file_format: str | None) -> None:
        """Take in one file. Rows before the place where a file breaks off are kept and counted."""
        from data.sources.files import read

        rows = read([path], file_format, self.reading)
        batch: list[Any] = []
        try:
            for row in rows:
                batch.append(row)
                if len(batch) == BATCH:
                    self._put(batch)
                    self._progress()
                    batch = []
        finally:
            if batch:
                self._put(batch)

    def _unattributed(self) -> int:
        """How many of the replies and unsubscribes in these files belong to no message, as it all stands now."""
        if not self.loose:
            return 0
        from dashapp.access.scopes import cli_scope
        from dashapp.db.tenants import Workspace
        from data.building import refresh_on_view
        from data.query import assigning

        with self.services.reading() as session:
            workspace = session.get_one(Workspace, self.workspace_id)
            _, scope = cli_scope(session, workspace.slug)
        refresh_on_view.ensure(self.services.lake, self.workspace_id)
        found = assigning.listed(self.services.lake, scope, self.workspace_id)
        return len(self.loose & {row["event_id"] for row in found})

    def _plans(self, paths: list[Path]) -> list[Path]:
        """Take in the reference data among `paths` (docs/events.md); gives the paths that hold events."""
        from data.plans import load as plans
        from data.sources.files import has_events

        left = []
        for path in paths:
            found = plans.files_in(path) if path.exists() else []
            tasks = plans.files_in(path, kinds={"tasks"}) if path.exists() else []
            for kind, file in [*found, *tasks]:
                if kind == "tasks":
                    told = self._tasks(file)
                else:
                    told = plans.load_file(self.services.lake, self.workspace_id, kind, file)
                self.counts["read"] += told.new + told.duplicate
                self.counts["new"] += told.new
                self.counts["duplicate"] += told.duplicate
                self._put([(row.where, row) for row in told.parked])
            people = _leads_in(path)
            for file in people:
                self._leads(file)
            if not (found or tasks or people) or (path.is_dir() and has_events(path)):
                left.append(path)
        return left

    def _tasks(self, file: Path) -> Loaded:
        """Tasks are kept in the app's own tables (dashapp/crm/task_files.py)."""
        from dashapp.crm import task_files
        from dashapp.db.tenants import Workspace
        from data.plans import load as plans

        with self.services.session() as session:
            workspace = session.get_one(Workspace, self.workspace_id)
            return task_files.load(session, workspace, plans.rows_of(file))

    def _leads(self, file: Path) -> None:
        """Take in a file of leads: people of the app database, not events."""
        from dashapp.access.scopes import cli_scope
        from dashapp.crm import imports
        from dashapp.crm.contacts import Actor
        from dashapp.db.tenants import Workspace
        from data.plans.load import rows_of

        with self.services.reading() as session:
            slug = session.get_one(Workspace, self.workspace_id).slug
            actor = Actor("import", *cli_scope(session, slug))
            session.expunge_all()
        told = imports.load(self.services.session, actor, rows_of(file))
        self.counts["read"] += told.new + told.changed + told.same
        self.counts["new"] += told.new + told.changed
        self.counts["duplicate"] += told.same
        self._put([(row.where, row) for row in told.refused])

    def _put(self, batch: list[tuple[str, Any]]) -> None:
        from data.errors import InboxBusy
        from data.events.canonical import Parked, canonical_many

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
        for pause in (*PATIENCE, None):
            try:
                receipt = self.services.inbox.put(self.workspace_id, None, events, parked, received_at=now)
                break
            except InboxBusy:
                if pause is None:
                    raise
                time.sleep(pause)
        self.counts["read"] += len(batch)
        self.counts["new"] += receipt.new
        self.counts["duplicate"] += receipt.duplicate
        self.counts["clashes"] += receipt.clashes
        self.counts["parked"] += len(parked)
        self.parked_rows += [{"where": row.where, "why": row.why} for row in parked]

    def _progress(self, *, done: bool = False) -> None:
        """A line that grows, for a person who waits."""
        from dashapp.ui import format

        if sys.stderr.isatty() and time.monotonic() - self.began > 2:
            end = "\n" if done else ""
            sys.stderr.write(f"\r{format.integer(self.counts['read'])} rows read{end}")
            sys.stderr.flush()


def _leads_in(path: Path) -> list[Path]:
    """The files of leads at `path`: a folder's, or the file itself when it is named so."""
    from data.plans.load import SUFFIXES

    candidates = sorted(path.iterdir()) if path.is_dir() else [path]
    return [
        one
        for one in candidates
        if one.is_file() and one.stem.lower() == "leads" and one.suffix.lower() in SUFFIXES
    ]


@click.command(cls=Command)
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option(
    "--source", "source_name", metavar="S", help="Only what came through this door: its id or provider."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N")
@click.option("--parked", "only_parked", is_flag=True, help="Show what could not become an event.")
def events(workspace_slug: str, source_name: str | None, limit: int, only_parked: bool) -> Answer:
    """What came in, newest received first, and what was parked."""
    from data.intake import recent as arrivals

    services = open_house()
    with services.reading() as session:
        workspace, scope = workspace_of(session, workspace_slug)
        workspace_id = workspace.id
        source_id = _source_id(session, workspace, source_name) if source_name else None
    lake = services.lake
    parked = arrivals.parked(lake, scope, workspace_id, source_id=source_id, limit=limit)
    found = arrivals.recent(lake, scope, workspace_id, source_id=source_id, limit=limit)
    if only_parked:
        lines = [f"{row['id']:>6}  {row['where']}: {row['why']}" for row in parked]
    else:
        lines = [
            f"{row['occurred_at']}  {row['event']:<13} {row.get('lead') or '–'}  {row.get('campaign') or ''}"
            for row in found
        ]
    return Answer({"events": found, "parked": parked}, "\n".join(lines) or "There is nothing.")


def _source_id(session: Session, workspace: Workspace, name: str) -> int:
    """A door by its id, its provider's name when there is one such door, or its address."""
    from dashapp.access import tokens
    from dashapp.sources.registry import sources_of

    known = sources_of(session, workspace)
    if "/" in name:
        provider, _, key = name.rstrip("/").partition("/hooks/")[2].partition("/")
        fingerprint = tokens.fingerprint(key)
        matching = [
            door
            for door in known
            if (door.provider, door.key_hash, door.active) == (provider, fingerprint, True)
        ]
    else:
        matching = [door for door in known if name in (str(door.id), door.provider)]
    if len(matching) == 1:
        return matching[0].id
    listed = ", ".join(f"{door.id} ({door.provider})" for door in known) or "none"
    raise NotFound(f"Source {name!r} is {'more than one' if matching else 'not there'}; there are: {listed}.")
