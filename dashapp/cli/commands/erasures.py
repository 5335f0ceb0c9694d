"""`erasure ask|list|check`: people who are to be erased for good, and what proves that they were."""

from __future__ import annotations

import click

from dashapp.cli.command import Answer, Group
from dashapp.cli.installation import open_house, workspace_of


@click.group(cls=Group)
def erasure() -> None:
    """People who are erased from a workspace."""


@erasure.command("ask")
@click.argument("address")
@click.option("--workspace", "workspace_slug", required=True, metavar="SLUG")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def ask_command(address: str, workspace_slug: str, yes: bool) -> Answer:
    """Erase the person with this address or lead id for good; the worker does the rest."""
    from dashapp.crm.contacts import Actor, contact_by_key
    from dashapp.crm.erasure import asking
    from dashapp.errors import NotFound

    house = open_house()
    if not yes:
        click.confirm(f"Erase {address} from {workspace_slug} for good? This cannot be undone", abort=True)
    with house.session() as session:
        workspace, scope = workspace_of(session, workspace_slug)
        contact = contact_by_key(session, scope, workspace.id, address)
        if contact is None:
            raise NotFound("There is no contact with this address.")
        actor = Actor("cli", workspace, scope)
        row = asking.ask(session, actor, contact.id, address, house.settings.secret_key)
        return Answer(
            {"erasure": row.id}, f"Erasure {row.id}: the worker takes them out of events and figures."
        )


@erasure.command("list")
@click.option("--workspace", "workspace_slug", required=True, metavar="SLUG")
def list_command(workspace_slug: str) -> Answer:
    """The erasures of a workspace, without names."""
    from dashapp.crm.erasure import asking

    with open_house().reading() as session:
        workspace, _ = workspace_of(session, workspace_slug)
        rows = asking.erasures_of(session, workspace.id)
    told = [
        {
            "erasure": row.id,
            "state": row.state,
            "asked_by": row.asked_by,
            "asked_at": row.asked_at.isoformat(),
            "done_at": row.done_at.isoformat() if row.done_at else None,
            "proof": row.proof,
        }
        for row in rows
    ]
    lines = [f"{row.id}  {row.state:<8} {row.asked_at:%Y-%m-%d %H:%M}  {row.asked_by}" for row in rows]
    return Answer({"erasures": told}, "\n".join(lines) or "Nobody was erased here.")


@erasure.command("check")
@click.argument("address")
@click.option("--workspace", "workspace_slug", required=True, metavar="SLUG")
def check_command(address: str, workspace_slug: str) -> Answer:
    """Whether the person with this address or lead id was erased, and what was read to prove it."""
    from dashapp.crm.erasure import asking

    with open_house().reading() as session:
        workspace, _ = workspace_of(session, workspace_slug)
        row = asking.erasure_by_address(session, workspace.id, address)
    if row is None:
        return Answer({"erased": False}, "Nobody with this address was erased here.")
    read = row.proof.get("read") or {}
    said = f"Erasure {row.id} is {row.state}, asked for by {row.asked_by} on {row.asked_at:%Y-%m-%d}."
    if row.done_at is not None:
        said += (
            f" Done {row.done_at:%Y-%m-%d %H:%M} UTC: {read.get('segments', 0)} files of events and "
            f"{read.get('marts', 0)} of figures were read, none names the person."
        )
    return Answer({"erased": True, "erasure": row.id, "state": row.state, "proof": row.proof}, said)
