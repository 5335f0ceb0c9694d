"""Reference data in: files of campaigns, steps, journeys and mailboxes (docs/events.md) into their tables.

The answers that look ahead read them through data/plans/cache.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
)

from data.errors import BadRecord, NotThisForm
from data.events.canonical import Parked, parked
from data.lake import erased
from data.lake.lake import Lake
from data.lake.manifest import read_only, utc
from data.plans import tables as plan_tables
from data.plans.rows import checked
from data.plans.tables import KINDS, forecast

BATCH = 200
#: Kinds of docs/events.md that nothing reads yet are accepted in a folder and told as read.
SUFFIXES = {".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"}


@dataclass
class Loaded:
    """What a load did: rows read, of those new or changed, those already so, and what was refused with why."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    parked: list[Parked] = field(default_factory=list)


def files_in(path: Path, kinds: Collection[str] = KINDS.keys()) -> list[tuple[str, Path]]:
    """(kind, file) of the reference data at `path`: a folder's files, or the file itself when it is named so."""
    candidates = sorted(path.iterdir()) if path.is_dir() else [path]
    return [
        (candidate.stem.lower(), candidate)
        for candidate in candidates
        if candidate.is_file() and candidate.stem.lower() in kinds and candidate.suffix.lower() in SUFFIXES
    ]


def load_file(lake: Lake, workspace_id: int, kind: str, path: Path) -> Loaded:
    """Take in one file of reference data; a bad row is told with its line, the others are kept."""
    return load(lake, workspace_id, kind, rows_of(path))


def rows_of(path: Path) -> Iterator[dict[str, Any] | Parked]:
    """The rows of a file of reference data, in order."""
    from data.sources.files import read_table

    return (row for _, row in read_table(path))


def load(lake: Lake, workspace_id: int, kind: str, records: Iterable[Mapping[str, Any] | Parked]) -> Loaded:
    """Take in records of one kind. The same row again changes nothing; a row of a known key replaces it."""
    if kind not in KINDS:
        raise NotThisForm(f"There is no reference data called {kind!r}; there are {', '.join(KINDS)}.")
    told = Loaded()
    batch: list[dict[str, Any]] = []
    for place, record in enumerate(records, 1):
        told.read += 1
        if isinstance(record, Parked):
            told.parked.append(record)
            continue
        try:
            batch.append({"workspace_id": workspace_id, **checked(kind, dict(record), place)})
        except BadRecord as error:
            told.parked.append(parked(record, f"{kind} row {place}", str(error)))
        if len(batch) >= BATCH:
            _keep(lake, KINDS[kind], batch, told)
            batch = []
    if batch:
        _keep(lake, KINDS[kind], batch, told)
    return told


def has_forecast(lake: Lake, workspace_id: int, made_on: date) -> bool:
    """Whether a forecast made on that local day is kept."""
    kept = select(forecast.c.day).where(
        forecast.c.workspace_id == workspace_id, forecast.c.made_on == made_on
    )
    with read_only(lake.engine).begin() as database:
        return database.execute(kept.limit(1)).first() is not None


def is_planned(lake: Lake, workspace_id: int) -> bool:
    """Whether journeys or steps are known: without either there is no forecast."""
    known = [select(KINDS[kind].c.workspace_id) for kind in ("journeys", "steps")]
    mine = [query.where(query.selected_columns[0] == workspace_id).exists() for query in known]
    with read_only(lake.engine).begin() as database:
        return bool(database.execute(select(or_(*mine))).scalar_one())


def _keep(lake: Lake, table: Table, batch: list[dict[str, Any]], told: Loaded) -> None:
    """Write what is new or changed of a batch, in one transaction."""
    keys = [column.name for column in table.primary_key.columns]
    if table is KINDS["journeys"]:
        batch = _nameless(lake, batch)
    latest = {tuple(row[key] for key in keys): row for row in batch}
    told.duplicate += len(batch) - len(latest)
    named = or_(*(and_(*(table.c[key] == row[key] for key in keys)) for row in latest.values()))
    with lake.engine.begin() as connection:
        known = {
            tuple(row[key] for key in keys): _comparable(row)
            for row in connection.execute(select(table).where(named)).mappings()
        }
        changed = [row for key, row in latest.items() if known.get(key) != _comparable(row)]
        told.new += len(changed)
        told.duplicate += len(latest) - len(changed)
        if changed:
            same = or_(*(and_(*(table.c[key] == row[key] for key in keys)) for row in changed))
            connection.execute(delete(table).where(same))
            connection.execute(insert(table), changed)
            plan_tables.changed(connection, changed[0]["workspace_id"])


def _nameless(lake: Lake, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Journeys of erased people stay planned, under their pseudonyms."""
    with read_only(lake.engine).connect() as connection:
        gone = erased.of(connection, batch[0]["workspace_id"])
    if gone is None:
        return batch
    return [
        row if (found := gone.find(row["lead"])) is None else {**row, "lead": erased.pseudonym(found)}
        for row in batch
    ]


def _comparable(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): utc(value) if name == "next_step_at" else value for name, value in row.items()}
