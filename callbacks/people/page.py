"""Teams & permissions: invite a person, another role, accounts of a member, remove, and the workspace's switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from dash import Input, Output, State
from pydantic import Field

from callbacks.fields import At, Path, RowId, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.access import attempts
from dashapp.access.scopes import agency_for, by_own_role
from dashapp.access.viewer import Member
from dashapp.agencies import invitations, people, roles
from dashapp.db.tenants import Agency, Invitation, Tenant, User, Workspace
from dashapp.errors import NotAllowed, Refused
from dashapp.services import Services
from dashapp.ui import letters
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language.say import say, say_error
from pages.agency.accounts import told
from pages.frame.address import slug_at
from pages.frame.page_spec import page_at, query_of
from pages.people.list import body

INVITES, WINDOW_S = 100, 3600
Role = Annotated[str, Field(max_length=20)]


class Invite(Args):
    """A person by address, and their role."""

    op: Literal["invite"]
    at: At
    email: Annotated[str, Field(max_length=300)]
    role: Role


class ChangeRole(Args):
    """Another role for somebody who is here."""

    op: Literal["role"]
    at: At
    id: RowId
    role: Role


class Accounts(Args):
    """The accounts a member of an agency works in."""

    op: Literal["accounts"]
    at: At
    id: RowId
    everywhere: bool
    accounts: Annotated[list[RowId], Field(max_length=10_000, default_factory=list)]


class Row(Args):
    """Remove a person, or end or renew an invitation."""

    op: Literal["remove", "cancel", "resend"]
    at: At
    id: RowId


Wanted = Invite | ChangeRole | Accounts | Row


class Act(Args):
    """Something on the page was sent."""

    act: Annotated[Wanted, Field(discriminator="op")]
    path: Path
    search: Search


class Switch(Args):
    """The workspace's switch was set."""

    op: Literal["switch"]
    at: At
    enabled: bool


class Set(Args):
    """The switch, in the workspace of the address."""

    act: Switch
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the page of a workspace ("workspace.people"), that of an agency ("agency.members"), and the switch."""
    outputs = [
        (
            Output("people-told", "children", allow_duplicate=True),
            Output("people-body", "html", allow_duplicate=True),
        )
    ] * 3

    @guard.callback(
        *outputs[0],
        Input("people-act", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="workspace.people",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _in_workspace(caller: Caller, asked: Act) -> Any:
        return act(caller, asked, lambda: caller.workspace(slug_at(asked.path, "people"))[0])

    @guard.callback(
        *outputs[1],
        Input("people-agency-act", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="agency.members",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _in_agency(caller: Caller, asked: Act) -> Any:
        return act(caller, asked, lambda: _agency_at(caller, asked))

    @guard.callback(
        *outputs[2],
        Input("people-switch", "data"),
        State("url", "pathname"),
        verb="workspace.enable",
        args=Set,
        writes=True,
        prevent_initial_call=True,
    )
    def _switch(caller: Caller, asked: Set) -> Any:
        return switch(caller, asked)


def act(caller: Caller, asked: Act, find: Callable[[], Tenant]) -> tuple[Any, Any]:
    """Carry it out; returns the message and the updated page."""
    if asked.act.op in {"invite", "resend"}:
        attempts.attempt(caller.services.engine, "invite-person", caller.viewer.actor, INVITES, WINDOW_S)
    place = find()
    try:
        with caller.session.begin_nested():  # a refusal half-way leaves no traces
            said = _do(caller, place, asked.act)
    except (Refused, NotAllowed) as error:
        return Html(told(say_error(error), good=False)), body(caller.session, caller.viewer, place)
    return Html(said), body(caller.session, caller.viewer, place)


def switch(caller: Caller, asked: Set) -> tuple[Any, Any]:
    """Open or close the workspace."""
    workspace, _ = caller.workspace(slug_at(asked.path, "people"))
    people.set_enabled(caller.session, workspace, asked.act.enabled, actor=caller.viewer.actor)
    said = say("The workspace is enabled.") if asked.act.enabled else say("The workspace is disabled.")
    return Html(told(said)), body(caller.session, caller.viewer, workspace)


def _do(caller: Caller, place: Tenant, wanted: Wanted) -> str:
    session, actor = caller.session, caller.viewer.actor
    match wanted:
        case Invite():
            return _invite(caller, place, wanted.email, wanted.role)
        case ChangeRole():
            people.change_role(
                session, place, wanted.id, wanted.role, actor=actor, actor_role=_role(caller, place)
            )
            return told(say("The role is changed; it counts from their next request."))
        case Accounts():
            if not isinstance(place, Agency):
                raise Refused("Accounts are given to members of an agency.")
            user = session.get_one(User, people.person_of(session, place, wanted.id).user_id)
            if wanted.everywhere:
                roles.set_agency_role(session, user, place, "member", all_accounts=True, actor=actor)
            else:
                roles.give_accounts(session, user, place, wanted.accounts, actor=actor)
            return told(say("Saved; it counts from their next request."))
        case Row(op="remove"):
            people.change_role(session, place, wanted.id, None, actor=actor, actor_role=_role(caller, place))
            return told(say("Removed; they are without access from their next request."))
        case Row(op="cancel"):
            people.take_back(session, place, wanted.id, actor=actor)
            return told(say("The invitation is cancelled; its link opens nothing any more."))
        case Row():
            again = next((one for one in people.asked_of(session, place) if one.id == wanted.id), None)
            if again is None:
                raise Refused("This has changed meanwhile; load the page again.")
            return _invite(caller, place, again.email, again.role)


def _invite(caller: Caller, place: Tenant, email: str, role: str) -> str:
    own = isinstance(place, Agency) or by_own_role(caller.viewer, "workspace.people", place)
    made = people.invite(
        caller.session,
        caller.services.settings,
        place,
        email,
        role,
        actor=caller.viewer.actor,
        actor_role=_role(caller, place),
        through=None if own or isinstance(place, Agency) else place.managing_agency_id,
    )
    return sent(caller, made)


def sent(caller: Caller, invitation: Invitation) -> str:
    """The mail is written; where no mail server is set, whoever sent it can copy the address."""
    settings = caller.services.settings
    letters.send_invitation(caller.session, settings, invitation)
    if settings.smtp_url is not None:
        return told(say("The invitation is on its way to {email}.", email=invitation.email))
    return told(
        say("No mail server is set: send this address to {email} yourself.", email=invitation.email),
        address=invitations.address(settings, invitation),
    )


def _role(caller: Caller, place: Agency | Workspace) -> str:
    """The caller's own role in the place; "" where an agency's link lets them in."""
    assert isinstance(caller.viewer, Member)
    roles = caller.viewer.agency_roles if isinstance(place, Agency) else caller.viewer.workspace_roles
    return roles.get(place.id, "")


def _agency_at(caller: Caller, asked: Act) -> Agency:
    found = page_at(asked.path)
    if found is None or found[0].name != "agency-people":
        raise Refused("The request is not in the format this callback expects.")
    return agency_for(caller.session, caller.viewer, query_of(asked.search or "").get("agency"), caller.verb)
