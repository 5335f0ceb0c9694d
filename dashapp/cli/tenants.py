"""`agency create`, `workspace create`, `user create`."""

from __future__ import annotations

import click

from dashapp.cli.frame import Answer, Group
from dashapp.cli.house import open_house, workspace_of


@click.group(cls=Group)
def agency() -> None:
    """Agencies."""


@agency.command("create")
@click.argument("name")
@click.option(
    "--owner", required=True, metavar="EMAIL", help="Who owns it; an account is made when there is none."
)
@click.option("--password", metavar="P", help="For a new owner, 12 characters or more.")
def create_agency(name: str, owner: str, password: str | None) -> Answer:
    """Make an agency and its owner."""
    from dashapp.agencies import accounts
    from dashapp.views.store import ensure_default_view

    with open_house().session() as session:
        made, person = accounts.create_agency(session, name, owner, password)
        ensure_default_view(session, made)
        document = {"agency": made.slug, "owner": person.email}
    return Answer(document, f"Agency {document['agency']}, owner {document['owner']}.")


@click.group(cls=Group)
def workspace() -> None:
    """Workspaces: one per client."""


@workspace.command("create")
@click.argument("name")
@click.option("--agency", "agency_slug", metavar="SLUG", help="Needed when there is more than one agency.")
@click.option(
    "--timezone", default="UTC", show_default=True, metavar="TZ", help="Days and weeks are local to it."
)
def create_workspace(name: str, agency_slug: str | None, timezone: str) -> Answer:
    """Make a workspace."""
    from dashapp.agencies import accounts

    with open_house().session() as session:
        owner = (
            accounts.agency_by_slug(session, agency_slug) if agency_slug else accounts.only_agency(session)
        )
        slug = accounts.create_workspace(session, owner, name, timezone).slug
    return Answer({"workspace": slug}, f"Workspace {slug}.")


@click.group(cls=Group)
def user() -> None:
    """People with an account."""


@user.command("create")
@click.argument("email")
@click.option("--password", metavar="P", help="12 characters or more.")
@click.option("--agency", "agency_slug", metavar="SLUG", help="Where the --role counts: a whole agency.")
@click.option("--workspace", "workspace_slug", metavar="SLUG", help="Where the --role counts: one workspace.")
@click.option("--role", "roles", multiple=True, metavar="R", help="Once for --agency, once for --workspace.")
def create_user(
    email: str,
    password: str | None,
    agency_slug: str | None,
    workspace_slug: str | None,
    roles: tuple[str, ...],
) -> Answer:
    """Make an account, or add roles to one.

    Agency roles: owner admin manager analyst. Workspace roles: manager member client.
    """
    from dashapp.agencies import accounts

    places = [place for place in (agency_slug, workspace_slug) if place]
    if len(places) != len(roles):
        raise click.UsageError("Give one --role for each of --agency and --workspace, in that order.")
    agency_role = roles[0] if agency_slug else None
    workspace_role = roles[-1] if workspace_slug else None
    with open_house().session() as session:
        made = accounts.create_user(
            session,
            email,
            password,
            agency=accounts.agency_by_slug(session, agency_slug) if agency_slug else None,
            agency_role=agency_role,
            workspace=workspace_of(session, workspace_slug)[0] if workspace_slug else None,
            workspace_role=workspace_role,
        ).email
    return Answer({"user": made}, f"User {made}.")
