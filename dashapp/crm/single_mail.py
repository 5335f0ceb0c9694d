"""One e-mail from a colleague to a contact: through the outbox, refused to whom it may not go, told as an event.

The event is made when the mail server has taken the mail, or has refused it for good: the timeline says what
happened, not what was wanted.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.orm import Session

from dashapp.crm.contacts import Actor, contact_of, require_contactable
from dashapp.crm.erasure.sweep import SINGLE_MAIL
from dashapp.db.base import now
from dashapp.db.contacts import Contact, ContactKey
from dashapp.db.engine import reading
from dashapp.db.jobs import ask_for
from dashapp.db.mail import FAILED, SENT, Mail
from dashapp.db.tenants import User, Workspace
from dashapp.errors import Refused
from dashapp.mail import outbox
from dashapp.mail.posting import Post
from dashapp.mail_server import one_address
from dashapp.sharing.mailing import works_there
from data.events.canonical import canonical_many
from data.intake.inbox import Inbox

LONGEST_TEXT: Final = 20_000
_REF: Final = re.compile(r"[A-Za-z0-9-]{8,40}")
_KEY: Final = re.compile(r"single:(\d+):(\d+):.+")
_GONE: Final = "The contact was deleted, erased or merged into another one before the mail was sent."
_MOVED: Final = "The contact has got another address before the mail was sent."
_LEFT: Final = "Who wrote it no longer has access to the workspace."
#: Mails told in one go.
_MOST: Final = 200


def send(session: Session, actor: Actor, id_: int, subject: str, text: str, ref: str) -> bool:
    """Put an e-mail to a contact into the outbox; False when this very one (`ref`) is there already.

    Raises NotFound, and Refused for somebody who is not to be contacted or has no address, and for wrong texts.
    """
    contact = contact_of(session, actor.scope, actor.workspace_id, id_)
    require_contactable(session, contact)
    if not contact.email or not one_address(contact.email):
        raise Refused("This contact has no e-mail address.")
    for other in _others_with(session, actor.workspace_id, contact):
        require_contactable(session, other)
    subject, text = " ".join(subject.split()), text.replace("\0", "").strip()
    if not subject:
        raise Refused("An e-mail needs a subject.")
    if not text:
        raise Refused("Write something first.")
    if len(text) > LONGEST_TEXT:
        raise Refused("An e-mail can have at most {most} characters.", most=LONGEST_TEXT)
    if not _REF.fullmatch(ref):
        raise Refused("The request is not in the format this address expects.")
    name = session.scalar(select(User.name).where(User.email == actor.name)) or ""
    new = outbox.put(
        session,
        key=f"{SINGLE_MAIL.format(workspace_id=actor.workspace_id)}{contact.id}:{ref}",
        agency_id=actor.workspace.managing_agency_id,
        workspace_id=actor.workspace.id,
        to=contact.email,
        subject=subject,
        text=text,
        from_name=name or actor.name.partition("@")[0],
        reply_to=actor.name,
    )
    if new:
        actor.note(session, "contact.mail", contact.key)
        ask_for(session, "send-mail")
    return new


def why_not(session: Session, post: Post) -> str:
    """Why a single e-mail may not go when its turn comes, as a sentence; "" when it may."""
    found = _KEY.fullmatch(post.key)
    contact = session.get(Contact, int(found[2]), populate_existing=True) if found else None
    if found is None or contact is None or contact.workspace_id != int(found[1]):
        return _GONE
    if contact.deleted_at is not None or contact.merged_into is not None:
        return _GONE
    if contact.email != post.to:
        return _MOVED
    workspace = session.get_one(Workspace, contact.workspace_id, populate_existing=True)
    if not workspace.enabled or not works_there(session, workspace, post.reply_to or ""):
        return _LEFT
    try:
        for one in (contact, *_others_with(session, contact.workspace_id, contact)):
            require_contactable(session, one)
    except Refused as error:
        return str(error)
    return ""


def _others_with(session: Session, workspace_id: int, contact: Contact) -> list[Contact]:
    """Other contacts with this address: it can be typed into any contact, and a no is a person's."""
    known = select(ContactKey.contact_id).where(
        ContactKey.workspace_id == workspace_id, ContactKey.key == contact.email
    )
    query = select(Contact).where(
        Contact.workspace_id == workspace_id,
        Contact.id != contact.id,
        or_(Contact.email == contact.email, Contact.id.in_(known)),
    )
    return list(session.scalars(query))


def tell(engine: Engine, inbox: Inbox, most: int = _MOST) -> int:
    """Make events of the single e-mails that were sent or failed; gives how many.

    Killed and repeated, it tells each one once: the event's id is the mail's.
    """
    query = (
        select(Mail)
        .where(Mail.key.like("single:%"), Mail.state.in_((SENT, FAILED)), Mail.told_at.is_(None))
        .order_by(Mail.id)
        .limit(most)
    )
    with Session(reading(engine), expire_on_commit=False) as session:
        mails = list(session.scalars(query))
        of = {mail.id: _contact(session, mail) for mail in mails}
    for mail in mails:
        contact = of[mail.id]
        if contact is not None:
            at = mail.sent_at or now()
            events, parked = canonical_many(_records(mail, contact, at), now())
            assert not parked, parked[0].why
            inbox.put(contact.workspace_id, None, events, received_at=now())
        with engine.begin() as connection:
            connection.execute(update(Mail).where(Mail.id == mail.id).values(told_at=now()))
    return len(mails)


def _contact(session: Session, mail: Mail) -> Contact | None:
    found = _KEY.fullmatch(mail.key)
    contact = session.get(Contact, int(found.group(2))) if found else None
    return contact if contact is not None and contact.workspace_id == int(found.group(1)) else None  # type: ignore[union-attr]


def _records(mail: Mail, contact: Contact, at: datetime) -> list[dict[str, Any]]:
    """`sent`, or `failed` with the server's words; no pixel is in it, so its opening is not tracked."""
    record = {
        "event_id": f"single-mail-{mail.id}",
        "event": "sent" if mail.state == SENT else "failed",
        "channel": "email",
        "message_id": f"single-mail-{mail.id}",
        "lead": contact.key,
        "user": mail.reply_to,
        "sender": mail.reply_to,
        "subject": mail.subject,
        "category": "individual",
        "track_opens": False,
        "track_clicks": False,
        "occurred_at": at.isoformat(),
    }
    if mail.state == FAILED:
        record["server_response"] = mail.last_error or None
    return [{name: value for name, value in record.items() if value is not None}]
