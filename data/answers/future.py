"""What will go out: the e-mails due in the next 7 days, and what the mailboxes' limits hold back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import Engine, select

from data.answers.due import DAYS, NEVER, Due, Number, due_of
from data.answers.facts import Facts
from data.engines.duckdb import sql
from data.lake.manifest import read_only
from data.marts.zones import zone
from data.plans.tables import changed, forecast
from data.question import Query
from data.upsert import insert_for

#: More than any day holds; a mailbox without a limit may send that many.
_NO_LIMIT: Final = 1 << 60
_LEAVES: Final = pa.schema([("day", pa.date32()), ("at", pa.timestamp("us")), ("due_day", pa.date32())])
_SLOTS: Final = pa.schema(
    [("queue", pa.string()), ("day", pa.date32()), ("first", pa.int64()), ("last", pa.int64())]
)
#: The queue of e-mails whose mailbox is not known: they take what the others leave free.
ANY: Final = ""


def future_emails(facts: Facts, query: Query) -> dict[str, Any]:
    """The next e-mail of every lead under way, by the local day it will go out, for 7 days from tomorrow.

    Leads waiting in triggers and not yet started count on the day the source tells, tomorrow where it tells none;
    follow-ups on the day their wait ends; leads out of office (`paused_until`) on their resume date. Only the next
    e-mail of a lead is counted: an answer to it may end the sequence. What a mailbox may not send (daily limit,
    sending days, window) moves to its next day with room; `held_back` is what is due by the end of a day and had
    to wait, `reasons` the same by what it waited for. `origins` are of what goes out: they add up to the total.
    Without mailboxes nothing is capped. What is due today goes out today as far as the limits allow.
    A narrowed question shares the limits among what it shows only. `missing` names the reference data not known;
    without journeys and steps there is no forecast: total null, no days.
    """
    ahead = look_ahead(facts, query)
    missing = list(ahead.due.missing)
    found: dict[str, Any] = {"total": None, "days": [], "origins": {}, "missing": missing, "past": []}
    if not ahead.days:
        return found
    days: list[dict[str, Any]] = [
        {
            "day": one.day.isoformat(),
            "n": sum(one.out.values()),
            "held_back": sum(one.waits.values()),
            "reasons": one.reasons,
        }
        for one in ahead.days[1:]
    ]
    found |= {"total": sum(day["n"] for day in days), "days": days, "origins": _origins(facts, ahead)}
    if (
        facts.scope.user is None
        and facts.scope.campaigns is None
        and query.user is None
        and query.campaign is None
    ):
        found["past"] = _past(facts, ahead.due.sent)
    return found


@dataclass(frozen=True)
class Sending:
    """One day of the forecast, by queue: what is due by its end, what goes out, what waits, and what it waits for.

    A queue is a mailbox's address, `ANY` for e-mails whose mailbox is not known. `holds`: "limit 40", "day" (no
    sending day), "window" (closed for today), "room" (no mailbox has room). `shut`: of what waits, what is due
    after the window of its day.
    """

    day: date
    due: Counter[str]
    out: Counter[str]
    waits: Counter[str]
    holds: Mapping[str, str]
    shut: Counter[str]

    @property
    def reasons(self) -> dict[str, int]:
        """How much waits at the end of the day, by "limit", "day", "window" and "room"."""
        found = Counter({"window": self.shut.total()})
        for queue, n in (self.waits - self.shut).items():
            found[self.holds[queue].split()[0]] += n
        return {reason: n for reason, n in sorted(found.items()) if n}


@dataclass(frozen=True)
class Forecast:
    """Today and the days told after it; none where nothing is known. `due`: each e-mail.

    `leaves`: (the day it is due, the moment where that counts) → the first day it may leave on.
    """

    due: Due
    days: list[Sending]
    leaves: Mapping[tuple[date, datetime | None], date]


def look_ahead(facts: Facts, query: Query) -> Forecast:
    """What is due and what of it goes out on which day."""
    due = due_of(facts, query)
    if due.mails is None:
        return Forecast(due, [], {})
    boxes = _mailboxes(facts, due)
    leaves = {(one.day, one.at): _leaves_on(one, facts, boxes) for one in due.numbers}
    by_day: dict[date, Counter[str]] = {}
    shut: dict[date, Counter[str]] = {}
    for one in due.numbers:
        day = leaves[one.day, one.at]
        by_day.setdefault(day, Counter())[one.queue] += one.n
        if one.past_window:
            shut.setdefault(one.day - timedelta(days=1), Counter())[one.queue] += one.n
    return Forecast(due, _placed(by_day, shut, boxes, facts.today), leaves)


def _origins(facts: Facts, ahead: Forecast) -> dict[str, int]:
    """Why what goes out goes out. Where nothing waits that is all that is due; else the queues are walked."""
    today, *days = ahead.days
    if not any((one.waits - one.shut).total() for one in ahead.days):
        due: Counter[str] = Counter()
        for one in ahead.due.numbers:
            if today.day < ahead.leaves[one.day, one.at] <= days[-1].day:
                due[one.origin] += one.n
        return dict(sorted(due.items()))
    walk(facts, ahead)
    counted = facts.bare.execute(
        "SELECT origin, count(*) FROM coming WHERE goes_on BETWEEN ? AND ? GROUP BY origin ORDER BY origin",
        [days[0].day, days[-1].day],
    )
    return dict(counted.fetchall())


def walk(facts: Facts, ahead: Forecast) -> None:
    """Temp table `coming`: every e-mail due, with the day it leaves on."""
    slots = []
    for queue in sorted({queue for day in ahead.days for queue in day.due}):
        sent = 0
        for one in ahead.days:
            slots.append({"queue": queue, "day": one.day, "first": sent, "last": sent + one.out[queue]})
            sent += one.out[queue]
    leaves = [{"day": day, "at": at, "due_day": due_day} for (day, at), due_day in ahead.leaves.items()]
    facts.bare.register("due_mails", ahead.due.mails)
    facts.bare.register("due_days", pa.Table.from_pylist(leaves, _LEAVES))
    facts.bare.register("coming_slots", pa.Table.from_pylist(slots, _SLOTS))
    facts.bare.execute(f"CREATE OR REPLACE TEMP TABLE coming AS {sql('answers', 'coming')}")


def _local_now(facts: Facts) -> datetime:
    return facts.as_of.astimezone(zone(facts.current.timezone))


def _leaves_on(one: Number, facts: Facts, boxes: Mapping[str, _Mailbox]) -> date:
    """The first day from today on. Without mailboxes nothing waits: what should be out by now goes out tomorrow."""
    today = facts.today
    if not boxes:
        overdue = one.at is not None and one.at <= _local_now(facts).replace(tzinfo=None)
        if one.day < today or (one.day == today and overdue):
            return today + timedelta(days=1)
    return max(one.day, today)


@dataclass
class _Mailbox:
    """What one address may still send today, and on any other day."""

    limit: int
    days: str
    left_today: int
    open_today: bool

    def room(self, day: date, today: date) -> int:
        if day == today:
            return self.left_today
        return self.limit if str(day.isoweekday()) in self.days else 0

    def holds(self, day: date, today: date) -> str:
        """Why not all of its queue goes out on a day."""
        if str(day.isoweekday()) not in self.days:
            return "day"
        return "window" if day == today and not self.open_today else f"limit {self.limit}"


def _mailboxes(facts: Facts, due: Due) -> dict[str, _Mailbox]:
    now = _local_now(facts)
    boxes = {}
    for sender, told, days, window_end in due.boxes:
        limit = _NO_LIMIT if told is None else told
        open_now = str(now.isoweekday()) in days and f"{now:%H:%M}" < (window_end or NEVER)
        left = max(0, limit - due.sent_today.get(sender, 0)) if open_now else 0
        boxes[sender] = _Mailbox(limit, days, left, open_now)
    return boxes


def _placed(
    due: dict[date, Counter[str]],
    shut: dict[date, Counter[str]],
    boxes: dict[str, _Mailbox],
    today: date,
) -> list[Sending]:
    """Day by day: what goes out, each from its own mailbox, those without one from whatever is free.

    `due`: by the day it may leave on. `shut`: of that what is due the day before, after the window.
    """
    waiting: Counter[str] = Counter()
    came: Counter[str] = Counter()
    days = []
    for number in range(DAYS + 1):
        day = today + timedelta(days=number)
        waiting.update(due.get(day, {}))
        came.update(due.get(day, {}))
        out: Counter[str] = Counter()
        spare = 0 if boxes else _NO_LIMIT
        for sender, box in sorted(boxes.items()):
            room = box.room(day, today)
            out[sender] = min(room, waiting[sender])
            spare += room - out[sender]
        out[ANY] = min(spare, waiting[ANY])
        waiting = waiting - out
        holds = {
            queue: boxes[queue].holds(day, today) if queue else _no_room(boxes, day, today)
            for queue in waiting
        }
        late = shut.get(day, Counter())
        days.append(Sending(day, came + late, out, waiting + late, holds, late))
    return days


def _no_room(boxes: Mapping[str, _Mailbox], day: date, today: date) -> str:
    """Why none of the mailboxes sends what may leave from any of them."""
    reasons = {box.holds(day, today) for box in boxes.values()}
    return reasons.pop() if reasons in ({"day"}, {"window"}) else "room"


def _past(facts: Facts, sent: Mapping[date, int]) -> list[dict[str, Any]]:
    """For each of the last 7 days that had a forecast: the last one made before it, and what went out."""
    first = facts.today - timedelta(days=DAYS)
    told = select(forecast.c.day, forecast.c.n).where(
        forecast.c.workspace_id == facts.current.workspace_id,
        forecast.c.day.between(first, facts.today - timedelta(days=1)),
        forecast.c.made_on < forecast.c.day,
        forecast.c.made_at <= facts.as_of,
    )
    with read_only(facts.lake.engine).begin() as database:
        made = {row.day: row.n for row in database.execute(told.order_by(forecast.c.made_on))}
    return [
        {"day": day.isoformat(), "forecast": n, "actual": sent.get(day, 0)} for day, n in sorted(made.items())
    ]


def keep_forecast(
    engine: Engine, workspace_id: int, made_on: date, made_at: datetime, answer: dict[str, Any]
) -> int:
    """Keep a forecast as made on a local day; one that is kept already stays. Gives the days newly kept."""
    rows = [
        {
            "workspace_id": workspace_id,
            "made_on": made_on,
            "day": date.fromisoformat(day["day"]),
            "n": day["n"],
            "held_back": day["held_back"],
            "made_at": made_at,
        }
        for day in answer["days"]
    ]
    if not rows:
        return 0
    statement = insert_for(engine, forecast)
    with engine.begin() as connection:
        kept = connection.execute(statement.on_conflict_do_nothing(), rows).rowcount
        if kept:
            changed(connection, workspace_id)
        return kept


ANSWERS: Final = {"future_emails": future_emails}
