"""The demo's events through the ingest door: the history up to now, then what happens while it runs."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dashapp.access.scopes import cli_scope
from dashapp.db.engine import reading
from dashapp.db.tenants import Workspace
from dashapp.demo import ahead, people, tasks
from dashapp.demo import history as demo
from data.building.build import refresh
from data.errors import DataError
from data.events.canonical import canonical_many
from data.lake import manifest
from data.lake.segments import drain, drain_all
from data.plans import load as plans
from data.query.forecasts import snapshot_forecast
from jobs.intake.people import catch_up

if TYPE_CHECKING:
    from dashapp.demo.cast import DemoWorkspace
    from dashapp.services import Services

logger = logging.getLogger(__name__)

BATCH = 500
#: The first load empties the inbox now and then, so that the database stays small.
DRAIN_EVERY = 40_000
#: How far ahead the coming events are written down at once: making a stretch costs a second or two.
AHEAD = timedelta(hours=6)
#: Events a little before the last one known are sent again; the door knows them.
OVERLAP = timedelta(hours=1)
#: Seconds between two small events for whoever watches; they grow rarer while the demo stands.
PACE_S, SLOWEST_S = 4.0, 60.0
SLOWER_EVERY_S = 600.0
#: Forecasts made for days gone by, which a running installation would have kept day by day.
KNOWN_FORECASTS = 7

Said = Callable[[int, int], None]


class Feed:
    """All events of the demo in the order of time, put through the door as their time comes."""

    def __init__(self, services: Services, places: list[DemoWorkspace]) -> None:
        self.services, self.places = services, places
        self.ready_to = datetime.fromtimestamp(0, UTC)
        self.coming: deque[tuple[str, DemoWorkspace, dict[str, Any]]] = deque()

    def load(self, now: datetime, said: Said) -> int:
        """Everything up to `now` that is not there yet; gives how many events were new.

        Per client the events go in in order of time, so the latest one there tells how far a load came that
        was interrupted. `said(done, all)` is called now and then.
        """
        with reading(self.services.engine).begin() as connection:
            known = manifest.current(connection, [place.workspace_id for place in self.places])
        due: list[tuple[DemoWorkspace, list[dict[str, Any]]]] = []
        self.ready_to = now + AHEAD
        limit = demo.stamp(now.timestamp())
        for place in self.places:
            last = known[place.workspace_id].last_event_at if place.workspace_id in known else None
            start = _morning(place) if last is None else max(_morning(place), min(last, now) - OVERLAP)
            records = self._records(place, start, self.ready_to)
            cut = next(
                (i for i, record in enumerate(records) if record["occurred_at"] >= limit), len(records)
            )
            due.append((place, records[:cut]))
            self._queue(place, records[cut:])
        self._sort()
        total = sum(len(records) for _, records in due)
        new = done = 0
        for place, records in due:
            for start_at in range(0, len(records), BATCH):
                batch = records[start_at : start_at + BATCH]
                new += self._put(place, batch)
                done += len(batch)
                said(done, total)
                if done % DRAIN_EVERY < BATCH:
                    drain(self.services.lake)
        drain_all(self.services.lake)
        refresh(self.services.lake)
        self.plan(now)
        self._forecast_of_last_week(now)
        return new

    def make_tasks(self, now: datetime) -> None:
        """What people of the shown client have to do at `now`, and did in the days before."""
        for place in tasks.shown(self.places):
            with self.services.session() as session:
                records = tasks.tasks_for_today(session, place, now)
            self._put(place, records)

    def people(self, now: datetime) -> int:
        """Everybody who was written to is a contact; some are customers, with deals and letters.

        The shown client’s tasks are about them.

        Gives how many events that made: those of customers come once, whatever is loaded later.
        """
        catch_up(self.services.lake)
        made = {place.workspace_id: people.dress(self.services, place, now) for place in self.places}
        self.make_tasks(now)
        if dressed := [workspace_id for workspace_id, events in made.items() if events]:
            drain_all(self.services.lake)
            # Built anew, not on top of what is there: these letters belong to the history, and nobody has seen
            # figures without them that they would correct.
            refresh(self.services.lake, dressed, full=True)
            catch_up(self.services.lake)
        return sum(made.values())

    def plan(self, now: datetime) -> None:
        """Tell what every client has planned at `now`: steps, mailboxes, and who starts in the coming days."""
        for place in self.places:
            planned = ahead.planned(place.agency, place.client, now, begin=place.begin)
            for kind, records in planned.items():
                plans.load(self.services.lake, place.workspace_id, kind, records)

    def _forecast_of_last_week(self, now: datetime) -> None:
        """The shown client's forecasts of the last days, so that they can be held against what was sent."""
        for place in self.places:
            if place.client is not demo.SHOWN:
                continue
            with self.services.reading() as session:
                workspace = session.get_one(Workspace, place.workspace_id)
                scope = cli_scope(session, workspace.slug)[1]
            for days in range(KNOWN_FORECASTS, 0, -1):
                day = (now - timedelta(days=days)).date()
                if not plans.has_forecast(self.services.lake, place.workspace_id, day):
                    snapshot_forecast(self.services.lake, scope, place.workspace_id, day)

    def play(self, now: datetime) -> int:
        """Put what has become due by `now`; gives how many events."""
        if now > self.ready_to:
            start, self.ready_to = self.ready_to, now + AHEAD
            for place in self.places:
                self._queue(place, self._records(place, start, self.ready_to))
            self._sort()
            self.plan(now)
        limit = demo.stamp(now.timestamp())
        put = 0
        while self.coming and self.coming[0][0] <= limit:
            _, place, record = self.coming.popleft()
            put += self._put(place, [record])
        return put

    def live(self, place: DemoWorkspace, since: datetime) -> Callable[[datetime], None]:
        """A function that puts the next small event for a watched portal, stamped with the moment given."""
        events = demo.pulse(place.client, since)

        def beat(now: datetime) -> None:
            self._put(place, [{**next(events), "occurred_at": demo.stamp(now.timestamp())}])

        return beat

    def _records(self, place: DemoWorkspace, start: datetime, end: datetime) -> list[dict[str, Any]]:
        return demo.events_between(place.agency, place.client, start, end, begin=place.begin)

    def _queue(self, place: DemoWorkspace, records: list[dict[str, Any]]) -> None:
        self.coming.extend((record["occurred_at"], place, record) for record in records)

    def _sort(self) -> None:
        self.coming = deque(sorted(self.coming, key=lambda entry: (entry[0], entry[2]["event_id"])))

    def _put(self, place: DemoWorkspace, records: list[dict[str, Any]]) -> int:
        now = datetime.now(UTC)
        events, parked = canonical_many(records, now, "demo")
        return self.services.inbox.put(place.workspace_id, None, events, parked, received_at=now).new


class FeedPlayer:
    """Calls of `turn` play the feed and the live events at their pace, and survive a busy database."""

    def __init__(self, feed: Feed, shown: DemoWorkspace) -> None:
        self.feed = feed
        self.began = time.monotonic()
        self.next_beat = self.began + PACE_S
        self.beat = feed.live(shown, datetime.now(UTC))

    def turn(self) -> None:
        """To be called about once a second."""
        now, clock = datetime.now(UTC), time.monotonic()
        try:
            self.feed.play(now)
            if clock >= self.next_beat:
                pace = PACE_S * (1 + (clock - self.began) / SLOWER_EVERY_S)
                self.next_beat = clock + min(pace, SLOWEST_S)
                self.beat(now)
        except DataError as error:
            logger.warning("The demo's live events wait: %s", error)


def _morning(place: DemoWorkspace) -> datetime:
    """A moment before anything can have happened on the demo's first day, in any time zone."""
    return datetime(place.begin.year, place.begin.month, place.begin.day, tzinfo=UTC) - timedelta(days=1)
