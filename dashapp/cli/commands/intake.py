"""`ingest`, `events`: how files come in, and what came."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.installation import open_house, workspace_of
from dashapp.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.tenants import Workspace
    from data.sources.files import Reading

#: How many parked rows are listed for a person; --json lists all of them.
LISTED = 20


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
    from dashapp.intake.files import take_files
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
    progress = _Progress()
    taken = take_files(services, workspace_id, paths, Reading(options), file_format, said=progress)
    progress.end()
    told = taken.document()
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
    return Answer(told, "\n".join(lines), taken.problem or None)


class _Progress:
    """A line that grows, for a person who waits."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = False

    def __call__(self, rows: int) -> None:
        from dashapp.ui import format

        if sys.stderr.isatty() and time.monotonic() - self._began > 2:
            self._shown = True
            sys.stderr.write(f"\r{format.integer(rows)} rows read")
            sys.stderr.flush()

    def end(self) -> None:
        """What follows begins on a line of its own."""
        if self._shown:
            sys.stderr.write("\n")


def _preview(paths: list[Path], file_format: str | None, reading: Reading) -> Answer:
    """How the files would be read, in words."""
    from dashapp.intake.preview import preview
    from dashapp.ui import format

    told = preview(paths, reading, file_format)
    notes = [f"{name} is reference data ({kind})." for kind, name in told.reference] + told.notes
    counts = {"read": told.read, "readable": told.readable, "parked": told.parked}
    lines = [f"{name:<10} {format.integer(number)}" for name, number in counts.items()]
    lines += [
        *notes,
        *("  " + "  ".join(value or "–" for value in event.values()) for event in told.first_events),
    ]
    lines += [f"  {row['where']}: {row['why']}" for row in told.parked_rows]
    lines.append("Nothing was taken in.")
    document = {
        **counts,
        "notes": notes,
        "first_events": told.first_events,
        "parked_rows": told.parked_rows,
    }
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


@click.command(cls=Command)
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option(
    "--source", "source_name", metavar="S", help="Only what came through this source: its id or provider."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N")
@click.option("--parked", "only_parked", is_flag=True, help="Show what could not become an event.")
def events(workspace_slug: str, source_name: str | None, limit: int, only_parked: bool) -> Answer:
    """What came in, newest received first, and what was parked."""
    from data.intake import recent as recent_events

    services = open_house()
    with services.reading() as session:
        workspace, scope = workspace_of(session, workspace_slug)
        workspace_id = workspace.id
        source_id = _source_id(session, workspace, source_name) if source_name else None
    lake = services.lake
    parked = recent_events.parked(lake, scope, workspace_id, source_id=source_id, limit=limit)
    found = recent_events.recent(lake, scope, workspace_id, source_id=source_id, limit=limit)
    if only_parked:
        lines = [f"{row['id']:>6}  {row['where']}: {row['why']}" for row in parked]
    else:
        lines = [
            f"{row['occurred_at']}  {row['event']:<13} {row.get('lead') or '–'}  {row.get('campaign') or ''}"
            for row in found
        ]
    return Answer({"events": found, "parked": parked}, "\n".join(lines) or "There is nothing.")


def _source_id(session: Session, workspace: Workspace, name: str) -> int:
    """A source by its id, its provider's name when there is one such source, or its address."""
    from dashapp.access import tokens
    from dashapp.sources.registry import sources_of

    known = sources_of(session, workspace)
    if "/" in name:
        provider, _, key = name.rstrip("/").partition("/hooks/")[2].partition("/")
        fingerprint = tokens.fingerprint(key)
        matching = [
            source
            for source in known
            if (source.provider, source.key_hash, source.active) == (provider, fingerprint, True)
        ]
    else:
        matching = [source for source in known if name in (str(source.id), source.provider)]
    if len(matching) == 1:
        return matching[0].id
    listed = ", ".join(f"{source.id} ({source.provider})" for source in known) or "none"
    raise NotFound(f"Source {name!r} is {'more than one' if matching else 'not there'}; there are: {listed}.")
