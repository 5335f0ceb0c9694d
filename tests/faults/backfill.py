"""A backfill that comes out of order: what happened to leads over weeks, shuffled, cut into batches of any size."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]

#: Events that wait to be sent at any time: what is sent next is drawn from so many.
POOL = 400
SMALLEST, LARGEST = 10, 150
DAYS = 60


@dataclass
class Backfill:
    """One workspace's events. `told`: what was handed out so far; `rest`: what is still to come."""

    prefix: str
    until: datetime
    chance: random.Random
    told: list[Record] = field(default_factory=list)
    rest: list[Record] = field(default_factory=list)
    leads: int = 0

    def batch(self) -> list[Record]:
        """The next events to deliver, from more leads than are known so far."""
        while len(self.rest) < POOL:
            self._lead()
        return self._take(self.chance.randint(SMALLEST, LARGEST))

    def remaining(self) -> list[Record]:
        """What is left, and no more leads."""
        return self._take(len(self.rest))

    def _take(self, count: int) -> list[Record]:
        self.chance.shuffle(self.rest)
        taken, self.rest = self.rest[:count], self.rest[count:]
        self.told += taken
        return taken

    def _lead(self) -> None:
        """A lead who got one to three messages, and all that came of them."""
        self.leads += 1
        lead, drawn = f"{self.prefix}-{self.leads}@client.example", self.chance.random
        sent_at = self.until - timedelta(minutes=self.chance.randint(60, DAYS * 1_440))
        for number in range(self.chance.randint(1, 3)):
            message = f"{self.prefix}-{self.leads}-{number}"
            names = [
                "sent",
                *(["delivered"] if drawn() < 0.8 else []),
                *(["bounced"] if drawn() < 0.2 else []),
            ]
            names += ["opened"] * self.chance.choice((0, 0, 1, 2, 3)) + ["clicked"] * (drawn() < 0.2)
            names += ["replied"] * (drawn() < 0.2) + ["unsubscribed"] * (drawn() < 0.05)
            for place, name in enumerate(names):
                wait = timedelta(minutes=0 if name == "sent" else self.chance.randint(1, 5 * 1_440))
                self.rest.append(
                    {
                        "event": name,
                        "event_id": f"{message}-{place}",
                        "message_id": message,
                        "lead": lead,
                        "campaign": self.chance.choice(("Autumn menu", "Winter menu")),
                        "occurred_at": min(sent_at + wait, self.until).isoformat(),
                        **({"url": "https://client.example/offer"} if name == "clicked" else {}),
                    }
                )
            sent_at += timedelta(days=3)
            if sent_at > self.until:
                break
