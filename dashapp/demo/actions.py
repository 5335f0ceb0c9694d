"""What the demo's people do besides e-mail: videos, post, calls, LinkedIn, as canonical records.

Like the journeys: drawn from a `Random` of the day alone, so any cut of the stream gives the same events.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any, Final

from dashapp.demo.journey import DAY, HOUR, midnight, person
from dashapp.demo.plan import Client

Emit = Callable[[float, dict[str, Any]], None]
#: (channel, the events it goes through), in turn: each week has every channel, disposition and way of the post.
_COURSES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("phone", ("booked",)),
    ("video", ("sent", "opened", "video_opened", "video_watched", "clicked", "replied", "replied")),
    ("linkedin", ("completed",)),
    ("postcard", ("mailed", "processed", "in_transit", "local_area", "delivered")),
    ("phone", ("left_message",)),
    ("other", ("completed",)),
    ("gift_card", ("mailed", "delivered")),
    ("phone", ("call_back",)),
    ("handwritten_note", ("mailed",)),
    ("email", ("received",)),
    ("video", ("sent", "video_opened", "video_watched")),
    ("phone", ("not_interested",)),
    ("postcard", ("mailed", "processed", "rerouted", "returned")),
    ("linkedin", ("completed",)),
    ("phone", ("bad_number",)),
    ("phone", ("left_message",)),
    ("video", ("sent", "video_opened")),
)
#: Hours between one event of a course and the next.
_PACE: Final = {"video": 3.0, "postcard": 26.0, "gift_card": 40.0}
_SHARE: Final = 0.06
#: How far the turn of courses goes on from day to day.
_A_DAY: Final = 7
_REPLIES: Final = (
    "Watched it with my team – can you show us the part about month-end on Thursday?",
    "Thanks, that was more useful than a slide deck.",
)


def other_actions(
    client: Client, day: date, seed: str, number: Callable[[int, int], int], emit: Emit
) -> None:
    """The day's actions that are no campaign e-mail. `number(position, i)`: a lead of a campaign of that day."""
    if day.weekday() > 4:
        return
    rng = Random(f"{seed}/actions/{client.key}/{day.isoformat()}")
    mean = _SHARE * sum(campaign.per_day for campaign in client.campaigns)
    count = int(mean) + (rng.random() < mean % 1)
    start = midnight(client.timezone, day)
    for i in range(count):
        channel, course = _COURSES[(day.toordinal() * _A_DAY + i) % len(_COURSES)]
        position = int(rng.random() * len(client.campaigns))
        campaign, box = client.campaigns[position], client.mailboxes[i % len(client.mailboxes)]
        at = start + (8.5 + 8 * rng.random()) * HOUR
        name = f"{channel}-{day.toordinal()}-{i}@{client.key}"
        who = {
            "channel": channel,
            "message_id": name,
            "campaign": campaign.name,
            "lead": person(number(position, i))[2],
            "user": box.user,
            "step": "1",
        }
        for turn, event in enumerate(course):
            more: dict[str, Any] = {}
            if event == "replied":
                text = _REPLIES[1 if course[turn - 1] == "replied" else 0]
                more = {"reply_text": text, "reply_category": "interested"}
            if event == "clicked":
                more = {"url": campaign.url}
            if event == "sent":
                more = {"subject": f"A short video for {person(number(position, i))[0]}"}
            emit(at, {"event_id": f"{name}/{turn}", "event": event, **who, **more})
            pace = _PACE.get(channel, 1.0) * HOUR
            at += pace * (0.4 + rng.random())
            if at - start > 12 * DAY:
                return
