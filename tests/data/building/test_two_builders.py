"""Two builders of one workspace at once: whatever is published between two reads of a build, the figures are right.

Alice's worker builds while her web process publishes another version. The build is overtaken, or it is not; nothing
it found counts against the version that is there, and the next build brings in what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.building import build, failures, merging, restated
from data.building.build import refresh
from data.building.recheck import recheck
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake import backlog, manifest
from data.lake.compaction import compact, existing_files, rewrite
from data.lake.lake import Lake, table_of
from data.lake.segments import drain
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.examples import examples
from tests.support.history.histories import Record, histories
from tests.support.history.interleaving import between_reads
from tests.support.product import Product
from tests.support.reference import figures as reference

RECEIVED = datetime(2026, 1, 5, 9, tzinfo=UTC)
AS_OF = datetime(2026, 1, 6, 12, tzinfo=UTC)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
#: More than any build below makes: what is still to be done by then is done after it.
MOST_READS = 32

#: What is under way, and what another process does meanwhile.
Does = Callable[[Lake, int], Any]
BUILDS: Mapping[str, Does] = {
    "refresh": lambda lake, whose: refresh(lake, [whose]),
    "rebuild": lambda lake, whose: refresh(lake, [whose], full=True),
    "merge": lambda lake, whose: merging.merge_layers(lake, [whose], everything=True),
    "recheck": lambda lake, whose: _recheck(lake, whose),
}
OTHERS: Mapping[str, Does] = {
    "publishes the same": lambda lake, whose: refresh(lake, [whose]),
    "builds anew": lambda lake, whose: refresh(lake, [whose], full=True),
    "merges": lambda lake, whose: merging.merge_layers(lake, [whose], everything=True),
    "publishes and compacts": lambda lake, whose: (refresh(lake, [whose]), compact(lake, fewest=2)),
    "publishes till nothing of before is kept": lambda lake, whose: [
        refresh(lake, [whose], full=number != 0) for number in range(manifest.KEEP_VERSIONS + 1)
    ],
}


def event(name: str, message: str, at: str) -> Record:
    """An event of 3 September 2024."""
    return {
        "event": name,
        "event_id": f"{name}-{message}-{at}",
        "message_id": message,
        "lead": f"{message}@client.example",
        "occurred_at": f"2024-09-03T{at}:00Z",
    }


FIRST = [event("sent", "m1", "10:00"), event("opened", "m1", "11:00")]
#: The first opening is an earlier one now, and the message did not arrive: its old events count as something else.
THEN = [event("opened", "m1", "10:30"), event("bounced", "m1", "13:00")]
LATER = [event("sent", "m2", "14:00")]


def deliver(lake: Lake, records: list[Record], *workspace_ids: int) -> None:
    """The same to each of them, through the inbox into a segment of their own."""
    for workspace_id in workspace_ids if records else ():
        events = [canonical(record, received_at=RECEIVED) for record in records]
        Inbox(lake.engine).put(workspace_id, None, events, received_at=RECEIVED)
    drain(lake)


def _recheck(lake: Lake, workspace_id: int) -> None:
    """As jobs/catalog/check_marts.py does it."""
    try:
        done = recheck(lake, workspace_id)
    except (OSError, build.EngineError):
        return
    if done.findings:
        found, versions = {workspace_id: done.findings}, {workspace_id: done.version}
        failures.record(lake.engine, found, "recheck", versions, wait=False)


def settle(lake: Lake, workspace_id: int) -> None:
    """What a worker's next rounds do."""
    for _ in range(3):
        if not refresh(lake, [workspace_id]).overtaken:
            return


def is_right(lake: Lake, workspace_id: int, told: list[Record], zone: str) -> None:
    """Nothing was held against anybody, nothing waits, and every figure is what the events say."""
    with manifest.read_only(lake.engine).begin() as connection:
        assert failures.failures(connection, [workspace_id], closed=True) == []
        assert backlog.pending(connection, [workspace_id], full=False) == {}
    scope = Scope(frozenset({workspace_id}))
    for asked in (
        {"name": "sent_emails"},
        {"name": "rate", "data_type": "open"},
        {"name": "rate", "data_type": "bounce", "attribution": "lead"},
    ):
        right = reference.answer(told, zone, asked, AS_OF)
        answer = ask(lake, scope, workspace_id, Query.model_validate({**asked, "as_of": AS_OF}))
        for key in ("total", "n", "base"):
            assert answer.get(key) == right.get(key), asked


def with_news(lake: Lake, *workspace_ids: int) -> None:
    """The first events are published, those after them not yet."""
    for records in (FIRST, THEN):
        refresh(lake)
        deliver(lake, records, *workspace_ids)


