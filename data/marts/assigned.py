"""Replies and unsubscribes that somebody gave to an e-mail by hand: the same event once more, with the e-mail's
id.

What came stays as it came. The event's twin has its id and SUFFIX, so it can be taken in once only; wherever
events of a lead are given to e-mails, one that has a twin is left out, for the twin says where it belongs.
"""

from __future__ import annotations

from typing import Final

SUFFIX: Final = ":assigned"


def attributable(relation: str) -> str:
    """The rows of a relation like the mart `lead_events` that are still to be given to an e-mail, as a relation.

    A reply no person wrote is none of them; it is kept, for a person may say that it is one.
    """
    return (
        f"(SELECT e.* FROM {relation} AS e ANTI JOIN "  # noqa: S608  names of ours
        f"(SELECT workspace_id, event_id AS twin FROM {relation} WHERE event = 'assigned') AS a "
        f"ON e.workspace_id = a.workspace_id AND concat(e.event_id, '{SUFFIX}') = a.twin WHERE "
        "e.event <> 'assigned' AND (e.event <> 'replied' OR e.sentiment IS NOT NULL))"
    )
