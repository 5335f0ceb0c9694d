"""A check that fails publishes nothing for that workspace: the last good version stays, and it is said and mended.

Alice's Harbour Coffee has three sends; Charlie's Colossus has a thousand beside it and is never held up.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from data.building import failures, merging, recheck, refresh_on_view
from data.building.build import refresh
from data.cubes.workspace_state import state_of
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake import manifest
from data.lake.segments import drain
from data.lake.tables import layer_file
from data.marts import checks as checking
from data.marts import derive, layer_files
from data.marts.check_tables import check_failure
from tests.support.product import RECEIVED, Product

AS_OF = datetime(2026, 1, 5, 12, tzinfo=UTC)


def sent(n: int) -> dict[str, Any]:
    lead = f"l{n}@client.example"
    at = "2026-01-02T09:00:00Z"
    return {"event_id": f"s{n}", "event": "sent", "occurred_at": at, "message_id": f"m{n}", "lead": lead}


def opened(n: int) -> dict[str, Any]:
    return {
        "event_id": f"o{n}",
        "event": "opened",
        "occurred_at": "2026-01-03T09:00:00Z",
        "message_id": f"m{n}",
    }


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.open(tmp_path)


@pytest.fixture
def both(product: Product) -> tuple[int, int]:
    """Alice's workspace with three sends, Charlie's with a thousand."""
    harbour, colossus = product.workspace("UTC"), product.workspace("UTC")
    product.take_in_all({harbour: map(sent, range(3)), colossus: map(sent, range(1_000))})
    return harbour, colossus


@pytest.fixture
def bent(monkeypatch: pytest.MonkeyPatch, both: tuple[int, int]) -> Any:
    """Derives one opening too many for Harbour Coffee, as a fault in the SQL would; `unbend` ends it."""
    whole = derive.count_units

    def bend(connection: Any, *given: Any, **named: Any) -> None:
        whole(connection, *given, **named)
        connection.execute(f"UPDATE units SET open_human = open_human + 1 WHERE workspace_id = {both[0]}")

    monkeypatch.setattr(derive, "count_units", bend)
    return monkeypatch.undo


def opens(product: Product, workspace: int) -> tuple[int, int]:
    answer = product.ask(workspace, {"name": "rate", "data_type": "open"}, AS_OF)
    return answer["n"], answer["base"]


def deliver(product: Product, workspace: int, *records: dict[str, Any]) -> None:
    events = [canonical(record, received_at=RECEIVED) for record in records]
    Inbox(product.lake.engine).put(workspace, None, events, received_at=RECEIVED)
    drain(product.lake)


def version(product: Product, workspace: int) -> int:
    with manifest.read_only(product.lake.engine).begin() as database:
        return manifest.current(database, [workspace])[workspace].version


def open_failures(product: Product) -> list[failures.Failure]:
    with manifest.read_only(product.lake.engine).begin() as database:
        return failures.failures(database)


def let_time_pass(product: Product) -> None:
    """The next try is due."""
    with product.lake.engine.begin() as database:
        database.execute(update(check_failure).values(retry_at=datetime.now(UTC) - timedelta(seconds=1)))


def test_what_fails_a_check_is_not_published_and_nobody_else_is_held_up(
    product: Product, both: tuple[int, int], bent: Any, caplog: pytest.LogCaptureFixture
) -> None:
    harbour, colossus = both
    deliver(product, harbour, opened(1))
    deliver(product, colossus, opened(1), opened(2))
    done = refresh(product.lake, [harbour, colossus])
    assert (done.workspaces, done.failed) == (1, {harbour})
    assert (version(product, harbour), version(product, colossus)) == (1, 2)
    assert (opens(product, harbour), opens(product, colossus)) == ((0, 3), (2, 1_000))
    (one,) = (found for found in open_failures(product) if found.check == "emails_add_up_to_messages")
    assert (one.workspace_id, one.mart, one.stage, one.version) == (harbour, "units", "refresh", 1)
    assert one.rows == len(one.sample) == 1
    assert one.sample[0]["opened"] > 0
    assert f"Workspace {harbour} stays at version 1: refresh failed" in caplog.text
    with product.lake.engine.begin() as database:
        stands, theirs = state_of(database, harbour), state_of(database, colossus)
    assert stands is not None
    assert theirs is not None
    assert (stands.failed, theirs.failed) == ("refresh", None)


def test_until_it_is_due_nobody_tries_again_and_then_it_is_built_from_the_segments(
    product: Product, both: tuple[int, int], bent: Any
) -> None:
    harbour, _ = both
    deliver(product, harbour, opened(1))
    refresh(product.lake, [harbour])
    first = {one.check: one for one in open_failures(product)}
    assert not refresh_on_view.waiting(product.lake, harbour)
    with product.lake.engine.begin() as database:
        stands = state_of(database, harbour)
    assert stands is not None
    assert not stands.waiting
    done = refresh(product.lake, [harbour])
    assert (done.events, done.failed) == (0, {harbour})
    assert {one.tries for one in open_failures(product)} == {1}

    let_time_pass(product)
    assert refresh_on_view.waiting(product.lake, harbour)
    assert refresh(product.lake).failed == {harbour}
    second = {one.check: one for one in open_failures(product)}
    assert {one.tries for one in second.values()} == {2}
    assert {one.stage for one in second.values()} >= {"rebuild"}
    same = second["emails_add_up_to_messages"]
    assert same.found_at == first["emails_add_up_to_messages"].found_at
    assert same.retry_at - same.seen_at == timedelta(minutes=10)

    bent()
    let_time_pass(product)
    assert refresh(product.lake).failed == frozenset()
    assert open_failures(product) == []
    assert (version(product, harbour), opens(product, harbour)) == (2, (1, 3))
    with manifest.read_only(product.lake.engine).begin() as database:
        closed = failures.failures(database, [harbour], closed=True)
    assert {one.check for one in closed} == {one.check for one in second.values()}
    assert all(one.closed_at is not None for one in closed)


def test_a_person_may_try_at_once(product: Product, both: tuple[int, int], bent: Any) -> None:
    harbour, _ = both
    deliver(product, harbour, opened(1))
    refresh(product.lake, [harbour])
    bent()
    refresh(product.lake, [harbour], full=True)
    assert open_failures(product) == []
    assert opens(product, harbour) == (1, 3)


def test_a_merge_that_would_lose_a_row_is_not_published(
    product: Product, both: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    harbour, colossus = both
    product.take_in_all({harbour: [opened(1)], colossus: [opened(1)]})
    with monkeypatch.context() as patch:
        whole = merging.merged_sql
        doubled = f"FROM ({{0}}) UNION ALL FROM ({{0}}) WHERE workspace_id = {harbour}"
        patch.setattr(
            merging,
            "merged_sql",
            lambda mart: doubled.format(whole(mart)) if mart == "journeys" else whole(mart),
        )
        assert merging.merge_layers(product.lake, [harbour, colossus]) == 1
    (one,) = open_failures(product)
    assert (one.workspace_id, one.mart, one.check, one.stage) == (
        harbour,
        "journeys",
        "one_row_a_key",
        "merge",
    )
    assert (opens(product, harbour), opens(product, colossus)) == ((1, 3), (1, 1_000))
    assert refresh(product.lake).workspaces == 1  # from the segments, at once
    assert open_failures(product) == []
    assert opens(product, harbour) == (1, 3)


def test_a_refresh_costs_two_statements_more_when_all_is_well(
    product: Product, both: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One select of open failures in the app database, one look of the engine at the rows; nothing is written."""
    harbour, _ = both
    deliver(product, harbour, opened(1))
    looks: list[Any] = []
    whole = checking.find

    def counted(connection: Any, *given: Any) -> Any:
        class Counting:
            def execute(self, sql: str) -> Any:
                looks.append(sql)
                return connection.execute(sql)

        return whole(Counting(), *given)

    seen: list[str] = []
    event.listen(
        product.lake.engine, "before_cursor_execute", lambda _c, _k, statement, *_: seen.append(statement)
    )
    monkeypatch.setattr(checking, "find", counted)
    assert refresh(product.lake, [harbour]).events == 1
    assert len(looks) == 1
    about = [one for one in seen if "check_failure" in one or "restatement" in one]
    assert len(about) == 1
    assert about[0].startswith("SELECT")


