"""`schedule list|run`: reports mailed on a schedule."""

from __future__ import annotations

import click

from dashapp.cli.command import ROW_ID, Answer, Group
from dashapp.cli.installation import open_house, workspace_of
from dashapp.errors import NotFound


@click.group(cls=Group)
def schedule() -> None:
    """Reports that are mailed on a schedule."""


@schedule.command("list")
@click.option("--workspace", "workspace_slug", metavar="W", help="Only its schedules.")
def listed(workspace_slug: str | None) -> Answer:
    """List the schedules, when each is due next, and what became of its last run."""
    from sqlalchemy import select

    from dashapp.db.tenants import Workspace
    from dashapp.schedules import keeping, planning
    from dashapp.schedules.recipients import recipients_of

    rows = []
    with open_house().reading() as session:
        if workspace_slug:
            workspaces = [workspace_of(session, workspace_slug)[0]]
        else:
            workspaces = list(session.scalars(select(Workspace).order_by(Workspace.slug)))
        for workspace in workspaces:
            for one in keeping.schedules_of(session, workspace):
                last = next(iter(planning.runs_of(session, [one.id], 1)), None)
                rows.append(
                    {
                        "id": one.id,
                        "workspace": workspace.slug,
                        "share": one.share_id,
                        "state": one.state,
                        "cadence": one.cadence,
                        "timezone": one.timezone,
                        "next_at": None if one.next_at is None else f"{one.next_at:%Y-%m-%dT%H:%M:%SZ}",
                        "recipients": sum(found.gets_mail for found in recipients_of(session, one)),
                        "last_state": None if last is None else last.state,
                        "last_reason": None if last is None else last.reason,
                    }
                )
    lines = [
        f"{row['id']:>6}  {row['state']:<7} {row['workspace']}  {row['cadence']}, next {row['next_at'] or '–'}, "
        f"last {row['last_state'] or '–'} {row['last_reason'] or ''}".rstrip()
        for row in rows
    ]
    return Answer({"schedules": rows}, "\n".join(lines) or "There are no schedules.")


@schedule.command("run")
@click.argument("schedule_id", metavar="ID", type=ROW_ID)
def run(schedule_id: int) -> Answer:
    """Make a schedule's report now and put its mails into the outbox; says why nothing is sent."""
    from dashapp.db.schedules import SENT, Schedule
    from dashapp.schedules import keeping, planning, running
    from dashapp.schedules.reasons import reason_words

    services = open_house()
    with services.session() as session:
        found = session.get(Schedule, schedule_id)
        if found is None:
            raise NotFound(f"There is no schedule {schedule_id}; `vitrine schedule list` shows them.")
        if planning.ask_now(session, found, actor="cli"):
            keeping.note(session, found, "schedule.run", "cli")
    running.run_due(services.lake, services.settings, only=schedule_id)
    with services.reading() as session:
        last = planning.runs_of(session, [schedule_id], 1)[0]
    document = {"run": last.id, "state": last.state, "reason": last.reason, "mails": last.mails}
    if last.state != SENT:
        why = reason_words(last.reason, last.about) or "It is being made by a worker."
        return Answer(document, problem=why)
    return Answer(document, f"{last.mails} mails are in the outbox.")
