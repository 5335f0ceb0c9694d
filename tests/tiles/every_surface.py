"""Run in a scratch copy by test_add_by_declaration.py: asks every surface about a new rate and a new figure."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import data
from dashapp.cli.commands.figures import _OPTIONS
from dashapp.cli.figure_text import text_of
from dashapp.tiles.base import page_for
from dashapp.tiles.options import METRICS, named
from dashapp.tiles.render import render_tile
from dashapp.tiles.table import as_text, rows_of
from dashapp.views.schema import Placed, View
from dashapp.web.api.openapi import document
from dashapp.web.styleguide import samples
from data.drilldown import behind
from data.errors import BadQuery, NotInScope
from data.metrics import describe
from data.query.ask import Query, ask, parse
from data.scope import Scope
from pages.plots.plot import explore
from tests.tiles.test_every_figure import _choosing
from tests.tiles.test_tiles_with_real_answers import NOW, _House

RATE, FIGURE = "click_of_reached", "mailboxes"


def main(folder: str) -> dict[str, Any]:
    """What each surface says, as JSON."""
    house = _House(Path(folder))
    return {"data_from": data.__path__[0], "rate": _rate(house), "figure": _figure(house)}


def _pair(answer: dict[str, Any]) -> list[int]:
    return [answer["n"], answer["base"]]


def _behind(house: _House, query: Query, cell: str) -> dict[str, list[int | None]]:
    found = {}
    for part in ("n", "base"):
        told = behind(house.lake, house.scope, house.harbour, query, cell, part=part, limit=1_000)  # type: ignore[arg-type]
        found[part] = [told.n, told.base, len(told.rows)]
    return found


def _rate(house: _House) -> dict[str, Any]:
    answer = house.ask(name="rate", data_type=RATE)
    query = Query(name="rate", data_type=RATE, as_of=NOW)
    grid = house.ask(name="cohort", data_type=RATE)["rows"]
    reached = [max(c["n"] for c in row["cells"] if c["n"] is not None) for row in grid if row["base"]]
    page = page_for("Harbour", "Europe/Madrid", NOW, period="90", lang="en")
    tiles = {
        kind: str(
            render_tile(Placed(id="one", type=kind, x=0, y=0, w=6, h=4, options=options), page, house.answers)
        )
        for kind, options in _choosing(RATE)
    }
    explored = explore({"now": answer}, {"now": query}, page)
    ripe = house.ask(
        name="rate", data_type=RATE, by="day", marks=True, **{"from": "2026-09-01", "to": "2026-10-26"}
    )
    assert ripe["progress"]["days"] >= 1
    return {
        "asked": _pair(answer),
        "asked_per_lead": _pair(house.ask(name="rate", data_type=RATE, attribution="lead")),
        "grid": [sum(reached), sum(row["base"] for row in grid)],
        "rows": _behind(house, query, ""),
        "line": text_of(query, answer).splitlines()[1],
        "described": describe(query).formula,
        "menu": {lang: named(METRICS, lang)[RATE] for lang in ("en", "fr")},
        "in_schema": RATE in json.dumps(View.model_json_schema()) or RATE in _tile_schemas(),
        "in_api": RATE in json.dumps(document("https://vitrine.example")),
        "in_help": RATE in _OPTIONS["data_type"],
        "tiles": tiles,
        "explored": _pair(explored.rows[0]),
        "csv": as_text(list(rows_of(answer))),
        "sample": samples.answer(query)["n"],
        "paper": len(tiles["kpi"]),
    }


def _tile_schemas() -> str:
    from dashapp.tiles.registry import tile_types

    return json.dumps(tile_types()["kpi"].options.model_json_schema())


def _figure(house: _House) -> dict[str, Any]:
    answer = house.ask(name=FIGURE)
    query = Query(name=FIGURE, as_of=NOW)
    told = describe(query)
    page = page_for("Harbour", "Europe/Madrid", NOW, lang="en")
    explored = explore({"now": answer}, {"now": query}, page)
    lines = text_of(query, answer).splitlines()
    return {
        "asked": {row["sender"]: _pair(row) for row in answer["rows"]},
        "rows": {row["sender"]: _behind(house, query, f"={row['sender']}") for row in answer["rows"]},
        "lines": [line for line in lines if re.search(r"\d of \d", line)],
        "described": [told.label, told.formula],
        "explored": {"rows": len(explored.rows), "labels": explored.figure["data"][0]["y"]},
        "csv": as_text(list(rows_of(answer))),
        "sample": len(samples.answer(query)["rows"]),
        "in_api": FIGURE in json.dumps(document("https://vitrine.example")),
        "refused": _refusal(lambda: parse(FIGURE, {"clock": "elapsed"})),
        "no_cell": _refusal(lambda: behind(house.lake, house.scope, house.harbour, query, "?")),
        "charlies": _stranger(house, query),
    }


def _refusal(act: Any) -> str:
    try:
        act()
    except BadQuery as error:
        return str(error)
    return ""


def _stranger(house: _House, query: Query) -> str:
    """Charlie, who may see another workspace, asks about Harbour."""
    try:
        ask(house.lake, Scope(frozenset({house.harbour + 1})), house.harbour, query)
    except NotInScope as error:
        return type(error).__name__
    return ""


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
