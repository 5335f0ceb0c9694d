"""The lake in object storage: the same figures, nothing half published, and no request where a copy will do."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from dashapp.db.jobs import JobRun
from data.building import build
from data.building.orphans import collect_orphans
from data.cubes import blocks as pieces
from data.errors import DamagedFile, LakeUnavailable
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.intake.latest_events import latest_events
from data.lake import compaction, manifest, segments
from data.lake.lake import Lake, open_lake
from data.lake.s3 import S3Store
from data.lake.store import Store
from data.lake.tables import inbox, layer_file, parked, retired_file, segment
from data.scope import Scope
from data.tables import stock as holdings
from jobs.intake.refresh import RefreshLoop
from tests.support.history import worked_example
from tests.support.product import Product
from tests.support.s3_server import ObjectServer

RATE = {"name": "rate", "data_type": "open"}
ROOMY = 2**30


def stored(lake: Lake) -> S3Store:
    assert isinstance(lake.store, S3Store)
    return lake.store


def named(lake: Lake) -> set[str]:
    """The paths the manifest names."""
    with lake.engine.connect() as connection:
        return set(connection.scalars(select(segment.c.path))) | set(
            connection.scalars(select(layer_file.c.path))
        )


@pytest.fixture
def bucket(objects: ObjectServer) -> str:
    return objects.bucket()


@pytest.fixture
def product(tmp_path: Path, bucket: str) -> Product:
    """Alice's agency, with its lake in a bucket."""
    made = Product.open(tmp_path)
    store = S3Store.open(f"s3://{bucket}/house/lake", tmp_path / "cache", ROOMY, grace_s=0)
    made.lake = open_lake(made.lake.engine, store)
    return made


@pytest.fixture
def elsewhere(product: Product, bucket: str, tmp_path: Path) -> Callable[..., Product]:
    """The same installation on another machine: the database is shared, the copies are its own."""

    def other(name: str, limit: int = ROOMY) -> Product:
        pieces.forget()
        store = S3Store.open(f"s3://{bucket}/house/lake", tmp_path / name, limit, grace_s=0)
        return Product(open_lake(product.lake.engine, store), product.agency_id, product.numbers)

    return other


def opened(product: Product, workspace_id: int) -> tuple[int, int]:
    answer = product.ask(workspace_id, RATE, worked_example.AS_OF)
    return answer["n"], answer["base"]


def charlie(number: int) -> list[dict[str, Any]]:
    """Absurdly large numbers of a stranger: all opened."""
    at = datetime(2024, 9, 3, 8, tzinfo=UTC)
    return [
        {
            "event_id": f"{event}-{n}",
            "event": event,
            "occurred_at": (at + timedelta(minutes=minutes)).isoformat(),
            "message_id": f"c{n}",
            "campaign": "Colossus",
            "lead": f"c{n}@colossus.example",
        }
        for n in range(number)
        for event, minutes in (("sent", 0), ("opened", 9))
    ]


def test_the_worked_example_and_a_stranger_beside_it(product, elsewhere, objects, bucket) -> None:
    """docs/numbers.md: of six messages that did not bounce three were opened, per e-mail; of Charlie's 900 all."""
    alice, south = product.workspace("UTC"), product.workspace("Asia/Kolkata")
    product.take_in_all({alice: worked_example.events(), south: charlie(900)})
    assert (opened(product, alice), opened(product, south)) == ((3, 6), (900, 900))
    assert set(objects.keys(bucket)) == {f"house/lake/{path}" for path in named(product.lake)}
    second = elsewhere("second")
    assert (opened(second, alice), opened(second, south)) == ((3, 6), (900, 900))


def test_a_question_asked_again_costs_no_request(product, elsewhere, objects) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events())
    second = elsewhere("second")
    now = datetime.now(UTC)
    objects.asked.clear()
    cold = second.ask(alice, RATE, now)
    assert objects.counts() == {"GET": 3}  # combos, units, cohorts
    objects.asked.clear()
    assert second.ask(alice, RATE, now) == cold
    pieces.forget()  # the process starts anew; its disk does not
    assert second.ask(alice, RATE, now) == cold
    assert objects.asked == []


def test_a_lake_moved_from_a_folder_is_read(product, elsewhere, objects, bucket) -> None:
    """Its files have no checksum with them, as `aws s3 sync` leaves them."""
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events())
    for path in named(product.lake):
        body = product.lake.path(path).read_bytes()
        objects.client().put_object(Bucket=bucket, Key=f"house/lake/{path}", Body=body)
    assert opened(elsewhere("second"), alice) == (3, 6)


