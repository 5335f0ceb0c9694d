"""The rates of many workspaces counted together are those each of them is told alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.lake import manifest
from data.marts import layer_files
from data.query import band_rates
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.kept import Keeper
from tests.support.product import Product

AS_OF = datetime(2024, 9, 20, 12, 0, tzinfo=UTC)
#: Of ten e-mails so many are opened by a person; one more is opened by a machine.
OPENED = (1, 2, 4, 5, 7, 9)


def _mails(opened: int, first: int, day: int) -> list[dict[str, Any]]:
    """Ten e-mails of two campaigns; `first` numbers them."""
    events = []
    for n in range(first, first + 10):
        who = {"message_id": f"m{n}", "lead": f"l{n}@x.io", "campaign": f"C{n % 2}"}
        at = f"2024-09-{day:02}T09:00:00Z"
        events.append({"event_id": f"s{n}", "event": "sent", "occurred_at": at, **who})
        if n - first <= opened:
            machine = n - first == opened
            events.append(
                {"event_id": f"o{n}", "event": "opened", "occurred_at": at, "machine": machine, **who}
            )
    return events


@pytest.fixture
def north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> tuple[Product, list[int]]:
    """Alice's six clients in one file, a seventh without an event; two have more since; the sixth has no slices."""
    monkeypatch.setattr(layer_files, "SLICE_ABOVE", 3)
    product = Product.open(tmp_path)
    ids = product.holding(keeper, lambda: _clients(product))
    with product.lake.engine.connect() as connection:
        states = manifest.current(connection, ids)
    assert [any(layer.sliced for layer in states[one].layers) for one in ids] == [True] * 5 + [False] * 2
    assert [len(states[one].layers) for one in ids] == [2, 1, 1, 1, 1, 2, 0]
    return product, ids


def _clients(product: Product) -> list[int]:
    ids = [product.workspace(zone) for zone in ("UTC", "Asia/Tokyo", "America/New_York", *["UTC"] * 4)]
    product.take_in_all({one: _mails(n, 0, 2) for one, n in zip(ids[:5], OPENED, strict=False)})
    product.take_in_all({ids[5]: _mails(OPENED[5], 0, 2)[:2]})
    product.take_in_all({ids[0]: _mails(3, 10, 10), ids[5]: _mails(OPENED[5], 10, 10)})
    return ids


def _charlies(product: Product) -> int:
    """A client of another agency, with e-mails all of which were opened."""
    id_ = product.charlies()
    product.take_in(id_, _mails(9, 0, 2))
    return id_


def _queries(**more: Any) -> list[Query]:
    common = {"name": "rate", "as_of": AS_OF, **more}
    return [Query.model_validate({**common, "data_type": one}) for one in ("open", "click")]


def _alone(product: Product, one: int, query: Query) -> dict[str, Any]:
    return ask(product.lake, Scope(frozenset({one})), one, query)


def _rates(told: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(one["n"], one["base"]) for one in told]


def _nobody(one: int, query: Query) -> dict[str, Any]:
    raise AssertionError(f"workspace {one} was asked alone: {query}")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"engagement": "all"},
        {"from": "2024-09-10", "to": "2024-09-10"},
        {"to": "2024-09-02"},
        {"from": "2024-09-11"},
    ],
)
def test_all_are_counted_together_and_each_as_alone(
    north: tuple[Product, list[int]], more: dict[str, Any]
) -> None:
    product, ids = north
    charlies = _charlies(product)
    queries = _queries(**more)
    together = band_rates.rates(product.lake, ids, queries, _nobody)
    for query, told in zip(queries, together, strict=True):
        assert _rates(told) == _rates([_alone(product, one, query) for one in ids])
    assert charlies not in ids


def test_the_figures_by_hand(north: tuple[Product, list[int]]) -> None:
    """The first has 1 of 10 and then 3 of 10; the sixth 1 of 1 and then 9 of 10; the seventh nothing."""
    product, ids = north
    opens, clicks = band_rates.rates(product.lake, ids, _queries(), _nobody)
    assert _rates(opens) == [(4, 20), (2, 10), (4, 10), (5, 10), (7, 10), (10, 11), (0, 0)]
    assert _rates(clicks) == [(0, 20), (0, 10), (0, 10), (0, 10), (0, 10), (0, 11), (0, 0)]
    assert opens[6]["rate"] is None


def test_who_has_events_after_the_moment_is_asked_alone(north: tuple[Product, list[int]]) -> None:
    """On 5 September the first and the sixth had not sent their second ten."""
    product, ids = north
    queries = _queries(as_of=datetime(2024, 9, 5, tzinfo=UTC))
    asked: list[int] = []

    def alone(one: int, query: Query) -> dict[str, Any]:
        asked.append(one)
        return _alone(product, one, query)

    opens, _ = band_rates.rates(product.lake, ids, queries, alone)
    assert sorted(set(asked)) == [ids[0], ids[5]]
    assert sorted(_rates(opens)) == sorted([(1, 10), (2, 10), (4, 10), (5, 10), (7, 10), (1, 1), (0, 0)])


def test_a_broken_file_takes_no_figure_away(north: tuple[Product, list[int]]) -> None:
    """Who lies in it is told from the events; the others as before."""
    product, ids = north
    before = band_rates.rates(product.lake, ids, _queries(), _nobody)
    with product.lake.engine.connect() as connection:
        layers = manifest.current(connection, ids)[ids[1]].layers
    product.lake.path(layers[0].files["units"].path).write_bytes(b"no parquet")
    after = band_rates.rates(product.lake, ids, _queries(), lambda one, query: _alone(product, one, query))
    assert [sorted(_rates(told)) for told in after] == [sorted(_rates(told)) for told in before]


def test_a_workspace_that_is_gone_is_none(north: tuple[Product, list[int]]) -> None:
    product, ids = north
    opens, _ = band_rates.rates(product.lake, [ids[1], 9_999], _queries(), _nobody)
    assert _rates(opens) == [(2, 10)]
