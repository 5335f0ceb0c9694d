"""The people of the demo's workspaces: names, companies, deals at every stage, consents, what else was written.

Made once for a workspace, from those who did something; events go through the inbox as everything does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from dashapp.access.scopes import cli_scope
from dashapp.crm import contacts as crm
from dashapp.crm import deals
from dashapp.crm.files import imports
from dashapp.crm.folding import name_of
from dashapp.db.contacts import STAGES, Contact, CustomField
from dashapp.db.tenants import Workspace
from dashapp.demo import texts
from data.events.canonical import canonical_many

if TYPE_CHECKING:
    from dashapp.demo.cast import DemoWorkspace
    from dashapp.services import Services

#: People whose names and companies are known: most of them, as where lists were bought or researched; and those
#: among them who are customers already.
KNOWN, CUSTOMERS = 10_000, 36
_REGIONS = ("North", "South", "East", "West")
_LETTERS = {
    "work_order": ("Work order {n} is scheduled", "Work order {n} is done"),
    "e_signature": ("Please sign: agreement {n}", "Signed: agreement {n}"),
    "card_payment": ("Receipt for payment {n}", "Your card was charged: invoice {n}"),
    "individual": ("As promised on the phone", "The document you asked for"),
}
_OFFERS = ("pilot", "annual plan", "renewal", "second team")
_INCOMING = ("A question about the next step", "Re: agreement", "Could you resend the invoice?")


def dress(services: Services, place: DemoWorkspace, now: datetime) -> int:
    """Give a workspace's most engaged people what a real one has; gives how many events that made.

    Does nothing where it was done before, and for the agency that floods.
    """
    if place.agency.flood:
        return 0
    with services.reading() as session:
        workspace, scope = cli_scope(session, session.get_one(Workspace, place.workspace_id).slug)
        if session.scalar(select(func.count(CustomField.id)).where(CustomField.workspace_id == workspace.id)):
            return 0
        top = session.scalars(
            select(Contact)
            .where(Contact.workspace_id == workspace.id)
            .order_by(Contact.engagement.desc(), Contact.last_activity_at.desc(), Contact.id)
            .limit(KNOWN)
        ).all()
        session.expunge_all()
    actor = crm.Actor(place.client.mailboxes[0].user, workspace, scope)
    dice = Random(f"people/{place.client.key}")
    imports.load(services.session, actor, [_row(contact, dice) for contact in top])
    customers = [one for one in top if one.status in {"interested", "replied"}][:CUSTOMERS] or list(top[:12])
    _deals(services, actor, place, customers, dice, now)
    records = [record for one in customers for record in _letters(one, place, dice, now)]
    events, parked = canonical_many(records, now)
    if parked:
        raise ValueError(f"the demo made an event that is none: {parked[0].why}")
    services.inbox.put(place.workspace_id, None, events, received_at=now)
    return len(events)


def _company(contact: Contact) -> str:
    host = contact.key.partition("@")[2].removesuffix(".example")
    tail = next((one for one in texts.COMPANY_TAIL if host.endswith(one)), "")
    return f"{host.removesuffix(tail)} {tail}".strip().title()


def _row(contact: Contact, dice: Random) -> dict[str, Any]:
    return {
        "email": contact.key,
        "name": name_of("", contact.key),
        "company": _company(contact),
        "phone": f"+1 555 01{dice.randrange(100):02} {dice.randrange(10_000):04}",
        "tags": "customer" if contact.replied and dice.random() < 0.2 else "",
        "Region": dice.choice(_REGIONS),
    }


def _deals(
    services: Services,
    actor: crm.Actor,
    place: DemoWorkspace,
    customers: list[Contact],
    dice: Random,
    now: datetime,
) -> None:
    with services.session() as session:
        for n, one in enumerate(customers):
            stage = STAGES[n % len(STAGES)]
            row = deals.create(
                session,
                actor,
                {
                    "contact": one.id,
                    "title": f"{_company(one)} · {dice.choice(_OFFERS)}",
                    "stage": stage,
                    "value": str(dice.randrange(8, 240) * 250),
                    "currency": "EUR" if place.client.timezone.startswith("Europe") else "USD",
                    "expected_close": (now + timedelta(days=dice.randrange(-20, 75))).date().isoformat(),
                },
            )
            row.created_at = now - timedelta(days=dice.randrange(3, 40))
            if stage in {"won", "lost"}:
                crm.edit(session, actor, one.id, "status", stage, _version(session, one.id))
            elif stage == "negotiation":
                crm.edit(session, actor, one.id, "status", "meeting", _version(session, one.id))
            if n % 3 != 2:
                crm.set_consent(session, actor, one.id, "marketing", True)
            if n % 4 == 0:
                crm.set_consent(session, actor, one.id, "events", n % 8 == 0)
            if n % 5 == 0:
                crm.add_note(session, actor, one.id, dice.choice(_NOTES))


_NOTES = (
    "Prefers calls before ten. Decides together with the head of operations.",
    "Budget is approved for next quarter; wants to see a reference first.",
    "Met at the fair. Send the comparison with their present tool.",
)


def _version(session: Any, id_: int) -> int:
    return int(session.scalar(select(Contact.version).where(Contact.id == id_)))


def _letters(contact: Contact, place: DemoWorkspace, dice: Random, now: datetime) -> list[dict[str, Any]]:
    """What was written to and by one customer, apart from campaigns; the last call, too."""
    box = place.client.mailboxes[dice.randrange(len(place.client.mailboxes))]
    records: list[dict[str, Any]] = []

    def add(event: str, at: datetime, name: str, **more: Any) -> None:
        if at < now:
            records.append(
                {
                    "event_id": f"{place.client.key}/{contact.id}/{name}",
                    "event": event,
                    "lead": contact.key,
                    "occurred_at": at.astimezone(UTC).isoformat(),
                    **more,
                }
            )

    for category, subjects in _LETTERS.items():
        if dice.random() < 0.35:
            continue
        at = now - timedelta(days=dice.randrange(1, 30), hours=dice.randrange(1, 9))
        number = 1_000 + dice.randrange(9_000)
        message = f"{category}-{contact.id}@{place.client.key}"
        add(
            "sent",
            at,
            f"{category}/sent",
            message_id=message,
            user=box.user,
            sender=box.address,
            sender_provider=box.provider,
            subject=dice.choice(subjects).format(n=number),
            category=category,
        )
        if dice.random() < 0.06:
            add(
                "bounced",
                at + timedelta(seconds=9),
                f"{category}/bounced",
                message_id=message,
                bounce_kind="soft",
                server_response="452 4.2.2 The e-mail account that you tried to reach is over quota",
            )
            continue
        if dice.random() < 0.8:
            add(
                "opened",
                at + timedelta(minutes=dice.randrange(4, 400)),
                f"{category}/opened",
                message_id=message,
            )
        if category == "e_signature" and dice.random() < 0.7:
            add(
                "clicked",
                at + timedelta(minutes=dice.randrange(401, 700)),
                f"{category}/clicked",
                message_id=message,
                url=f"https://sign.example/agreements/{number}",
            )
    asked = now - timedelta(days=dice.randrange(2, 20))
    if dice.random() < 0.6:
        add("received", asked, "received", subject=dice.choice(_INCOMING), category="individual")
    if dice.random() < 0.7:
        add(
            dice.choice(("booked", "call_back", "left_message", "not_interested", "bad_number")),
            asked + timedelta(minutes=dice.randrange(20, 2_000)),
            "call",
            channel="phone",
            user=box.user,
        )
    return records
