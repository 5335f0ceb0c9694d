"""The people who work in a workspace, of its agency and its own, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from dashapp.db.tenants import AgencyMember, GivenAccount, User, Workspace, WorkspaceMember

#: Roles of a workspace whose people only look.
_LOOK_ONLY = frozenset({"client"})
#: People a list to choose from holds.
MOST_CHOICES = 200


def team_of(
    session: Session, workspace: Workspace, *also: ColumnElement[bool]
) -> tuple[tuple[str, str], ...]:
    """(e-mail, name) of everybody who works in the workspace, by name; `also`: further conditions on `User`.

    Whoever gave no name is called by the first part of their address.
    """
    given = select(GivenAccount.user_id).where(GivenAccount.workspace_id == workspace.id)
    agency = select(AgencyMember.user_id).where(
        AgencyMember.agency_id == workspace.managing_agency_id,
        (AgencyMember.role != "member") | AgencyMember.all_accounts | AgencyMember.user_id.in_(given),
    )
    own = select(WorkspaceMember.user_id).where(
        WorkspaceMember.workspace_id == workspace.id, WorkspaceMember.role.not_in(_LOOK_ONLY)
    )
    wanted = select(User.email, User.name).where(User.active, User.id.in_(agency) | User.id.in_(own), *also)
    found = [(email, name or short(email)) for email, name in session.execute(wanted)]
    return tuple(sorted(found, key=lambda one: (one[1].casefold(), one[0])))


def by_name(values: Iterable[str], called: Mapping[str, str]) -> list[tuple[str, str]]:
    """(value, what it is called) by what they are called, each once; at most what a list can hold."""
    named = {value: called.get(value, value) for value in values}
    return sorted(named.items(), key=lambda one: (one[1].casefold(), one[0]))[:MOST_CHOICES]


def name_in(called: Mapping[str, str], email: str | None) -> str:
    """What to call whom something belongs to; "" where it is nobody's."""
    return called.get(email) or short(email) if email else ""


def short(email: str) -> str:
    """The first part of an address: what to call somebody who has no account here, or gave no name."""
    return email.partition("@")[0]
