"""One page of the rows behind a figure, and where the next one begins."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from data.cubes.workspace_state import HeldBack
from data.errors import BadQuery

#: The rows counted ("n"), all they are a share of ("base"); of a forecast, what has to wait ("held").
Part = Literal["n", "base", "held"]
#: Why a unit that started here is not in the base: it bounced, or was sent without that tracking. Or why it is and
#: does not count: only machines opened or clicked it.
LeftOut = Literal["bounced", "untracked", "machine"]
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (naive UTC, as the marts' stamps are)


@dataclass(frozen=True, slots=True)
class Row:
    """An e-mail, a journey (`messages` of one lead in one campaign) or an event. Times are the workspace's own.

    `lead` is None where nobody is named. `at`: when that happened which is counted. `counted`: part of n.
    `machine`: why what happened to an e-mail does not count, where only machines did it.
    """

    lead: str | None
    campaign: str
    step: str | None
    variation: str | None
    user: str | None
    sender: str | None
    sent_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    replied_at: datetime | None
    bounced_at: datetime | None
    unsubscribed_at: datetime | None
    at: datetime | None
    sentiment: str | None
    category: str | None
    url: str | None
    messages: int
    counted: bool
    machine: str | None = None


@dataclass(frozen=True, slots=True)
class UpcomingEmail:
    """An e-mail still to go out: its `step`, the mailbox it leaves from (None: whichever has room), and `why`
    (an origin of data/answers/due_emails.sql). Days are the workspace's own.

    `due_on` None: as soon as can be. `goes_on` None: after the days told. `held`: what it waits for in between, in
    this order (`Sending.holds` of data/answers/future.py; "late": it should have been out already).
    """

    lead: str
    campaign: str
    step: str | None
    sender: str | None
    user: str | None
    why: str
    due_on: date | None
    goes_on: date | None
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrilldownPage:
    """`n` rows are counted, of `base` (None: nothing is divided); `rows` is a page of one of the parts.

    `unit`: what a row is. `after`: give it back for the next page; None on the last one. `held`: how many wait,
    of a forecast. `left_out`: what the figure leaves out, where that is anything. `held_back`: why these are
    not all rows there are, as in the answer itself.
    """

    n: int
    base: int | None
    part: Part
    unit: Literal["e-mails", "leads", "events", "people", "actions"]
    rows: Sequence[Row | UpcomingEmail]
    after: str | None
    held: int | None = None
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    held_back: HeldBack | None = None

    @property
    def total(self) -> int:
        """How many rows there are in all pages."""
        if self.part == "held" and self.held is not None:
            return self.held
        return self.n if self.part == "n" or self.base is None else self.base


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ends: rows are ordered by their time, newest first, then by their key."""

    at: datetime
    key: str

    def __str__(self) -> str:
        return json.dumps([(self.at - _EPOCH) // timedelta(microseconds=1), self.key], ensure_ascii=False)


def mark_of(text: str | None) -> Mark | None:
    """What `str` of a mark gave. It only says where to go on, within what the asker may see anyway."""
    if text is None:
        return None
    try:
        micros, key = json.loads(text)
        if type(micros) is not int or type(key) is not str:
            raise ValueError(text)
        return Mark(_EPOCH + timedelta(microseconds=micros), key)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadQuery("There is no such page of rows.") from error


def naive(moment: datetime) -> datetime:
    """An aware moment as the marts store it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def row_of(found: dict[str, Any]) -> Row:
    """A row as the SQL of this package names its columns."""
    values: dict[str, Any] = {name: found.get(name) for name in Row.__dataclass_fields__}
    return Row(**values)
