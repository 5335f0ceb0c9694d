"""Two people changed one view: a three-way merge, tile by tile and field by field. Pure.

Where both changed the same field differently, what was saved first stays in the view and the later value is
handed back as a conflict: nothing is lost, nothing is overwritten unseen. A tile that one removed and the other
changed stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dashapp.ui.language.texts import words
from dashapp.views.difference import Change, differences, field_phrase, field_value, place_of
from dashapp.views.layout import LAST_ROW, raise_up, reading_order, settle
from dashapp.views.phrases import tile_label
from dashapp.views.schema import MOST_TILES, Placed, View, new_id, options_of

#: The value of a field in a base that does not have the tile: equal to nothing.
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field both changed. `mine` is the later value, not in the view; `theirs` stands in it. JSON-ready.

    `field`: as in `Change`, or "removed": one removed the tile (None) the other changed (the tile).
    """

    tile: str | None
    label: str
    field: str
    mine: Any
    theirs: Any
    tile_type: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """The view both get, what could not be joined, and what the other one had changed since `base`."""

    view: View
    conflicts: tuple[Conflict, ...] = ()
    others: tuple[Change, ...] = ()


def merge(base: View, mine: View, theirs: View, make_id: Callable[[str], str] = new_id) -> Merged:
    """`theirs` (saved first) and `mine`, both made from `base`, joined.

    The result never overlaps: tiles moved or added by `mine` give way downwards. It may have more tiles than a
    view can be stored with: the caller's check says so.
    """
    if theirs == base:
        return Merged(mine)
    others = differences(base, theirs)
    if mine in (base, theirs):
        return Merged(theirs, others=others)
    joining = _Joining(base, mine, theirs, make_id)
    return Merged(joining.view(), tuple(joining.conflicts), others)


def take_mine(view: View, conflict: Conflict) -> View:
    """`view` with the later value of a conflict after all. A tile that is gone meanwhile stays gone."""
    if conflict.tile is None:
        return view.model_copy(update={conflict.field: conflict.mine})
    tile = next((tile for tile in view.tiles if tile.id == conflict.tile), None)
    if tile is None or (conflict.field == "removed" and conflict.mine is not None):
        return view
    others = [other for other in view.tiles if other.id != tile.id]
    if conflict.field == "removed":
        return view.model_copy(update={"tiles": others})
    changed = _with_field(tile, conflict.field, conflict.mine)
    if changed is None:
        return view
    (settled,) = settle(others, [changed])
    tiles = [settled if other.id == tile.id else other for other in view.tiles]
    return view.model_copy(update={"tiles": _within(tiles)})


def conflict_sentence(conflict: Conflict, lang: str = "en", who: str = "") -> str:
    """What happened, for the one who saved later. `who`: the other's name."""
    t = words(lang)
    who = who or t("somebody")
    label = conflict.label or t("the_view")
    if conflict.field == "removed":
        key = "conflict_you_removed" if conflict.mine is None else "conflict_they_removed"
        return t(key, label=label, who=who)
    mine, theirs = (
        _said(conflict, value, lang)
        for value in ((conflict.mine, conflict.theirs) if conflict.field != "type" else _types(conflict))
    )
    what = (
        t("said_place")
        if conflict.field == "place"
        else field_phrase(conflict.field, lang, conflict.tile_type)
    )
    return t("conflict", label=label, what=what, who=who, mine=mine, theirs=theirs)


