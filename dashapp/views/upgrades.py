"""Numbered steps that bring a stored view to the current schema: pure, each from version n to n + 1.

A step is never changed once released; a change of the schema or of a tile's options adds one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashapp.errors import Refused

Stored = dict[str, Any]
#: {version: the step from it to the next}.
STEPS: Mapping[int, Callable[[Stored], Stored]] = {}
SCHEMA_VERSION = 1 + len(STEPS)


def upgrade(stored: Mapping[str, Any], steps: Mapping[int, Callable[[Stored], Stored]] = STEPS) -> Stored:
    """A copy of `stored` at the version after the last step; raises Refused for one we do not know."""
    newest = 1 + len(steps)
    version = stored.get("schema_version")
    if type(version) is not int or not 1 <= version <= newest:
        raise Refused(f"This view has schema version {version!r}; this program reads 1 to {newest}.")
    result = dict(stored)
    for number in range(version, newest):
        result = {**steps[number](result), "schema_version": number + 1}
    return result
