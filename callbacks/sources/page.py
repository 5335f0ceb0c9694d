"""The sources page: connect a provider and show the address to paste there."""

from __future__ import annotations

from typing import Annotated, Any

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.fields import Path
from callbacks.guard import Args, Caller, Guard
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.sources.registry import create_source
from dashapp.ui.language.say import say, say_error
from data.sources import sources as providers
from pages.frame.address import slug_at
from pages.sources import page as sources
from pages.sources.listing import listing


class Create(Args):
    """The create button was pressed; an empty secret asks for one of ours."""

    n: Annotated[int, Field(ge=1)]
    path: Path
    provider: Annotated[str, Field(max_length=40)]
    secret: Annotated[str, Field(max_length=600)] | None


class Choose(Args):
    """Another provider was chosen."""

    provider: Annotated[str, Field(max_length=40)]


def register(guard: Guard, services: Services) -> None:
    """Wire the form. It needs "source.manage" in the workspace of the address."""

    @guard.callback(
        Output("source-secret-label", "children"),
        Output("source-secret-hint", "children"),
        Input("source-provider", "value"),
        verb="source.manage",
        args=Choose,
        prevent_initial_call=True,
    )
    def _choose(_caller: Caller, asked: Choose) -> Any:
        return sources.secret_label(asked.provider), sources.secret_hint(asked.provider)

    @guard.callback(
        Output("source-made", "children"),
        Output("sources-list", "children"),
        Output("source-secret", "value"),
        Input("source-create", "n_clicks"),
        State("url", "pathname"),
        State("source-provider", "value"),
        State("source-secret", "value"),
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
    known = providers().get(asked.provider)
    if known is not None and known.makes_secret and not asked.secret:
        why = say("Paste the key that {provider} signs with.", provider=say(known.label))
        return sources.refused(why), no_update, no_update
    try:
        _, path, secret = create_source(
            caller.session,
            settings,
            workspace,
            asked.provider,
            asked.secret or None,
            actor=caller.viewer.actor,
        )
    except Refused as error:
        return sources.refused(say_error(error)), no_update, no_update
    label = say(providers()[asked.provider].label)
    card = sources.made(label, settings.public_url + path, None if asked.secret else secret)
    model = sources.model_of(caller.session, caller.services, workspace, scope)
    return card, listing(model.rows, model.other, model.timezone), ""
