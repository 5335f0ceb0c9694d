"""The only place where callbacks are registered: a verb, the viewer, a scope from the server, checked arguments.

A callback is a public JSON endpoint whatever the page shows, so nothing the browser sends is trusted: its values
pass a strict pydantic model, and a workspace is reached only through `caller.workspace(slug)`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from dash import Dash, Input, Output, State
from dash.dependencies import DashDependency
from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from dashapp.access import audit, policy
from dashapp.access.current import viewer
from dashapp.access.scopes import agency_scope, scope_for_workspace
from dashapp.access.viewer import Anonymous, Viewer
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from dashapp.ui.language.say import language
from data.scope import Scope

Function = TypeVar("Function", bound=Callable[..., Any])

#: The options of Dash's callbacks that may be used; background callbacks, API endpoints and MCP are not among
#: them.
OPTIONS = frozenset({"prevent_initial_call", "running", "optional", "hidden"})


class Args(BaseModel):
    """Base of every callback's arguments: no coercion, no unknown field, no change afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class NoArgs(Args):
    """For a callback whose only argument says that something happened."""


@dataclass(frozen=True)
class Caller:
    """The caller and the services. `session` only reads unless the callback says `writes=True`."""

    viewer: Viewer
    services: Services
    session: Session
    verb: str
    lang: str = "en"

    def workspace(self, slug: object) -> tuple[Workspace, Scope]:
        """The workspace and its scope, if the callback's verb is the viewer's there; else NotFound (404)."""
        if not isinstance(slug, str):
            raise NotFound("There is no such workspace.")
        return scope_for_workspace(self.session, self.viewer, slug, self.verb)

    def agency(self, slug: str | None = None) -> tuple[Agency, list[Workspace], Scope]:
        """An agency with the workspaces in which the verb is the viewer's; without a slug their first."""
        return agency_scope(self.session, self.viewer, slug, self.verb)

    def let_go(self) -> None:
        """End the transaction and keep what was loaded: nothing of the database is held by what follows."""
        self.session.expunge_all()  # else it would be loaded anew, in a transaction of its own
        self.session.rollback()

    def note(self, verb: str, workspace: Workspace | None = None, detail: str = "") -> None:
        """Write an audit entry in this callback's transaction."""
        audit.record(
            self.session,
            self.viewer.actor,
            verb,
            agency_id=None if workspace is None else workspace.managing_agency_id,
            workspace_id=None if workspace is None else workspace.id,
            detail=detail,
            ip=request.remote_addr or "",
        )


class Guard:
    """Registers callbacks on one Dash app."""

    def __init__(self, app: Dash, services: Services) -> None:
        self.app = app
        self.services = services

    def callback(
        self,
        *dependencies: DashDependency,
        verb: str,
        args: type[BaseModel],
        writes: bool = False,
        looks: bool = False,
        **options: Any,
    ) -> Callable[[Function], Function]:
        """Register `function(caller, args)` for these outputs, inputs and states.

        `args`: a model with one field for each Input, then each State, in order (`Args` is its best base). A
        value it refuses is 400, a viewer without `verb` anywhere 404, all before the function runs. Errors
        the function raises (NotFound, NotInScope, …) become their responses. `writes`: `caller.session` is
        committed when the function returns; otherwise it cannot take the write lock. `looks`: all it reads, here
        and with `services.reading()`, is of the moment the request began at, in the transaction that found the
        viewer.
        """
        if verb not in policy.VERBS:
            raise ValueError(f"{verb!r} is not a verb of access/policy.py")
        if unknown := set(options) - OPTIONS:
            raise ValueError(f"{sorted(unknown)[0]!r} is not an option the guard passes on to Dash")
        names = list(args.model_fields)
        _check_order(dependencies, names)

        def register(function: Function) -> Function:
            @functools.wraps(function)
            def guarded(*values: Any) -> Any:
                asking = viewer()
                if isinstance(asking, Anonymous):
                    raise Unauthorized
                if not policy.anywhere(asking, verb):
                    raise NotFound("There is nothing here.")
                parsed = _parse(args, names, values)
                if not looks:
                    self.services.end_look()
                opened = self.services.session() if writes else self.services.reading()
                with opened as session:
                    return function(Caller(asking, self.services, session, verb, language()), parsed)

            guarded.__policy__ = verb  # type: ignore[attr-defined]
            self.app.callback(*dependencies, **options)(guarded)
            return function

        return register

    def clientside(self, source: Any, *dependencies: DashDependency, **options: Any) -> None:
        """Register a callback that runs in the browser only; nothing of it can be called on the server."""
        if unknown := set(options) - OPTIONS:
            raise ValueError(f"{sorted(unknown)[0]!r} is not an option the guard passes on to Dash")
        self.app.clientside_callback(source, *dependencies, **options)


def _check_order(dependencies: tuple[DashDependency, ...], names: list[str]) -> None:
    """Dash hands values over as inputs, then states; anything else would pair them with the wrong fields."""
    rank = {Output: 0, Input: 1, State: 2}
    try:
        ranks = [rank[type(dependency)] for dependency in dependencies]
    except KeyError:
        raise TypeError("give Output, Input and State one by one, not in lists") from None
    if ranks != sorted(ranks):
        raise TypeError("give the outputs first, then the inputs, then the states")
    values = len(dependencies) - ranks.count(0)
    if values != len(names):
        raise TypeError(f"{values} inputs and states, but the arguments' model has {len(names)} fields")


def _parse(model: type[BaseModel], names: list[str], values: tuple[Any, ...]) -> BaseModel:
    try:
        return model.model_validate(dict(zip(names, values, strict=True)), strict=True)
    except (ValidationError, ValueError, RecursionError) as error:
        raise Refused("The request is not in the format this callback expects.") from error
