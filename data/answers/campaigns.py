"""Which campaigns work: the top ones (docs/numbers.md)."""

from __future__ import annotations

from typing import Any, Final

from data.answers.facts import Facts
from data.answers.sequences import make_sequences
from data.plans.cache import plans_of
from data.question import Query


def top_campaigns(facts: Facts, query: Query) -> dict[str, Any]:
    """The best campaigns by share or number of engaged contacts; where that is 0 by active leads, then by name.

    `contacts` and `engaged` look at the range as the engagement overview does, inside one campaign; `active` are
    those with a message in it, ever, whom nothing ended it for. Campaigns without a contact in the range stand
    last. Equal shares are settled by the number engaged, equal numbers by the share.
    """
    facts.make_engagements(query)
    make_sequences(facts, query, plans_of(facts.lake.engine, facts.current.workspace_id))
    everything = (facts.scope.user, query.user) == (None, None) and (
        query.sender_provider == query.recipient_provider == "any"
    )
    rows = [
        {
            "campaign": campaign,
            "contacts": contacts,
            "engaged": engaged,
            "rate": engaged / contacts if contacts else None,
            "not_interested": not_interested,
            "active": active,
        }
        for campaign, contacts, engaged, not_interested, active in facts.rows(
            "top_campaigns", query, all_campaigns=everything
        )
    ]

    def order(row: dict[str, Any]) -> tuple[float, float, int, str]:
        by = (row["rate"] or 0.0, row["engaged"])
        first, second = by if query.sort == "rate" else by[::-1]
        return (-first, -second, -row["active"], row["campaign"])

    return {"rows": sorted(rows, key=order)[: query.rows]}


ANSWERS: Final = {"top_campaigns": top_campaigns}
