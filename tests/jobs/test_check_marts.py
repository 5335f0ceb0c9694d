"""The job that holds published marts against their events: round by round, and only what is wrong is marked.

Alice's Harbour Coffee has three sends; Charlie's Colossus, with nine hundred, is the bystander.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from data.building import failures, refresh_on_view
from data.building.build import refresh
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake import manifest
from data.marts import layer_files
from data.marts.check_tables import recheck as table
from jobs.catalog import check_marts
from jobs.runtime.job import Task
from tests.support.product import Product


def sent(n: int) -> dict[str, str]:
    at = "2024-09-02T08:00:00Z"
    return {
        "event_id": f"s{n}",
        "event": "sent",
        "occurred_at": at,
        "message_id": f"m{n}",
        "lead": f"l{n}@x.io",
    }


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.open(tmp_path)


@pytest.fixture
def both(product: Product) -> tuple[int, int]:
    harbour, colossus = product.workspace("UTC"), product.workspace("UTC")
    product.take_in_all({harbour: map(sent, range(3)), colossus: map(sent, range(900))})
    return harbour, colossus


def run(product: Product, tenant: int = 0) -> Task:
    task = Task(product.lake, "check-marts", tenant, "2024-09-02T00:00:00Z")
    check_marts.JOB.function(task)
    return task


def looked_at(product: Product) -> dict[int, tuple[int, int, int]]:
    with product.lake.engine.connect() as connection:
        return {
            row.workspace_id: (row.version, row.leads, row.failures)
            for row in connection.execute(select(table))
        }


def rate(product: Product, workspace: int) -> tuple[int, int]:
    answer = product.ask(workspace, {"name": "rate", "data_type": "open"}, datetime(2024, 9, 9, tzinfo=UTC))
    return answer["n"], answer["base"]


def tamper(product: Product, workspace: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish an opening of everything that nobody made, in a layer that is consistent in itself."""
    write = layer_files._write

    def tampered(lake: Any, connection: Any, name: str, source: str) -> Any:
        if name == "units":
            connection.execute(f"CREATE OR REPLACE TEMP TABLE rows AS FROM {source}")
            mine = f"workspace_id = {workspace}"
            connection.execute(f"UPDATE rows SET open_human = open_base, open_all = open_base WHERE {mine}")
            source = "rows"
        return write(lake, connection, name, source)

    with monkeypatch.context() as patch:
        patch.setattr(layer_files, "_write", tampered)
        refresh(product.lake, [workspace], full=True)


def test_what_is_well_is_looked_at_and_nothing_is_marked(product: Product, both: tuple[int, int]) -> None:
    harbour, colossus = both
    task = run(product)
    assert (task.amount, task.detail) == (2, "checked 2 of 2 workspaces, 0 are to be built anew")
    seen = looked_at(product)
    assert seen[harbour] == (1, 3, 0)
    assert seen[colossus][0] == 1
    assert 150 <= seen[colossus][1] <= 300
    with product.lake.engine.connect() as connection:
        assert failures.failures(connection) == []


def test_what_is_wrong_is_built_anew_for_whoever_looks(
    product: Product,
    both: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    harbour, colossus = both
    tamper(product, harbour, monkeypatch)
    assert rate(product, harbour) == (3, 3)
    assert run(product).detail == "checked 2 of 2 workspaces, 1 are to be built anew"
    assert f"Workspace {harbour} stays at version 2: recheck failed" in caplog.text
    with product.lake.engine.connect() as connection:
        found = failures.failures(connection)
    assert {(one.workspace_id, one.stage) for one in found} == {(harbour, "recheck")}
    assert "equals_its_messages" in {one.check for one in found}
    assert (
        refresh_on_view.waiting(product.lake, harbour),
        refresh_on_view.waiting(product.lake, colossus),
    ) == (True, False)
    refresh_on_view.ensure(product.lake, harbour)
    assert rate(product, harbour) == (0, 3)
    with product.lake.engine.connect() as connection:
        assert failures.failures(connection) == []
        version = manifest.current(connection, [harbour])[harbour].version
    assert version == 3
    assert run(product, harbour).detail == "checked 1 of 1 workspaces, 0 are to be built anew"


def test_a_run_that_takes_long_goes_on_with_those_not_seen_for_longest(
    product: Product, both: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_marts, "SLICE_S", -1.0)
    assert run(product).amount == 1
    assert set(looked_at(product)) == {both[0]}
    assert run(product).amount == 1
    assert set(looked_at(product)) == set(both)


def test_while_events_wait_a_run_stands_back_between_workspaces(
    product: Product, both: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    # The module's own clock, not everybody's: other threads of this process sleep, too.
    clock = SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic)
    monkeypatch.setattr(check_marts, "time", clock)
    assert run(product).amount == 2
    assert pauses == []
    received = datetime(2026, 1, 6, tzinfo=UTC)
    event = canonical(
        {
            "event": "sent",
            "message_id": "late",
            "lead": "lou@client.example",
            "occurred_at": "2026-01-06T09:00:00Z",
        },
        received_at=received,
    )
    Inbox(product.lake.engine).put(both[0], None, [event], received_at=received)
    assert run(product).amount == 2
    assert len(pauses) == 2
    assert all(0 < pause <= check_marts.PAUSE_S for pause in pauses)


def test_one_that_moves_on_meanwhile_comes_again(
    product: Product, both: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    harbour, _ = both
    whole = check_marts.recheck

    def overtaken(*given: Any, **named: Any) -> Any:
        done = whole(*given, **named)
        product.take_in(harbour, [sent(9)])
        return done

    monkeypatch.setattr(check_marts, "recheck", overtaken)
    assert run(product, harbour).amount == 0
    assert looked_at(product) == {}
