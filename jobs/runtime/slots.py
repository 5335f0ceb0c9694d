"""When a job is due. A run belongs to a slot (a period in UTC, or a business date), not to a moment.

The slots that should exist are computed from the calendar. Comparing them with the ledger shows what was missed,
and no change of clock creates one twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400


@dataclass(frozen=True)
class Every:
    """A period in seconds that divides a day. After an outage the latest `catch_up` slots are caught up."""

    seconds: int
    catch_up: int = 1

    def __post_init__(self) -> None:
        if self.seconds < 1 or _DAY_S % self.seconds or self.catch_up < 1:
            raise ValueError("a period must divide a day into whole seconds")

    @property
    def newest_counts(self) -> bool:
        """Whether a later run does what an earlier one left undone."""
        return self.catch_up == 1

    @property
    def cron(self) -> dict[str, str]:
        """The fields of the UTC cron trigger."""
        if self.seconds < 60:
            return {"second": f"*/{self.seconds}"}
        if self.seconds < 3_600:
            return {"minute": f"*/{self.seconds // 60}", "second": "0"}
        return {"hour": f"*/{self.seconds // 3_600}", "minute": "0", "second": "0"}

    def due(self, steady: datetime, newest: str | None) -> Sequence[str]:
        """The slots that should be in the ledger by `steady` and come after `newest`, oldest first."""
        index = int((steady - _EPOCH).total_seconds() // self.seconds)
        last = index - self.catch_up
        if newest is None:
            last = index - 1
        else:
            seconds = (period_start(newest) - _EPOCH).total_seconds()
            last = max(last, int(seconds // self.seconds))
        return [self._name(n) for n in range(last + 1, index + 1)]

    def _name(self, index: int) -> str:
        return (_EPOCH + timedelta(seconds=index * self.seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Daily:
    """Once per business date, when that date's clock first shows `hour`; missed dates are caught up.

    The date is the workspace's own, or UTC's. A date that a zone skips has no slot. Dates beyond tomorrow come
    from a clock that was ahead and say nothing about what is due.
    """

    hour: int = 0
    catch_up: int = 7

    @property
    def newest_counts(self) -> bool:
        """Never: each date has its own run."""
        return False

    @property
    def cron(self) -> dict[str, str]:
        """Every quarter of an hour, because zone offsets are multiples of that."""
        return {"minute": "*/15", "second": "0"}

    def due(self, wall: datetime, zone: tzinfo, newest: str | None) -> Sequence[str]:
        """The dates that should be in the ledger at `wall` and come after `newest`, oldest first."""
        local = wall.astimezone(zone)
        today = local.date() if self._begun(local.date(), zone, wall) else local.date() - timedelta(days=1)
        first = today - timedelta(days=self.catch_up - 1)
        if newest is None or date.fromisoformat(newest) > local.date() + timedelta(days=1):
            first = today
        else:
            first = max(first, date.fromisoformat(newest) + timedelta(days=1))
        dates = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        return [day.isoformat() for day in dates if _exists(day, zone)]

    def believed_until(self, wall: datetime) -> str:
        """The last slot that a correct clock can have produced by now, in any zone: some are a day ahead of UTC."""
        return (wall.astimezone(UTC).date() + timedelta(days=2)).isoformat()

    def _begun(self, day: date, zone: tzinfo, wall: datetime) -> bool:
        """Whether the date's clock has reached the hour. Compared in UTC, because local times repeat and skip
        hours.
        """
        return wall >= datetime.combine(day, time(self.hour), zone).astimezone(UTC)


def period_start(slot: str) -> datetime:
    """When the period of an `Every` slot begins."""
    return datetime.strptime(slot, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _exists(day: date, zone: tzinfo) -> bool:
    """False for a date the zone skipped, as Samoa did with 30 December 2011."""
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    return noon.astimezone(zone).date() == day
