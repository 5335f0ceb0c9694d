"""A call with its disposition, as an event through the one door: it shows in the timeline and in every figure."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from dashapp.crm.contacts import Actor, contact_of, require_contactable
from dashapp.db.base import now
from dashapp.errors import Refused
from data.events.canonical import canonical_many
from data.intake.inbox import Inbox

#: The five ways a call can end, and the event each becomes.
DISPOSITIONS: Final = ("booked", "not_interested", "call_back", "left_message", "bad_number")


def call_event(
    session: Session, actor: Actor, id_: int, disposition: str, ref: str | None = None
) -> dict[str, Any]:
    """The record of a call to a contact, not yet put. Raises Refused for somebody who is not to be contacted."""
    if disposition not in DISPOSITIONS:
        raise Refused("Choose how the call ended.")
    contact = contact_of(session, actor.scope, actor.workspace_id, id_)
    require_contactable(session, contact)
    actor.note(session, "contact.call", f"{contact.key}: {disposition}")
    return {
        "event_id": f"call-{contact.id}-{ref or secrets.token_hex(8)}",
        "event": disposition,
        "channel": "phone",
        "lead": contact.key,
        "user": actor.name,
    }


def put(inbox: Inbox, workspace_id: int, record: dict[str, Any], at: datetime | None = None) -> None:
    """Put the event through the inbox: on the disk when this returns. The same `ref` again is the same event."""
    moment = at or now()
    raw = json.dumps({**record, "occurred_at": moment.isoformat()}, ensure_ascii=False)
    # Without a stamp of its own, an event is known by its id and not by its second: it happened when it came.
    events, parked = canonical_many([{**record, "_lenient": True, "raw": raw}], moment)
    if parked:
        raise Refused("The call could not be kept: {why}.", why=parked[0].why)
    inbox.put(workspace_id, None, events, received_at=moment)
