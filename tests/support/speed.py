"""What makes thousands of tests quick that each start what is started once in the product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


def share_what_is_compiled() -> None:
    """Routes and SQL statements are compiled once for the whole process, not for each app and each engine."""
    Rule._compile_builder = _compiled_once(Rule._compile_builder)
    _share_compiled_statements()


def _compiled_once(compile_builder: Callable[[Rule, bool], Any]) -> Callable[[Rule, bool], Any]:
    """werkzeug compiles two functions a route, which depend on its text alone: half of what an app costs, and
    a thousand tests make one.
    """
    compiled: dict[Any, Any] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    return once


def _share_compiled_statements() -> None:
    """An engine compiles each statement once, and each test has its engine: a sixth of what tests cost. One cache
    for all engines of a kind of database, whose dialects are as good as equal.
    """
    caches: dict[type, Any] = {}
    make = Engine.__init__

    def made(self: Engine, pool: Any, dialect: Any, *args: Any, **options: Any) -> None:
        make(self, pool, dialect, *args, **options)
        if self._compiled_cache is not None:
            self._compiled_cache = caches.setdefault(type(dialect), LRUCache(5_000))

    Engine.__init__ = made
    DefaultDialect.__hash__ = lambda self: hash(type(self))
    DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)
