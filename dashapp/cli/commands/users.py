"""`user create|list|disable|enable|set-password|end-sessions|role`: people, and what one does when one is not who
they should be. Each takes effect at the person's next request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dashapp.cli.command import Answer, Group
from dashapp.cli.installation import open_house, workspace_of
from dashapp.cli.passwords import chosen_password, new_password, password_options

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.tenants import Agency, Workspace


@click.group(cls=Group)
def user() -> None:
    """People with an account."""


#: A member who works in all accounts of the agency.
ANALYST = "analyst"


@user.command("create")
@click.argument("email")
@password_options("12 characters or more.")
@click.option("--agency", "agency_slug", metavar="SLUG", help="Where the --role counts: a whole agency.")
@click.option("--workspace", "workspace_slug", metavar="SLUG", help="Where the --role counts: one workspace.")
@click.option("--role", "roles", multiple=True, metavar="R", help="Once for --agency, once for --workspace.")
def create_user(
    email: str,
    password: str | None,
    password_prompt: bool,
    password_stdin: bool,
    agency_slug: str | None,
    workspace_slug: str | None,
    roles: tuple[str, ...],
) -> Answer:
    """Make an account, or add roles to one.

    Agency roles: owner, admin, manager, member (in the accounts given to them), analyst (a member in all of them).
    Workspace roles: owner, admin, manager, member (sees what they sent themselves), client.
    """
    from dashapp.agencies import accounts

    places = [place for place in (agency_slug, workspace_slug) if place]
    if len(places) != len(roles):
        raise click.UsageError("Give one --role for each of --agency and --workspace, in that order.")
    given = chosen_password(password, prompt=password_prompt, stdin=password_stdin)
    agency_role = roles[0] if agency_slug else None
    workspace_role = roles[-1] if workspace_slug else None
    with open_house().session() as session:
        made = accounts.create_user(
            session,
            email,
            given,
            agency=accounts.agency_by_slug(session, agency_slug) if agency_slug else None,
            agency_role="member" if agency_role == ANALYST else agency_role,
            all_accounts=agency_role == ANALYST,
            workspace=workspace_of(session, workspace_slug)[0] if workspace_slug else None,
            workspace_role=workspace_role,
        ).email
    return Answer({"user": made}, f"User {made}.")


@user.command("disable")
@click.argument("email")
def disable(email: str) -> Answer:
    """Shut a person out: their sessions end, and they cannot log in."""
    return _set_active(email, active=False)


@user.command("enable")
@click.argument("email")
def enable(email: str) -> Answer:
    """Let a disabled person log in again, with the roles and the password they had."""
    return _set_active(email, active=True)


def _set_active(email: str, *, active: bool) -> Answer:
    from dashapp.agencies import accounts

    with open_house().session() as session:
        person = accounts.known_user(session, email)
        accounts.set_active(session, person, active)
        document = {"user": person.email, "active": active}
    return Answer(document, f"User {document['user']} is {'enabled' if active else 'disabled'}.")


@user.command("set-password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read it from the first line of stdin.")
def set_password(email: str, password_stdin: bool) -> Answer:
    """Give a person another password; all their sessions end."""
    from dashapp.agencies import accounts

    services = open_house()
    with services.reading() as session:
        accounts.known_user(session, email)  # before anybody types a password in vain
    password = new_password(stdin=password_stdin)
    with services.session() as session:
        person = accounts.known_user(session, email)
        accounts.set_password(session, person, password)
        document = {"user": person.email}
    return Answer(document, f"User {document['user']} has a new password and is logged out everywhere.")


@user.command("end-sessions")
@click.argument("email")
def end_sessions(email: str) -> Answer:
    """Log a person out everywhere."""
    from dashapp.agencies import accounts

    with open_house().session() as session:
        person = accounts.known_user(session, email)
        document = {"user": person.email, "ended": accounts.end_sessions(session, person)}
    return Answer(document, f"{document['ended']} sessions of {document['user']} ended.")


@user.command("role")
@click.argument("email")
@click.option("--agency", "agency_slug", metavar="SLUG", help="The role in a whole agency.")
@click.option("--workspace", "workspace_slug", metavar="SLUG", help="The role in one workspace.")
@click.option("--role", metavar="R", help="The role to have from now on.")
@click.option("--remove", is_flag=True, help="No role there any more.")
def role(
    email: str, agency_slug: str | None, workspace_slug: str | None, role: str | None, remove: bool
) -> Answer:
    """Give a person a role in one place, change it, or take it away."""
    from dashapp.agencies import accounts

    if (agency_slug is None) == (workspace_slug is None):
        raise click.UsageError("Say where the role counts: either --agency or --workspace.")
    if (role is None) != remove:
        raise click.UsageError("Give either --role or --remove.")
    with open_house().session() as session:
        person = accounts.known_user(session, email)
        place = _place(session, agency_slug, workspace_slug)
        _set_role(session, person.email, place, role)
        document = {"user": person.email, "place": place.slug, "role": role}
    text = f"User {document['user']} is {role} in {document['place']}."
    return Answer(document, text if role else f"User {document['user']} has no role in {document['place']}.")


def _place(session: Session, agency_slug: str | None, workspace_slug: str | None) -> Agency | Workspace:
    from dashapp.agencies import accounts

    if agency_slug is not None:
        return accounts.agency_by_slug(session, agency_slug)
    assert workspace_slug is not None
    return workspace_of(session, workspace_slug)[0]


def _set_role(session: Session, email: str, place: Agency | Workspace, role: str | None) -> None:
    from dashapp.agencies import accounts, roles
    from dashapp.db.tenants import Agency

    person = accounts.known_user(session, email)
    if isinstance(place, Agency):
        roles.set_agency_role(
            session, person, place, "member" if role == ANALYST else role, all_accounts=role == ANALYST
        )
    else:
        roles.set_workspace_role(session, person, place, role)


@user.command("list")
@click.option(
    "--agency", "agency_slug", metavar="SLUG", help="Only people with a role in it or its workspaces."
)
def listed(agency_slug: str | None) -> Answer:
    """People with their roles, open sessions, and whether they are disabled."""
    from dashapp.agencies import accounts
    from dashapp.agencies.user_list import list_users

    with open_house().reading() as session:
        agency = accounts.agency_by_slug(session, agency_slug) if agency_slug else None
        found = [person.as_dict() for person in list_users(session, agency)]
    lines = [
        f"{person['user']:<32} {'active' if person['active'] else 'disabled':<9} {person['sessions']} sessions  "
        + ", ".join(f"{role['role']} in {role['place']}" for role in person["roles"])
        for person in found
    ]
    return Answer({"users": found}, "\n".join(line.rstrip() for line in lines) or "There is nobody.")
