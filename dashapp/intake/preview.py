"""How files would be read: what was decided, the first events, what would be parked. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dashapp.intake.files import reference_in
from data.events.canonical import Parked, canonical_many
from data.sources.files import Reading, has_events, read

#: The fields of an event that a preview shows.
SHOWN: Final = ("event", "occurred_at", "message_id", "lead", "campaign")
FIRST_EVENTS: Final = 5
LISTED: Final = 20
#: Rows between two calls of `said`.
_EVERY: Final = 500


@dataclass
class Preview:
    """Rows read = readable + parked. `reference`: (kind, file name) of what is no file of events.

    `counts`: how many events of each kind there are; `first_at` and `last_at`: ISO 8601, "" without events.
    """

    read: int = 0
    readable: int = 0
    parked: int = 0
    notes: list[str] = field(default_factory=list)
    decided: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    first_events: list[dict[str, str | None]] = field(default_factory=list)
    parked_rows: list[dict[str, str]] = field(default_factory=list)
    reference: list[tuple[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    first_at: str = ""
    last_at: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON tells it."""
        return asdict(self)


def preview(
    paths: Sequence[Path],
    reading: Reading,
    file_format: str | None = None,
    *,
    said: Callable[[int], None] = lambda _: None,
) -> Preview:
    """Go through the files as `take_files` would. Raises NotThisForm as it does."""
    told = Preview(notes=reading.notes, decided=reading.decided)
    now = datetime.now(UTC)
    first: datetime | None = None
    last: datetime | None = None
    for path in paths:
        reference = reference_in(path) if file_format is None and path.exists() else []
        told.reference += [(kind, file.name) for kind, file in reference]
        if reference and not (path.is_dir() and has_events(path)):
            continue
        for _, row in read([path], file_format, reading):
            events, parked = ([], [row]) if isinstance(row, Parked) else canonical_many([row], now)
            told.read += 1
            told.readable += len(events)
            told.parked += len(parked)
            told.parked_rows += [
                {"where": one.where, "why": one.why} for one in parked[: LISTED - len(told.parked_rows)]
            ]
            for event in events:
                told.counts[event.event] = told.counts.get(event.event, 0) + 1
                first = event.occurred_at if first is None else min(first, event.occurred_at)
                last = event.occurred_at if last is None else max(last, event.occurred_at)
            for event in events[: FIRST_EVENTS - len(told.first_events)]:
                values = {name: getattr(event, name) for name in SHOWN}
                told.first_events.append(
                    {name: None if value is None else str(value) for name, value in values.items()}
                )
            if told.read % _EVERY == 0:
                said(told.read)
    told.first_at = first.isoformat() if first else ""
    told.last_at = last.isoformat() if last else ""
    return told
