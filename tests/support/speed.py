"""What makes thousands of tests quick that each start what is started once in the product."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from dash._hooks import HooksManager
from jinja2 import Environment
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from dashapp.web import assets


def share_what_is_compiled() -> None:
    """Routes, templates and SQL statements are compiled once for the whole process, not for each app and each
    engine. So are the files of `assets/` compressed, and Dash looks once for plug-ins among the packages installed.
    """
    Rule._compile_builder = _compiled_once(Rule._compile_builder)
    Environment.compile = _template_once(Environment.compile)
    assets._read = cache(assets._read)
    HooksManager.register_setuptools()
    HooksManager._registered = True
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


def _template_once(compile_template: Callable[..., Any]) -> Callable[..., Any]:
    """Each app has a Jinja environment of its own, and a log-in alone compiles five templates.

    What a template compiles to depends on its text and name, and on the extensions, filters and tests that may be
    applied while it is compiled.
    """
    compiled: dict[Any, Any] = {}

    def once(
        self: Environment,
        source: Any,
        name: str | None = None,
        filename: str | None = None,
        *more: Any,
        **kw: Any,
    ) -> Any:
        if not isinstance(source, str) or more or kw:
            return compile_template(self, source, name, filename, *more, **kw)
        autoescape = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        known = frozenset(self.filters.items()), frozenset(self.tests.items()), frozenset(self.extensions)
        key = type(self), source, name, filename, autoescape, self.trim_blocks, self.lstrip_blocks, known
        if key not in compiled:
            compiled[key] = compile_template(self, source, name, filename)
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
