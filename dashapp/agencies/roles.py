"""Roles of people in agencies and workspaces, and the owner that each of them keeps.

Every function works in the caller's transaction and writes the audit trail there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.db.tenants import (
    AGENCY_ROLES,
    MANAGING,
    WORKSPACE_ROLES,
    Agency,
    AgencyLink,
    AgencyMember,
    GivenAccount,
    User,
    Workspace,
    WorkspaceMember,
)
from dashapp.errors import NotFound, Refused


def set_agency_role(
    session: Session,
    user: User,
    agency: Agency,
    role: str | None,
    *,
    all_accounts: bool = False,
    actor: str = "cli",
) -> None:
    """Give, change or (None) take away a role in an agency. It counts from the person's next request.

    A member works in the accounts given to them (`give_accounts`), or with `all_accounts` in every one. Raises
    Refused on an unknown role, and when the agency would be left without an owner who can log in.
    """
    if role is not None and role not in AGENCY_ROLES:
        raise Refused(
            "{role} is not a role in an agency; there are {known}.",
            role=repr(role),
            known=", ".join(AGENCY_ROLES),
        )
    key = {"user_id": user.id, "agency_id": agency.id}
    before = session.get(AgencyMember, key)
    if before is not None and before.role == "owner" and role != "owner":
        keep_an_owner(session, user, agency)
    put_role(session, AgencyMember, key, role)
    if role is not None:
        row = session.get_one(AgencyMember, key)
        row.all_accounts = all_accounts and role == "member"
    if role != "member":
        session.execute(
            delete(GivenAccount).where(GivenAccount.user_id == user.id, GivenAccount.agency_id == agency.id)
        )
    session.flush()
    audit.record(session, actor, "role.set", agency_id=agency.id, detail=f"{user.email}: {role}")


def give_accounts(
    session: Session, user: User, agency: Agency, workspace_ids: Iterable[int], *, actor: str = "cli"
) -> None:
    """The accounts a member of an agency works in: these and no others. Raises Refused, NotFound."""
    row = session.get(AgencyMember, {"user_id": user.id, "agency_id": agency.id})
    if row is None or row.role != "member":
        raise Refused("Single accounts are given to members; the other roles work in all of them.")
    wanted = set(workspace_ids)
    managed = session.scalars(
        select(AgencyLink.workspace_id).where(
            AgencyLink.agency_id == agency.id,
            AgencyLink.state == MANAGING,
            AgencyLink.workspace_id.in_(wanted),
        )
    )
    if wanted - set(managed):
        raise NotFound("There is no such workspace.")
    row.all_accounts = False
    session.execute(
        delete(GivenAccount).where(GivenAccount.user_id == user.id, GivenAccount.agency_id == agency.id)
    )
    session.add_all(GivenAccount(user_id=user.id, agency_id=agency.id, workspace_id=key) for key in wanted)
    session.flush()
    detail = f"{user.email}: {len(wanted)} accounts"
    audit.record(session, actor, "role.accounts", agency_id=agency.id, detail=detail)


def set_workspace_role(
    session: Session, user: User, workspace: Workspace, role: str | None, *, actor: str = "cli"
) -> None:
    """Give, change or (None) take away a role in one workspace."""
    if role is not None and role not in WORKSPACE_ROLES:
        raise Refused(
            "{role} is not a role in a workspace; there are {known}.",
            role=repr(role),
            known=", ".join(WORKSPACE_ROLES),
        )
    before = session.get(WorkspaceMember, {"user_id": user.id, "workspace_id": workspace.id})
    was_owner = before is not None and before.role == "owner"
    put_role(session, WorkspaceMember, {"user_id": user.id, "workspace_id": workspace.id}, role)
    if was_owner and role != "owner" and not _has_workspace_owner(session, workspace):
        raise Refused("An account keeps at least one owner.")
    audit.record(
        session,
        actor,
        "role.set",
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"{user.email}: {role}",
    )


def put_role(
    session: Session, kind: type[AgencyMember] | type[WorkspaceMember], key: dict[str, int], role: str | None
) -> None:
    """The role of this membership row from now on; None deletes the row."""
    row: Any = session.get(kind, key)
    if role is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(kind(**key, role=role))
    else:
        row.role = role
    session.flush()


def keep_an_owner(session: Session, user: User, agency: Agency) -> None:
    """Refuse to go on when nobody but `user` owns the agency and can log in."""
    # Two owners who take each other's role away at once wait here: the second sees what the first did.
    session.execute(select(Agency.id).where(Agency.id == agency.id).with_for_update())
    other_owner = (
        select(AgencyMember.user_id)
        .join(User, User.id == AgencyMember.user_id)
        .where(
            AgencyMember.agency_id == agency.id,
            AgencyMember.role == "owner",
            AgencyMember.user_id != user.id,
            User.active.is_(True),
        )
    )
    if session.execute(other_owner.limit(1)).first() is None:
        raise Refused(
            "An agency keeps at least one owner, and {name} has no other: make somebody else an owner "
            "first. Until then, a new password and ended sessions lock out whoever has the account.",
            name=agency.name,
        )


def _has_workspace_owner(session: Session, workspace: Workspace) -> bool:
    owners = select(WorkspaceMember.user_id).where(
        WorkspaceMember.workspace_id == workspace.id, WorkspaceMember.role == "owner"
    )
    return session.execute(owners.limit(1)).first() is not None
