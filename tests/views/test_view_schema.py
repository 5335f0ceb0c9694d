"""Only views that can be shown are ever kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashapp.errors import Refused
from dashapp.views.schema import dump_view, parse_view
from dashapp.views.store import shipped_view
from dashapp.views.upgrades import upgrade


def tile(**changes: Any) -> dict[str, Any]:
    return {"id": "one", "type": "kpi", "x": 0, "y": 0, "w": 3, "h": 2, "options": {}} | changes


def view(*tiles: dict[str, Any], **changes: Any) -> str:
    return json.dumps({"schema_version": 2, "name": "Mine", "tiles": list(tiles)} | changes)


def test_the_shipped_view_is_valid_and_fills_its_rows() -> None:
    found = shipped_view()
    assert len(found.tiles) == 9
    for y in {t.y for t in found.tiles}:
        assert sum(t.w for t in found.tiles if t.y == y) == 12


def test_what_is_stored_reads_back_the_same() -> None:
    found = shipped_view()
    assert parse_view(dump_view(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 20_000,
        view(tile(), extra=1),
        view(tile(extra=1)),
        view(tile(type="iframe")),
        view(tile(options={"metric": "revenue"})),
        view(tile(options={"metric": {"$ne": 1}})),
        view(tile(x=10)),
        view(tile(x="0")),
        view(tile(w=True)),
        view(tile(id="<script>")),
        view(tile(id="")),
        view(tile(title="x" * 81)),
        view(tile(), tile(x=3)),
        view(tile(), tile(id="two", x=2, y=1)),
        view(*[tile(id=f"t{i}", y=2 * i) for i in range(41)]),
        view(name=""),
        view(schema_version=3),
        view(schema_version=0),
        view(schema_version="1"),
        view(schema_version=True),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Refused, match=r"\.$"):
        parse_view(text)


def test_an_empty_view_may_be_kept() -> None:
    assert parse_view(view()).tiles == []


def test_upgrades_run_in_order_and_leave_the_original_alone() -> None:
    steps = {1: lambda v: {**v, "seen": [1]}, 2: lambda v: {**v, "seen": [*v["seen"], 2]}}
    stored = {"schema_version": 1}
    assert upgrade(stored, steps) == {"schema_version": 3, "seen": [1, 2]}
    assert stored == {"schema_version": 1}
