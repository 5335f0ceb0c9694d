"""The slices of the cubes: the dimensions by which units are counted separately.

Every layer holds its cubes over all dimensions at once (FINE). For a small workspace that is all there is to
read. For a big one FINE is as long as the facts (2.1 M rows for 0.85 M messages), so its base layer also holds
one slice per dimension, of a few kB each: pages read those, and only questions about several dimensions at once
read FINE.
"""

from __future__ import annotations

from typing import Final

from data.figures.units import BASES, HITS

FINE: Final = "fine"
SLICES: Final[dict[str, tuple[str, ...]]] = {
    "all": (),
    "campaign": ("campaign",),
    "user": ("user",),
    "step": ("campaign", "step", "variation"),
    "sender": ("sender",),
    "provider": ("sender_provider", "recipient_provider"),
}
DIMENSIONS: Final = (
    "campaign",
    "user",
    "step",
    "variation",
    "sender",
    "sender_provider",
    "recipient_provider",
)
#: The slices of a cube that has not all of them: nothing asks for activity by step or by sender.
SLICES_OF: Final[dict[str, tuple[str, ...]]] = {"activity": ("all", "campaign", "user", "provider")}
#: A workspace with more rows than this in its FINE units gets the other slices too.
SLICE_ABOVE: Final = 20_000

#: Per cube: its other keys, and what is counted.
KEYS: Final = {
    "units": ("attribution", "day"),
    "cohorts": ("attribution", "cohort", "calendar_week", "elapsed_week"),
    "activity": ("event", "machine", "category", "sentiment", "is_first", "day", "hour"),
}
_HITS: Final = tuple(hit.column for hit in HITS)
COUNTS: Final = {
    "units": (*(base.column for base in BASES), *_HITS),
    "cohorts": _HITS,
    "activity": ("n",),
}


def slice_of(dimensions: set[str]) -> str:
    """The smallest slice that knows all of `dimensions`."""
    return next((name for name, known in SLICES.items() if dimensions <= set(known)), FINE)


def key_sql(slice_: str) -> str:
    """The number of a combination in a slice, from its dimension columns (those the slice lacks are NULL)."""
    texts = ", ".join(f"coalesce({_quoted(name)}, chr(30))" for name in DIMENSIONS)
    return f"(md5_number_lower(concat_ws(chr(31), '{slice_}', {texts})) >> 1)::BIGINT"


def coarse_combos_sql(combos: str, chosen: str) -> str:
    """Per combination of FINE and other slice the combination it falls into there, for the workspaces `chosen`.

    Columns: workspace_id, slice, fine (the combo of FINE), combo, the dimensions.
    """
    parts = []
    for slice_, known in SLICES.items():
        dims = ", ".join(_quoted(d) if d in known else f"NULL::VARCHAR AS {_quoted(d)}" for d in DIMENSIONS)
        parts.append(
            f"SELECT workspace_id, '{slice_}' AS slice, combo AS fine, {dims} "  # noqa: S608  names of ours
            f"FROM {combos} SEMI JOIN {chosen} USING (workspace_id)"
        )
    whens = " ".join(f"WHEN '{slice_}' THEN {key_sql(slice_)}" for slice_ in SLICES)
    return f"SELECT *, CASE slice {whens} END AS combo FROM ({' UNION ALL '.join(parts)})"  # noqa: S608


def fine_sql(cube: str, source: str) -> str:
    """The rows of `source` (columns of `data/marts/<cube>.sql`) as slice FINE; rows that count nothing left out."""
    nothing = " AND ".join(f"{name} = 0" for name in COUNTS[cube])
    columns = ", ".join(("workspace_id", *KEYS[cube], "combo", *COUNTS[cube]))
    return f"SELECT '{FINE}' AS slice, {columns} FROM {source} WHERE NOT ({nothing})"  # noqa: S608  names of ours


def coarse_sql(cube: str, source: str, coarse: str) -> str:
    """The rows of the other slices; `coarse`: a relation of `coarse_combos_sql`."""
    keys = ", ".join(KEYS[cube])
    counts = ", ".join(f"sum({name})::integer AS {name}" for name in COUNTS[cube])
    which = ""
    if cube in SLICES_OF:
        which = f"AND c.slice IN ({', '.join(map(repr, SLICES_OF[cube]))}) "
    return (
        f"SELECT c.slice, s.workspace_id, {keys}, c.combo, {counts} FROM {source} AS s "  # noqa: S608
        f"JOIN {coarse} AS c ON s.workspace_id = c.workspace_id AND s.combo = c.fine {which}"
        f"GROUP BY c.slice, s.workspace_id, {keys}, c.combo"
    )


def summed_sql(cube: str, source: str) -> str:
    """The rows of `source` (several layers) added up."""
    keys = ", ".join(("workspace_id", *KEYS[cube], "combo"))
    counts = ", ".join(f"sum({name})::integer AS {name}" for name in COUNTS[cube])
    return f"SELECT {keys}, {counts} FROM {source} GROUP BY {keys}"  # noqa: S608  names of ours


def _quoted(name: str) -> str:
    return f'"{name}"'
