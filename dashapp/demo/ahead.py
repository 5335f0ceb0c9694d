"""What the demo's clients have planned (docs/events.md): campaigns, steps, mailboxes, and the leads about to start.

Who starts on which day comes from the same drawing as the events, so that what is forecast is what will be sent.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any

from dashapp.demo import history as demo
from dashapp.demo.plan import Agency, Client
from dashapp.demo.templates import body_of

#: How far back and ahead starts are told: a forecast of last week can still be made, and the next 7 days seen.
BACK, AHEAD = timedelta(days=8), timedelta(days=9)
#: A mailbox may send so much more than it does on a mean day.
_ROOM = 1.8
#: A campaign that takes no new leads still sends its follow-ups for these weeks.
_TAIL_WEEKS = 4


def planned(agency: Agency, client: Client, now: datetime, *, begin: date) -> dict[str, list[dict[str, Any]]]:
    """Reference data of `client` at `now` by kind; the second agency plans nothing, it floods."""
    if agency.flood:
        return {}
    weeks = (now.date() - begin).days // 7
    return {
        "campaigns": [
            {
                "name": campaign.name,
                "status": "finished"
                if campaign.weeks[1] is not None and weeks > campaign.weeks[1] + _TAIL_WEEKS
                else "active",
                "owner": client.mailboxes[0].user,
            }
            for campaign in client.campaigns
        ],
        "steps": [
            {
                "campaign": campaign.name,
                "step": str(number),
                "channel": "email",
                "wait_days": step.wait_days,
                "subject": step.subject,
                "body": body_of(campaign.language, number, campaign.url),
            }
            for campaign in client.campaigns
            for number, step in enumerate(campaign.steps, 1)
        ],
        "mailboxes": _mailboxes(client),
        "journeys": _starting(client, now, begin),
    }


def _mailboxes(client: Client) -> list[dict[str, Any]]:
    a_day = sum(campaign.per_day * len(campaign.steps) for campaign in client.campaigns)
    limit = ceil(a_day / len(client.mailboxes) * _ROOM / 10) * 10
    return [
        {
            "sender": box.address,
            "provider": box.provider,
            "daily_limit": limit,
            "sending_days": "mon-fri",
            "sending_window": "08:00-18:00",
            "owner": box.user,
        }
        for box in client.mailboxes
    ]


def _starting(client: Client, now: datetime, begin: date) -> list[dict[str, Any]]:
    """Leads not yet started, some of them waiting in a trigger, with the moment of their first e-mail."""
    found: dict[tuple[str, str], dict[str, Any]] = {}

    def emit(at: float, record: dict[str, Any]) -> None:
        if record["event"] == "sent" and record["step"] == "1":
            state = "in_trigger" if int(at) % 4 == 0 else "not_started"
            row = {"lead": record["lead"], "campaign": record["campaign"], "user": record["user"]}
            found[record["campaign"], record["lead"]] = {
                **row,
                "state": state,
                "next_step_at": demo.stamp(at),
            }

    day, last = (now - BACK).astimezone(UTC).date(), (now + AHEAD).astimezone(UTC).date()
    while day <= last:
        demo.one_day(client, max(day, begin), begin, demo.SEED, emit)
        day += timedelta(days=1)
    return list(found.values())
