"""An independent forecast (docs/numbers.md, "Future e-mails"): each e-mail placed day by day, as by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

DAYS = 7


@dataclass
class Mailbox:
    """`days`: ISO weekdays on which it sends. `end`: local HH:MM of its window, or None."""

    sender: str
    limit: int
    days: set[int]
    end: str | None


@dataclass(order=True)
class Mail:
    """One e-mail that is due. `moment`: the local time, where it was told. `sender`: whose mailbox, "" for any."""

    due: date
    lead: str
    origin: str = field(compare=False)
    sender: str = field(default="", compare=False)
    moment: datetime | None = field(default=None, compare=False)
    unspecified: bool = field(default=False, compare=False)
    gone: date | None = field(default=None, compare=False)


def forecast(now: datetime, mails: list[Mail], boxes: list[Mailbox]) -> dict[str, Any]:
    """{days: [(day, n, held back)], total, origins} of the seven days after the local moment `now`."""
    today = now.date()
    last_window = max((box.end or "99:99") for box in boxes)

    def earliest(mail: Mail) -> date:
        shut = mail.moment is not None and f"{mail.moment:%H:%M}" >= last_window
        return max(today, mail.due + timedelta(days=int(shut)))

    line = sorted(mails, key=lambda mail: (earliest(mail), mail.unspecified, mail.due, mail.lead))
    days = []
    for number in range(DAYS + 1):
        day = today + timedelta(days=number)
        room = {}
        for box in boxes:
            sends = day.isoweekday() in box.days
            if day == today:
                sends = sends and f"{now:%H:%M}" < (box.end or "99:99")
            room[box.sender] = box.limit if sends else 0
        for mail in line:
            if mail.gone is None and earliest(mail) <= day and room.get(mail.sender, 0) > 0:
                mail.gone = day
                room[mail.sender] -= 1
        for mail in line:
            free = next((sender for sender, places in room.items() if places > 0), None)
            if mail.gone is None and earliest(mail) <= day and mail.sender not in room and free is not None:
                mail.gone = day
                room[free] -= 1
        if number:
            held = sum(1 for mail in mails if mail.due <= day and (mail.gone is None or mail.gone > day))
            days.append((day.isoformat(), sum(1 for mail in mails if mail.gone == day), held))
    out = [mail for mail in mails if mail.gone is not None and mail.gone > today]
    origins = {origin: sum(1 for mail in out if mail.origin == origin) for origin in {m.origin for m in out}}
    return {"days": days, "total": len(out), "origins": origins}
