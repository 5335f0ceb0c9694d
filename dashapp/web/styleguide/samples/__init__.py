"""Made-up answers in the form of docs/interfaces.md, for the styleguide and the tests of the tiles only.

Nothing here is ever shown as somebody's figures: only `/styleguide` (development) and tests import this. Each
module has a constant SAMPLES, figure → Sample; they are found by walking the package.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dashapp.web.styleguide.samples.made_up import AS_OF, KEYS, TASKS, TODAY, Sample, ratio, sent_on
from data.cubes.unattributed import told_with
from data.figures.registry import figures
from data.query.ask import Query

__all__ = [
    "AS_OF",
    "KEYS",
    "TASKS",
    "TODAY",
    "answer",
    "answers",
    "extreme",
    "nothing",
    "samples",
    "sent_on",
    "single",
]


@lru_cache(maxsize=1)
def samples() -> dict[str, Sample]:
    """Every sample by the name of its figure."""
    found: dict[str, Sample] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= getattr(importlib.import_module(f"{__name__}.{module.name}"), "SAMPLES", {})
    return found


def answer(query: Query) -> dict[str, Any]:
    """The answer to one query. Raises KeyError for a figure without a sample."""
    head: dict[str, Any] = {
        "name": query.name,
        "workspace": "harbour",
        "timezone": "Europe/Berlin",
        **query.options(),
    }
    head["as_of"] = AS_OF.isoformat()
    if told_with(query) and query.cut is None:
        head["unattributed"] = 0
    return {**head, **samples()[query.name].full(query)}


def answers(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """As `render_view` asks."""
    return {key: answer(query) for key, query in queries.items()}


def nothing(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """A workspace without a single event."""
    full = answers(queries)
    return {key: {**full[key], **samples()[query.name].nothing(full[key])} for key, query in queries.items()}


LONG = "Reactivation of every prospect who has not answered since last spring, Northern Germany & Benelux, second"
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def extreme(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """Ten-digit numbers, names that never end, thousands of groups."""
    return {key: _swollen(answer(query), query) for key, query in queries.items()}


def _swollen(found: Any, query: Query) -> Any:
    found = _times(found)
    if query.by in KEYS and query.by not in {"sender_provider", "recipient_provider"}:
        groups = [
            {"key": f"{LONG} {i}" if i else WORD, **ratio(3_000_000_000 // (i + 1), 9_876_543_210)}
            for i in range(2431)
        ]
        found["groups"] = groups
    if found.get("rows") and "url" in found["rows"][0]:
        found["rows"][0]["url"] = f"https://{WORD.lower()}.example/{'a-very-long-path/' * 6}"
    return found


def _times(value: Any, key: str = "") -> Any:
    """All counts as they are at the largest sender there is; rates stay what they were."""
    if isinstance(value, dict):
        made = {name: _times(one, name) for name, one in value.items()}
        if {"n", "base", "rate"} <= set(made) and made["base"]:
            made["rate"] = made["n"] / made["base"]
        return made
    if isinstance(value, list):
        return [_times(one, key) for one in value]
    if (
        key
        in {"n", "base", "total", "clicks", "unique", "leads", "untracked", "held_back", "forecast", "actual"}
        and value
    ):
        return int(value) * 7_654_321
    return value


def single(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """One row, one day: the least there is to show."""
    found = answers(queries)
    for one in found.values():
        for name in ("groups", "rows"):
            if name in one and figures()[one["name"]].dates != "weeks":
                one[name] = one[name][-1:]
    return found
