"""The name of an agency's portals: written down, looked at, removed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.fields import Search
from callbacks.guard import Args, Caller, Guard
from dashapp.access import attempts
from dashapp.access.scopes import agency_for
from dashapp.agencies import domains, names_on_the_net
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say, say_error
from pages.agency import domain as page
from pages.agency.accounts import told
from pages.frame.page_spec import query_of

#: Network checks for one agency in an hour: each takes seconds of a thread.
LOOKS, HOUR_S = 30, 3_600


class Change(Args):
    """What to do; `id` means nothing, the address names the agency."""

    op: Literal["save", "check", "remove"]
    at: Annotated[float, Field(ge=0)]
    id: int = 0
    host: Annotated[str, Field(max_length=300)] = ""


class Act(Args):
    """Something on the page was sent."""

    act: Change
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Wire the page. Everything in it needs "agency.edit" in the agency of the address."""

    @guard.callback(
        Output("domain-told", "children"),
        Output("domain-body", "html"),
        Input("domain-act", "data"),
        State("url", "search"),
        verb="agency.edit",
        args=Act,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)


def act(caller: Caller, asked: Act) -> tuple[Any, Any]:
    """The message, and the updated page. The network is queried outside of any transaction."""
    services, actor = caller.services, caller.viewer.actor
    asked_for = query_of(asked.search or "").get("agency")
    agency = agency_for(caller.session, caller.viewer, asked_for, caller.verb)
    domain = domains.domain_of(caller.session, agency.id)
    said = ""
    caller.let_go()
    try:
        if asked.act.op == "check" and domain is not None:
            attempts.attempt(services.engine, "domain", str(agency.id), LOOKS, HOUR_S)
            network = names_on_the_net.network()
            look = domains.examine(services.settings, domain.host, domain.token, network)
            with services.session() as session:
                kept = domains.record_look(session, agency.id, domain.host, look, actor=actor)
            if kept is not None and kept.verified_host is not None and look.verdict == "right":
                said = say("The name is in use: links begin with it from now on.")
            elif kept is not None and kept.verified_host is not None:
                said = say("Not everything is right. The name stays in use; it is looked at again every day.")
            else:
                said = say("Not everything is right yet.")
        elif asked.act.op == "save":
            with services.session() as session:
                domains.set_domain(session, services.settings, agency, asked.act.host, actor=actor)
            said = say("Saved. Make the two records below, then check.")
        elif asked.act.op == "remove":
            with services.session() as session:
                domains.remove_domain(session, agency, actor=actor)
            said = say("The name is removed. Links begin with {url} again.", url=services.settings.public_url)
    except Refused as error:
        return Html(told(say_error(error), good=False)), no_update
    with services.reading() as session:
        shown = page.body(session, services.settings, agency)
    return Html(told(said)) if said else no_update, shown
