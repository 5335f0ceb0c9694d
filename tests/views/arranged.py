"""Views for tests: made by hand from short words, and any view at all for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dashapp.views.layout import settle
from dashapp.views.overrides import Override, Position, TileOverride
from dashapp.views.schema import Placed, View, dump_view, parse_view

METRICS = ["sent", "open", "reply", "bounce"]
KINDS = ["kpi", "trend", "week1"]


def tile(key: str, x: int = 0, y: int = 0, w: int = 3, h: int = 2, **more: Any) -> Placed:
    """A key figure of the replies per lead unless told otherwise."""
    kind = more.pop("type", "kpi")
    counted = {"metric": "reply"} if kind in {"kpi", "trend"} else {}
    options = {**counted, "attribution": "lead", **more.pop("options", {})}
    return Placed(id=key, type=kind, x=x, y=y, w=w, h=h, options=options, **more)


def view(*tiles: Placed, name: str = "Report", locked: bool = False) -> View:
    """A view that could be stored."""
    return parse_view(dump_view(View(name=name, tiles=list(tiles), locked=locked)))


def overlaps(shown: View) -> list[tuple[str, str]]:
    """Pairs of tiles that share a cell, found cell by cell: not by the code under test."""
    seen: dict[tuple[int, int], str] = {}
    found = []
    for one in shown.tiles:
        for cell in [(x, y) for x in range(one.x, one.x + one.w) for y in range(one.y, one.y + one.h)]:
            if cell in seen:
                found.append((seen[cell], one.id))
            seen[cell] = one.id
    return found


@st.composite
def placed(draw: Any, key: str) -> Placed:
    """One tile of that id."""
    w = draw(st.integers(2, 12))
    kind = draw(st.sampled_from(KINDS))
    options = {}
    if kind == "kpi" and draw(st.booleans()):
        options["metric"] = draw(st.sampled_from(METRICS))
    if draw(st.booleans()):
        options["attribution"] = draw(st.sampled_from(["email", "lead"]))
    return Placed(
        id=key,
        type=kind,
        x=draw(st.integers(0, 12 - w)),
        y=draw(st.integers(0, 8)),
        w=w,
        h=draw(st.integers(1, 4)),
        title=draw(st.sampled_from([None, "Mine", "Yours"])),
        options=options,
        locked=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def views(draw: Any, keys: str = "abcdefgh", name: str | None = None) -> View:
    """Any view whose ids are of `keys`."""
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, max_size=len(keys)))
    tiles = settle([], [draw(placed(key)) for key in chosen])
    return View(name=name or draw(st.sampled_from(["One", "Two"])), tiles=tiles)


@st.composite
def edited(draw: Any, base: View, keys: str) -> View:
    """`base` after some editing: tiles removed, changed and, with ids of `keys`, added."""
    tiles = []
    for one in base.tiles:
        match draw(st.sampled_from(["keep", "keep", "remove", "title", "place", "option", "all"])):
            case "keep":
                tiles.append(one)
            case "title":
                tiles.append(one.model_copy(update={"title": draw(st.sampled_from([None, "A", "B"]))}))
            case "place":
                w = draw(st.integers(2, 12))
                place = {"x": draw(st.integers(0, 12 - w)), "y": draw(st.integers(0, 8)), "w": w}
                tiles.append(one.model_copy(update=place))
            case "option":
                options = {**one.options, "attribution": draw(st.sampled_from(["email", "lead"]))}
                tiles.append(one.model_copy(update={"options": options}))
            case "all":
                tiles.append(draw(placed(one.id)))
    new = draw(st.lists(st.sampled_from(keys), unique=True, max_size=3)) if keys else []
    known = {one.id for one in base.tiles}
    tiles += [draw(placed(key)) for key in new if key not in known]
    return View(name=draw(st.sampled_from([base.name, "Three"])), tiles=settle([], tiles))


@st.composite
def overrides(draw: Any, keys: str = "abcdefghij") -> Override:
    """Any override, of tiles that may or may not be there, with tiles of its own."""
    tiles = {}
    for key in draw(st.lists(st.sampled_from(keys), unique=True, max_size=5)):
        kind = draw(st.sampled_from(KINDS))
        parts: dict[str, Any] = {}
        if draw(st.booleans()):
            parts["title"] = draw(st.sampled_from([None, "Own"]))
        if draw(st.booleans()):
            parts["options"] = draw(
                st.sampled_from([{"attribution": "email"}, {"metric": "open"}, {"no": 1}])
            )
        if draw(st.booleans()):
            w = draw(st.integers(2, 12))
            parts["place"] = Position(x=draw(st.integers(0, 12 - w)), y=draw(st.integers(0, 8)), w=w, h=2)
        tiles[key] = TileOverride(type=kind, **parts)
    hidden = draw(st.lists(st.sampled_from(keys), unique=True, max_size=3))
    added = [draw(placed(key)) for key in draw(st.lists(st.sampled_from("aex9"), unique=True))]
    return Override(tiles=tiles, hidden=hidden, added=added)
