"""What a query's options add to the words of its metric: which dates are meant, what is left out."""

from __future__ import annotations

from typing import Final

from data.figures.registry import rates
from data.metrics.base import NOTHING, Metric, Text
from data.question import Query

_SHAPE: Final = {
    "cohort": Text(
        "Each row is a week of sending. Column k is the share reached up to the end of week k, so it "
        "never falls.",
        "Chaque ligne est une semaine d'envoi. La colonne k est la part atteinte jusqu'à la fin de la "
        "semaine k ; "
        "elle ne baisse jamais.",
    ),
    "week1": Text(
        "Each point is a week of sending: the share reached before that week ended. The headline pools "
        "the complete "
        "weeks, sum over sum.",
        "Chaque point est une semaine d'envoi : la part atteinte avant la fin de cette semaine. Le "
        "chiffre réunit "
        "les semaines complètes, somme sur somme.",
    ),
}
_MACHINES: Final = {
    "human": Text(
        "Opens and clicks by machines are left out.", "Les ouvertures et clics de machines sont exclus."
    ),
    "all": Text(
        "Opens and clicks by machines are counted too.",
        "Les ouvertures et clics de machines sont comptés aussi.",
    ),
}


def key_of(query: Query) -> str:
    """The key of the metric a query asks for."""
    return f"{query.data_type}_{query.attribution}" if query.figure.is_rate else query.name


def caveat_of(query: Query, metric: Metric) -> Text:
    """What to keep in mind: the metric's own caveat, the shape of the answer, and the machines."""
    parts = [_SHAPE.get(query.name, NOTHING), metric.caveat]
    if _machines_matter(query):
        parts.append(_MACHINES[query.engagement])
    return _joined(parts)


def dates_of(query: Query, timezone: str) -> Text:
    """Which dates the answer is about, and whose days they are."""
    zone = (
        Text(f"in {timezone} time", f"à l'heure de {timezone}")
        if timezone
        else Text("in the workspace's time zone", "dans le fuseau de l'espace")
    )
    if query.figure.dates == "weeks":
        if query.clock == "elapsed":
            return Text(
                "Weeks are full 7 days from the moment of sending.",
                "Semaines de 7 jours pleins depuis l'envoi.",
            )
        return Text(
            f"Weeks are calendar weeks from Monday, {zone.en}.",
            f"Semaines civiles à partir du lundi, {zone.fr}.",
        )
    if query.figure.dates == "ahead":
        return Text(f"The 7 days from tomorrow, {zone.en}.", f"Les 7 jours à partir de demain, {zone.fr}.")
    if query.figure.dates == "sent":
        return Text(
            f"What was sent in the range, and what happened to it up to now. Days are {zone.en}.",
            f"Ce qui a été envoyé sur la période, et sa suite jusqu'à maintenant. Jours {zone.fr}.",
        )
    return Text(
        f"Counted on the day it happened. Days are {zone.en}.",
        f"Compté au jour où cela s'est passé. Jours {zone.fr}.",
    )


def _machines_matter(query: Query) -> bool:
    if query.figure.is_rate:
        return rates()[query.data_type].by_anyone is not None
    return "engagement" in query.figure.options


def _joined(parts: list[Text]) -> Text:
    told = [part for part in parts if part]
    return Text(" ".join(part.en for part in told), " ".join(part.fr for part in told))
