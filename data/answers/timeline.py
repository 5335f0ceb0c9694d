"""The timeline: what happened, newest first, page by page; what one line of it holds; and the action behind it.

A page reads the events around its place only, however far back that lies: a stretch of time that is made longer
until it holds enough, and of the actions found there the events since they began.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from data.answers.activity import stamp
from data.answers.facts import Facts, moments
from data.answers.stretch import EARLY
from data.engines.duckdb import sql
from data.errors import BadQuery
from data.question import Query

#: The first stretch a page looks at, and how much longer the next one is where that held too little.
_STRETCH: Final = timedelta(hours=6)
_LONGER: Final = 4
#: Events a page looks at first.
_MOST_AT_FIRST: Final = 500
#: Events of one line that are listed.
MOST_EVENTS: Final = 200
#: Characters of a text that come with its event; of a reply the rest can be asked for (data/people/reply.py).
MOST_TEXT: Final = 20_000


@dataclass(frozen=True, slots=True)
class PageEnd:
    """Where a page ends: its last group."""

    at: datetime
    channel: str
    event: str
    lead: str
    action: str

    def __str__(self) -> str:
        return json.dumps(
            [self.at.isoformat(), self.channel, self.event, self.lead, self.action], ensure_ascii=False
        )


def place_after(text: str | None) -> PageEnd | None:
    """What `str` of a place gave. It only says where to go on, within what the asker may see anyway."""
    if text is None:
        return None
    try:
        at, channel, event, lead, action = json.loads(text)
        if not all(type(one) is str for one in (channel, event, lead, action)):
            raise ValueError(text)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is not None:
            raise ValueError(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadQuery("There is no such page of the timeline.") from error
    return PageEnd(moment, channel, event, lead, action)


def timeline(facts: Facts, query: Query) -> dict[str, Any]:
    """Newest first; equal events of one action in one group, dated by the latest of them in the range.

    Shown are those of docs/numbers.md; opens and clicks by machines only under engagement `all`, replies only
    when a person wrote them.
    """
    return {"groups": page(facts, query, None, query.rows)["groups"]}


def page(facts: Facts, query: Query, after: PageEnd | None, limit: int) -> dict[str, Any]:
    """`groups` that come after a place, `after`: the place of the next page (None: this is the last), and `since`:
    the moment up to which events were looked at.

    A group some event of which is newer than the place comes again, with the events from there on: whoever walks
    from the beginning has it already, and passes it over.
    """
    since, until = moments(query)
    high = until if after is None else min(until, after.at)
    values: dict[str, Any] = {
        "after_at": None if after is None else after.at,
        "after_channel": after.channel if after else "",
        "after_event": after.event if after else "",
        "after_lead": after.lead if after else "",
        "after_action": after.action if after else "",
        "limit": limit + 1,
        "high": high,
    }
    # An open range ends long after the last event: the search begins at that one.
    newest = min(high, facts.as_of.replace(tzinfo=None))
    stretch, most = _STRETCH, max(_MOST_AT_FIRST, 10 * limit)
    while True:
        with facts.around(max(since, newest - stretch), high, most) as (near, low):
            rows = near.select(_text("timeline"), query, low=low, **values)
            if len(rows) > limit or low <= since:
                more, rows = len(rows) > limit, rows[:limit]
                counts = _counts(near, query, rows, since, low, high)
                break
        stretch, most = stretch * _LONGER, most * _LONGER
    groups = [
        {
            "at": stamp(at),
            "channel": channel,
            "event": event,
            "lead": lead,
            "campaign": campaign,
            "count": counts.get((channel, event, action), n),
            "user": user,
            "action": action,
        }
        for at, channel, event, lead, action, campaign, user, n in rows
    ]
    last = str(PageEnd(*rows[-1][:5])) if more else None
    return {"groups": groups, "after": last, "since": stamp(low)}


def _counts(
    near: Facts,
    query: Query,
    rows: Sequence[tuple[Any, ...]],
    since: datetime,
    low: datetime,
    high: datetime,
) -> dict[tuple[str, str, str], int]:
    """How many events the groups have in all, where some may lie before the stretch that was looked at."""
    if not rows or low <= since:
        return {}
    actions = sorted({row[4] for row in rows})
    begun = near.rows("timeline_begun", query, actions=actions)[0][0]
    if begun is None or begun >= low:
        return {}
    first = max(since, begun - EARLY)
    near.reach_back(actions, first, low)
    found = near.select(_text("timeline_counts"), query, actions=actions, low=first, high=high)
    return {(channel, event, action): n for channel, event, action, n in found}


def group(facts: Facts, query: Query, channel: str, action: str, event: str) -> dict[str, Any]:
    """The events of one group, newest first (MOST_EVENTS at most), with what they say in words, and `total`."""
    rows = facts.select(
        _text("timeline_group"), query, channel=channel, action=action, event=event, limit=MOST_EVENTS
    )
    texts = _texts(facts, query, [(row[0], row[1]) for row in rows])
    return {
        "total": rows[0][4] if rows else 0,
        "events": [
            {
                "event_id": event_id,
                "at": stamp(at),
                "category": category,
                "url": url,
                **texts.get(event_id, _NO_TEXT),
            }
            for event_id, at, category, url, _ in rows
        ],
    }


def action(facts: Facts, query: Query, channel: str, name: str) -> dict[str, Any] | None:
    """The action itself: when, to whom, by whom, and what its first event says; None: no such action."""
    rows = facts.rows("timeline_action", query, channel=channel, action=name)
    if not rows:
        return None
    _, _, t0, lead, campaign, user, bounced, step, variation, sender, sent_event = rows[0]
    first = (sent_event, t0) if sent_event else None
    if channel != "email":
        found = facts.rows("timeline_first", query, channel=channel, action=name)
        first = found[0] if found else None
    texts = _texts(facts, query, [first]) if first else {}
    told = texts.get(first[0], _NO_TEXT) if first else _NO_TEXT
    return {
        "at": stamp(t0),
        "channel": channel,
        "lead": lead,
        "campaign": campaign,
        "user": user,
        "bounced": bounced,
        "step": step,
        "variation": variation,
        "sender": sender,
        **told,
    }


_NO_TEXT: Final[dict[str, Any]] = dict.fromkeys(
    ("subject", "text", "note", "server_response", "sentiment", "message_id", "stamped")
)
_NO_TEXT["text_length"] = 0


def _texts(
    facts: Facts, query: Query, events: Sequence[tuple[str, datetime]]
) -> dict[str, dict[str, str | None]]:
    """event id → its subject, text, note and server's response, the message it names and when it was stamped."""
    if not events:
        return {}
    times = [at for _, at in events]
    rows = facts.rows(
        "timeline_texts",
        query,
        events=[event_id for event_id, _ in events],
        shown=MOST_TEXT,
        # An opening stamped before its sending counts at the sending: its own stamp may lie before.
        low=min(times) - timedelta(days=1),
        high=max(times) + timedelta(days=1),
    )
    return {
        event_id: {
            "subject": subject,
            "text": text or None,
            "text_length": length,
            "note": _note(raw),
            "server_response": response,
            "sentiment": sentiment,
            "message_id": message_id,
            "stamped": stamp(at),
        }
        for event_id, subject, text, length, response, sentiment, raw, message_id, at in rows
    }


def _note(raw: str | None) -> str | None:
    """What somebody wrote down when they completed the action (the record's own field `note`)."""
    try:
        record = json.loads(raw) if raw and '"note"' in raw else None
    except (ValueError, RecursionError):
        return None
    note = record.get("note") if isinstance(record, dict) else None
    return note[:MOST_TEXT] if isinstance(note, str) and note else None


def _text(name: str) -> str:
    return sql("answers", name).format(shown=sql("answers", "timeline_shown"))


ANSWERS: Final = {"timeline": timeline}
