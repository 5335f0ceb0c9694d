"""`source create`, `ingest`, `events`: how data comes in, and what came."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import Answer, Command, Group
from dashapp.cli.installation import open_house, workspace_of
from dashapp.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.tenants import Workspace
    from dashapp.services import Services

BATCH = 500
#: How many parked rows are listed for a person; --json lists all of them.
LISTED = 20
#: Our own fault for a moment (locked, full): tried again after these seconds, then told.
PATIENCE = (0.5, 2.0, 5.0)


@click.group(cls=Group)
def source() -> None:
    """Doors for providers' webhooks."""


@source.command("create")
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option("--provider", required=True, metavar="P", help="sendgrid, postmark, mailgun or canonical.")
@click.option("--secret", metavar="S", help="What the provider signs with; without it one is made.")
def create_source(workspace_slug: str, provider: str, secret: str | None) -> Answer:
    """Make a webhook address; print it and the secret."""
    from dashapp.cli.command import nearest
    from dashapp.errors import Refused
    from dashapp.sources import registry as doors
    from data.sources import sources

    if provider not in sources():
        raise Refused(
            f"{provider!r} is not a provider; there are {', '.join(sources())}.{nearest(provider, sources())}"
        )
    services = open_house()
    with services.session() as session:
        workspace, _ = workspace_of(session, workspace_slug)
        _, path, kept = doors.create_source(session, services.settings, workspace, provider, secret)
    return Answer({"url": path, "secret": kept}, f"{services.settings.public_url}{path}\nsecret: {kept}")


@click.command(cls=Command)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option(
    "--format",
    "file_format",
    metavar="F",
    help="canonical, jsonl, csv, parquet, mailchimp; else it is told by the file.",
)
def ingest(paths: tuple[Path, ...], workspace_slug: str, file_format: str | None) -> Answer:
    """Take in files; every row is new, a duplicate, or parked with its reason."""
    from dashapp.ui import format

    services = open_house()
    with services.reading() as session:
        workspace_id = workspace_of(session, workspace_slug)[0].id
    told = _Intake(services, workspace_id).run(list(paths), file_format)
    lines = [f"{name:<10} {format.integer(told[name])}" for name in ("read", "new", "duplicate", "parked")]
    lines += [f"  {row['where']}: {row['why']}" for row in told["parked_rows"][:LISTED]]
    if told["parked"] > LISTED:
        lines.append(f"  … `vitrine events --parked --workspace {workspace_slug}` shows the others.")
    return Answer(told, "\n".join(lines))


class _Intake:
    """One run of `ingest`: rows in, counts out."""

    def __init__(self, services: Services, workspace_id: int) -> None:
        self.services, self.workspace_id = services, workspace_id
        self.counts = {"read": 0, "new": 0, "duplicate": 0, "parked": 0}
        self.parked_rows: list[dict[str, str]] = []
        self.began = time.monotonic()

    def run(self, paths: list[Path], file_format: str | None) -> dict[str, Any]:
        from data.sources.files import read

        if file_format is None:
            paths = self._plans(paths)
        rows = read(paths, file_format)
        while batch := list(islice(rows, BATCH)):
            self._put(batch)
            self._progress()
        self._progress(done=True)
        return {**self.counts, "parked_rows": self.parked_rows}

    def _plans(self, paths: list[Path]) -> list[Path]:
        """Take in the reference data among `paths` (EVENTS §2); gives the paths that hold events."""
        from data.plans import load as plans
        from data.sources.files import has_events

        left = []
        for path in paths:
            found = plans.files_in(path) if path.exists() else []
            for kind, file in found:
                told = plans.load_file(self.services.lake, self.workspace_id, kind, file)
                self.counts["read"] += told.new + told.duplicate
                self.counts["new"] += told.new
                self.counts["duplicate"] += told.duplicate
                self._put([(row.where, row) for row in told.parked])
            people = _leads_in(path)
            for file in people:
                self._leads(file)
            if (not found and not people) or (path.is_dir() and has_events(path)):
                left.append(path)
        return left

    def _leads(self, file: Path) -> None:
        """Take in a file of leads: people of the app database, not events."""
        from dashapp.access.scopes import cli_scope
        from dashapp.crm import imports
        from dashapp.crm.contacts import Actor
        from dashapp.db.tenants import Workspace
        from data.plans.load import records_of

        with self.services.reading() as session:
            slug = session.get_one(Workspace, self.workspace_id).slug
            actor = Actor("import", *cli_scope(session, slug))
            session.expunge_all()
        told = imports.load(self.services.session, actor, records_of(file))
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
