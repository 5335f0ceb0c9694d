"""Exports of other products, recognised by their columns: named, with the mapping that reads them.

A file that is recognised is one parked summary, not one parked row for each of its customers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources.files.columns import field_name, missing_columns, squeezed
from data.sources.files.products import FOREIGN, Foreign
from data.sources.files.reading import Reading


def product_of(names: Iterable[str]) -> Foreign | None:
    """The product whose export has these columns; None when it is none that is known."""
    known = {squeezed(name) for name in names}
    return next((foreign for foreign in FOREIGN if foreign.columns <= known), None)


def _is_canonical(names: Iterable[str], reading: Reading) -> bool:
    have = {field_name(name) for name in names} | set(reading.options.columns)
    return {"event", "occurred_at"} <= have


def foreign_file(
    path: Path, names: Mapping[str, Any], rows: Callable[[], int], reading: Reading
) -> tuple[str, Parked] | None:
    """The one summary of a file that is another product's export; None when it is to be read as events.

    `names`: of its columns, or its first JSON object; `rows`: counts them, asked only when they are not read.
    """
    if _is_canonical(names, reading):
        return None
    foreign = product_of(names)
    if foreign is None:
        return None
    reading.unread += 1
    count = rows()
    shown = " ".join(f"--map {_quoted(pair, names)}" for pair in foreign.mapping)
    columns = ", ".join(name for name in names if name != "raw")
    return path.name, Parked(
        path.name,
        f"This looks like a {foreign.product} export ({path.name}); {foreign.product} is not read yet. "
        + (
            f"Map its columns with {shown}. "
            if foreign.mapping
            else f"It says neither when nor to whom; take in {foreign.elsewhere} and map its columns with --map. "
            if foreign.elsewhere
            else "It holds no events one by one that could be mapped. "
        )
        + ("Its one row was not taken in." if count == 1 else f"Its {count:,} rows were not taken in."),
        storable(columns[:4_000]),
    )


def not_canonical(path: Path, names: list[str], reading: Reading) -> None:
    """Raise NotThisForm for a table that has no column of events or of times, or lacks a mapped one."""
    if absent := missing_columns(names, reading):
        raise NotThisForm(f"{path.name} has no column {absent[0]!r}. Its columns are: {_listed(names)}.")
    have = {field_name(name) for name in names} | set(reading.options.columns)
    missing = [name for name in ("event", "occurred_at") if name not in have]
    if missing:
        absent_names = f"column {missing[0]}" if len(missing) == 1 else "columns event and occurred_at"
        flags = " ".join(f"--map {name}=…" for name in missing)
        raise NotThisForm(
            f"{path.name} has no {absent_names}. Its columns are: {_listed(names)}. Map them with {flags}."
        )


def _listed(names: list[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none"


def _quoted(pair: str, names: Mapping[str, Any]) -> str:
    field, _, column = pair.partition("=")
    spelled = {squeezed(name): name for name in names}
    column = column if column.startswith(":") else spelled.get(squeezed(column), column)
    text = f"{field}={column}"
    return f'"{text}"' if " " in text else text
