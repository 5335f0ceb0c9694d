"""The rates of docs/numbers.md: seven data types, each per e-mail and per lead."""

from __future__ import annotations

from typing import Final

from data.metrics.base import Good, Metric, Text

_LABELS: Final[dict[str, tuple[Text, Good]]] = {
    "open": (Text("Open rate", "Taux d'ouverture"), "up"),
    "click": (Text("Click rate", "Taux de clic"), "up"),
    "reply": (Text("Reply rate", "Taux de réponse"), "up"),
    "positive_reply": (Text("Positive reply rate", "Taux de réponses positives"), "up"),
    "negative_reply": (Text("Negative reply rate", "Taux de réponses négatives"), "down"),
    "bounce": (Text("Bounce rate", "Taux d'erreur"), "down"),
    "unsubscribe": (Text("Unsubscribe rate", "Taux de désinscription"), "down"),
}
_NUMERATORS: Final = {
    ("open", "email"): Text("E-mails opened", "E-mails ouverts"),
    ("open", "lead"): Text("Leads who opened an e-mail", "Prospects ayant ouvert un e-mail"),
    ("click", "email"): Text("E-mails with a click", "E-mails avec un clic"),
    ("click", "lead"): Text("Leads who clicked a link", "Prospects ayant cliqué un lien"),
    ("reply", "email"): Text("E-mails a person replied to", "E-mails ayant reçu une réponse"),
    ("reply", "lead"): Text("Leads who replied", "Prospects ayant répondu"),
    ("positive_reply", "email"): Text(
        "E-mails whose first reply is positive", "E-mails dont la première réponse est positive"
    ),
    ("positive_reply", "lead"): Text(
        "Leads whose first reply is positive", "Prospects dont la première réponse est positive"
    ),
    ("negative_reply", "email"): Text(
        "E-mails whose first reply is negative", "E-mails dont la première réponse est négative"
    ),
    ("negative_reply", "lead"): Text(
        "Leads whose first reply is negative", "Prospects dont la première réponse est négative"
    ),
    ("bounce", "email"): Text("E-mails that bounced", "E-mails revenus en erreur"),
    ("bounce", "lead"): Text(
        "Leads whose e-mails all bounced", "Prospects dont tous les e-mails sont en erreur"
    ),
    ("unsubscribe", "email"): Text(
        "E-mails that led to an unsubscribe", "E-mails ayant mené à une désinscription"
    ),
    ("unsubscribe", "lead"): Text("Leads who unsubscribed", "Prospects désinscrits"),
}
_BASES: Final = {
    ("all", "email"): Text("all e-mails sent", "tous les e-mails envoyés"),
    ("all", "lead"): Text(
        "all leads written to, counted once per campaign",
        "tous les prospects contactés, comptés une fois par campagne",
    ),
    ("reached", "email"): Text(
        "e-mails sent that neither bounced nor were refused", "les e-mails envoyés, ni en erreur ni refusés"
    ),
    ("reached", "lead"): Text(
        "leads reached, counted once per campaign", "les prospects joints, comptés une fois par campagne"
    ),
    ("tracked", "email"): Text(
        "e-mails sent with tracking on that neither bounced nor were refused",
        "les e-mails envoyés avec suivi, ni en erreur ni refusés",
    ),
    ("tracked", "lead"): Text(
        "leads reached with tracking on, counted once per campaign",
        "les prospects joints avec suivi, comptés une fois par campagne",
    ),
}
_FIRST: Final = Text(
    "Only the first such event of each counts; repeats add nothing.",
    "Seul le premier événement compte ; les répétitions n'ajoutent rien.",
)
_UNTRACKED: Final = Text(
    "What was sent without tracking is told beside it.", "Les envois sans suivi sont indiqués à côté."
)
_AUTOMATIC: Final = Text(
    "Out-of-office and automatic replies are no replies; those that belong to no e-mail are told beside it.",
    "Les réponses automatiques et d'absence n'en sont pas ; celles qui n'appartiennent à aucun e-mail "
    "sont indiquées à côté.",
)
_DEFERRED: Final = Text(
    "A soft bounce that is followed by a delivery, an opening, a click or an answer was a deferral; a hard one "
    "only when a person answers.",
    "Une erreur temporaire suivie d'une remise, d'une ouverture, d'un clic ou d'une réponse n'était qu'un report ; "
    "une erreur définitive, seulement si une personne répond.",
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
    caveat = _FIRST if beside is None else Text(f"{_FIRST.en} {beside.en}", f"{_FIRST.fr} {beside.fr}")
    return Metric(
        f"{data_type}_{attribution}",
        label,
        Text(f"{numerator.en}, divided by {base.en}.", f"{numerator.fr}, divisé par {base.fr}."),
        "e-mails" if attribution == "email" else "leads",
        good,
        Text(f"{base.en[0].upper()}{base.en[1:]}.", f"{base.fr[0].upper()}{base.fr[1:]}."),
        caveat,
    )


METRICS: Final = tuple(_metric(data_type, attribution) for data_type, attribution in _NUMERATORS)
