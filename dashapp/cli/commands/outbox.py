"""`outbox`: the mails of the whole installation, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.installation import open_house

if TYPE_CHECKING:
    from datetime import datetime

    from dashapp.db.mail import Mail


@click.command(cls=Command)
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="The newest so many."
)
def outbox(limit: int) -> Answer:
    """Mails: what was sent, what waits, what failed and why; with --json also their text."""
    from sqlalchemy import select

    from dashapp.db.tenants import Agency
    from dashapp.mail.outbox import of_everybody, waiting

    services = open_house()
    with services.reading() as session:
        slugs = {row.id: row.slug for row in session.execute(select(Agency.id, Agency.slug))}
        told = [_told(mail, slugs) for mail in of_everybody(session, limit)]
        count = waiting(session.connection())
    server = services.settings.mail_server is not None
    lines = [
        f"{one['id']:>6}  {one['state']:<6}  {one['created_at']}  {one['to']}  {one['subject']}"
        + (f"\n        {one['last_error']}" if one["last_error"] else "")
        for one in told
    ]
    if count and not server:
        lines.append("VITRINE_SMTP_URL is not set, so mails wait here and are not sent.")
    document = {"server": server, "waiting": count, "mails": told}
    return Answer(document, "\n".join(lines) or "There is nothing.")


def _told(mail: Mail, slugs: dict[int, str]) -> dict[str, Any]:
    """A mail as a document; `agency` null: of the installation itself."""
    return {
        "id": mail.id,
        "agency": None if mail.agency_id is None else slugs.get(mail.agency_id),
        "to": mail.to,
        "subject": mail.subject,
        "state": mail.state,
        "created_at": _moment(mail.created_at),
        "sent_at": _moment(mail.sent_at),
        "next_try_at": _moment(mail.next_try_at) if mail.state == "queued" else None,
        "tries": mail.tries,
        "last_error": mail.last_error,
        "perhaps_twice": mail.unsure > 0,
        "text": mail.text,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
