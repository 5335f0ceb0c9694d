"""`unattributed list`, `unattributed assign`: replies and unsubscribes that belong to no message."""

from __future__ import annotations

import click

from dashapp.cli.command import Answer, Command, Group
from dashapp.cli.installation import open_house, workspace_of


@click.group(cls=Group)
def unattributed() -> None:
    """Replies and unsubscribes that belong to no message."""


@unattributed.command("list", cls=Command)
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N")
def list_unattributed(workspace_slug: str, limit: int) -> Answer:
    """List them, newest first: nobody was sent anything under that address before they came."""
    from data.building import refresh_on_view
    from data.query import assigning

    services = open_house()
    with services.reading() as session:
        workspace, scope = workspace_of(session, workspace_slug)
        workspace_id = workspace.id
    refresh_on_view.ensure(services.lake, workspace_id)
    found = assigning.listed(services.lake, scope, workspace_id)
    rows = [{**row, "occurred_at": f"{row['occurred_at'].isoformat()}Z"} for row in found[:limit]]
    lines = [
        f"{row['occurred_at']}  {row['event']:<13} {row['lead'] or '–'}  {row['event_id']}" for row in rows
    ]
    return Answer({"unattributed": len(found), "rows": rows}, "\n".join(lines) or "Nothing is unattributed.")


@unattributed.command("assign", cls=Command)
@click.argument("event_id")
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option("--message", "message_id", required=True, metavar="M", help="The id of the e-mail it answers.")
def assign_unattributed(event_id: str, workspace_slug: str, message_id: str) -> Answer:
    """Give one of them to the e-mail it belongs to."""
    from dashapp.access import audit
    from dashapp.db.base import now
    from dashapp.errors import Refused
    from data.building import refresh_on_view
    from data.query import assigning

    services = open_house()
    with services.reading() as session:
        workspace, scope = workspace_of(session, workspace_slug)
        workspace_id, agency_id = workspace.id, workspace.managing_agency_id
    refresh_on_view.ensure(services.lake, workspace_id)
    event = assigning.find(services.lake, scope, workspace_id, event_id, message_id)
    with services.session() as session:
        if not assigning.assign(session.connection(), workspace_id, event, None, now()):
            raise Refused("It was assigned already.")
        audit.record(
            session,
            "cli",
            "data.assign",
            agency_id=agency_id,
            workspace_id=workspace_id,
            detail=f"event {event_id} to e-mail {message_id}",
        )
    return Answer(
        {"event_id": event_id, "message_id": message_id, "assigned": True},
        "Assigned; it is on the way into the figures.",
    )
