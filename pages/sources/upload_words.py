"""The words of an upload: names of fields and events, and what was decided about a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say

#: The fields whose columns can be chosen, the most wanted first.
FIELDS: Final = (
    *("event", "occurred_at", "message_id", "lead", "campaign", "step", "user", "sender", "subject", "url"),
    *("reply_text", "event_id", "user_agent"),
)


def reference_words(reference: Sequence[Sequence[str]]) -> str:
    return {
        "leads": say("A file named “leads” holds contacts: each row is added, or updated by its address."),
        "tasks": say("A file named “tasks” holds tasks for people of this workspace."),
    }.get(
        reference[0][0],
        say("By its name this file holds plans for the forecast of future e-mails, not events."),
    )


def which_order(undecided: Mapping[str, Any]) -> str:
    readings: Mapping[str, str] = undecided.get("readings") or {}
    value = str(undecided.get("value", ""))[:60]
    if not readings:
        return say(
            "Some dates have the day first and others the month first, such as {value}. Choose the order that is "
            "right; dates that do not fit are parked.",
            value=value,
        )
    days = [date.fromisoformat(day) for day in readings.values()]
    return say(
        "The dates can be read two ways: {value} is {one} or {other}. Choose the order of dates below.",
        value=value,
        one=f"{format.day(days[0])} {days[0].year}",
        other=f"{format.day(days[-1])} {days[-1].year}",
    )


def decided(kind: str, values: Mapping[str, Any]) -> str:
    if kind == "dates" and values.get("value"):
        order = {"dmy": say("day first"), "mdy": say("month first"), "ymd": say("year first")}
        return say(
            "Dates are read {order}, as {value} shows.",
            order=order.get(str(values.get("order")), ""),
            value=str(values["value"])[:40],
        )
    if kind == "dates":
        return say("Dates with points are read day first.")
    if kind == "local":
        return say(
            "{n} times without an offset are read as local time of {zone}.",
            n=format.integer(int(values["n"])),
            zone=values["zone"],
        )
    if kind == "encoding":
        return say("The text is read as {encoding}.", encoding=values["encoding"])
    return ""


def field_word(name: str) -> str:
    """A canonical field as people call it."""
    return {
        "event": say("What happened"),
        "occurred_at": say("When"),
        "message_id": say("Id of the e-mail"),
        "lead": say("Recipient"),
        "campaign": say("Campaign"),
        "step": say("Step"),
        "user": say("Sent by (person)"),
        "sender": say("Sent from (mailbox)"),
        "subject": say("Subject"),
        "url": say("Link clicked"),
        "reply_text": say("Text of the reply"),
        "event_id": say("Id of the event"),
        "user_agent": say("Browser (user agent)"),
    }[name]


def event_word(name: str) -> str:
    """A kind of event as people call it; the rarer ones by their own name."""
    return {
        "sent": say("sent"),
        "delivered": say("delivered"),
        "opened": say("opened"),
        "clicked": say("clicked"),
        "replied": say("replied"),
        "bounced": say("bounced"),
        "unsubscribed": say("unsubscribed"),
        "complained": say("marked as spam"),
        "deferred": say("deferred"),
        "failed": say("refused"),
        "auto_replied": say("answered automatically"),
        "received": say("received"),
    }.get(name, name.replace("_", " "))
