"""The bounce classes that SparkPost and Mandrill both take from one analyser of delivery reports."""

from __future__ import annotations

from typing import Final

#: Class → (event, kind). Several are no bounce at all.
_CLASSES: Final[dict[str, tuple[str, str | None]]] = {
    "10": ("bounced", "hard"),  # no such recipient
    "30": ("bounced", "hard"),  # no recipient could be told
    **dict.fromkeys(("20", "21", "22", "23", "24", "40", "70"), ("bounced", "soft")),
    **dict.fromkeys(("25", "50", "51", "52", "53", "54"), ("bounced", "block")),
    "60": ("auto_replied", None),
    "80": ("resubscribed", None),
    "90": ("unsubscribed", None),
    "100": ("auto_replied", None),  # a challenge to be answered before the mail is delivered
}


def of_class(given: str | None, otherwise: str) -> tuple[str, str | None]:
    """(event, bounce kind) of a class; `otherwise`: the kind where it says nothing."""
    return _CLASSES.get(given or "", ("bounced", otherwise))
