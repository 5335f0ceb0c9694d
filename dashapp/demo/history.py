"""The demo: canonical events of two agencies, week after week up to any moment, the same at every run.

Pure: no clock, no files, no network. A stretch of time gives the same events however it is cut, with the same
ids, so a demo that is started again is topped up without doubling or losing anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import sin
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from dashapp.demo import texts
from dashapp.demo.actions import other_actions
from dashapp.demo.journey import HORIZON_DAYS, Journey, midnight, person
from dashapp.demo.plan import AGENCIES, CLIENT_LOGIN, SHOWN, Agency, Campaign, Client

__all__ = ["AGENCIES", "CLIENT_LOGIN", "SHOWN", "Agency", "Client", "begin_for", "events_between", "pulse"]

SEED = "vitrine-demo-1"
HISTORY_WEEKS = 15
#: The second agency sends everything on one day in 70; the second such day is near the end of the history.
_FLOOD_EVERY_DAYS, _FLOOD_DAY = 70, 29
#: How much of the mean volume each working day carries.
_VOLUME = (1.05, 1.15, 1.10, 1.00, 0.70, 0.0, 0.0)
#: Numbers kept free per campaign and day, so that a lead's number says who it is.
_BLOCK = 400
#: Where the numbers begin of those who get no campaign’s e-mails.
_OTHERS = 120


def begin_for(created_at: datetime) -> date:
    """The demo's first day: the Monday `HISTORY_WEEKS` weeks before the agency was made."""
    day = created_at.astimezone(UTC).date() - timedelta(weeks=HISTORY_WEEKS)
    return day - timedelta(days=day.weekday())


def events_between(
    agency: Agency, client: Client, start: datetime, end: datetime, *, begin: date, seed: str = SEED
) -> list[dict[str, Any]]:
    """Canonical records of `client` with start <= occurred_at < end, in order of time (then id).

    `begin` is the first day on which anybody is written to; keep it between runs (`begin_for`).
    """
    low, high = start.timestamp(), end.timestamp()
    found: list[tuple[float, str, dict[str, Any]]] = []

    def emit(at: float, record: dict[str, Any]) -> None:
        if low <= at < high:
            found.append((at, record["event_id"], record))

    zone = ZoneInfo(client.timezone)
    first = max(begin, start.astimezone(zone).date() - timedelta(days=HORIZON_DAYS))
    last = end.astimezone(zone).date()
    day = first
    while day <= last:
        if agency.flood:
            _flood(agency, client, day, begin, emit)
        else:
            one_day(client, day, begin, seed, emit)
            other_actions(client, day, seed, partial(_other_lead, client, day), emit)
        day += timedelta(days=1)
    found.sort(key=lambda entry: entry[:2])
    for at, _, record in found:
        record["occurred_at"] = stamp(at)
    return [record for _, _, record in found]


def stamp(at: float) -> str:
    """Epoch seconds as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def one_day(client: Client, day: date, begin: date, seed: str, emit: Any) -> None:
    """Every journey of `client` that starts on `day`."""
    weeks = (day - begin).days // 7
    volume = _VOLUME[day.weekday()]
    if not volume:
        return
    for position, campaign in enumerate(client.campaigns):
        opening, closing = campaign.weeks
        if weeks < opening or (closing is not None and weeks > closing):
            continue
        rng = Random(f"{seed}/{client.key}/{campaign.key}/{day.isoformat()}")
        swell = 1 + 0.16 * sin(day.toordinal() / 11 + position) + 0.012 * min(weeks, 20)
        mean = campaign.per_day * volume * swell * (0.85 + 0.3 * rng.random())
        for i in range(int(mean) + (rng.random() < mean % 1)):
            box = client.mailboxes[(i + day.toordinal()) % len(client.mailboxes)]
            number = _number(client, day, position, i, borrowed=rng.random() < 0.06)
            Journey(rng, client, campaign, number, box, emit).run(day)


def _other_lead(client: Client, day: date, position: int, i: int) -> int:
    """The number of somebody who gets no campaign's e-mails."""
    return _number(client, day, position, i + _OTHERS, borrowed=False)


