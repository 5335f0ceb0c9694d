"""What was done and what came of it: the dashboard's metrics (docs/numbers.md)."""

from __future__ import annotations

from typing import Final

from data.metrics.base import Metric

_REFUSALS: Final = (
    "A reply that refuses (“not interested”, “remove me”, “spam” …) is no engagement; it cancels only itself."
)
_CONTACTS: Final = (
    "People who received at least one action in the range, each counted once; bounced e-mails "
    "were not received."
)

METRICS: Final = (
    Metric(
        "sent_emails",
        "E-mails sent",
        "E-mails sent, each counted once, bounced ones included.",
        "e-mails",
        "neutral",
    ),
    Metric(
        "engagement_overview",
        "Engaged contacts",
        (
            "Contacts who opened one message twice at least 60 seconds apart, replied, clicked a link, "
            "watched a video or booked a call, divided by contacts."
        ),
        "people",
        "up",
        _CONTACTS,
        (_REFUSALS,),
    ),
    Metric(
        "action_analytics",
        "Actions",
        "Actions begun in the range by type, and how many of them reached each status so far.",
        "actions",
        "neutral",
        caveats=(
            (
                "An action counts once in a status, however often it reached it. Of a bounced e-mail only "
                "the bounce counts.",
            )
        ),
    ),
    Metric(
        "timeline",
        "Timeline",
        "What happened, newest first; equal events of one action stand in one line with their number.",
        "events",
        "neutral",
    ),
    Metric(
        "hot_leads",
        "Hot leads",
        (
            "Score: replies, link clicks, videos watched, incoming mails and messages opened several "
            "times in the range. Equal scores: the latest first."
        ),
        "people",
        "up",
        caveats=(_REFUSALS,),
    ),
    Metric(
        "hours",
        "Hours of the week",
        "E-mail events of one kind by weekday and hour; every event counts.",
        "events",
        "neutral",
    ),
    Metric(
        "top_links",
        "Top links",
        "All clicks on a link; beside them the e-mails and the people they came from.",
        "events",
        "up",
    ),
    Metric(
        "reply_categories",
        "Replies by category",
        "The first reply a person wrote to each e-mail, by its category.",
        "e-mails",
        "neutral",
        caveats=("Out-of-office and automatic replies are no replies. What no rule settles is neutral.",),
    ),
)
