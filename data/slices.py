"""The slices of the cubes: by which dimensions units are counted apart.

A cube over all dimensions at once is as big as the fact (2.1 M rows for 0.85 M messages, measured); one slice
a dimension stays at some kB. Questions about several dimensions at once are computed from the fact.
"""

from __future__ import annotations

from typing import Final

SLICES: Final[dict[str, tuple[str, ...]]] = {
    "all": (),
    "campaign": ("campaign",),
    "user": ("user",),
    "step": ("step",),
    "provider": ("sender_provider", "recipient_provider"),
}
#: The slice a one-off build makes instead, for questions about several dimensions or an earlier moment.
FINE: Final = "fine"
DIMENSIONS: Final = tuple(dict.fromkeys(name for names in SLICES.values() for name in names))

_KEYS: Final = {
    "units": ("attribution", "base", "track_opens", "track_clicks", "day"),
    "cohorts": ("attribution", "measure", "cohort", "calendar_week", "elapsed_week"),
}


def slice_of(dimensions: set[str]) -> str:
    """The smallest stored slice that knows all of `dimensions`, or FINE."""
    return next((name for name, known in SLICES.items() if dimensions <= set(known)), FINE)


def blanks(cube: str, *, fine: bool) -> dict[str, str]:
    """What fills `{slice}` and `{grain}` of units.sql and cohorts.sql."""
    keys = ("workspace_id", *(_column(cube, key) for key in _KEYS[cube]))
    if fine:
        return {"slice": f"'{FINE}'", "grain": f"({', '.join((*keys, *map(_quoted, DIMENSIONS)))})"}
    sets = [f"({', '.join((*keys, *map(_quoted, names)))})" for names in SLICES.values()]
    whens = " ".join(
        f"WHEN grouping({_quoted(names[0])}) = 0 THEN '{name}'" for name, names in SLICES.items() if names
    )
    return {"slice": f"CASE {whens} ELSE 'all' END", "grain": ", ".join(sets)}


def _column(cube: str, key: str) -> str:
    return "local_t0::date" if (cube, key) == ("units", "day") else key


def _quoted(name: str) -> str:
    return f'"{name}"'
