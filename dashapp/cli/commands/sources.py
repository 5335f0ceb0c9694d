"""`source create|list|pause|resume|rotate|close`: the addresses providers deliver to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import ROW_ID, Answer, Group
from dashapp.cli.installation import open_house, workspace_of
from dashapp.cli.passwords import first_line
from dashapp.errors import NotFound, Refused

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.tenants import Source


@click.group(cls=Group)
def source() -> None:
    """Addresses for providers' webhooks."""


@source.command("create")
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option("--provider", required=True, metavar="P", help="One of the providers in docs/events.md.")
@click.option(
    "--secret", metavar="S", help="What the provider signs with; else one is made, unless it has its own."
)
@click.option("--secret-stdin", is_flag=True, help="Read it from the first line of stdin.")
@click.option(
    "--address-is-secret",
    is_flag=True,
    help="The provider can send neither a signature nor a password: whoever knows the address can send.",
)
def create_source(
    workspace_slug: str, provider: str, secret: str | None, secret_stdin: bool, address_is_secret: bool
) -> Answer:
    """Make a webhook address; print it, the secret, and how to connect."""
    from dashapp.cli.command import nearest
    from dashapp.sources import registry as use
    from data.sources import sources

    if provider not in sources():
        raise Refused(
            f"{provider!r} is not a provider; there are {', '.join(sources())}.{nearest(provider, sources())}"
        )
    given = _chosen_secret(secret, stdin=secret_stdin)
    ours = use.key_until_theirs(provider) if given is None and not address_is_secret else None
    secret_given = ours if given is None else given
    services = open_house()
    with services.session() as session:
        workspace, _ = workspace_of(session, workspace_slug)
        made, path, kept = use.create_source(
            session, services.settings, workspace, provider, secret_given, key_is_secret=address_is_secret
        )
    shown = _shown(made.id, path, kept, provider)
    if ours is not None:
        label = sources()[provider].label
        told = f"{label} has a key of its own; give it with `vitrine source rotate {made.id} --secret-stdin`."
        shown = Answer(shown.document, f"{shown.text}\n{told}")
    steps = "\n".join(f"{n}. {step}" for n, step in enumerate(sources()[provider].steps, 1))
    return Answer(shown.document, f"{shown.text}\n\n{steps}")


@source.command("list")
@click.option("--workspace", "workspace_slug", metavar="W", help="Only its sources.")
@click.option("--closed", is_flag=True, help="Also those that were closed.")
def listed(workspace_slug: str | None, closed: bool) -> Answer:
    """List the sources, oldest first; their secrets are not shown."""
    from sqlalchemy import select

    from dashapp.db.tenants import Source, Workspace
    from dashapp.sources.registry import state_of

    with open_house().reading() as session:
        query = select(Source, Workspace.slug).join(Workspace, Workspace.id == Source.workspace_id)
        if workspace_slug:
            query = query.where(Source.workspace_id == workspace_of(session, workspace_slug)[0].id)
        if not closed:
            query = query.where(Source.closed_at.is_(None))
        rows: list[dict[str, Any]] = [
            {
                "id": found.id,
                "workspace": slug,
                "provider": found.provider,
                "state": state_of(found),
                "created_at": found.created_at.isoformat(),
                "old_secret_until": found.old_secret_until.isoformat() if found.old_secret_until else None,
            }
            for found, slug in session.execute(query.order_by(Source.id))
        ]
    lines = [f"{row['id']:>6}  {row['state']:<8} {row['provider']:<10} {row['workspace']}" for row in rows]
    return Answer({"sources": rows}, "\n".join(lines) or "There are no sources.")


@source.command("pause")
@click.argument("source_id", metavar="ID", type=ROW_ID)
def pause(source_id: int) -> Answer:
    """Deliveries are answered "not found" until the source is resumed; providers try again for some days."""
    return _change(source_id, "pause")


@source.command("resume")
@click.argument("source_id", metavar="ID", type=ROW_ID)
def resume(source_id: int) -> Answer:
    """A paused source takes deliveries again."""
    return _change(source_id, "resume")


@source.command("close")
@click.argument("source_id", metavar="ID", type=ROW_ID)
def close(source_id: int) -> Answer:
    """The source never takes anything again; what it brought stays."""
    return _change(source_id, "close")


@source.command("rotate")
@click.argument("source_id", metavar="ID", type=ROW_ID)
@click.option(
    "--secret", metavar="S", help="What the provider signs with from now on; without it one is made."
)
@click.option("--secret-stdin", is_flag=True, help="Read it from the first line of stdin.")
@click.option("--at-once", is_flag=True, help="The old secret ends now, not in 24 hours: it has leaked.")
@click.option("--new-address", is_flag=True, help="A new address too; the old one ends now.")
def rotate(
    source_id: int, secret: str | None, secret_stdin: bool, at_once: bool, new_address: bool
) -> Answer:
    """Change a source's secret; the old one is accepted for another 24 hours."""
    from dashapp.sources import registry as use

    given = _chosen_secret(secret, stdin=secret_stdin)
    services = open_house()
    with services.session() as session:
        path, kept = use.rotate(
            session,
            services.settings,
            _source(session, source_id),
            given,
            at_once=at_once,
            new_address=new_address,
        )
    return _shown(source_id, path, kept, path.split("/")[2])


def _change(source_id: int, what: str) -> Answer:
    from dashapp.sources import registry as use

    services = open_house()
    with services.session() as session:
        found = _source(session, source_id)
        if what == "close":
            use.close(session, services.settings, found)
        else:
            {"pause": use.pause, "resume": use.resume}[what](session, found)
        state = use.state_of(found)
    return Answer({"id": source_id, "state": state}, f"Source {source_id} is {state}.")


def _shown(source_id: int, path: str, secret: str, provider: str) -> Answer:
    from dashapp.cli.installation import settings_for
    from dashapp.sources.registry import NO_KEY, with_password
    from data.sources import sources

    address = f"{settings_for().public_url}{path}"
    if sources()[provider].in_address:
        address = f"{address}\nwith the password in it: {with_password(address, secret)}"
    told = f"secret: {secret}"
    if secret == NO_KEY:
        told = (
            "Nothing is taken before it has the provider's key: "
            f"`vitrine source rotate {source_id} --secret-stdin`."
        )
    return Answer({"id": source_id, "url": path, "secret": secret}, f"{address}\n{told}")


def _source(session: Session, source_id: int) -> Source:
    from dashapp.db.tenants import Source

    found = session.get(Source, source_id)
    if found is None or found.closed_at is not None:
        raise NotFound(f"There is no source {source_id}; `vitrine source list` shows them.")
    return found


def _chosen_secret(secret: str | None, *, stdin: bool) -> str | None:
    """The secret as it was given; None: one is to be made."""
    if stdin and secret is not None:
        raise click.UsageError("Give the secret in one way only.")
    if not stdin:
        return secret
    return first_line("secret")
