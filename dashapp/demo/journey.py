"""One lead's way through one campaign of the demo, as canonical events (docs/events.md).

Everything is drawn from the `Random` it is given, in a fixed order that does not depend on which stretch of
time is asked for; so any cut of the stream at any moment gives the same events with the same ids.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import log
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from dashapp.demo import texts
from dashapp.demo.plan import Campaign, Client, Mailbox, Step

DAY = 86_400
HOUR = 3_600
#: No event comes later than this after the day its journey began.
HORIZON_DAYS = 50
_REACTION_LIMIT = 20 * DAY
#: How Monday to Sunday take an e-mail, against the mean.
_MOOD = (0.90, 1.08, 1.06, 1.00, 0.80, 0.75, 0.75)
_FOLLOW_UP = (1.0, 0.86, 0.74, 0.66)
_RECIPIENT = {"gmail": 1.10, "outlook": 0.92, "other": 0.97}
_SENDER = {"gmail": 1.05, "outlook": 0.97, "custom": 0.84}
_APPLE_SHARE = 0.16

Emit = Callable[[float, dict[str, Any]], None]


@lru_cache(maxsize=20_000)
def midnight(zone: str, day: date) -> float:
    """Epoch seconds of local midnight, by the offset at noon: clocks only change in the night."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return noon.timestamp() - 12 * HOUR


