"""An agency's accounts: invite one or many, cancel, resend, remove from the list, unlink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.fields import At, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.access import attempts
from dashapp.access.scopes import agency_for, scope_for_workspace
from dashapp.agencies import invitations, invite_list, managing
from dashapp.agencies.accounts import create_workspace
from dashapp.agencies.attention import reasons
from dashapp.db.tenants import Agency, Invitation
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.ui import letters
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say, say_error
from pages.agency import accounts, import_told
from pages.agency.model import dashboard
from pages.frame.page_spec import query_of

#: Invitations one person sends in an hour; a list counts as one of a few.
INVITES, LISTS, WINDOW_S = 300, 20, 3600
#: Invitations of a list written in one transaction.
BATCH = 20
LinkId = Annotated[int, Field(ge=1, lt=2**31)]


class Invite(Args):
    """An address and what the agency calls the account."""

    op: Literal["invite"]
    at: At
    email: Annotated[str, Field(max_length=300)]
    name: Annotated[str, Field(max_length=300)]


class Create(Args):
    """A workspace the agency makes itself, for a client without an account."""

    op: Literal["create"]
    at: At
    name: Annotated[str, Field(max_length=300)]
    timezone: Annotated[str, Field(max_length=100)]


class Import(Args):
    """Rows of a CSV; `send` "no" tells what would be sent."""

    op: Literal["import"]
    at: At
    rows: Annotated[str, Field(max_length=invite_list.MOST_CHARACTERS)]
    send: Literal["yes", "no"]


class Change(Args):
    """What to do about one account of the list."""

    op: Literal["cancel", "resend", "remove", "unlink"]
    at: At
    id: LinkId


class Tag(Args):
    """The agency's words for an account, with commas between."""

    op: Literal["tag"]
    at: At
    id: LinkId
    tags: Annotated[str, Field(max_length=400)]


class Snooze(Args):
    """A reason of an account (a workspace's id) to be snoozed; `how` "none" ends the snooze."""

    op: Literal["snooze"]
    at: At
    id: LinkId
    kind: Literal["untouched", "silent", "bounces", "fall", "unseen"]
    subject: Annotated[str, Field(max_length=500)]
    how: Literal["day", "week", "month", "none"]


class ActSnooze(Args):
    """The same, with the address of the page."""

    act: Snooze
    search: Search


class Act(Args):
    """Something on the page was sent; `search` names the agency."""

    act: Annotated[Invite | Change | Tag, Field(discriminator="op")]
    search: Search


class ActApart(Args):
    """Something was sent that is written in transactions of its own: the list afterwards reads what they left."""

    act: Annotated[Import | Create, Field(discriminator="op")]
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Register the page's callbacks: "agency.accounts" in the agency of the address, "agency.read" for snoozing a
    reason.
    """

    @guard.callback(
        Output("accounts-told", "children"),
        Output("accounts-body", "html"),
        Input("accounts-act", "data"),
        State("url", "search"),
        verb="agency.accounts",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)

    @guard.callback(
        Output("accounts-attention", "html"),
        Input("accounts-snooze", "data"),
        State("url", "search"),
        verb="agency.read",
        args=ActSnooze,
        writes=True,
        prevent_initial_call=True,
    )
    def _snooze(caller: Caller, asked: ActSnooze) -> Any:
        return snooze(caller, asked)

    guard.clientside(
        ClientsideFunction("forms", "told"),
        Output("accounts-done", "children"),
        Input("accounts-told", "children"),
    )

    @guard.callback(
        Output("accounts-told", "children", allow_duplicate=True),
        Output("accounts-body", "html", allow_duplicate=True),
        Input("accounts-import", "data"),
        State("url", "search"),
        verb="agency.accounts",
        args=ActApart,
        prevent_initial_call=True,
    )
    def _apart(caller: Caller, asked: ActApart) -> Any:
        if isinstance(asked.act, Create):
            return create(caller, asked.act, asked.search)
        return act_many(caller, asked.act, asked.search)


def act(caller: Caller, asked: Act) -> tuple[Any, Any]:
    """Carry it out; returns the message and the updated list."""
    search = query_of(asked.search or "")
    engine = caller.services.engine
    if asked.act.op in {"invite", "resend"}:
        attempts.attempt(engine, "invite", caller.viewer.actor, INVITES, WINDOW_S)
    agency = agency_for(caller.session, caller.viewer, search.get("agency"), caller.verb)
    try:
        with caller.session.begin_nested():  # a refusal half-way leaves no traces
            told = _do(caller, agency, asked.act)
    except Refused as error:
        return Html(accounts.told(say_error(error), good=False)), no_update
    model = accounts.model_at(caller.services.lake, caller.session, caller.viewer, search)
    return Html(told), accounts.body(model)


def snooze(caller: Caller, asked: ActSnooze) -> Any:
    """Snooze a reason; returns the updated section. NotFound for an account that is not the viewer's."""
    search, wanted = query_of(asked.search or ""), asked.act
    agency = agency_for(caller.session, caller.viewer, search.get("agency"), caller.verb)
    workspace, _ = scope_for_workspace(caller.session, caller.viewer, wanted.id, "team.read")
    reasons.snooze(
        caller.session, agency, workspace, wanted.kind, wanted.subject, wanted.how, actor=caller.viewer.actor
    )
    model = dashboard(caller.services.lake, caller.session, caller.viewer, agency, search)
    return accounts.attention_part(model)


