"""The e-mails a forecast starts from: due in the next days, by queue, and what each mailbox may send.

All of it depends on the published version, the plans and the local day only, so it is cached until one of them
changes, separately for each scope and filter. What depends on the time of day is decided for each question
(future.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import pyarrow as pa

from data.answers.facts import Facts
from data.answers.relations import bounds
from data.answers.under_way import under_way
from data.cache import Kept, database
from data.engines.duckdb import DuckDBPyConnection, sql
from data.plans.cache import plans_of, stamp_of
from data.plans.tables import KINDS
from data.question import Query

#: Days a forecast tells, from tomorrow on, and days that are over which it is held against.
DAYS: Final = 7
#: Later than any time of day: no window is known.
NEVER: Final = "99:99"
#: Few words in many rows: their numbers are kept.
_FEW: Final = ("campaign", "step", "sender", "user", "origin", "queue")


class Box(NamedTuple):
    """A mailbox as the plan tells it. `limit` None: none is known; `days`: ISO weekdays; `end` of its window."""

    sender: str
    limit: int | None
    days: str
    end: str | None


class Number(NamedTuple):
    """How many e-mails of a queue are due on a day, and why. `at`: the local moment, told of today's only.

    `past_window`: they are due on the day before, when no mailbox sends any more.
    """

    queue: str
    origin: str
    day: date
    at: datetime | None
    past_window: bool
    n: int


@dataclass(frozen=True)
class Due:
    """`mails` (due_emails.sql) is None where nothing is planned. Shared by who asks: nobody may change it.

    `sent_today` by sender, of the scope; `sent` by day, of the days that are over and today, and of the scope.
    """

    missing: tuple[str, ...]
    mails: pa.Table | None
    numbers: tuple[Number, ...]
    boxes: tuple[Box, ...]
    sent_today: Mapping[str | None, int]
    sent: Mapping[date, int]

    @property
    def bytes(self) -> int:
        """What it takes in memory, about."""
        rows = len(self.numbers) + len(self.boxes) + len(self.sent_today) + len(self.sent)
        return 1_000 + 200 * rows + (0 if self.mails is None else self.mails.nbytes)


_kept: Kept[Due] = Kept("due")
forget = _kept.clear


def due_of(facts: Facts, query: Query) -> Due:
    """What is due for this scope and narrowing, kept from an earlier question or found now."""
    engine, workspace_id, today = facts.lake.engine, facts.current.workspace_id, facts.today
    key = (database(engine), workspace_id, facts.scope, query.campaign, query.user)
    if facts.version is None:
        return _due(facts, query, today)
    mark = (facts.version, stamp_of(engine, workspace_id), today)
    return _kept.get(key, lambda: _due(facts, query, today), mark)


def _due(facts: Facts, query: Query, today: date) -> Due:
    plans = plans_of(facts.lake.engine, facts.current.workspace_id)
    missing = tuple(kind for kind in KINDS if kind not in plans.known)
    if not plans.known & {"journeys", "steps"}:
        return Due(missing, None, (), (), {}, {})
    first = today - timedelta(days=DAYS)
    with under_way(facts, query, plans, today + timedelta(days=DAYS), bounds(first, today)[0]) as connection:
        boxes = tuple(Box(*row) for row in connection.execute(_BOXES).fetchall())
        mails = _mails(connection, today, boxes)
        numbers = tuple(
            Number(*row) for row in connection.execute(sql("answers", "future_emails")).fetchall()
        )
        return Due(missing, mails, numbers, boxes, *_sent(connection, first, today))


_BOXES: Final = "SELECT sender, daily_limit, sending_days, window_end FROM plan_mailboxes"


def _mails(connection: DuckDBPyConnection, today: date, boxes: tuple[Box, ...]) -> pa.Table:
    """Temp table `due_emails`, and the same to be kept."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE due_emails AS {sql('answers', 'due_emails')}",
        {
            "today": today,
            "tomorrow": today + timedelta(days=1),
            "last": today + timedelta(days=DAYS),
            "window_end": max((box.end or NEVER for box in boxes), default=NEVER),
            "boxes": sorted(box.sender for box in boxes),
        },
    )
    table = connection.execute("FROM due_emails").to_arrow_table()
    for name in _FEW:
        column = table.schema.get_field_index(name)
        table = table.set_column(column, name, table.column(name).combine_chunks().dictionary_encode())
    return table


def _sent(
    connection: DuckDBPyConnection, first: date, today: date
) -> tuple[dict[str | None, int], dict[date, int]]:
    """What went out: today by sender, and by day since the `first` that a forecast is held against."""
    since, until = bounds(first, today)
    by_sender: Counter[str | None] = Counter()
    by_day: Counter[date] = Counter()
    for day, sender, n in connection.execute(
        "SELECT local_time(t0)::date AS day, lower(sender), count(*) FROM own_mails "
        "WHERE t0 >= $since AND t0 < $until AND day BETWEEN $first AND $today GROUP BY ALL",
        {"first": first, "today": today, "since": since, "until": until},
    ).fetchall():
        by_day[day] += n
        if day == today:
            by_sender[sender] += n
    return dict(by_sender), dict(by_day)
