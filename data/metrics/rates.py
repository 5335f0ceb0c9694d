"""The rates of docs/numbers.md: seven data types, each per e-mail and per lead."""

from __future__ import annotations

from typing import Final

from data.metrics.base import Good, Metric

_LABELS: Final[dict[str, tuple[str, Good]]] = {
    "open": ("Open rate", "up"),
    "click": ("Click rate", "up"),
    "reply": ("Reply rate", "up"),
    "positive_reply": ("Positive reply rate", "up"),
    "negative_reply": ("Negative reply rate", "down"),
    "bounce": ("Bounce rate", "down"),
    "unsubscribe": ("Unsubscribe rate", "down"),
}
_NUMERATORS: Final = {
    ("open", "email"): "E-mails opened",
    ("open", "lead"): "Leads who opened an e-mail",
    ("click", "email"): "E-mails with a click",
    ("click", "lead"): "Leads who clicked a link",
    ("reply", "email"): "E-mails a person replied to",
    ("reply", "lead"): "Leads who replied",
    ("positive_reply", "email"): "E-mails whose first reply is positive",
    ("positive_reply", "lead"): "Leads whose first reply is positive",
    ("negative_reply", "email"): "E-mails whose first reply is negative",
    ("negative_reply", "lead"): "Leads whose first reply is negative",
    ("bounce", "email"): "E-mails that bounced",
    ("bounce", "lead"): "Leads whose e-mails all bounced",
    ("unsubscribe", "email"): "E-mails that led to an unsubscribe",
    ("unsubscribe", "lead"): "Leads who unsubscribed",
}
_BASES: Final = {
    ("all", "email"): "all e-mails sent",
    ("all", "lead"): "all leads written to, counted once per campaign",
    ("reached", "email"): "e-mails sent that neither bounced nor were refused",
    ("reached", "lead"): "leads reached, counted once per campaign",
    ("tracked", "email"): "e-mails sent with tracking on that neither bounced nor were refused",
    ("tracked", "lead"): "leads reached with tracking on, counted once per campaign",
}
_FIRST: Final = "Only the first such event of each counts; repeats add nothing."
_UNTRACKED: Final = "What was sent without tracking is told beside it."
_AUTOMATIC: Final = (
    "Out-of-office and automatic replies are no replies; those that belong to no e-mail are told beside it."
)
_DEFERRED: Final = (
    "A soft bounce that is followed by a delivery, an opening, a click or an answer was a "
    "deferral; a hard one only when a person answers."
)


_BESIDE: Final = {
    **dict.fromkeys(("open", "click"), _UNTRACKED),
    **dict.fromkeys(("reply", "positive_reply", "negative_reply"), _AUTOMATIC),
    "bounce": _DEFERRED,
}


def _base(data_type: str) -> str:
    if data_type == "bounce":
        return "all"
    return "tracked" if data_type in {"open", "click"} else "reached"


def _metric(data_type: str, attribution: str) -> Metric:
    label, good = _LABELS[data_type]
    numerator, base = _NUMERATORS[data_type, attribution], _BASES[_base(data_type), attribution]
    beside = _BESIDE.get(data_type)
    return Metric(
        f"{data_type}_{attribution}",
        label,
        f"{numerator}, divided by {base}.",
        "e-mails" if attribution == "email" else "leads",
        good,
        f"{base[0].upper()}{base[1:]}.",
        (_FIRST,) if beside is None else (_FIRST, beside),
    )


METRICS: Final = tuple(_metric(data_type, attribution) for data_type, attribution in _NUMERATORS)
