"""The sources page: test, pause, resume, change the secret of, or delete a source that is connected."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State
from dash.development.base_component import Component
from pydantic import Field

from callbacks.fields import Path
from callbacks.guard import Args, Caller, Guard
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.sources import registry
from dashapp.sources.delivery import find_endpoint
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say, say_error
from data.sources import sources as providers
from pages.frame.address import slug_at
from pages.frame.refused_words import sentence
from pages.sources import page as sources
from pages.sources.listing import SourceRow, listing


class Change(Args):
    """What to do with which source; `at` makes each press a new value. `secret`: the provider's new key."""

    act: Literal["test", "pause", "resume", "rotate", "close"]
    id: Annotated[int, Field(ge=1, lt=2**31)]
    at: int
    secret: Annotated[str, Field(max_length=600)] | None = None


class Act(Args):
    """An action, and the page it was asked for on."""

    change: Change
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the buttons. They need "source.manage" in the workspace of the address."""

    @guard.callback(
        Output("source-told", "children"),
        Output("sources-list", "children", allow_duplicate=True),
        # What was pasted is a secret: it does not stay in the page.
        Output("source-act", "data"),
        Input("source-act", "data"),
        State("url", "pathname"),
        verb="source.manage",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return *act(caller, asked), None


def act(caller: Caller, asked: Act) -> tuple[Component, Component]:
    """Do it to a source of the workspace of the address; a source of another workspace is not there (404)."""
    workspace, scope = caller.workspace(slug_at(asked.path, "sources"))
    source = registry.source_of(caller.session, workspace, asked.change.id)
    actor = caller.viewer.actor
    try:
        told = _change(caller, source, asked.change, actor)
    except Refused as error:
        told = sources.refused(say_error(error))
    model = sources.model_of(caller.session, caller.services, workspace, scope)
    if told is None:
        row = next(row for row in model.rows if row.id == source.id)
        told = sources.changed(_tested(caller.services, row, model.timezone))
    return told, listing(model.rows, model.other, model.timezone)


def _change(caller: Caller, source: Any, change: Change, actor: str) -> Component | None:
    """Change the source and say so; None for a test, which changes nothing."""
    session, settings = caller.session, caller.services.settings
    match change.act:
        case "pause":
            registry.pause(session, source, actor=actor)
            return sources.changed(
                say("Paused. Deliveries are turned away until you resume; most providers try again.")
            )
        case "resume":
            registry.resume(session, source, actor=actor)
            return sources.changed(say("Resumed. Deliveries are taken again."))
        case "close":
            registry.close(session, settings, source, actor=actor)
            return sources.changed(say("Deleted. The address no longer works; the events it brought stay."))
        case "rotate":
            first = registry.awaits_key(settings, source)
            _, secret = registry.rotate(session, settings, source, change.secret or None, actor=actor)
            if change.secret and first:
                return sources.changed(say("The key is saved. Deliveries are taken from now on."))
            if change.secret:
                return sources.changed(
                    say("The new key is saved. The previous one is accepted for another 24 hours.")
                )
            words = say(
                "Paste this new secret at the provider. The previous one is accepted for another 24 hours."
            )
            known = providers().get(source.provider)
            url = None
            if known is not None and known.in_address and not source.key_is_secret:
                url = registry.with_password(
                    settings.public_url + registry.source_path(settings, source), secret
                )
            return sources.changed(words, secret, url)
        case "test":
            return None


def _tested(services: Services, row: SourceRow, zone: str) -> str:
    """What a delivery to the source's address would meet now, and what it last brought."""
    provider, key = row.url.rsplit("/", 2)[-2:]
    if not row.active:
        return say(
            "{provider} is paused: deliveries are turned away until you resume it.", provider=row.label
        )
    if row.awaits_key:
        return say("The key of {provider} is missing: enter it under “Enter the key”.", provider=row.label)
    if find_endpoint(services.engine, services.settings.secret_key, provider, key) is None:
        return say("The address does not answer. Delete this source and create another.")
    latest = row.refused[0] if row.refused else None
    if latest and (row.activity is None or latest.last_at > row.activity.last_at):
        return sentence(latest, zone)
    if row.activity is not None:
        when = format.moment(row.activity.last_at, zone)
        return say("Working: the address answers, and the last event arrived {when}.", when=when)
    return say(
        "The address answers, and nothing has arrived yet. "
        "Send a test event from {provider}, then press Test again.",
        provider=row.label,
    )
