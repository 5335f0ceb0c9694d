"""What was done and what came of it: the dashboard's metrics (docs/numbers.md)."""

from __future__ import annotations

from typing import Final

from data.metrics.base import Metric, Text

_REFUSALS: Final = Text(
    "A reply that refuses (“not interested”, “remove me”, “spam” …) is no engagement; it cancels "
    "only itself.",
    "Une réponse de refus (« pas intéressé », « retirez-moi », « spam » …) n'est pas un engagement "
    "; elle n'annule "
    "qu'elle-même.",
)
_CONTACTS: Final = Text(
    "People who received at least one action in the range, each counted once; bounced e-mails were "
    "not received.",
    "Personnes ayant reçu au moins une action sur la période, comptées une fois ; un e-mail en "
    "erreur n'est pas reçu.",
)

METRICS: Final = (
    Metric(
        "sent_emails",
        Text("E-mails sent", "E-mails envoyés"),
        Text(
            "E-mails sent, each counted once, bounced ones included.",
            "E-mails envoyés, chacun compté une fois, erreurs comprises.",
        ),
        "e-mails",
        "neutral",
    ),
    Metric(
        "engagement_overview",
        Text("Engaged contacts", "Contacts engagés"),
        Text(
            "Contacts who opened one message twice at least 60 seconds apart, replied, clicked a link, "
            "watched a video "
            "or booked a call, divided by contacts.",
            "Contacts ayant ouvert un message deux fois à 60 secondes au moins, répondu, cliqué un lien, "
            "regardé une "
            "vidéo ou pris rendez-vous, divisé par les contacts.",
        ),
        "people",
        "up",
        _CONTACTS,
        _REFUSALS,
    ),
    Metric(
        "action_analytics",
        Text("Actions", "Actions"),
        Text(
            "Actions begun in the range by type, and how many of them reached each status so far.",
            "Actions commencées sur la période, par type, et combien ont atteint chaque statut à ce jour.",
        ),
        "actions",
        "neutral",
        caveat=Text(
            "An action counts once in a status, however often it reached it. Of a bounced e-mail only the "
            "bounce "
            "counts.",
            "Une action compte une fois par statut, quel qu'en soit le nombre. D'un e-mail en erreur, seule "
            "l'erreur "
            "compte.",
        ),
    ),
    Metric(
        "timeline",
        Text("Timeline", "Fil d'activité"),
        Text(
            "What happened, newest first; equal events of one action stand in one line with their number.",
            "Ce qui s'est passé, du plus récent au plus ancien ; les événements identiques d'une action "
            "sont réunis.",
        ),
        "events",
        "neutral",
    ),
    Metric(
        "hot_leads",
        Text("Hot leads", "Prospects chauds"),
        Text(
            "Score: replies, link clicks, videos watched, incoming mails and messages opened several times "
            "in the "
            "range. Equal scores: the latest first.",
            "Score : réponses, clics, vidéos regardées, e-mails entrants et messages ouverts plusieurs fois "
            "sur la "
            "période. À égalité, le plus récent d'abord.",
        ),
        "people",
        "up",
        caveat=_REFUSALS,
    ),
    Metric(
        "hours",
        Text("Hours of the week", "Heures de la semaine"),
        Text(
            "E-mail events of one kind by weekday and hour; every event counts.",
            "Événements d'un type par jour de semaine et heure ; chaque événement compte.",
        ),
        "events",
        "neutral",
    ),
    Metric(
        "top_links",
        Text("Top links", "Liens les plus cliqués"),
        Text(
            "All clicks on a link; beside them the e-mails and the people they came from.",
            "Tous les clics sur un lien ; à côté, les e-mails et les personnes dont ils viennent.",
        ),
        "events",
        "up",
    ),
    Metric(
        "reply_categories",
        Text("Replies by category", "Réponses par catégorie"),
        Text(
            "The first reply a person wrote to each e-mail, by its category.",
            "La première réponse d'une personne à chaque e-mail, par catégorie.",
        ),
        "e-mails",
        "neutral",
        caveat=Text(
            "Out-of-office and automatic replies are no replies. What no rule settles is neutral.",
            "Les réponses automatiques et d'absence n'en sont pas. Ce qu'aucune règle ne tranche est neutre.",
        ),
    ),
)
