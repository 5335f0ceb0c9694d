"""The jobs that keep forecasts and layers, run by themselves over a real lake."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from data.lake import manifest
from data.lake.tables import mart_version
from data.marts.layer_files import FORMAT
from jobs.catalog import merge_layers, snapshot_forecast
from jobs.runtime.job import Task
from tests.support.product import Product


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.open(tmp_path)


def _sent(n: int) -> dict[str, str]:
    return {
        "event_id": f"s{n}",
        "event": "sent",
        "occurred_at": "2024-09-02T08:00:00Z",
        "message_id": f"m{n}",
        "lead": f"l{n}@x.io",
    }


def _layers(product: Product, workspace: int) -> int:
    with manifest.read_only(product.lake.engine).begin() as connection:
        return len(manifest.current(connection, [workspace])[workspace].layers)


def test_layers_above_four_are_merged_and_the_neighbour_is_left_alone(product: Product) -> None:
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    for n in range(7):
        product.take_in(alices, [_sent(n)])
    product.take_in(charlies, [_sent(n) for n in range(900)])
    assert (_layers(product, alices), _layers(product, charlies)) == (7, 1)
    task = Task(product.lake, "merge-layers", 0, "2024-09-02T00:00:00Z")
    merge_layers.JOB.function(task)
    assert task.amount == 1
    assert (_layers(product, alices), _layers(product, charlies)) == (1, 1)


def test_layers_of_another_format_are_left_to_the_rebuild(product: Product) -> None:
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    for n in range(7):
        product.take_in(alices, [_sent(n)])
        product.take_in(charlies, [_sent(n)])
    with product.lake.engine.begin() as connection:
        connection.execute(
            update(mart_version).where(mart_version.c.workspace_id == alices).values(format=FORMAT - 1)
        )
    task = Task(product.lake, "merge-layers", 0, "2024-09-02T00:00:00Z")
    merge_layers.JOB.function(task)
    assert task.amount == 1
    assert (_layers(product, alices), _layers(product, charlies)) == (7, 1)


def test_layers_of_hints_alone_are_merged(product: Product) -> None:
    alices = product.workspace("UTC")
    for n in range(7):  # opened, never sent: no message is stored, only the hint of one
        product.take_in(alices, [_sent(n) | {"event": "opened"}])
    assert _layers(product, alices) == 7
    task = Task(product.lake, "merge-layers", 0, "2024-09-02T00:00:00Z")
    merge_layers.JOB.function(task)
    assert (task.amount, _layers(product, alices)) == (1, 1)


@pytest.mark.parametrize("slot", ["2024-09-03", "now 2024-09-03T06:00:00Z 0011aabb"])
def test_without_a_plan_no_forecast_is_kept_and_nothing_is_counted(
    product: Product, slot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alices = product.workspace("Europe/Paris")
    product.take_in(alices, [_sent(1)])
    monkeypatch.setattr(
        "data.query.ask.ask", lambda *_: pytest.fail("half a second of each night for nothing")
    )
    task = Task(product.lake, "snapshot-forecast", alices, slot)
    snapshot_forecast.JOB.function(task)
    assert task.amount == 0
    assert "nothing is planned" in task.detail