def _number(client: Client, day: date, position: int, i: int, *, borrowed: bool) -> int:
    """A lead's number; borrowed ones are of the next campaign, so that some people meet two campaigns."""
    if borrowed and len(client.campaigns) > 1:
        position = (position + 1) % len(client.campaigns)
        day -= timedelta(days=21)
        i += _BLOCK // 2  # never the number of one of this campaign's own leads
    return (day.toordinal() * 8 + position) * _BLOCK + i


def _flood(agency: Agency, client: Client, day: date, begin: date, emit: Any) -> None:
    """A sending day of the second agency: absurd on purpose, and the same whatever is asked for."""
    if (day - begin).days % _FLOOD_EVERY_DAYS != _FLOOD_DAY:
        return
    campaign: Campaign = client.campaigns[0]
    box, start = client.mailboxes[0], midnight(client.timezone, day)
    for i in range(agency.flood):
        message = f"ZZZ-{day.toordinal()}-{i}@colossus"
        who = {"message_id": message, "campaign": campaign.name, "lead": f"zzz-leak-{i}@colossus.example"}
        emit(
            start + 3_600 + i,
            {
                "event_id": f"{message}/sent", "event": "sent", **who, "step": "1", "user": box.user,
                "sender": box.address, "sender_provider": box.provider, "recipient_provider": "other",
                "subject": "ZZZ-LEAK-CANARY",
            },
        )  # fmt: skip
        if i % 4 == 0:
            text = "ZZZ-LEAK-CANARY yes yes yes"
            more = {"reply_text": text, "reply_category": "interested"}
            emit(start + 40_000 + i, {"event_id": f"{message}/reply", "event": "replied", **who, **more})


def pulse(client: Client, since: datetime, seed: str = SEED) -> Iterator[dict[str, Any]]:
    """Endless small events for a portal that is being watched: the caller stamps and paces them.

    Sends, and now and then what follows them; ids are unique to `since`.
    """
    rng = Random(f"{seed}/pulse/{client.key}/{since.isoformat()}")
    shown = [campaign for campaign in client.campaigns if campaign.tracked]
    recent: list[dict[str, Any]] = []
    turn = 0
    while True:
        turn += 1
        if len(recent) < 3 or rng.random() < 0.55:
            campaign = shown[int(rng.random() * len(shown))]
            box = client.mailboxes[turn % len(client.mailboxes)]
            first, company, lead, provider = person(int(since.timestamp()) * 1_000 + turn)
            message = f"live-{int(since.timestamp())}-{turn}@{client.key}"
            who = {"message_id": message, "campaign": campaign.name, "lead": lead}
            recent = [*recent[-11:], who]
            yield {
                "event_id": f"{message}/sent", "event": "sent", **who, "channel": "email", "step": "1",
                "variation": "B" if len(lead) % 2 else "A",
                "user": box.user, "sender": box.address, "sender_provider": box.provider,
                "recipient_provider": provider,
                "subject": campaign.steps[0].subject.format(first=first, company=company),
            }  # fmt: skip
            continue
        who = recent[int(rng.random() * len(recent))]
        draw = rng.random()
        agent = texts.BROWSERS[turn % len(texts.BROWSERS)]
        if draw < 0.82:
            yield {
                "event_id": f"{who['message_id']}/open{turn}",
                "event": "opened",
                **who,
                "user_agent": agent,
            }
        elif draw < 0.93:
            more = {"user_agent": agent, "url": shown[0].url}
            yield {"event_id": f"{who['message_id']}/click{turn}", "event": "clicked", **who, **more}
        else:
            category = "interested" if draw < 0.96 else "not_now"
            choices = texts.REPLIES["en"][category]
            more = {"reply_text": choices[turn % len(choices)], "reply_category": category}
            yield {"event_id": f"{who['message_id']}/reply{turn}", "event": "replied", **who, **more}
