"""`agency create`, `agency brand`, `workspace create`."""

from __future__ import annotations

from pathlib import Path

import click

from dashapp.cli.command import Answer, Group
from dashapp.cli.installation import open_house
from dashapp.cli.passwords import chosen_password, password_options
from dashapp.errors import Refused


@click.group(cls=Group)
def agency() -> None:
    """Agencies."""


@agency.command("create")
@click.argument("name")
@click.option(
    "--owner", required=True, metavar="EMAIL", help="Who owns it; an account is made when there is none."
)
@password_options("For a new owner, 12 characters or more.")
def create_agency(
    name: str, owner: str, password: str | None, password_prompt: bool, password_stdin: bool
) -> Answer:
    """Make an agency and its owner."""
    from dashapp.agencies import accounts
    from dashapp.views.store import ensure_default_view

    given = chosen_password(password, prompt=password_prompt, stdin=password_stdin)
    with open_house().session() as session:
        made, person = accounts.create_agency(session, name, owner, given)
        ensure_default_view(session, made)
        document = {"agency": made.slug, "owner": person.email}
    return Answer(document, f"Agency {document['agency']}, owner {document['owner']}.")


@agency.command("brand")
@click.option("--agency", "agency_slug", metavar="SLUG", help="Needed when there is more than one agency.")
@click.option(
    "--colour", metavar="#RRGGBB", help="What portals are coloured with; both themes follow from it."
)
@click.option(
    "--logo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A PNG, JPEG, WebP or GIF; it is made small.",
)
@click.option("--no-logo", is_flag=True, help="The agency's first letter in its place.")
def brand_agency(agency_slug: str | None, colour: str | None, logo: Path | None, no_logo: bool) -> Answer:
    """Dress all portals of an agency in its colour and logo."""
    from dashapp.agencies import accounts, branding
    from dashapp.ui.brand import check_hex

    if logo is not None and no_logo:
        raise click.UsageError("--logo and --no-logo contradict each other.")
    if logo is not None and logo.stat().st_size > branding.MOST_BYTES:
        raise Refused(f"A logo can have at most {branding.MOST_BYTES // 1_000_000} MB.")
    with open_house().session() as session:
        found = (
            accounts.agency_by_slug(session, agency_slug) if agency_slug else accounts.only_agency(session)
        )
        branding.dress(
            session,
            found,
            brand=None if colour is None else check_hex(colour),
            logo=None if logo is None else logo.read_bytes(),
            logo_name=None if logo is None else logo.name,
            without_logo=no_logo,
        )
        document = {"agency": found.slug, "colour": found.brand, "logo": found.logo_digest is not None}
    return Answer(document, f"Agency {document['agency']} is dressed in {document['colour']}.")


@click.group(cls=Group)
def workspace() -> None:
    """Workspaces: one for each client."""


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
