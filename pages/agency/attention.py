"""Who needs attention today: an agency's accounts with a reason, one line each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.agencies.attention import reasons
from dashapp.agencies.attention.reasons import TOO_LONG, Reason
from dashapp.db.base import now
from dashapp.db.tenants import Agency
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say

#: Accounts that are listed: more is no list to work through in a day.
MOST: Final = 10
ICONS: Final = {
    "untouched": "email",
    "silent": "sources",
    "bounces": "revoke",
    "fall": "analytics",
    "unseen": "share",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A reason with the account it is about."""

    slug: str
    name: str
    reason: Reason


@dataclass(frozen=True)
class Attention:
    """The most serious reason of each of the first accounts, how many `further` ones each has (by workspace), how
    many accounts `more` have one, and what was snoozed.
    """

    lines: Sequence[Line] = ()
    further: Mapping[int, int] = field(default_factory=dict)
    more: int = 0
    snoozed: Sequence[Line] = ()
    looked_at: int = 0


def attention(session: Session, agency: Agency, readable: Mapping[int, tuple[str, str]]) -> Attention:
    """The reasons of an agency's accounts; `readable`: id → (slug, name) of those the viewer sees whole."""
    told: dict[int, Line] = {}
    further: dict[int, int] = {}
    snoozed = []
    for reason in reasons.of_agency(session, agency, readable.keys(), now()):
        line = Line(*readable[reason.workspace_id], reason)
        if reason.until is not None:
            snoozed.append(line)
        elif reason.workspace_id in told:
            further[reason.workspace_id] = further.get(reason.workspace_id, 0) + 1
        else:
            told[reason.workspace_id] = line
    lines = list(told.values())
    return Attention(lines[:MOST], further, max(0, len(lines) - MOST), snoozed, len(readable))


def shown(found: Attention, agency_slug: str, *, snoozes: bool) -> Markup:
    """The section as HTML. `snoozes`: whether the viewer may put a reason off."""
    at = now()
    return render(
        "ui/attention.html",
        found=found,
        lines=[_line(one, at, found.further.get(one.reason.workspace_id, 0)) for one in found.lines],
        snoozed=[_line(one, at, 0) for one in found.snoozed],
        agency=agency_slug,
        snoozes=snoozes,
        looked_at=format.integer(found.looked_at),
        icons=PATHS,
    )


def _line(one: Line, at: datetime, further: int) -> dict[str, object]:
    reason = one.reason
    grave = reason.kind in {"silent", "bounces"} or (
        reason.kind == "untouched" and at - reason.since >= TOO_LONG
    )
    return {
        "id": reason.workspace_id,
        "kind": reason.kind,
        "subject": reason.subject,
        "name": one.name,
        "href": f"/w/{one.slug}/{_page(reason)}",
        "icon": ICONS[reason.kind],
        "grave": grave,
        "words": sentence(reason, at),
        "further": further,
        "until": None if reason.until is None else format.dated(reason.until.date()),
    }


def _page(reason: Reason) -> str:
    """Where somebody acts on it."""
    match reason.kind:
        case "untouched":
            return "contacts?status=interested"
        case "silent":
            return "sources"
        case "unseen":
            return "shares"
        case "fall":
            return f"analytics?{urlencode({'campaign': reason.subject}, quote_via=quote)}"
        case _:
            return "analytics"


def sentence(reason: Reason, at: datetime) -> str:
    """The reason and its evidence in one sentence."""
    told, waits = reason.evidence, format.duration((at - reason.since).total_seconds())
    match reason.kind:
        case "untouched" if told["replies"] == 1:
            return say("1 positive reply has waited {duration} for an answer.", duration=waits)
        case "untouched":
            return say(
                "{n} positive replies wait for an answer, the oldest for {duration}.",
                n=format.integer(told["replies"]),
                duration=waits,
            )
        case "silent" if told["pause_days"] == 0:
            return say("No event for {duration}; until then it sent every day.", duration=waits)
        case "silent" if told["pause_days"] == 1:
            return say(
                "No event for {duration}; before, it never paused for more than a day.", duration=waits
            )
        case "silent":
            return say(
                "No event for {duration}; before, it never paused for more than {n} days.",
                duration=waits,
                n=format.integer(told["pause_days"]),
            )
        case "bounces":
            return say(
                "{rate} of the e-mails of the last 7 days bounced: {n}.",
                rate=format.percent(told["bounced"] / told["sent"]),
                n=format.of_base(told["bounced"], told["sent"]),
            )
        case "fall":
            return say(
                "“{campaign}” got {n} replies in {days} days; at this age and volume it used to get {expected}.",
                campaign=reason.subject,
                n=format.integer(told["replied"]),
                days=format.integer(told["days"]),
                expected=format.integer(round(told["expected"])),
            )
        case _ if told["ever"]:
            return say("Its client last opened a link on {day}.", day=format.dated(reason.since.date()))
        case _:
            return say(
                "Its client has never opened a link; there has been one since {day}.",
                day=format.dated(reason.since.date()),
            )
