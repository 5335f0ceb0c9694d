"""Every query option against the plain Python reference, over random histories in three zones.

One lake serves all examples, each in a workspace of its own; a history arrives in up to three deliveries with
a refresh after each, so what is compared is nearly always the incremental path. At the end the marts are
built anew: the figures must be the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.history.histories import Asked, History, Record, histories
from tests.support.product import Product
from tests.support.reference.figures import answer

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("property")))


# Shrinking builds marts some thousand times: minutes nobody has. The failing queries are told instead.
@pytest.mark.more
@examples(2, 12, shrink=False, suppress_health_check=SLOW)
@given(clients=st.lists(histories(), min_size=1, max_size=6))
def test_the_product_answers_as_the_reference(product: Product, clients: list[History]) -> None:
    """Several clients at once, whose messages and leads have the same names and who must never mix."""
    workspaces = {product.workspace(history.timezone): history for history in clients}
    for number in range(3):
        product.take_in_all({id_: history.arrived(number) for id_, history in workspaces.items()})
        for id_, history in workspaces.items():
            first = history.queries[:1] if number < 2 else history.queries
            _assert_same(product, id_, history, history.so_far(number), first)
    incremental = [product.ask_all(id_, history.queries) for id_, history in workspaces.items()]
    product.rebuild(workspaces)
    rebuilt = [product.ask_all(id_, history.queries) for id_, history in workspaces.items()]
    assert rebuilt == incremental


def _assert_same(
    product: Product, workspace: int, history: History, events: list[Record], asked: list[Asked]
) -> None:
    """The product's answers are the reference's."""
    for found, (query, as_of) in zip(product.ask_all(workspace, asked), asked, strict=True):
        expected = answer(events, history.timezone, query, as_of)
        told = {name: found.get(name) for name in expected}
        assert told == expected, (query, as_of, history.timezone, events)


@pytest.mark.more
@examples(25, 120, suppress_health_check=SLOW)
@given(history=histories(max_queries=3), shuffled=st.randoms(use_true_random=False))
def test_the_reference_keeps_the_rules_of_every_rate(history: History, shuffled: Any) -> None:
    events = history.events
    again = [*events, *events[:3]]
    shuffled.shuffle(again)
    for query, as_of in history.queries:
        found = answer(events, history.timezone, query, as_of)
        assert answer(again, history.timezone, query, as_of) == found, "order and repeats change nothing"
        for n, base, rate in _fractions(found):
            assert 0 <= n <= base
            assert rate == (n / base if base else None)
        for row in found.get("rows", ()):
            counts = [cell["n"] for cell in row["cells"] if cell["n"] is not None]
            assert counts == sorted(counts), "cumulative"
        if query["name"] == "rate":
            parts = answer(events, history.timezone, {**query, "by": "campaign"}, as_of)["groups"]
            for name in ("n", "base"):
                assert sum(part[name] for part in parts) == found[name], "units add up over campaigns"


def _fractions(found: dict[str, Any]) -> list[tuple[int, int, float | None]]:
    parts = [found] if "base" in found else []
    parts += [found["headline"]] if "headline" in found else []
    parts += found.get("groups", []) + [p for p in found.get("points", ()) if p["n"] is not None]
    parts += [
        {**c, "base": r["base"]} for r in found.get("rows", ()) for c in r["cells"] if c["n"] is not None
    ]
    return [(part["n"], part["base"], part["rate"]) for part in parts]