def test_who_wrote_a_file_has_it(product, objects) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events())
    assert set(objects.counts()) == {"PUT"}
    objects.asked.clear()
    product.ask(alice, RATE, datetime.now(UTC))
    product.ask(alice, {"name": "hours", "event": "opened"}, datetime.now(UTC))
    assert objects.asked == []


def test_many_viewers_of_a_cold_page_bring_each_file_once(product, elsewhere, objects) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events())
    second = elsewhere("second")
    objects.asked.clear()
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(second.ask(alice, RATE, datetime.now(UTC))["n"]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, objects.counts()) == ([3] * 8, {"GET": 3})


def test_an_upload_that_breaks_publishes_nothing_and_can_be_repeated(product, objects, bucket) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events()[:5])
    before, bytes_before = named(product.lake), objects.keys(bucket)
    with manifest.read_only(product.lake.engine).connect() as connection:
        version = manifest.current(connection, [alice])[alice].version

    objects.breaks = lambda method, key: method == "PUT" and "/segments/" in key
    with pytest.raises(LakeUnavailable, match="cannot write segments/"):
        product.take_in(alice, worked_example.events()[5:])
    with product.lake.engine.connect() as connection:
        assert connection.scalar(select(func.sum(inbox.c.events))) == 9
    assert (named(product.lake), objects.keys(bucket)) == (before, bytes_before)

    objects.breaks = lambda method, key: (
        method == "PUT" and "/cohorts-" in key
    )  # the last but some of a layer
    stored(product.lake).bucket.rested()
    while segments.drain(product.lake):
        pass
    with pytest.raises(LakeUnavailable, match="cannot write marts/"):
        build.refresh(product.lake)
    with manifest.read_only(product.lake.engine).connect() as connection:
        assert manifest.current(connection, [alice])[alice].version == version
    assert opened(product, alice) == (1, 2)  # of the first five: m1 and m2 did not bounce, m1 was opened

    objects.breaks = lambda method, key: False
    stored(product.lake).bucket.rested()
    build.refresh(product.lake)
    assert opened(product, alice) == (3, 6)
    left = {key.removeprefix("house/lake/") for key in objects.keys(bucket)} - named(product.lake)
    assert left  # what was sent of the layer that was never published
    assert collect_orphans(product.lake, older_than_s=-5) == len(left)
    assert {key.removeprefix("house/lake/") for key in objects.keys(bucket)} == named(product.lake)
    assert not list(product.lake.root.rglob("*.tmp"))


def test_orphans_are_collected_after_their_grace_and_only_ours(product, objects, bucket) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events())
    client = objects.client()
    ours = [f"house/lake/{folder}/2026/01/lost.parquet" for folder in ("segments", "marts")]
    others = ["house/lake/notes.txt", "house/lake-of-somebody/segments/x.parquet", "segments/x.parquet"]
    for key in ours + others:
        client.put_object(Bucket=bucket, Key=key, Body=b"PAR1 no row names this PAR1")
    kept = set(objects.keys(bucket))
    assert collect_orphans(product.lake, older_than_s=3_600) == 0
    assert set(objects.keys(bucket)) == kept
    assert collect_orphans(product.lake, older_than_s=-5) == 2
    assert set(objects.keys(bucket)) == kept - set(ours)
    assert opened(product, alice) == (3, 6)


def test_a_replaced_file_stays_in_the_bucket_for_its_grace(product, objects, bucket) -> None:
    """Eight deliveries became one file; the grace is an hour, and the moment they were replaced is moved."""
    alice = product.workspace("UTC")
    for event in worked_example.events()[:8]:
        product.take_in(alice, [event])
    before = {row for row in named(product.lake) if row.startswith("segments/")}
    assert compaction.compact(product.lake).files_before == len(before) == 8
    for moved, collected in ((timedelta(hours=1), 0), (timedelta(hours=-1), 8)):
        with product.lake.engine.begin() as connection:
            connection.execute(update(retired_file).values(retired_at=datetime.now(UTC) + moved))
        collect_orphans(product.lake, older_than_s=-5)
        there = {key.removeprefix("house/lake/") for key in objects.keys(bucket)}
        assert len(before - there) == collected
    assert there == named(product.lake)


