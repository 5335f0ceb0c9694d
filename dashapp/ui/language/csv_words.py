"""The heads of the files people take away, and the few words in their cells, in French; English keeps its own.

Names of people's own (campaigns, links, addresses) and figures stay as they are; a date stays 2026-10-28.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

#: Column → its French head. Each head is of one column (tests/ui/test_csv_words.py).
HEADS: Final = {
    # figures of a tile
    "part": "série",
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
    "part": {"now": "période", "before": "période précédente"},
    "state": {
        "value": "terminée",
        "in_progress": "en cours",
        "future": "à venir",
        "no_base": "sans base",
    },
    "sentiment": {"positive": "positive", "neutral": "neutre", "negative": "négative"},
    "counted": {"yes": "oui", "no": "non"},
}


def in_words(rows: Sequence[Mapping[str, Any]], lang: str) -> list[dict[str, Any]]:
    """The rows as a file in `lang` has them."""
    if lang != "fr":
        return [dict(row) for row in rows]
    return [
        {HEADS.get(name, name): CELLS.get(name, {}).get(str(value), value) for name, value in row.items()}
        for row in rows
    ]
