"""The heads of the files people take away, and the few words in their cells, in one language throughout.

Names of people's own (campaigns, links, addresses) stay as they are; a date stays 2026-10-28. A rate stands twice:
as the tile shows it, and in full for who calculates with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashapp.ui.format import percent

#: Column → its French head. Each head is of one column (tests/ui/test_csv_words.py).
HEADS: Final = {
    # figures of a tile
    "part": "période",
    "key": "groupe",
    "n": "compté",
    "base": "base",
    "rate": "taux",
    "untracked": "non mesuré",
    "cohort": "cohorte",
    "week": "semaine",
    "state": "état",
    "day": "jour",
    "total": "total",
    "weekday": "jour de semaine",
    "hour": "heure",
    "held_back": "retenus",
    "url": "lien",
    "clicks": "clics",
    "unique": "e-mails cliqués",
    "leads": "prospects",
    "share": "part",
    "category": "catégorie",
    "sentiment": "tonalité",
    "channel": "type d’action",
    "status": "statut",
    "reason": "engagement",
    "score": "score",
    "latest": "dernier le",
    "at": "le",
    "event": "événement",
    "count": "nombre",
    "action": "action",
    "contacts": "contacts",
    "engaged": "engagés",
    "not_interested": "pas intéressés",
    "active": "actifs",
    # rows behind a figure
    "lead": "prospect",
    "campaign": "campagne",
    "step": "étape",
    "variation": "variante",
    "user": "utilisateur",
    "sender": "expéditeur",
    "sender_provider": "messagerie d’envoi",
    "recipient_provider": "messagerie de réception",
    "sent_at": "envoyé le",
    "opened_at": "ouvert le",
    "clicked_at": "cliqué le",
    "replied_at": "répondu le",
    "bounced_at": "en erreur le",
    "unsubscribed_at": "désinscrit le",
    "counted_at": "compté le",
    "emails": "e-mails",
    "counted": "dans le chiffre",
    "why": "pourquoi",
    "due_on": "prévu le",
    "goes_on": "part le",
    "held": "retenu par",
}
#: Column → the words in its cells; what is not here stays.
CELLS: Final[Mapping[str, Mapping[str, str]]] = {
    "part": {"now": "cette période", "before": "période précédente"},
    "state": {
        "value": "terminée",
        "in_progress": "en cours",
        "future": "à venir",
        "no_base": "sans base",
    },
    "sentiment": {"positive": "positive", "neutral": "neutre", "negative": "négative"},
    "counted": {"yes": "oui", "no": "non"},
}


#: Column → its English head.
ENGLISH_HEADS: Final = {
    "part": "Period",
    "key": "Group",
    "n": "Counted",
    "base": "Out of",
    "rate": "Rate",
    "untracked": "Not tracked",
    "cohort": "Cohort",
    "week": "Week",
    "state": "State",
    "day": "Day",
    "total": "Total",
    "weekday": "Weekday",
    "hour": "Hour",
    "held_back": "Held back",
    "url": "Link",
    "clicks": "Clicks",
    "unique": "E-mails clicked",
    "leads": "Leads",
    "share": "Share",
    "category": "Category",
    "sentiment": "Sentiment",
    "channel": "Action type",
    "status": "Status",
    "reason": "Engagement",
    "score": "Score",
    "latest": "Last at",
    "at": "At",
    "event": "Event",
    "count": "Count",
    "action": "Action",
    "contacts": "Contacts",
    "engaged": "Engaged",
    "not_interested": "Not interested",
    "active": "Active",
    "lead": "Lead",
    "campaign": "Campaign",
    "step": "Step",
    "variation": "Variation",
    "user": "User",
    "sender": "Sender",
    "sender_provider": "Sender provider",
    "recipient_provider": "Recipient provider",
    "sent_at": "Sent at",
    "opened_at": "Opened at",
    "clicked_at": "Clicked at",
    "replied_at": "Replied at",
    "bounced_at": "Bounced at",
    "unsubscribed_at": "Unsubscribed at",
    "counted_at": "Counted at",
    "emails": "E-mails",
    "counted": "In the figure",
    "why": "Why",
    "due_on": "Due on",
    "goes_on": "Goes out on",
    "held": "Held back by",
}
ENGLISH_CELLS: Final[Mapping[str, Mapping[str, str]]] = {
    "part": {"now": "This period", "before": "Previous period"},
    "state": {
        "value": "complete",
        "in_progress": "in progress",
        "future": "to come",
        "no_base": "nothing to count from",
    },
}
_HEADS: Final = {"en": ENGLISH_HEADS, "fr": HEADS}
_CELLS: Final = {"en": ENGLISH_CELLS, "fr": CELLS}
#: What is added to the head of a figure in full, beside the one that is rounded as shown.
_IN_FULL: Final = {"en": "{head} (exact)", "fr": "{head} (exact)"}
#: Columns that are rates of 0..1, shown as per cent.
_RATES: Final = frozenset({"rate", "share"})


def rate_heads(lang: str) -> frozenset[str]:
    """The heads of columns that hold rates of 0..1."""
    heads = _HEADS.get(lang, ENGLISH_HEADS)
    return frozenset(heads[name] for name in _RATES)


def in_words(rows: Sequence[Mapping[str, Any]], lang: str, *, numbers: bool = False) -> list[dict[str, Any]]:
    """The rows as a file in `lang` has them; a column that says the same of every answer (`part`) is left out.

    `numbers`: a rate stands once, as a number, for a file that shows it as per cent itself.
    """
    heads, cells = _HEADS.get(lang, ENGLISH_HEADS), _CELLS.get(lang, ENGLISH_CELLS)
    in_full = _IN_FULL.get(lang, _IN_FULL["en"])
    parts = {row["part"] for row in rows if "part" in row}
    written = []
    for row in rows:
        line: dict[str, Any] = {}
        for name, value in row.items():
            if name == "part" and len(parts) < 2:
                continue
            head = heads.get(name, name)
            if name in _RATES and not numbers and isinstance(value, int | float | None):
                line[head] = percent(value, lang) if value is not None else ""
                line[in_full.format(head=head)] = value
            elif name == "part":
                first, space, rest = str(value).partition(" ")
                line[head] = cells["part"].get(first, first) + (f", {rest}" if space else "")
            else:
                line[head] = cells.get(name, {}).get(str(value), value)
        written.append(line)
    return written