def test_recheck_finds_nothing_where_nothing_is_wrong(product: Product, both: tuple[int, int]) -> None:
    harbour, colossus = both
    product.take_in_all({harbour: [opened(1)], colossus: [opened(n) for n in range(40)]})
    reply = {
        "event_id": "r",
        "event": "replied",
        "occurred_at": "2026-01-04T09:00:00Z",
        "lead": "l1@client.example",
    }
    product.take_in(harbour, [{**reply, "reply_category": "interested"}])
    for workspace, leads in ((harbour, 3), (colossus, 300)):
        done = recheck.recheck(product.lake, workspace)
        assert done.findings == []
        assert leads <= max(done.leads, leads) <= 1_000
        assert done.leads >= min(leads, 150)


TAMPERED = {
    "units": "UPDATE rows SET click_human = 1, click_all = 1 WHERE attribution = 'lead'",
    "messages": "UPDATE rows SET opens_human = opens_human + 1, opens_all = opens_all + 1 WHERE opens_all > 0",
}


@pytest.mark.parametrize("mart", TAMPERED)
def test_recheck_finds_what_was_published_wrong(
    product: Product, both: tuple[int, int], mart: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of every check at once: rows go out that are consistent in themselves and say something else."""
    harbour, colossus = both
    write = layer_files._write

    def tampered(lake: Any, connection: Any, name: str, source: str) -> Any:
        if name == mart:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE rows AS FROM {source}")
            connection.execute(f"{TAMPERED[mart]} AND workspace_id = {harbour}")
            source = "rows"
        return write(lake, connection, name, source)

    monkeypatch.setattr(layer_files, "_write", tampered)
    product.take_in_all({harbour: [opened(1)], colossus: [opened(1)]})
    monkeypatch.undo()
    done = recheck.recheck(product.lake, harbour)
    assert {one.mart for one in done.findings} >= {mart}
    assert recheck.recheck(product.lake, colossus).findings == []


def test_a_file_changed_on_the_disk_is_found_by_its_digest(product: Product, both: tuple[int, int]) -> None:
    harbour, colossus = both
    product.take_in(harbour, [opened(1)])
    with manifest.read_only(product.lake.engine).begin() as database:
        file = manifest.current(database, [harbour])[harbour].layers[-1].files["units"]
    path = product.lake.path(file.path)
    path.write_bytes(path.read_bytes() + b"!")
    (one,) = recheck.recheck(product.lake, harbour).findings
    assert (one.mart, one.check) == ("units", "is_as_published")
    assert recheck.recheck(product.lake, colossus).findings == []
    with manifest.read_only(product.lake.engine).begin() as database:
        marked = database.scalar(
            layer_file.select()
            .with_only_columns(layer_file.c.quarantined)
            .where(layer_file.c.path == file.path)
        )
    assert marked == 1
