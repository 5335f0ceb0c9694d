"""The sources page: connect a provider and show the address to paste there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.fields import Path
from callbacks.guard import Args, Caller, Guard
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.sources.registry import NO_KEY, create_source, with_password
from dashapp.ui.language.say import say_error
from data.sources import sources as providers
from pages.frame.address import slug_at
from pages.sources import connect
from pages.sources import page as sources
from pages.sources.listing import listing


class Create(Args):
    """The create button was pressed; an empty secret asks for one of ours."""

    n: Annotated[int, Field(ge=1)]
    path: Path
    provider: Annotated[str, Field(max_length=40)]
    secret: Annotated[str, Field(max_length=600)] | None
    #: The address is all there is.
    bare: Annotated[list[Literal["bare"]], Field(max_length=1)] | None = None


class Choose(Args):
    """Another provider was chosen."""

    provider: Annotated[str, Field(max_length=40)]


def register(guard: Guard, services: Services) -> None:
    """Wire the form. It needs "source.manage" in the workspace of the address."""

    @guard.callback(
        Output("source-secret-label", "children"),
        Output("source-secret-hint", "children"),
        Output("source-steps", "children"),
        Output("source-bare", "style"),
        Output("source-bare", "value"),
        Input("source-provider", "value"),
        verb="source.manage",
        args=Choose,
        prevent_initial_call=True,
    )
    def _choose(_caller: Caller, asked: Choose) -> Any:
        name = asked.provider
        words = connect.secret_label(name), connect.secret_hint(name), connect.steps(name)
        return *words, connect.bare_style(name), []

    @guard.callback(
        Output("source-made", "children"),
        Output("sources-list", "children"),
        Output("source-secret", "value"),
        Input("source-create", "n_clicks"),
        State("url", "pathname"),
        State("source-provider", "value"),
        State("source-secret", "value"),
        State("source-bare", "value"),
        verb="source.manage",
        args=Create,
        writes=True,
        prevent_initial_call=True,
        running=[(Output("source-create", "disabled"), True, False)],
    )
    def _create(caller: Caller, asked: Create) -> Any:
        return create(caller, asked)


def create(caller: Caller, asked: Create) -> tuple[Any, Any, Any]:
    """One source for one press; a secret we made is shown this once."""
    workspace, scope = caller.workspace(slug_at(asked.path, "sources"))
    settings = caller.services.settings
    known, given, bare = providers().get(asked.provider), asked.secret or None, bool(asked.bare)
    try:
        _, path, secret = create_source(
            caller.session,
            settings,
            workspace,
            asked.provider,
            given,
            key_is_secret=bare,
            actor=caller.viewer.actor,
        )
    except Refused as error:
        return sources.refused(say_error(error)), no_update, no_update
    url = settings.public_url + path
    if known is not None and known.in_address and given is None and not bare:
        url = with_password(url, secret)
    card = connect.made(
        asked.provider,
        url,
        secret if given is None and not bare else None,
        awaits_key=secret == NO_KEY and not bare,
    )
    model = sources.model_of(caller.session, caller.services, workspace, scope)
    return card, listing(model.rows, model.other, model.timezone), ""
