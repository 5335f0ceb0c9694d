"""Who is warm: hot leads (docs/numbers.md)."""

from __future__ import annotations

from typing import Any, Final

from data.answers.activity import stamp
from data.answers.facts import Facts
from data.question import Query

REASONS: Final = ("reply", "multiple_opens", "click", "video_watched", "incoming")


def hot_leads(facts: Facts, query: Query) -> dict[str, Any]:
    """The most engaged people first: score = qualifying events in the range; ties by the latest, then by name.

    Each human reply, click, watched video and incoming mail is one; a message opened several times is one,
    however often. A reply with a negative phrase is none.
    """
    facts.make_engagements(query)
    leads = []
    for lead, score, latest, *counts in facts.rows("hot_leads", query, limit=query.rows):
        reasons = {reason: n for reason, n in zip(REASONS, counts, strict=True) if n}
        leads.append({"lead": lead, "score": score, "latest": stamp(latest), "reasons": reasons})
    return {"rows": leads}


ANSWERS: Final = {"hot_leads": hot_leads}