@pytest.mark.long
def test_old_versions_compaction_and_merges_leave_the_bucket(product, objects, bucket) -> None:
    """Fourteen deliveries: layers are merged, small segments compacted; each event stays exactly once."""
    alice = product.workspace("UTC")
    for event in worked_example.events():
        product.take_in(alice, [event])
    done = compaction.compact(product.lake)
    assert (done.events, done.files_after) == (14, 1)
    product.rebuild([alice])
    assert opened(product, alice) == (3, 6)
    collect_orphans(product.lake, older_than_s=-5)
    assert {key.removeprefix("house/lake/") for key in objects.keys(bucket)} == named(product.lake)


@pytest.mark.parametrize(
    ("mart", "damage"),
    [
        ("units", "cut"),
        ("segments", "changed"),
        *(
            pytest.param(*pair, marks=pytest.mark.long)
            for pair in (
                ("units", "changed"),
                ("messages", "cut"),
                ("messages", "changed"),
                ("segments", "cut"),
            )
        ),
    ],
)
def test_a_damaged_copy_is_brought_again(product, elsewhere, objects, mart, damage) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events())
    second = elsewhere("second")
    paths = [path for path in named(product.lake) if mart in path]
    for path in paths:
        copy = second.lake.path(path)
        whole_bytes = copy.read_bytes()
        body = whole_bytes[:40] if damage == "cut" else b"PAR1" + bytes(len(whole_bytes) - 8) + b"PAR1"
        copy.write_bytes(body)
        os.utime(copy, (1_700_000_000, 1_700_000_000))  # nobody has just looked into it
    asked: dict[str, Any] = {**RATE, "clock": "elapsed"} if mart == "messages" else RATE
    if mart == "messages":
        asked = {"name": "week1", "data_type": "open", "clock": "elapsed"}
    objects.asked.clear()
    if mart == "segments":
        answer = second.ask(alice, {"name": "hours", "event": "opened"}, worked_example.AS_OF)
        assert answer["total"] == 4
    else:
        good = product.ask(alice, asked, datetime.now(UTC).replace(microsecond=0))
        pieces.forget()
        now = datetime.fromisoformat(good["as_of"])
        assert second.ask(alice, asked, now) == good
    assert objects.asked or mart == "messages"
    with product.lake.engine.connect() as connection:
        assert connection.scalar(select(func.sum(layer_file.c.quarantined))) == 0


def test_a_file_lost_in_the_bucket_is_damage_and_an_outage_is_not(
    product, elsewhere, objects, bucket
) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events())
    [units] = [path for path in named(product.lake) if "units" in path]
    second = elsewhere("second")
    objects.stop()
    try:
        with pytest.raises(LakeUnavailable, match=f"cannot read .* in s3://{bucket}/house/lake"):
            second.ask(alice, RATE, datetime.now(UTC))
    finally:
        objects.start()
    with product.lake.engine.connect() as connection:
        assert connection.scalar(select(func.sum(layer_file.c.quarantined))) == 0
    stored(second.lake).bucket.rested()
    objects.client().delete_object(Bucket=bucket, Key=f"house/lake/{units}")
    assert opened(second, alice) == (3, 6)  # from the events
    with product.lake.engine.connect() as connection:
        bad = connection.scalars(select(layer_file.c.path).where(layer_file.c.quarantined == 1))
        assert list(bad) in ([], [units])
    assert second.ask(alice, RATE, datetime.now(UTC))["n"] == 3
    with product.lake.engine.connect() as connection:
        assert list(connection.scalars(select(layer_file.c.path).where(layer_file.c.quarantined == 1))) == [
            units
        ]


def test_a_segment_lost_in_the_bucket_stops_its_workspace_and_no_other(
    product, elsewhere, objects, bucket
) -> None:
    alice, south = product.workspace("UTC"), product.workspace("Asia/Kolkata")
    for workspace_id, records in ((south, charlie(900)), (alice, worked_example.events())):
        door = Inbox(product.lake.engine)
        events = [canonical(record, received_at=datetime.now(UTC)) for record in records]
        door.put(workspace_id, None, events, received_at=datetime.now(UTC))
        segments.drain(product.lake)
    with product.lake.engine.connect() as connection:  # by number: two names of one second have no order
        first, _ = connection.scalars(select(segment.c.path).order_by(segment.c.id))
    objects.client().delete_object(Bucket=bucket, Key=f"house/lake/{first}")
    second = elsewhere("second")
    with pytest.raises(DamagedFile, match=first):
        build.refresh(second.lake)
    assert opened(second, alice) == (3, 6)
    with pytest.raises(DamagedFile):
        latest_events(second.lake, [first], south, 10)
    with pytest.raises(DamagedFile):
        second.ask(south, {"name": "timeline"}, datetime.now(UTC))


