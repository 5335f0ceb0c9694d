"""Whatever sequence of refreshes and merges a workspace has been through, its marts are those of a full build.

Byte for byte: after everything is merged into one layer, each mart's file has the same sha256 as the file of a full
build of the same events. Two workspaces hold messages and leads of the same names, and a third stands beside them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.building import build, merging
from data.lake import manifest
from tests.support.examples import examples, many
from tests.support.history.histories import History, Record, histories
from tests.support.product import Product

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("layers")))


@st.composite
def sequences(draw: st.DrawFn) -> tuple[History, list[tuple[str, list[Record]]]]:
    """A history cut into up to eight deliveries, with a merge of layers after some of them."""
    history = draw(histories(max_messages=12))
    events = history.events
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), min_size=3, max_size=7)))
    steps = []
    for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True):
        steps.append(
            (draw(st.sampled_from(("refresh", "refresh", "merge some", "merge all"))), events[start:end])
        )
    return history, steps


@pytest.mark.more
@examples(2, 10, shrink=False, suppress_health_check=SLOW)
@given(one=sequences(), other=sequences())
def test_any_sequence_ends_in_the_bytes_of_a_full_build(
    product: Product,
    one: tuple[History, list[tuple[str, list[Record]]]],
    other: tuple[History, list[tuple[str, list[Record]]]],
) -> None:
    workspaces = {product.workspace(history.timezone): steps for history, steps in (one, other)}
    for number in range(8):
        for id_, steps in workspaces.items():
            if number < len(steps):
                how, events = steps[number]
                product.take_in(id_, events)
                if how != "refresh":
                    merging.merge_layers(product.lake, [id_], everything=how == "merge all")
    for id_ in workspaces:  # one by one: a layer of two would be another file
        merging.merge_layers(product.lake, [id_], everything=True)
        merged = _digests(product, id_)
        product.rebuild([id_])
        assert _digests(product, id_) == merged


@pytest.mark.more
def test_layers_are_merged_as_they_grow(product: Product) -> None:
    """Refreshes of one event each leave a handful of layers, and rewrite a row a few times, not once a refresh."""
    refreshes = 30 if many() else 12
    workspace, bystander = product.workspace("UTC"), product.workspace("UTC")
    written = []
    product.take_in(bystander, [_sent(n) for n in range(3)])
    for number in range(refreshes):
        product.take_in(workspace, [_sent(number)])
        layers = _layers(product, workspace)
        written.append(sum(one.rows for one in layers))
        assert len(layers) <= build.MOST_LAYERS
    assert written[-1] == refreshes
    assert len(_layers(product, bystander)) == 1
    rows = [one.rows for one in _layers(product, workspace)]
    assert rows == sorted(rows, reverse=True), "the oldest is the longest"


def test_a_refresh_reads_and_writes_what_changed_and_not_the_history(product: Product) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, [_sent(n) for n in range(2_000)])
    before = {one.id for one in _layers(product, workspace)}
    opened = {"event": "opened", "event_id": "o7", "occurred_at": "2024-09-05T09:00:00Z", "message_id": "m7"}
    product.take_in(workspace, [opened])
    new = [one for one in _layers(product, workspace) if one.id not in before]
    assert [one.rows for one in new] == [1], "one message"
    assert {mart: file.rows for mart, file in new[0].files.items()} == {
        "messages": 1,
        "journeys": 1,
        "combos": 1,
        "units": 2,  # one e-mail, one journey: a row each says +1 opened
        "cohorts": 2,
        "activity": 1,
        "timeline": 1,
    }


def _sent(number: int) -> Record:
    return {
        "event": "sent",
        "event_id": f"s{number}",
        "occurred_at": "2024-09-03T09:00:00Z",
        "message_id": f"m{number}",
        "lead": f"l{number}@client.example",
    }


def _layers(product: Product, workspace: int) -> tuple[manifest.Layer, ...]:
    with manifest.read_only(product.lake.engine).begin() as connection:
        return manifest.current(connection, [workspace])[workspace].layers


def _digests(product: Product, workspace: int) -> dict[str, str]:
    (only,) = _layers(product, workspace) or (None,)
    return {} if only is None else {mart: file.sha256 for mart, file in only.files.items()}
