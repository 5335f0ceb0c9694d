"""Progress of what takes longer than a moment on the data team's page: how far it is, and what to ask next.

The browser draws the bar (assets/desk_tables.js). It repeats the action in `again` as long as the page is open;
every response is authorised again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashapp.db.jobs import QUEUED, JobRun
from dashapp.ui.language.say import say

#: Milliseconds until the next look at a run.
LOOK_AGAIN_MS = 700
#: A run that waits longer than this has no worker.
NO_WORKER_S = 20.0


@dataclass(frozen=True)
class Done:
    """The result of an action. `text` empty: nothing to report yet. `going`: `going` or `finished`."""

    good: bool
    text: str
    going: dict[str, Any]


def going(label: str, share: float | None, again: dict[str, Any], wait_ms: int = 0) -> dict[str, Any]:
    """In progress: the bar's label and share (None: unknown), and the action to send next."""
    return {"label": label, "share": share, "again": again, "wait": wait_ms}


def finished(*, close: bool = False) -> dict[str, Any]:
    """It is over; `close`: so is the record that was open."""
    return {"again": None, "close": close}


def of_run(run: JobRun, typical_ms: int | None, at: datetime) -> dict[str, Any]:
    """How far a run is. A job does not know its own length: the bar is based on how long it took last time."""
    again = {"op": "watch", "run": run.id}
    if run.state == QUEUED or run.started_at is None:
        waits = (at - run.queued_at).total_seconds()
        label = say("Run {n} of {job} waits for a worker", n=run.id, job=run.job)
        if waits > NO_WORKER_S and not run.tries:
            label += say("; none has come, ask whoever runs the server")
        return going(label, None, again, LOOK_AGAIN_MS)
    label = say("Run {n} of {job} goes on", n=run.id, job=run.job)
    if not typical_ms:
        return going(label, None, again, LOOK_AGAIN_MS)
    share = (at - run.started_at).total_seconds() * 1_000 / max(typical_ms, 1)
    return going(label, min(0.95, max(0.0, share)), again, LOOK_AGAIN_MS)
