"""The dashboard's activity: engagement overview, action analytics (docs/numbers.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from data.answers.facts import Facts
from data.figures.named.action_analytics import CHANNELS, STATUSES
from data.figures.named.engagement_overview import REASONS
from data.question import Query


def engagement_overview(facts: Facts, query: Query) -> dict[str, Any]:
    """Contacts who received at least one action in the range, and the share of them who engaged in it.

    A contact is a person, counted once whatever they received; a message that names nobody counts for nobody, and
    a bounced e-mail was not received. Both opens of "multiple opens" lie in the range. `reasons` tells how many of
    the engaged did what; a person may have several.
    """
    facts.make_engagements(query)
    row = facts.one("engagement_overview", query)
    return {
        "contacts": row["contacts"],
        "engaged": row["engaged"],
        "rate": row["engaged"] / row["contacts"] if row["contacts"] else None,
        "reasons": {reason: row[reason] for reason in REASONS},
    }


def action_analytics(facts: Facts, query: Query) -> dict[str, Any]:
    """Actions begun in the range per channel, with the statuses they reached up to as of.

    Only channels with an action are told. An action counts once in a status, however often it reached it; the
    e-mails that bounced are actions too, with the status bounced.
    """
    channels: dict[str, dict[str, Any]] = {}
    for channel, status, n in facts.rows("action_analytics", query):
        if status is None:
            channels[channel] = {"channel": channel, "n": n, "statuses": []}
        else:
            channels[channel]["statuses"].append({"status": status, "n": n})
    for channel in channels.values():
        channel["statuses"].sort(key=lambda status: STATUSES.index(status["status"]))
    return {"channels": [channels[name] for name in CHANNELS if name in channels]}


def stamp(at: datetime) -> str:
    """A naive UTC time of the relations as ISO 8601 text."""
    return at.isoformat() + "Z"


ANSWERS: Final = {
    "engagement_overview": engagement_overview,
    "action_analytics": action_analytics,
}
