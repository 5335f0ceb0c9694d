"""An answer as rows of one table: for Explore, and for files people take away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Row = dict[str, Any]
#: Names of people's own: a tile shows none of them, and no file does.
PERSONAL: Final = frozenset({"lead", "email", "reply_text"})
_LISTS: Final = ("groups", "days", "cells", "rows", "points", "stages")


def listed(answer: Mapping[str, Any]) -> Iterator[Row]:
    """The rows an answer lists; of a cohort one a cell; of an answer that lists none its own figures."""
    found = next((answer[key] for key in _LISTS if isinstance(answer.get(key), (list, tuple))), None)
    if found is None:
        plain = {key: answer[key] for key in ("n", "base", "rate", "total") if key in answer}
        if plain:
            yield plain
        return
    progress = answer.get("progress")
    young = frozenset(progress["groups"]) if progress else frozenset()
    for one in found:
        outer = {name: value for name, value in one.items() if not isinstance(value, (list, dict))}
        outer = {name: value for name, value in outer.items() if name not in PERSONAL}
        if progress and "key" in one:
            outer["state"] = "in_progress" if one["key"] in young else "value"
        cells = one.get("cells")
        if isinstance(cells, (list, tuple)):
            yield from ({**outer, "week": number, **cell} for number, cell in enumerate(cells, start=1))
        else:
            yield outer