def test_an_outage_sets_no_workspace_apart_and_parks_nothing(product, elsewhere, objects) -> None:
    """jobs/intake/refresh.py raises it as a fault of the machine, so the worker waits and comes again."""
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events()[:5])
    fold = RefreshLoop(elsewhere("worker").lake, "w", lambda: True, lambda workspace_id: True)
    objects.stop()
    try:
        assert fold.round() == 0  # nothing waits: nothing is asked
        door = Inbox(product.lake.engine)
        events = [canonical(record, received_at=datetime.now(UTC)) for record in worked_example.events()[5:]]
        door.put(alice, None, events, received_at=datetime.now(UTC))
        with pytest.raises(LakeUnavailable):
            fold.round()
    finally:
        objects.start()
    segments.drain(product.lake)
    objects.stop()
    try:
        with pytest.raises(LakeUnavailable):
            fold.round()
    finally:
        objects.start()
    with product.lake.engine.connect() as connection:
        assert connection.execute(select(JobRun.id)).all() == []
        assert connection.execute(select(parked.c.id)).all() == []
    stored(fold._lake).bucket.rested()
    assert fold.round() == 9
    assert opened(product, alice) == (3, 6)


def test_an_outage_keeps_the_inbox_and_nothing_is_lost(product, objects) -> None:
    alice = product.workspace("UTC")
    product.take_in(alice, worked_example.events()[:5])
    objects.stop()
    try:
        with pytest.raises(LakeUnavailable):
            product.take_in(alice, worked_example.events()[5:])
        assert opened(product, alice) == (1, 2)  # what is here is shown
    finally:
        objects.start()
    stored(product.lake).bucket.rested()
    while segments.drain(product.lake):
        pass
    build.refresh(product.lake)
    assert opened(product, alice) == (3, 6)


def test_a_full_cache_drops_what_was_used_longest_ago_and_still_answers(product, elsewhere) -> None:
    ids = [product.workspace("UTC") for _ in range(5)]
    for workspace_id in ids:
        product.take_in(workspace_id, worked_example.events())
    limit = 20_000
    small = elsewhere("small", limit)
    for _ in range(2):
        for workspace_id in ids:
            pieces.forget()
            assert small.ask(workspace_id, RATE, datetime.now(UTC))["n"] == 3
    stored(small.lake).cache.make_room()
    kept = sum(path.stat().st_size for path in small.lake.root.rglob("*.parquet"))
    assert 0 < kept <= limit
    everything = sum(path.stat().st_size for path in product.lake.root.rglob("*.parquet"))
    assert everything > 2 * limit


def test_what_the_lake_holds_is_counted_unless_it_is_far_away(
    product, elsewhere, objects, monkeypatch
) -> None:
    """Seven messages of Alice's, five of them with a journey of their own lead; Charlie's 900 are not hers."""
    alice, south = product.workspace("UTC"), product.workspace("Asia/Kolkata")
    product.take_in_all({alice: worked_example.events(), south: charlie(900)})
    scope = Scope(frozenset({alice}))

    def rows(lake: Lake) -> dict[str, int | None]:
        return {one.mart: one.rows for one in holdings.stock(lake, scope).marts}

    second = elsewhere("second")
    assert (rows(second.lake)["messages"], rows(second.lake)["journeys"]) == (7, 5)
    objects.stop()
    try:
        third = elsewhere("third")
        assert set(rows(third.lake).values()) == {None}
        assert rows(second.lake)["messages"] == 7
    finally:
        objects.start()
    objects.asked.clear()
    monkeypatch.setattr(holdings, "MOST_BROUGHT", 1_000)
    assert set(rows(elsewhere("fourth").lake).values()) == {None}
    assert objects.asked == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("s3://", "must name a bucket"),
        ("s3:///prefix", "must name a bucket"),
        ("s3://No_Such", "must name a bucket"),
        ("s3://bucket/a/../../b", "must have a prefix"),
        ("s3://bucket/a'b", "must have a prefix"),
    ],
)
def test_a_wrong_address_is_told(tmp_path, url, why) -> None:
    with pytest.raises(ValueError, match=why):
        S3Store.open(url, tmp_path, ROOMY)


def test_check_writes_reads_and_deletes(product, objects, bucket) -> None:
    store: Store = product.lake.store
    objects.asked.clear()
    assert "copies in" in store.check()
    assert [method for method, _ in objects.asked] == ["PUT", "GET", "DELETE"]
    assert objects.keys(bucket) == {}
