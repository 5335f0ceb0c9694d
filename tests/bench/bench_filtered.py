"""The desk's default view narrowed to a provider, a campaign or a user: every request asks for another range.

So nothing is kept of what is asked: each is counted and rendered. The same ranges without a filter stand beside.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashapp.db.tenants import Workspace
from tests.bench.bench_views import Desk, password_of_person
from tests.bench.ground import Ground
from tests.bench.server import running
from tests.bench.table import Row, quantile

PAGES, DAYS = 40, 28
#: As the generator names them (generate.py).
FILTERS = {
    "all": "",
    "a provider": "&recipient=gmail",
    "a campaign": "&campaign=Campaign+1",
    "a user": "&user=user1%40agency.example",
}
AIM_MS = 50


def measure(ground: Ground) -> list[Row]:
    """Milliseconds of whole callbacks from a client on the same machine."""
    password = password_of_person(ground)
    with ground.services.session() as session:
        slugs = {name: session.get_one(Workspace, key).slug for name, key in ground.chosen.items()}
    rows: list[Row] = []
    last = datetime.now(UTC).date()
    with running(ground.settings.home) as (port, _):
        desk = Desk(f"http://127.0.0.1:{port}", password)
        for name, slug in slugs.items():
            for kind, search in FILTERS.items():
                times = []
                for number in range(5 + PAGES):
                    to = last - timedelta(days=number)
                    asked = f"?from={to - timedelta(days=DAYS - 1)}&to={to}{search}"
                    milliseconds, body = desk.timed("url", f"/w/{slug}/analytics", asked)
                    if body.count("data-tile=") < 9 or "is-failed" in body:
                        raise SystemExit("The page came without all of its tiles.")
                    times.append(milliseconds)
                times = times[5:]
                aim = AIM_MS if search else None
                rows.append(Row(f"desk, {name}, {kind}, p95", quantile(times, 0.95), "ms", aim, _note(times)))
    return rows


def _note(times: list[float]) -> str:
    return f"p50 {quantile(times, 0.5):.0f} ms of {len(times)} ranges"
