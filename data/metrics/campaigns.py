"""What is told of one campaign or of campaigns beside each other (docs/numbers.md)."""

from __future__ import annotations

from typing import Final

from data.metrics.base import Metric

METRICS: Final = (
    Metric(
        "top_campaigns",
        "Top campaigns",
        (
            "Contacts who replied, clicked, opened or watched a video, opened one message several times "
            "or booked a call, divided by contacts. Where none did: most active leads first, then by "
            "name."
        ),
        "people",
        "up",
        "People who received at least one action of the campaign in the range, each counted once.",
        (
            (
                "Not interested: unsubscribed, said so on a call, or replied with a refusal. Active: leads "
                "whose sequence goes on now.",
            )
        ),
    ),
    Metric(
        "campaign_report",
        "Campaign report",
        (
            "Each rate is the share of the campaign's e-mails, over its own base; totals count repeats "
            "too. Clicks per unique open: of the e-mails opened, those also clicked."
        ),
        "e-mails",
        "up",
        "E-mails that did not bounce; for opens and clicks those sent with tracking on; for bounces all.",
        (
            (
                "The agency band is shown from five workspaces on, as rounded quartiles that tell nobody's "
                "own figure.",
            )
        ),
    ),
    Metric(
        "audience",
        "People of a campaign",
        "The people to whom it happened in the campaign, each once, with the first time it did.",
        "people",
        "neutral",
        caveats=("Did not open: got at least one e-mail with tracking on and opened none.",),
    ),
    Metric(
        "future_emails",
        "Future e-mails",
        (
            "The next e-mail of each lead waiting in a trigger, not yet started, under way or back from "
            "absence, on the day it will go out."
        ),
        "e-mails",
        "neutral",
        caveats=(
            (
                "Capped by each mailbox's daily limit, sending days and window; what has to wait is told as "
                "held back. What follows a lead's next e-mail is not forecast, for an answer may end it.",
            )
        ),
    ),
)
