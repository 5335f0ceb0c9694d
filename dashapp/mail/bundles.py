"""What several mails carry together: pictures and files, kept once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from dashapp.db.mail import Mail, MailBundle, MailPart
from dashapp.errors import Refused
from dashapp.mail.posting import Part

LARGEST_BUNDLE = 20 * 2**20


def bundle(session: Session | Connection, parts: Sequence[Part]) -> int:
    """Keep what several mails carry; its id. The caller commits. Raises Refused for more than 20 MB together."""
    if sum(len(part.body) for part in parts) > LARGEST_BUNDLE:
        raise Refused("The pictures and files of a mail can have at most 20 MB.")
    connection = connection_of(session)
    bundle_id = connection.execute(insert(MailBundle).values().returning(MailBundle.id)).scalar_one()
    if parts:
        rows = [
            {"bundle_id": bundle_id, "name": p.name, "kind": p.kind, "inline": p.inline, "body": p.body}
            for p in parts
        ]
        connection.execute(insert(MailPart), rows)
    return bundle_id


def parts_of(connection: Connection, bundle_id: int) -> list[Part]:
    """A bundle's parts in their order."""
    rows = connection.execute(
        select(MailPart.name, MailPart.kind, MailPart.body, MailPart.inline)
        .where(MailPart.bundle_id == bundle_id)
        .order_by(MailPart.id)
    )
    return [Part(row.name, row.kind, row.body, row.inline) for row in rows]


def connection_of(session: Session | Connection) -> Connection:
    return session.connection() if isinstance(session, Session) else session


def forget_bundles(connection: Connection, bundle_ids: Sequence[int]) -> None:
    """Remove bundles with their parts; mails that still name one keep their text."""
    if not bundle_ids:
        return
    mine = list(bundle_ids)
    connection.execute(update(Mail).where(Mail.bundle_id.in_(mine)).values(bundle_id=None))
    connection.execute(delete(MailPart).where(MailPart.bundle_id.in_(mine)))
    connection.execute(delete(MailBundle).where(MailBundle.id.in_(mine)))
