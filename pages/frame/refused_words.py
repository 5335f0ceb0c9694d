"""What is said of deliveries that were not taken: their reasons, and what to do about each."""

from __future__ import annotations

from typing import Final

from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from data.intake.refusals import Refusal

#: A reason: what it is called, and what puts it right.
_REASONS: Final[dict[str, tuple[str, str]]] = {
    "signature": (
        later("Signature or password wrong"),
        later("Compare the secret here with the one at the provider."),
    ),
    "form": (
        later("Not in the provider’s format"),
        later("See that the address was pasted at the right provider, for the right kind of webhook."),
    ),
    "size": (
        later("Too large"),
        later("Have the provider send fewer events at once, or mail without large attachments."),
    ),
    "encoding": (later("Compressed"), later("Switch off compression for this webhook at the provider.")),
}


def reason_name(reason: str) -> str:
    """A reason in words."""
    return say(_REASONS[reason][0]) if reason in _REASONS else reason


def remedy(reason: str) -> str:
    """What puts it right."""
    return say(_REASONS[reason][1]) if reason in _REASONS else ""


def sentence(one: Refusal, zone: str) -> str:
    """One line on a source: how many deliveries, why, when last, and what to do."""
    values = {
        "count": format.integer(one.count),
        "reason": reason_name(one.reason),
        "when": format.moment(one.last_at, zone),
        "remedy": remedy(one.reason),
    }
    if one.count == 1:
        return say("1 delivery refused in the last 7 days, {when}: {reason}. {remedy}", **values)
    return say(
        "{count} deliveries refused in the last 7 days, the latest {when}: {reason}. {remedy}", **values
    )
