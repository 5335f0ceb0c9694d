"""What differs between two views, tile by tile and option by option, and the sentences for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashapp.ui.language.texts import words
from dashapp.views.phrases import option_phrase, tile_label, title_phrase, type_label, value_phrase
from dashapp.views.schema import Placed, View, options_of

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `tile` is None for the view itself; `label` is what people call the tile (in English).

    `field`: "tile" (added or removed, with the tile itself in `after` or `before`), "title", "place" (x, y, w,
    h), "type", "locked", "name" or "options.<key>".
    """

    kind: Literal["added", "removed", "changed"]
    tile: str | None
    label: str
    field: str
    before: Any
    after: Any
    tile_type: str = ""
    #: The tile as it is after a change: a sentence calls it by its title in the reader's language.
    shown: Placed | None = None


def place_of(tile: Placed) -> Rectangle:
    """(x, y, w, h)."""
    return tile.x, tile.y, tile.w, tile.h


def differences(before: View, after: View) -> tuple[Change, ...]:
    """Every difference: the view's own, then removed, added and changed tiles, in the order of the views."""
    found = [
        Change("changed", None, after.name, field, getattr(before, field), getattr(after, field))
        for field in ("name", "locked")
        if getattr(before, field) != getattr(after, field)
    ]
    old = {tile.id: tile for tile in before.tiles}
    new = {tile.id: tile for tile in after.tiles}
    found += [
        Change("removed", tile.id, tile_label(tile), "tile", tile, None)
        for tile in before.tiles
        if tile.id not in new
    ]
    found += [
        Change("added", tile.id, tile_label(tile), "tile", None, tile)
        for tile in after.tiles
        if tile.id not in old
    ]
    for tile in after.tiles:
        if tile.id in old:
            found += tile_changes(old[tile.id], tile)
    return tuple(found)


def tile_changes(before: Placed, after: Placed) -> list[Change]:
    """What differs between two states of one tile. With another type its options are not compared."""
    if before == after:
        return []
    label = tile_label(after)

    def change(field: str, old: Any, new: Any) -> Change:
        return Change("changed", after.id, label, field, old, new, after.type, after)

    found = []
    if before.type != after.type:
        found.append(change("type", before.type, after.type))
    else:
        old, new = options_of(before), options_of(after)
        found += [
            change(f"options.{key}", old.get(key), value)
            for key, value in new.items()
            if old.get(key) != value
        ]
    if before.title != after.title:
        found.append(change("title", before.title, after.title))
    if place_of(before) != place_of(after):
        found.append(change("place", place_of(before), place_of(after)))
    if before.locked != after.locked:
        found.append(change("locked", before.locked, after.locked))
    return found


def change_sentences(changes: Sequence[Change], lang: str = "en") -> list[str]:
    """One sentence for each tile that changed, in the order given."""
    t = words(lang)
    said: list[str] = []
    together: dict[str, list[str]] = {}
    for change in changes:
        if change.kind == "changed" and change.tile is not None:
            together.setdefault(change.tile, []).append(change_phrase(change, lang))
        elif change.kind == "changed":
            said.append(t("change_view", what=change_phrase(change, lang)))
        else:
            tile = change.before or change.after
            said.append(t(f"change_{change.kind}", label=tile_label(tile, lang)))
    labels = {c.tile: tile_label(c.shown, lang) if c.shown else c.label for c in changes}
    return said + [
        t("change_tile", label=labels[tile], what=", ".join(phrases)) for tile, phrases in together.items()
    ]


def change_phrase(change: Change, lang: str = "en") -> str:
    """A change of a value within a sentence: "data type reply instead of open"."""
    t = words(lang)
    if change.field == "locked":
        return t("locked_now" if change.after else "unlocked_now")
    if change.field == "place" and change.before[2:] == change.after[2:]:
        return t("moved")
    what, before, after = (
        field_phrase(change.field, lang, change.tile_type),
        field_value(change.field, change.before, lang, change.tile_type),
        field_value(change.field, change.after, lang, change.tile_type),
    )
    return t("instead", what=what, after=after, before=before)


def field_phrase(field: str, lang: str = "en", kind: str = "") -> str:
    """A field's name within a sentence."""
    t = words(lang)
    if field.startswith("options."):
        return option_phrase(field.removeprefix("options."), lang, kind)
    return t({"place": "said_size"}.get(field, f"said_{field}"))


def field_value(field: str, value: Any, lang: str = "en", kind: str = "") -> str:
    """A field's value within a sentence; of a place its size alone."""
    if field == "title":
        return title_phrase(value, lang)
    if field == "name":
        return words(lang)("quoted", text=value)
    if field == "type":
        return type_label(value, lang)
    if field == "place":
        return f"{value[2]} × {value[3]}"
    return value_phrase(value, lang, field.removeprefix("options."), kind)
