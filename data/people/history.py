"""All that ever happened to one person, and what a customer's e-mails are made of: pure functions over it.

A person has tens of events, seldom hundreds; they are read at once and arranged in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from data.answers.relations import files_of
from data.engines.duckdb import cursor, sql
from data.lake.lake import Lake
from data.marts.counting import DEFAULT
from data.marts.timing import bursts, timing_reason
from data.people.mentions import open_events, open_sends
from data.scope import Scope

#: Events of one person that are read at most, the newest; a page says when there are more.
MOST: Final = 5_000
#: Characters of a reply that come with its event; data/people/reply.py has the rest.
SHOWN: Final = 20_000
#: Categories shown in blue, what a customer signs or pays by; all others, of campaigns and work orders, are grey.
BLUE: Final = frozenset({"e_signature", "card_payment"})
_FAILED: Final = frozenset({"bounced", "failed"})


@dataclass(frozen=True, slots=True)
class Happened:
    """One event. `at` is aware UTC."""

    event_id: str
    event: str
    channel: str
    at: datetime
    message_id: str | None
    campaign: str | None
    step: str | None
    lead: str | None
    user: str | None
    sender: str | None
    subject: str | None
    url: str | None
    category: str | None
    reply_text: str | None
    reply_category: str | None
    bounce_kind: str | None
    server_response: str | None
    #: Whether a machine did it, and why that is thought: by itself or by its timing, under the workspace's rules.
    machine: bool
    machine_reason: str | None
    sentiment: str | None
    #: The source vouches for a person, or the workspace wants no rule about timing.
    person: bool = False
    #: Characters of the whole reply, of which `reply_text` has the first ones.
    reply_length: int = 0


@dataclass(slots=True)
class Email:
    """One e-mail to or from a person.

    `opened_at`: the first time a person opened it. `failed`: it was not delivered; `server_response`: the mail
    server's own words, where there are any. `delivered_at`: as reported, which not every server does.
    """

    id: str
    received: bool
    at: datetime
    campaign: str | None
    step: str | None
    subject: str | None
    category: str
    user: str | None
    sender: str | None
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    opens: int = 0
    clicks: int = 0
    replied_at: datetime | None = None
    failed: bool = False
    bounce_kind: str | None = None
    server_response: str | None = None

    @property
    def blue(self) -> bool:
        """Whether a customer signed or paid by it."""
        return self.category in BLUE


@dataclass(frozen=True, slots=True)
class Click:
    """A link a person clicked. `safe`: it may be opened (http and https only)."""

    at: datetime
    url: str
    message_id: str | None
    campaign: str | None
    subject: str | None

    @property
    def safe(self) -> bool:
        """Whether the address may be opened."""
        return is_web_address(self.url)


@dataclass(frozen=True)
class History:
    """A person's events, newest first. `cut`: there are more than MOST."""

    events: Sequence[Happened] = ()
    cut: bool = False

    def emails(self) -> list[Email]:
        """Every e-mail to or from them, newest first."""
        return emails_of(self.events)

    def campaign_emails(self) -> list[Email]:
        """Those a campaign sent."""
        return [one for one in self.emails() if not one.received and one.category == "marketing"]

    def clicks(self) -> list[Click]:
        """Every link they clicked in an e-mail, newest first; what a machine fetched is left out."""
        of = {one.id: one for one in self.emails()}
        found = []
        for event in self.events:
            if event.event != "clicked" or event.machine or not event.url:
                continue
            mail = of.get(event.message_id or "")
            found.append(
                Click(
                    event.at,
                    event.url,
                    event.message_id,
                    (mail.campaign if mail else None) or event.campaign,
                    mail.subject if mail else event.subject,
                )
            )
        return found


def history_of(lake: Lake, scope: Scope, workspace_id: int, leads: Sequence[str]) -> History:
    """Everything that happened to the person with these lead ids, within the scope. Raises NotInScope.

    Of a scope with a user or campaigns: only what belongs to messages of theirs.
    """
    scope.require(workspace_id)
    files = files_of(lake, workspace_id, datetime.now(UTC))
    if not files.segments or not leads:
        return History()
    with closing(cursor(lake.root, threads=1)) as connection:
        open_events(connection, lake, workspace_id, files)
        counting = files.rules.get(workspace_id, DEFAULT)
        leads = [*leads, *(counting.folded(lead) for lead in leads)]
        messages: list[str] = []
        if open_sends(connection, lake, workspace_id):
            messages = [
                row[0]
                for row in connection.execute(
                    "SELECT message_id FROM sends WHERE lead IN (SELECT unnest($leads::VARCHAR[]))",
                    {"leads": list(leads)},
                ).fetchall()
            ]
        rows = connection.execute(
            sql("people", "events"),
            {"leads": list(leads), "messages": messages, "most": MOST + 1, "shown": SHOWN},
        ).fetchall()
    events = by_timing([_happened(row) for row in rows[:MOST]])
    return History(_within(events, scope), len(rows) > MOST)


