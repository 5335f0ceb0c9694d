"""Numbered steps that bring a stored view to the current schema: pure, each from version n to n + 1.

A step is never changed once released; a change of the schema or of a tile's options adds one. A step also gets
the tiles of overrides (`views/overrides.py`): they have a `type` and perhaps only some of their options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashapp.errors import Refused

Stored = dict[str, Any]


def _to_2(stored: Stored) -> Stored:
    """Version 2 knows locks: what was stored before them is open to overrides, and says so."""
    tiles = stored.get("tiles")
    if isinstance(tiles, list):
        tiles = [{"locked": False, **tile} if isinstance(tile, dict) else tile for tile in tiles]
        stored = {**stored, "tiles": tiles}
    return {"locked": False, **stored}


#: {version: the step from it to the next}.
STEPS: Mapping[int, Callable[[Stored], Stored]] = {1: _to_2}
SCHEMA_VERSION = 1 + len(STEPS)


def upgrade(stored: Mapping[str, Any], steps: Mapping[int, Callable[[Stored], Stored]] = STEPS) -> Stored:
    """A copy of `stored` at the version after the last step; raises Refused for one we do not know."""
    newest = 1 + len(steps)
    version = stored.get("schema_version")
    if type(version) is not int or not 1 <= version <= newest:
        said = version if type(version) is int else repr(version)[:40]
        raise Refused(
            "This view has schema version {found}; this program reads 1 to {newest}.",
            found=said,
            newest=newest,
        )
    result = dict(stored)
    for number in range(version, newest):
        result = {**steps[number](result), "schema_version": number + 1}
    return result
