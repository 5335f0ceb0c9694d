"""What statuses, stages, fields and events of people are called."""

from __future__ import annotations

from typing import Any, Final

from dashapp.db.contacts import STAGES, STATUSES
from dashapp.ui.language.say import later, say
from dashapp.ui.language.spoken import integer

STATUS: Final = {
    "new": later("New|contact"),
    "contacted": later("Contacted"),
    "replied": later("Replied|contact"),
    "interested": later("Interested|contact"),
    "meeting": later("Meeting"),
    "won": later("Won"),
    "lost": later("Lost"),
    "do_not_contact": later("Do not contact"),
}
STAGE: Final = {
    "lead": later("Lead|deal"),
    "qualified": later("Qualified"),
    "proposal": later("Proposal"),
    "negotiation": later("Negotiation"),
    "won": later("Won|deal"),
    "lost": later("Lost|deal"),
}
COLUMN: Final = {
    "name": later("Name"),
    "company": later("Company"),
    "status": later("Status"),
    "owner": later("Owner"),
    "last": later("Last activity"),
    "engagement": later("Engagement"),
    "response": later("First response"),
    "first": later("First activity"),
    "sent": later("E-mails|contact"),
    "opened": later("Opened|contact"),
    "campaigns": later("Campaigns"),
    "tags": later("Tags"),
    "created": later("Added"),
}
EXPLAINED: Final = {
    "engagement": later("E-mails they clicked or answered; what machines did is left out."),
    "response": later(
        "From when they were created, or first wrote in, to the first call, task or single e-mail towards them."
    ),
    "opened": later("E-mails they opened; what machines did is left out."),
}
FIELD: Final = {
    "name": later("Name"),
    "email": later("E-mail address"),
    "phone": later("Phone"),
    "company": later("Company"),
    "owner": later("Owner"),
    "status": later("Status"),
    "tags": later("Tags"),
    "created": later("Contact added"),
    "deleted": later("Deleted"),
}
#: What a column of a file can be.
TARGET: Final = {
    "email": later("E-mail address"),
    "name": later("Name"),
    "first_name": later("First name"),
    "last_name": later("Last name"),
    "company": later("Company"),
    "phone": later("Phone"),
    "owner": later("Owner"),
    "status": later("Status"),
    "tags": later("Tags"),
    "created_at": later("Created"),
    "title": later("Name of the deal"),
    "stage": later("Stage"),
    "value": later("Value"),
    "currency": later("Currency"),
    "contact": later("Address of the contact"),
    "expected_close": later("Expected close"),
    "custom": later("Custom field"),
    "ignore": later("Leave out"),
}
#: Columns of the table of deals, and what their history calls the fields.
DEAL_COLUMN: Final = {
    "title": later("Deal"),
    "stage": later("Stage"),
    "value": later("Value"),
    "contact": later("Contact"),
    "company": later("Company"),
    "owner": later("Owner"),
    "close": later("Expected close"),
    "created": later("Added"),
}
DEAL_FIELD: Final = {
    "title": later("Name of the deal"),
    "stage": later("Stage"),
    "value": later("Value"),
    "currency": later("Currency"),
    "owner": later("Owner"),
    "expected_close": later("Expected close"),
    "created": later("Deal added"),
    "deleted": later("Deleted"),
    "restored": later("Restored"),
}
DISPOSITION: Final = {
    "booked": later("Demo or appointment booked"),
    "not_interested": later("Connected: not interested"),
    "call_back": later("Connected: call back"),
    "left_message": later("Left voicemail"),
    "bad_number": later("Wrong or invalid number"),
}
CONSENT: Final = {
    "marketing": later("Marketing"),
    "events": later("Event-based e-mails"),
}
TYPE: Final = {
    "marketing": later("Marketing campaign"),
    "work_order": later("Work order"),
    "e_signature": later("E-signature"),
    "card_payment": later("Card payment"),
    "individual": later("Individual e-mail"),
}
CHANNEL: Final = {
    "email": later("E-mail|channel"),
    "video": later("Video message"),
    "postcard": later("Postcard"),
    "gift_card": later("Gift card"),
    "handwritten_note": later("Handwritten note"),
    "phone": later("Phone call"),
    "linkedin": later("LinkedIn task"),
    "other": later("Task"),
}
EVENT: Final = {
    "sent": later("sent|event"),
    "delivered": later("delivered|event"),
    "deferred": later("delayed|event"),
    "failed": later("failed|event"),
    "bounced": later("bounced|event"),
    "opened": later("opened|event"),
    "clicked": later("link clicked|event"),
    "replied": later("replied|event"),
    "received": later("received|event"),
    "auto_replied": later("automatic reply|event"),
    "complained": later("marked as spam|event"),
    "unsubscribed": later("unsubscribed|event"),
    "resubscribed": later("subscribed again|event"),
    "video_opened": later("video opened|event"),
    "video_watched": later("video watched|event"),
    "mailed": later("mailed|event"),
    "processed": later("processed|event"),
    "in_transit": later("in transit|event"),
    "local_area": later("in the local area|event"),
    "returned": later("returned|event"),
    "rerouted": later("re-routed|event"),
    "booked": later("booked|event"),
    "call_back": later("call back|event"),
    "left_message": later("left a message|event"),
    "bad_number": later("bad number|event"),
    "not_interested": later("not interested|event"),
    "completed": later("completed|event"),
}
KIND: Final = {
    "text": later("Text"),
    "number": later("Number"),
    "date": later("Date"),
    "choice": later("Choice"),
}


def statuses() -> list[tuple[str, str]]:
    """(name, label) of each status."""
    return [(name, say(STATUS[name])) for name in STATUSES]


def stages() -> list[tuple[str, str]]:
    """(name, label) of each stage."""
    return [(name, say(STAGE[name])) for name in STAGES]


def shown(field: str, value: Any) -> str:
    """A value of a contact's history as people read it."""
    if value is None or value == "" or value == []:
        return "–"
    if field == "status":
        return say(STATUS[value]) if value in STATUS else str(value)
    if isinstance(value, bool):
        return say("Yes") if value else say("No")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def money(cents: int, currency: str) -> str:
    """An amount without cents where it has none: "€" is not guessed, the code stands there."""
    whole, rest = divmod(cents, 100)
    return f"{integer(whole)}{f'.{rest:02}' if rest else ''}\u00a0{currency}"