def create(caller: Caller, wanted: Create, at: str | None) -> tuple[Any, Any]:
    """Make a workspace; the list of accounts with it."""
    search = query_of(at or "")
    try:
        with caller.services.session() as session:
            agency = agency_for(session, caller.viewer, search.get("agency"), "workspace.create")
            made = create_workspace(session, agency, wanted.name, wanted.timezone, actor=caller.viewer.actor)
            told = accounts.made(made)
    except Refused as error:
        return Html(accounts.told(say_error(error), good=False)), no_update
    with caller.services.reading() as session:
        model = accounts.model_at(caller.services.lake, session, caller.viewer, search)
    return Html(told), accounts.body(model)


def act_many(caller: Caller, wanted: Import, at: str | None) -> tuple[Any, Any]:
    """What a list would do, or did, with the updated list of accounts."""
    search = query_of(at or "")
    agency = agency_for(caller.session, caller.viewer, search.get("agency"), caller.verb)
    attempts.attempt(caller.services.engine, "invite-list", caller.viewer.actor, LISTS, WINDOW_S)
    try:
        rows = invite_list.read(caller.session, agency, wanted.rows)
    except Refused as error:
        return Html(accounts.told(say_error(error), good=False)), no_update
    if wanted.send == "no":
        return Html(import_told.told(rows, sent=False)), no_update
    _send_all(caller, agency, [row for row in rows if row.problem is None])
    with caller.services.reading() as session:  # the caller's still sees what was there before
        model = accounts.model_at(caller.services.lake, session, caller.viewer, search)
    return Html(import_told.told(rows, sent=True)), accounts.body(model)


def _send_all(caller: Caller, agency: Agency, rows: Sequence[invite_list.Row]) -> None:
    """A few at a time: on SQLite nobody else writes meanwhile. What breaks off goes on when the list is sent again,
    for those who are invited already are left out."""
    for start in range(0, len(rows), BATCH):
        with caller.services.session() as session:
            for row in rows[start : start + BATCH]:
                made = managing.invite_account(
                    session, caller.services.settings, agency, row.email, row.name, actor=caller.viewer.actor
                )
                letters.send_invitation(session, caller.services.settings, made)


def _do(caller: Caller, agency: Agency, wanted: Invite | Change | Tag) -> str:
    session, settings, actor = caller.session, caller.services.settings, caller.viewer.actor
    match wanted:
        case Invite():
            invited = managing.invite_account(
                session, settings, agency, wanted.email, wanted.name, actor=actor
            )
            return _sent(caller, invited)
        case Tag():
            managing.tag(
                session, managing.link_of_agency(session, agency, wanted.id), wanted.tags, actor=actor
            )
            return accounts.told(say("Saved."))
        case Change(op="resend"):
            link = managing.link_of_agency(session, agency, wanted.id)
            return _sent(caller, managing.resend(session, settings, link, actor=actor))
        case Change(op="cancel"):
            managing.cancel(session, managing.link_of_agency(session, agency, wanted.id), actor=actor)
            return accounts.told(say("The invitation is cancelled; its link opens nothing any more."))
        case Change(op="remove"):
            managing.remove(session, managing.link_of_agency(session, agency, wanted.id), actor=actor)
            return accounts.told(say("The account is off your list."))
        case Change():
            link = managing.link_of_agency(session, agency, wanted.id)
            managing.unlink(session, link, "agency", actor=actor)
            letters.send_unlinked(session, link)
            return accounts.told(say("The account is unlinked. Both sides get a mail."))


def _sent(caller: Caller, invitation: Invitation) -> str:
    """The mail is written; where no mail server is set, whoever sent it can copy the address."""
    settings = caller.services.settings
    letters.send_invitation(caller.session, settings, invitation)
    if settings.smtp_url is not None:
        return accounts.told(say("The invitation is on its way to {email}.", email=invitation.email))
    return accounts.told(
        say("No mail server is set: send this address to {email} yourself.", email=invitation.email),
        address=invitations.address(settings, invitation),
    )
