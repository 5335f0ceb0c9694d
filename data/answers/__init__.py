"""Answers that are counted event by event, not from the cubes of rates.

Each module has one constant ANSWERS, name → function of (Facts, Query); modules are found by walking the package.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from data.answers.facts import Facts
from data.question import Query

Answer = Callable[[Facts, Query], dict[str, Any]]


@lru_cache(maxsize=1)
def answers() -> dict[str, Answer]:
    """Every answer by its name; two of one name are refused."""
    found: dict[str, Answer] = {}
    package = importlib.import_module("data.answers")
    for module in pkgutil.iter_modules(package.__path__):
        own = getattr(importlib.import_module(f"data.answers.{module.name}"), "ANSWERS", {})
        for name, function in own.items():
            if name in found:
                raise ValueError(f"two answers are named {name!r}")
            found[name] = function
    return found


def counted_from_facts(query: Query) -> bool:
    """Whether the query is answered here; the cubes answer the others."""
    return query.name in answers()


def answer(facts: Facts, query: Query) -> dict[str, Any]:
    """The query with its range filled in, as echoed, and its figures."""
    query = facts.settled(query)
    return {**query.options(), **answers()[query.name](facts, query)}