@lru_cache(maxsize=20_000)
def working_day(day: date) -> date:
    """`day`, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def person(number: int) -> tuple[str, str, str, str]:
    """(first name, company, address, mail provider) of a lead: the same number is the same person."""
    mixed = (number * 2_654_435_761 + 97) & 0xFFFFFFFFFF
    first = texts.FIRST[mixed % len(texts.FIRST)]
    mixed //= len(texts.FIRST)
    last = texts.LAST[mixed % len(texts.LAST)]
    mixed //= len(texts.LAST)
    head = texts.COMPANY_HEAD[mixed % len(texts.COMPANY_HEAD)]
    mixed //= len(texts.COMPANY_HEAD)
    tail = texts.COMPANY_TAIL[mixed % len(texts.COMPANY_TAIL)]
    host = (len(head) * 7 + len(tail) * 3 + ord(head[0])) % 20
    provider = "gmail" if host < 9 else "outlook" if host < 17 else "other"
    company = f"{head.title()} {tail.title()}"
    return first, company, f"{first}.{last}@{head}{tail}.example".lower(), provider


def pick(rng: Random, weighted: tuple[tuple[str, float], ...]) -> str:
    """One name by weight; the weights add up to 1."""
    draw = rng.random()
    for name, weight in weighted:
        draw -= weight
        if draw < 0:
            return name
    return weighted[-1][0]


class Journey:
    """The state of one lead in one campaign while its events are written down."""

    def __init__(
        self, rng: Random, client: Client, campaign: Campaign, number: int, box: Mailbox, emit: Emit
    ) -> None:
        self.rng, self.client, self.campaign, self.emit_at, self.box = rng, client, campaign, emit, box
        self.first, self.company, self.lead, self.provider = person(number)
        self.name = f"{campaign.key}-{number}"
        self.warmth = 0.35 + 1.3 * rng.random()
        self.apple = rng.random() < _APPLE_SHARE
        self.stopped_at: float | None = None
        self.sent_weekday = 0

    def run(self, day: date) -> None:
        """Send step after step on working days, until the lead answers, leaves or bounces."""
        due = day
        for number, step in enumerate(self.campaign.steps, start=1):
            if number > 1:
                due = working_day(due + timedelta(days=step.wait_days))
            start = midnight(self.client.timezone, due)
            hours = self.rng.betavariate(1.6, 2.6) * 9.0
            sent = start + (8.25 + hours) * HOUR + self.rng.random() * 60
            if self.stopped_at is not None and self.stopped_at <= sent:
                return
            self._message(number, step, due, start, sent)

    def _emit(self, at: float, event: str, message: str, mark: str, **more: Any) -> None:
        record = {
            "event_id": f"{message}/{mark}",
            "event": event,
            "message_id": message,
            "campaign": self.campaign.name,
            "lead": self.lead,
        }
        record.update(more)
        self.emit_at(at, record)

    def _stop(self, at: float) -> None:
        self.stopped_at = at if self.stopped_at is None else min(at, self.stopped_at)

    def _message(self, number: int, step: Step, due: date, start: float, sent: float) -> None:
        rng = self.rng
        self.sent_weekday = due.weekday()
        message = f"{self.name}-{number}@{self.client.key}"
        more: dict[str, Any] = {} if self.campaign.tracked else {"track_opens": False, "track_clicks": False}
        self._emit(
            sent, "sent", message, "sent",
            channel="email", step=str(number), variation="B" if number == 1 and len(self.lead) % 2 else "A",
            user=self.box.user, sender=self.box.address, sender_provider=self.box.provider,
            recipient_provider=self.provider,
            subject=step.subject.format(first=self.first, company=self.company), **more,
        )  # fmt: skip
        if rng.random() < (0.026 if number == 1 else 0.004):
            self._bounce(message, sent)
            return
        if rng.random() < self.client.delivery_reports:
            self._emit(sent + 1 + rng.random() * 18, "delivered", message, "delivered")
        mood = self.warmth * _FOLLOW_UP[number - 1] * _MOOD[self.sent_weekday]
        mood *= _RECIPIENT[self.provider] * _SENDER[self.box.provider]
        if self.campaign.tracked:
            self._machines(message, sent)
            self._reads(message, sent, start, mood)
        self._answers(message, number, sent, start, mood)

    def _bounce(self, message: str, sent: float) -> None:
        draw = self.rng.random()
        kind, response, _ = texts.BOUNCES[0]
        for candidate, text, weight in texts.BOUNCES:
            kind, response = candidate, text
            draw -= weight
            if draw < 0:
                break
        at = sent + 2 + self.rng.random() * (40 if kind != "soft" else 70 * HOUR)
        told = response.format(lead=self.lead)
        self._emit(at, "bounced", message, "bounced", bounce_kind=kind, server_response=told)
        self._stop(at)

    def _machines(self, message: str, sent: float) -> None:
        """Opens and clicks nobody made: Apple's and Google's image fetchers, a security gateway."""
        rng = self.rng
        draw, wait = rng.random(), rng.random()
        if self.apple:
            agent, at = texts.APPLE_PRIVACY, sent + 3 + wait * 900
        elif self.provider == "gmail" and draw < 0.17:
            agent, at = texts.GOOGLE_PROXY, sent + 1 + wait * 6
        elif self.provider == "outlook" and draw < 0.05:
            agent, at = texts.SCANNER, sent + 1 + wait * 4
            self._emit(
                at + 1,
                "clicked",
                message,
                "scan",
                url=self.campaign.url,
                user_agent=agent,
                machine=True,
                ip="192.0.2.17",
            )
        else:
            return
        self._emit(
            at, "opened", message, "fetch", user_agent=agent, machine=True, ip=f"192.0.2.{int(wait * 200)}"
        )

    def _reads(self, message: str, sent: float, start: float, mood: float) -> None:
        rng = self.rng
        if rng.random() >= self.campaign.opens * mood * 0.98:
            return
        at = self._awake(sent + self._delay(2.2 * HOUR), start)
        agent = texts.BROWSERS[int(rng.random() * len(texts.BROWSERS))]
        address = f"198.51.100.{int(rng.random() * 250)}"
        for repeat in range(5):
            if at - sent > _REACTION_LIMIT:
                return
            self._emit(at, "opened", message, f"open{repeat}", user_agent=agent, ip=address)
            if rng.random() < self.campaign.clicks / self.campaign.opens:
                after = at + 4 + rng.random() * 110
                self._emit(
                    after,
                    "clicked",
                    message,
                    f"click{repeat}",
                    url=self.campaign.url,
                    user_agent=agent,
                    ip=address,
                )
            if rng.random() > 0.38:
                return
            at = self._awake(at + 90 + self._delay((repeat + 1) * 14 * HOUR), start)

    def _answers(self, message: str, number: int, sent: float, start: float, mood: float) -> None:
        rng, language = self.rng, self.campaign.language
        draw = rng.random()
        if draw < 0.034 and number == 1:
            back = f"{1 + int(rng.random() * 28)}.{1 + int(rng.random() * 12)}."
            self._automatic(message, sent + 2 + rng.random() * 50, back)
            return
        if 0.50 < draw < 0.5055:
            at = self._awake(sent + self._delay(9 * HOUR), start)
            known = message if rng.random() < 0.8 else None
            self._emit(at, "unsubscribed", message, "leave", message_id=known)
            self._stop(at)
            return
        if 0.60 < draw < 0.6004:
            at = self._awake(sent + self._delay(3 * HOUR), start)
            self._emit(at, "complained", message, "spam")
            self._stop(at)
            return
        if rng.random() >= self.campaign.replies * mood:
            return
        happy = rng.random() < self.campaign.positive * (1.12 if number == 1 else 0.9)
        category = pick(rng, texts.POSITIVE if happy else texts.OTHER)
        choices = texts.REPLIES[language][category]
        text = choices[int(rng.random() * len(choices))]
        at = self._awake(sent + self._delay(5 * HOUR), start)
        more: dict[str, Any] = {"reply_text": text, "reply_category": category}
        if language == "en" and category in {"unsubscribe", "not_interested"} and rng.random() < 0.5:
            del more["reply_category"]  # the rules have to find these (docs/numbers.md)
        if rng.random() < 0.08:
            more["message_id"] = None  # written as a new e-mail: belongs to the lead's last message
        self._emit(at, "replied", message, "reply", **more)
        self._stop(at)

    def _automatic(self, message: str, at: float, back: str) -> None:
        rng, language = self.rng, self.campaign.language
        away = rng.random() < 0.8
        choices = texts.OUT_OF_OFFICE[language] if away else texts.AUTO_REPLY[language]
        text = choices[int(rng.random() * len(choices))].format(
            day=back, number=10_000 + int(rng.random() * 9_999)
        )
        if rng.random() < 0.5:
            self._emit(at, "auto_replied", message, "auto", reply_text=text)
            return
        category = "out_of_office" if away else "auto_reply"
        self._emit(at, "replied", message, "auto", reply_text=text, reply_category=category)

    def _delay(self, median: float) -> float:
        """Seconds until somebody reacts: most soon, a long tail that never ends suddenly."""
        uniform = min(max(self.rng.random(), 0.002), 0.985)
        odds: float = (uniform / (1 - uniform)) ** 0.9
        return median * odds - 20 * log(1 - uniform)

    def _awake(self, at: float, start: float) -> float:
        """Move a reaction out of the night, and most of them out of the weekend, in local time."""
        second = (at - start) % DAY
        if second < 6.5 * HOUR:
            at += 6.8 * HOUR - second + self.rng.random() * 3 * HOUR
        elif second > 22.5 * HOUR:
            at += DAY + 6.8 * HOUR - second + self.rng.random() * 2 * HOUR
        weekday = (int((at - start) // DAY) + self.sent_weekday) % 7
        if weekday > 4 and self.rng.random() < 0.7:
            at += (7 - weekday) * DAY
        return at