def _happened(row: Sequence[Any]) -> Happened:
    event_id, event, channel, at, *rest = row
    return Happened(event_id, event, channel, at.replace(tzinfo=UTC), *rest)


def by_timing(events: Sequence[Happened]) -> list[Happened]:
    """The same events, those flagged that are a machine's because of when they came (data/marts/timing.py)."""
    sent_at: dict[str, datetime] = {}
    delivered_at: dict[str, datetime] = {}
    clicks: dict[str, list[tuple[datetime, str | None]]] = {}
    for event in events:
        if event.message_id is None or event.channel != "email":
            continue
        for name, first in (("sent", sent_at), ("delivered", delivered_at)):
            if event.event == name:
                first[event.message_id] = min(event.at, first.get(event.message_id, event.at))
        if event.event == "clicked":
            clicks.setdefault(event.message_id, []).append((event.at, event.url))
    burst = {message: bursts(found) for message, found in clicks.items() if len(found) > 1}
    found = []
    for event in events:
        message = event.message_id or ""
        if (
            event.event in ("opened", "clicked")
            and event.channel == "email"
            and not event.machine
            and not event.person
        ):
            why = timing_reason(
                event.event, event.at, sent_at.get(message), delivered_at.get(message), burst.get(message, ())
            )
            event = event if why is None else replace(event, machine=True, machine_reason=why)
        found.append(event)
    return found


def _within(events: Sequence[Happened], scope: Scope) -> list[Happened]:
    """What the scope may see: an event goes with the message it belongs to, else by its own user and campaign."""
    if scope.user is None and scope.campaigns is None:
        return list(events)
    user_of = {e.message_id: e.user for e in events if e.message_id and e.user}
    campaign_of = {e.message_id: e.campaign for e in events if e.message_id and e.campaign}

    def theirs(event: Happened) -> bool:
        user = event.user or user_of.get(event.message_id or "")
        campaign = event.campaign or campaign_of.get(event.message_id or "")
        if scope.user is not None and user != scope.user:
            return False
        return scope.campaigns is None or campaign in scope.campaigns

    return [event for event in events if theirs(event)]


def emails_of(events: Sequence[Happened]) -> list[Email]:
    """The e-mails in these events, newest first: each `sent` one once, and each that came in."""
    found: dict[str, Email] = {}
    for event in sorted(events, key=lambda one: (one.at, one.event_id)):
        if event.channel != "email":
            continue
        if event.event == "received":
            found[f"~{event.event_id}"] = _email(event, received=True)
            continue
        if event.message_id is None:
            continue
        mail = found.get(event.message_id)
        if mail is None:
            mail = found[event.message_id] = _email(event, received=False)
        _note(mail, event)
    return sorted(found.values(), key=lambda one: (one.at, one.id), reverse=True)


def _email(event: Happened, *, received: bool) -> Email:
    return Email(
        id=f"~{event.event_id}" if received else event.message_id or "",
        received=received,
        at=event.at,
        campaign=event.campaign,
        step=event.step,
        subject=event.subject,
        category=event.category or ("individual" if received else "marketing"),
        user=event.user,
        sender=event.sender,
    )


def _note(mail: Email, event: Happened) -> None:
    """Add what one event says of its e-mail."""
    if event.event == "sent":
        mail.at, mail.subject = event.at, event.subject or mail.subject
        mail.category = event.category or mail.category
        mail.campaign, mail.step = event.campaign or mail.campaign, event.step or mail.step
        mail.user, mail.sender = event.user or mail.user, event.sender or mail.sender
    elif event.event == "delivered":
        mail.delivered_at = mail.delivered_at or event.at
    elif event.event == "opened" and not event.machine:
        mail.opened_at = mail.opened_at or event.at
        mail.opens += 1
    elif event.event == "clicked" and not event.machine:
        mail.clicks += 1
    elif event.event == "replied" and event.sentiment is not None:
        mail.replied_at = mail.replied_at or event.at
    elif event.event in _FAILED:
        mail.failed = True
        mail.bounce_kind = event.bounce_kind or mail.bounce_kind
    if event.server_response:
        mail.server_response = event.server_response


def is_web_address(url: str) -> bool:
    """Whether a link leads to a web page: http or https with a host, nothing that runs or hides something."""
    if len(url) > 2_000 or not url.isprintable() or url != url.strip():
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
