"""Reading one value of a provider's payload, whose types nobody promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

#: What a sender may add to a mail itself (custom arguments, metadata, user variables), by our names.
OWN: Final = ("campaign", "step", "variation", "user", "sender", "subject", "message_id")


def text(value: Any) -> str | None:
    """A text or a whole number as text; anything else, or nothing, is None."""
    if type(value) is str:
        return value or None
    return str(value) if type(value) is int else None


def part(value: Any) -> Mapping[str, Any]:
    """A JSON object, or an empty one for what is null or something else."""
    return value if type(value) is dict else {}


def first(value: Any) -> str | None:
    """The first text of a list, or a bare text: tags and categories come as either."""
    if type(value) is list:
        return next((item for item in value if type(item) is str and item), None)
    return text(value)


def listed(value: Any) -> list[str]:
    """The texts of a list, or a bare text as a list of one."""
    if type(value) is list:
        return [item for item in value if type(item) is str and item]
    return [value] if type(value) is str and value else []


def own(custom: Mapping[str, Any], tags: Any = None) -> dict[str, str]:
    """What the sender said of the mail; without a `campaign` of its own its first tag stands for one."""
    said = {name: found for name in OWN if (found := text(custom.get(name))) is not None}
    if "campaign" not in said and (tag := first(tags)) is not None:
        said["campaign"] = tag
    return said


def per_recipient(message: str | None, recipient: str | None) -> str | None:
    """The message's id: a provider gives one id to all recipients of a batch; each is a message of ours."""
    if message is None or recipient is None:
        return message
    return f"{message}:{recipient.strip().lower()}"