@pytest.mark.postgres_long
def test_another_process_publishes_between_any_two_reads(lake: Lake, north: Any, south: Any) -> None:
    """The smallest case, for every read there is: the other process publishes the very news this build takes in."""
    deliver(lake, [event("sent", f"c{n}", "08:00") for n in range(50)], south.colossus)
    alone = _client(lake, north.agency, 0)
    with_news(lake, alone)
    with between_reads(lake, MOST_READS, lambda: None) as reads:
        refresh(lake, [alone])
    assert 10 < reads.done < MOST_READS
    # One for every read, one whose build is over before its turn, and one that must not be needed.
    clients = [north.harbour, *(_client(lake, north.agency, number + 1) for number in range(reads.done + 1))]
    with_news(lake, *clients)
    looked = []
    for place, workspace_id in enumerate(clients):
        with between_reads(lake, place, lambda whose=workspace_id: refresh(lake, [whose])) as reads:
            done = refresh(lake, [workspace_id])
        looked.append(workspace_id)
        assert done.failed == frozenset()
        assert done.overtaken == (frozenset({workspace_id}) if reads.acted and place > 0 else frozenset())
        if not reads.acted:
            break
    assert 10 < len(looked) < len(clients), "each read of a build had its turn"
    deliver(lake, LATER, *looked)
    refresh(lake, looked)
    for workspace_id in looked:
        is_right(lake, workspace_id, [*FIRST, *THEN, *LATER], "UTC")
    for workspace_id in (north.harbour, looked[-2], south.colossus):
        assert recheck(lake, workspace_id).findings == []


def before_it_publishes(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """The next build has read everything; then `act` happens, and then it publishes."""
    whole, acted = restated.found, []

    def found(*given: Any) -> Any:
        if not acted:
            acted.append(True)
            act()
        return whole(*given)

    monkeypatch.setattr(restated, "found", found)


@pytest.mark.postgres_long
def test_an_event_that_is_parked_while_a_build_holds_it_is_in_no_figure(
    lake: Lake, north: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its segment is written anew, as jobs/intake/poison.py does it, after Bob's worker has read it."""
    deliver(lake, [*FIRST, event("clicked", "m1", "12:00")], north.harbour)

    def park() -> None:
        with manifest.read_only(lake.engine).begin() as connection:
            (segment_id,) = backlog.pending(connection, [north.harbour], full=False)[
                north.harbour
            ].segment_ids
        paths, parts = existing_files(lake, [segment_id])
        table = table_of(lake, paths[segment_id])
        good = table.filter(pc.not_equal(table.column("event"), "clicked"))
        assert rewrite(lake, paths, good, parts)

    before_it_publishes(monkeypatch, park)
    done = refresh(lake, [north.harbour])
    assert (done.workspaces, done.overtaken) == (0, {north.harbour})
    settle(lake, north.harbour)
    is_right(lake, north.harbour, FIRST, "UTC")
    assert recheck(lake, north.harbour).findings == []
    with manifest.read_only(lake.engine).begin() as connection:
        layers = manifest.current(connection, [north.harbour])[north.harbour].layers
    named = {file.path for one in layers for file in one.files.values()}
    assert {str(path.relative_to(lake.root)) for path in (lake.root / "marts").rglob("*.parquet")} == named


@pytest.mark.postgres_long
def test_a_rebuild_that_others_overtake_is_tried_again_as_often_as_told(
    lake: Lake, north: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(lake, FIRST, north.harbour)
    refresh(lake)
    deliver(lake, THEN, north.harbour)
    before_it_publishes(monkeypatch, lambda: refresh(lake, [north.harbour]))
    done = refresh(lake, [north.harbour], full=True, tries=2)
    assert (done.workspaces, done.overtaken, done.events) == (1, frozenset(), 4)
    before_it_publishes(monkeypatch, lambda: refresh(lake, [north.harbour], full=True))
    assert refresh(lake, [north.harbour], full=True).overtaken == {north.harbour}
    is_right(lake, north.harbour, [*FIRST, *THEN], "UTC")


def _client(lake: Lake, agency_id: int, number: int) -> int:
    return Product(lake, agency_id, iter([number])).workspace("UTC")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("two-builders")))


@st.composite
def interleavings(draw: st.DrawFn) -> tuple[str, list[list[Record]], str, str, int]:
    """(time zone, four deliveries, what is under way, what another process does, before which read)."""
    history = draw(histories(max_messages=8, max_queries=2))
    cuts = sorted(draw(st.lists(st.integers(0, len(history.events)), min_size=3, max_size=3)))
    edges = [0, *cuts, len(history.events)]
    parts = [history.events[a:b] for a, b in pairwise(edges)]
    build_, other = draw(st.sampled_from(sorted(BUILDS))), draw(st.sampled_from(sorted(OTHERS)))
    return history.timezone, parts, build_, other, draw(st.integers(0, MOST_READS))


@pytest.mark.more
@examples(4, 120, shrink=False, suppress_health_check=SLOW)
@given(case=interleavings())
def test_whatever_another_process_does_between_two_reads(
    product: Product, case: tuple[str, list[list[Record]], str, str, int]
) -> None:
    zone, (before, known, news, later), build_, other, place = case
    lake, workspace_id = product.lake, product.workspace(zone)
    bystander = product.workspace("UTC")
    for part in (before, known):
        deliver(lake, part, workspace_id)
        refresh(lake, [workspace_id])
    deliver(lake, [event("sent", "m1", "10:00")], bystander)
    deliver(lake, news, workspace_id)

    def act() -> None:
        deliver(lake, later, workspace_id)
        OTHERS[other](lake, workspace_id)

    with between_reads(lake, place, act) as reads:
        BUILDS[build_](lake, workspace_id)
    if not reads.acted:
        act()
    settle(lake, workspace_id)
    is_right(lake, workspace_id, [one for part in (before, known, news, later) for one in part], zone)
    assert recheck(lake, workspace_id).findings == []
