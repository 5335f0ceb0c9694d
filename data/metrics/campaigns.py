"""What is told of one campaign or of campaigns beside each other (docs/numbers.md)."""

from __future__ import annotations

from typing import Final

from data.metrics.base import Metric, Text

METRICS: Final = (
    Metric(
        "top_campaigns",
        Text("Top campaigns", "Meilleures campagnes"),
        Text(
            "Contacts who replied, clicked, opened or watched a video, opened one message several times or "
            "booked a "
            "call, divided by contacts. Where none did: most active leads first, then by name.",
            "Contacts ayant répondu, cliqué, ouvert ou regardé une vidéo, ouvert un message plusieurs fois "
            "ou pris "
            "rendez-vous, divisé par les contacts. À défaut : le plus de prospects actifs, puis par nom.",
        ),
        "people",
        "up",
        Text(
            "People who received at least one action of the campaign in the range, each counted once.",
            "Personnes ayant reçu au moins une action de la campagne sur la période, comptées une fois.",
        ),
        Text(
            "Not interested: unsubscribed, said so on a call, or replied with a refusal. Active: leads "
            "whose sequence "
            "goes on now.",
            "Pas intéressés : désinscrits, l'ayant dit au téléphone ou par une réponse de refus. Actifs : "
            "prospects "
            "dont la séquence continue.",
        ),
    ),
    Metric(
        "campaign_report",
        Text("Campaign report", "Rapport de campagne"),
        Text(
            "Each rate is the share of the campaign's e-mails, over its own base; totals count repeats too. "
            "Clicks per "
            "unique open: of the e-mails opened, those also clicked.",
            "Chaque taux est la part des e-mails de la campagne, sur sa propre base ; les totaux comptent "
            "les "
            "répétitions. Clics par ouverture unique : parmi les e-mails ouverts, ceux aussi cliqués.",
        ),
        "e-mails",
        "up",
        Text(
            "E-mails that did not bounce; for opens and clicks those sent with tracking on; for bounces all.",
            "E-mails sans erreur ; pour ouvertures et clics, ceux envoyés avec suivi ; pour les erreurs, "
            "tous.",
        ),
        Text(
            "The agency band is shown from five workspaces on, as rounded quartiles that tell nobody's own "
            "figure.",
            "La fourchette de l'agence apparaît à partir de cinq espaces, en quartiles arrondis qui ne "
            "révèlent aucun "
            "chiffre propre.",
        ),
    ),
    Metric(
        "audience",
        Text("People of a campaign", "Personnes d'une campagne"),
        Text(
            "The people to whom it happened in the campaign, each once, with the first time it did.",
            "Les personnes concernées dans la campagne, chacune une fois, avec la première date.",
        ),
        "people",
        "neutral",
        caveat=Text(
            "Did not open: got at least one e-mail with tracking on and opened none.",
            "N'ont pas ouvert : ont reçu au moins un e-mail avec suivi et n'en ont ouvert aucun.",
        ),
    ),
    Metric(
        "future_emails",
        Text("Future e-mails", "E-mails à venir"),
        Text(
            "The next e-mail of each lead waiting in a trigger, not yet started, under way or back from "
            "absence, on "
            "the day it will go out.",
            "Le prochain e-mail de chaque prospect en attente d'un déclencheur, pas encore commencé, en "
            "cours ou de "
            "retour d'absence, au jour de son départ.",
        ),
        "e-mails",
        "neutral",
        caveat=Text(
            "Capped by each mailbox's daily limit, sending days and window; what has to wait is told as "
            "held back. "
            "What follows a lead's next e-mail is not forecast, for an answer may end it.",
            "Plafonné par la limite quotidienne, les jours et l'horaire d'envoi de chaque boîte ; ce qui "
            "doit "
            "attendre est indiqué. La suite du prochain e-mail d'un prospect n'est pas prévue : une réponse "
            "peut y "
            "mettre fin.",
        ),
    ),
)
