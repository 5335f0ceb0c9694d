"""Two web processes and two workers over PostgreSQL and S3: one installation to whoever looks.

`make faults` kills four rounds, run by itself one; the ordinary suite leaves it out: it takes minutes.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from data.building.build import refresh
from data.lake.lake import open_lake
from data.lake.s3 import S3Store
from data.lake.segments import drain
from data.lake.tables import inbox, segment
from data.query.ask import Query, ask
from data.scope import Scope
from tests.faults import two_machines
from tests.faults.two_machines import Machines, fetch, logged_in, machines, sent, until
from tests.support.s3_server import ObjectServer

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.postgres]

#: An acknowledged event is in the answer within 2 s; a test machine may be busy with other things.
SEEN_S = 15.0
assert two_machines.START_S > SEEN_S


@pytest.fixture
def house(tmp_path: Path, postgres_url: str, objects: ObjectServer) -> Iterator[Machines]:
    """Both machines, answering."""
    made = machines(tmp_path, postgres_url, f"s3://{objects.bucket()}/vitrine", objects.environ)
    try:
        for machine in (0, 1):
            made.start("serve", machine)
            made.start("worker", machine)
        made.wait_for_webs()
        yield made
    finally:
        made.stop()


def test_two_webs_and_two_workers_are_one_installation(
    house: Machines, objects: ObjectServer, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rounds = 4 if request.config.getoption("-m") else 1
    a, b = house.urls
    share_id, path = house.share()

    # What A takes in is on B's portal, and never what belongs to South.
    house.deliver(house.colossus, 0, "colossus", 900)
    house.deliver(house.harbour, 0, "harbour", 7)
    took = until(lambda: sent(fetch(b + path)[1]) == 7, SEEN_S, house.logs)
    print(f"seen on the other machine after {took:.2f} s")

    # A page already kept asks nothing of the object storage, on neither machine.
    etag = fetch(b + path + "live")[2]["ETag"]
    until(lambda: fetch(b + path + "live", None, {"If-None-Match": etag})[0] == 304, SEEN_S, house.logs)

    def five_without_asking() -> bool:
        objects.asked.clear()
        for _ in range(5):
            assert sent(fetch(b + path)[1]) == 7
        return not [asked for asked in objects.asked if asked[0] == "GET" and "list-type" not in asked[1]]

    # The workers' jobs read now and then, too; a page that asks would ask each time.
    until(five_without_asking, SEEN_S, house.logs)

    # A session begun at A is known at B.
    alice = logged_in(a)
    home = alice.open(f"{b}/w/harbour-coffee/analytics", timeout=15)
    assert home.geturl() == f"{b}/w/harbour-coffee/analytics"

    # The outage of the object storage: events are still acknowledged, and B shows what it has.
    objects.stop()
    try:
        house.deliver(house.harbour, 1, "outage", 5)
        assert sent(fetch(b + path)[1]) == 7
        status, told, _ = fetch(f"{b}/readyz")
        assert (status, '"lake":false' in told.replace(" ", "")) == (200, True)
    finally:
        objects.start()
    until(lambda: sent(fetch(b + path)[1]) == 12, 3 * SEEN_S, house.logs)

    # kill -9 of a worker and a web while events come in: the others go on, and who was killed comes back.
    for number in range(rounds):
        one, other = number % 2, 1 - number % 2
        stop = threading.Event()
        faults: list[BaseException] = []
        feeding = threading.Thread(target=_feed, args=(house, f"r{number}", stop, faults))
        feeding.start()
        try:
            stop.wait(1.0)
            house.kill(f"worker-{one}")
            stop.wait(0.5)
            house.kill(f"serve-{one}")
            stop.wait(2.0)
        finally:
            stop.set()
            feeding.join()
        assert faults == []
        until(house.shows(other, path), 3 * SEEN_S, house.logs)
        assert alice.open(f"{house.urls[other]}/", timeout=15).status == 200
        house.start("serve", one)
        house.start("worker", one)
        house.wait_for_webs()
        until(house.shows(one, path), SEEN_S, house.logs)

    # A link ended is ended on both at once, kept pages or not.
    house.revoke(share_id)
    assert [fetch(url + path)[0] for url in (b, a)] == [404, 404]

    house.stop()
    _nothing_lost_or_doubled(house, tmp_path)


def _feed(house: Machines, name: str, stop: threading.Event, faults: list[BaseException]) -> None:
    number = 0
    try:
        while not stop.is_set():
            house.deliver(house.harbour, number, f"{name}-{number}", 3, tries=20)
            number += 1
    except BaseException as error:
        faults.append(error)


def _nothing_lost_or_doubled(house: Machines, folder: Path) -> None:
    """On a third machine, from the bucket alone: every acknowledged event once, in the figures, too."""
    engine = house.services.engine
    lake = open_lake(engine, S3Store.open(house.environ["VITRINE_LAKE_URL"], folder / "third", 2**30))
    while drain(lake):
        pass
    refresh(lake)
    seen: Counter[tuple[int, str]] = Counter()
    with engine.connect() as connection:
        assert connection.execute(select(inbox.c.seq)).all() == []
        for path in connection.scalars(select(segment.c.path)):
            table = pq.read_table(lake.path(path), columns=["workspace_id", "event_id"])
            seen.update(zip(*(column.to_pylist() for column in table.columns), strict=True))
    assert set(seen.values()) == {1}
    for door in (house.harbour, house.colossus):
        assert sum(1 for workspace_id, _ in seen if workspace_id == door.id) == 2 * door.acknowledged
        rate = ask(lake, Scope(frozenset({door.id})), door.id, Query(name="rate", data_type="open"))
        assert (rate["n"], rate["base"]) == (door.acknowledged, door.acknowledged)