class _Joining:
    """The state of one merge."""

    def __init__(self, base: View, mine: View, theirs: View, make_id: Callable[[str], str]) -> None:
        self.base, self.mine, self.theirs = base, mine, theirs
        self.make_id = make_id
        self.conflicts: list[Conflict] = []

    def view(self) -> View:
        base = {tile.id: tile for tile in self.base.tiles}
        mine = {tile.id: tile for tile in self.mine.tiles}
        theirs = {tile.id: tile for tile in self.theirs.tiles}
        joined: list[Placed] = []
        for key in dict.fromkeys([*theirs, *mine]):
            joined += self._tile(base.get(key), mine.get(key), theirs.get(key))
        staying = [
            tile for tile in joined if tile.id in theirs and place_of(theirs[tile.id]) == place_of(tile)
        ]
        ids = {tile.id for tile in staying}
        moving = sorted((tile for tile in joined if tile.id not in ids), key=reading_order)
        settled = {tile.id: tile for tile in [*staying, *settle(staying, moving)]}
        return View.model_construct(
            schema_version=self.theirs.schema_version,
            name=self._pick(None, "name", self.base.name, self.mine.name, self.theirs.name),
            locked=self._pick(None, "locked", self.base.locked, self.mine.locked, self.theirs.locked),
            tiles=_within([settled[tile.id] for tile in joined]),
        )

    def _tile(self, base: Placed | None, mine: Placed | None, theirs: Placed | None) -> list[Placed]:
        if mine is None and theirs is not None:
            if base is None:
                return [theirs]
            if base == theirs:
                return []
            self._conflict(theirs, "removed", None, theirs.model_dump(mode="json"))
            return [theirs]
        if theirs is None and mine is not None:
            if base is None:
                return [mine]
            if base == mine:
                return []
            self._conflict(mine, "removed", mine.model_dump(mode="json"), None)
            return [mine]
        assert mine is not None
        assert theirs is not None
        if base is None and mine.type != theirs.type:  # two new tiles that happen to share an id
            return [theirs, mine.model_copy(update={"id": self.make_id(mine.type)})]
        return [self._both(base, mine, theirs)]

    def _both(self, base: Placed | None, mine: Placed, theirs: Placed) -> Placed:
        """Both have the tile. Without a base (one id, added by both) every difference is a conflict."""
        if mine in (base, theirs):
            return theirs
        if theirs == base:
            return mine
        result = theirs
        for field in ("title", "place", "locked"):
            old = _ABSENT if base is None else _field(base, field)
            picked = self._pick(theirs, field, old, _field(mine, field), _field(theirs, field))
            changed = _with_field(result, field, picked)
            assert changed is not None
            result = changed
        if base is not None and not base.type == mine.type == theirs.type:
            picked = self._pick(theirs, "type", _kind(base), _kind(mine), _kind(theirs))
            return result.model_copy(update=picked)
        return self._options(base, mine, theirs, result)

    def _options(self, base: Placed | None, mine: Placed, theirs: Placed, result: Placed) -> Placed:
        old = {} if base is None else options_of(base)
        own, saved = options_of(mine), options_of(theirs)
        before = len(self.conflicts)
        joined = dict(theirs.options)
        for key in saved:
            picked = self._pick(theirs, f"options.{key}", old.get(key, _ABSENT), own.get(key), saved[key])
            if picked != saved[key]:
                joined[key] = picked
        try:
            return Placed.model_validate({**result.model_dump(), "options": joined})
        except ValidationError:  # each is right alone, together they are not
            del self.conflicts[before:]
            for key in saved:
                if own.get(key) not in (old.get(key, _ABSENT), saved[key]):
                    self._conflict(theirs, f"options.{key}", own.get(key), saved[key])
            return result

    def _pick(self, tile: Placed | None, field: str, base: Any, mine: Any, theirs: Any) -> Any:
        if mine in (base, theirs):
            return theirs
        if theirs == base:
            return mine
        plain = (list(mine), list(theirs)) if isinstance(mine, tuple) else (mine, theirs)
        self._conflict(tile, field, *plain)
        return theirs

    def _conflict(self, tile: Placed | None, field: str, mine: Any, theirs: Any) -> None:
        if tile is None:
            self.conflicts.append(Conflict(None, "", field, mine, theirs))
        else:
            self.conflicts.append(Conflict(tile.id, tile_label(tile), field, mine, theirs, tile.type))


def _field(tile: Placed, field: str) -> Any:
    return place_of(tile) if field == "place" else getattr(tile, field)


def _kind(tile: Placed) -> dict[str, Any]:
    return {"type": tile.type, "options": tile.options}


def _types(conflict: Conflict) -> tuple[str, str]:
    return conflict.mine["type"], conflict.theirs["type"]


def _said(conflict: Conflict, value: Any, lang: str) -> str:
    if conflict.field == "place":
        x, y, w, h = value
        return f"{words(lang)('place', x=x + 1, y=y + 1)}, {w} × {h}"
    return field_value(conflict.field, value, lang, conflict.tile_type)


def _with_field(tile: Placed, field: str, value: Any) -> Placed | None:
    """The tile with another value; None when it would not be a tile any more."""
    if field == "place":
        x, y, w, h = value
        return tile.model_copy(update={"x": x, "y": y, "w": w, "h": h})
    if field in {"title", "locked"}:
        return tile.model_copy(update={field: value})
    changes = (
        value if field == "type" else {"options": {**tile.options, field.removeprefix("options."): value}}
    )
    try:
        return Placed.model_validate({**tile.model_dump(), **changes})
    except ValidationError:
        return None


def _within(tiles: list[Placed]) -> list[Placed]:
    """The tiles, gaps closed when they have grown past the last row of a stored view."""
    if len(tiles) > MOST_TILES or all(tile.y <= LAST_ROW for tile in tiles):
        return tiles
    risen = {tile.id: tile for tile in raise_up(tiles)}
    return [risen[tile.id] for tile in tiles]
