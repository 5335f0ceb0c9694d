"""What one workspace changes in an agency template: a small strict document, no copy of the template.

Only what differs is kept, each option by itself, so that everything else follows the template live.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from dashapp.errors import Refused
from dashapp.tiles.registry import tile_types
from dashapp.views.difference import place_of
from dashapp.views.layout import COLUMNS, LAST_ROW, MOST_ROWS
from dashapp.views.phrases import tile_label
from dashapp.views.schema import (
    MOST_TILES,
    Placed,
    Strict,
    TileId,
    Title,
    View,
    options_of,
    stored_object,
    validated,
)
from dashapp.views.upgrades import SCHEMA_VERSION, upgrade


class Position(Strict):
    """Where a workspace has a tile, as a whole: half a move is none."""

    x: Annotated[int, Field(ge=0, lt=COLUMNS)]
    y: Annotated[int, Field(ge=0, le=LAST_ROW)]
    w: Annotated[int, Field(ge=2, le=COLUMNS)]
    h: Annotated[int, Field(ge=1, le=MOST_ROWS)]

    @model_validator(mode="after")
    def _fits(self) -> Position:
        if self.x + self.w > COLUMNS:
            raise ValueError(f"it reaches beyond the {COLUMNS} columns")
        return self


class TileOverride(Strict):
    """What differs in one tile. A `title` that is there and null means the type's own title.

    `type` is the tile's type when this was written: options of another type mean nothing.
    """

    type: str
    options: dict[str, Any] = Field(default_factory=dict)
    title: Title | None = None
    place: Position | None = None

    @property
    def sets_title(self) -> bool:
        """Whether the title is overridden, also by none."""
        return "title" in self.model_fields_set


class Override(Strict):
    """Everything one workspace changes in one template: tiles by id, hidden ids, tiles of its own."""

    schema_version: int = SCHEMA_VERSION
    tiles: dict[TileId, TileOverride] = Field(default_factory=dict)
    hidden: list[TileId] = Field(default_factory=list)
    added: list[Placed] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Override:
        if self.schema_version != SCHEMA_VERSION:
            raise ValueError(f"schema_version {self.schema_version} is not {SCHEMA_VERSION}")
        if max(len(self.tiles), len(self.hidden), len(self.added)) > 2 * MOST_TILES:
            raise ValueError(f"a view has at most {MOST_TILES} tiles")
        ids = [tile.id for tile in self.added]
        if len(set(ids)) != len(ids) or len(set(self.hidden)) != len(self.hidden):
            raise ValueError("a tile is named twice")
        for key, tile in self.tiles.items():
            if tile.type not in tile_types():
                raise ValueError(f"tile {key}: there is no tile type {tile.type[:40]!r}")
        return self

    @property
    def empty(self) -> bool:
        """Whether it changes nothing at all."""
        return not (self.tiles or self.hidden or self.added)


def parse_override(text: str) -> Override:
    """JSON text of any known schema version as an Override; raises Refused with one sentence."""
    return validated(Override, _upgraded(stored_object(text, "override")), "override")


def dump_override(override: Override) -> str:
    """The JSON text an override is stored as: only what it sets."""
    tiles = {key: tile.model_dump(mode="json", exclude_unset=True) for key, tile in override.tiles.items()}
    body: dict[str, Any] = {"schema_version": override.schema_version}
    if tiles:
        body["tiles"] = tiles
    if override.hidden:
        body["hidden"] = override.hidden
    if override.added:
        body["added"] = [tile.model_dump(mode="json", exclude_defaults=True) for tile in override.added]
    return json.dumps(body, indent=1, ensure_ascii=False)


def override_from(template: View, edited: View, before: Override | None = None) -> Override:
    """The override that turns `template` into `edited`.

    What `before` says about tiles the template does not have now (or has locked) is kept: a template that is
    undone brings them back. Raises Refused, nothing being changed, when `edited` touches what is locked, the
    template's name, or the type of one of its tiles.
    """
    before = before or Override()
    if edited.name != template.name:
        raise Refused("The name of a template is changed in the agency; duplicate the view to name your own.")
    known = {tile.id: tile for tile in template.tiles}
    now = {tile.id: tile for tile in edited.tiles}
    tiles, hidden = {}, []
    for tile in template.tiles:
        mine = now.get(tile.id)
        if mine is None:
            hidden.append(tile.id)
        elif (change := _tile_override(tile, mine)) is not None:
            tiles[tile.id] = change
    added = [tile for tile in edited.tiles if tile.id not in known]
    if template.locked and (tiles or hidden or added):
        raise Refused("The agency locked this template: it cannot be changed in a workspace.")
    for key in [*tiles, *hidden]:
        if known[key].locked:
            raise Refused(
                "The agency locked “{name}”: it cannot be changed in a workspace.",
                name=tile_label(known[key]),
            )
    if template.locked:
        return before
    asleep = {
        key
        for key in [*before.tiles, *before.hidden]
        if (known[key].locked if key in known else key not in now)
    }
    tiles |= {key: tile for key, tile in before.tiles.items() if key in asleep}
    hidden += [key for key in before.hidden if key in asleep]
    return Override(tiles=tiles, hidden=hidden, added=added)


def without(override: Override, tile_id: str | None = None, field: str | None = None) -> Override:
    """The override with one field of a tile, one tile, or everything dropped. Raises Refused for a bad field."""
    if tile_id is None:
        return Override()
    tiles = {key: tile for key, tile in override.tiles.items() if key != tile_id}
    if field is None:
        return override.model_copy(
            update={
                "tiles": tiles,
                "hidden": [key for key in override.hidden if key != tile_id],
                "added": [tile for tile in override.added if tile.id != tile_id],
            }
        )
    found = override.tiles.get(tile_id)
    if found is None:
        return override
    kept = found.model_dump(exclude_unset=True)
    if field.startswith("options."):
        options = {k: v for k, v in found.options.items() if k != field.removeprefix("options.")}
        kept = {**kept, "options": options}
        if not options:
            del kept["options"]
    elif field in {"title", "place"}:
        kept.pop(field, None)
    else:
        raise Refused("A workspace cannot override {name}.", name=repr(field[:40]))
    if kept.keys() - {"type"}:
        tiles = {**override.tiles, tile_id: TileOverride.model_validate(kept)}
    return override.model_copy(update={"tiles": tiles})


def _tile_override(template: Placed, mine: Placed) -> TileOverride | None:
    if mine.type != template.type:
        label = tile_label(template)
        raise Refused(
            "“{name}” is the template's: hide it and add another tile instead of changing its type.",
            name=label,
        )
    theirs, own = options_of(template), options_of(mine)
    changed: dict[str, Any] = {}
    options = {key: value for key, value in own.items() if theirs.get(key) != value}
    if options:
        changed["options"] = options
    if mine.title != template.title:
        changed["title"] = mine.title
    if place_of(mine) != place_of(template):
        changed["place"] = Position(x=mine.x, y=mine.y, w=mine.w, h=mine.h)
    return TileOverride(type=template.type, **changed) if changed else None


def _upgraded(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The steps of views applied to the tiles in an override: its own and the parts of the template's."""
    version = stored.get("schema_version")
    parts = stored.get("tiles", {})
    result = {**stored, **_stamp(upgrade({"schema_version": version}))}
    if version == SCHEMA_VERSION:
        return result
    if isinstance(stored.get("added"), list):
        result["added"] = upgrade({"schema_version": version, "tiles": stored["added"]})["tiles"]
    if isinstance(parts, dict):
        result["tiles"] = {key: _part(version, part) for key, part in parts.items()}
    return result


def _part(version: Any, part: Any) -> Any:
    """One tile's override through the steps; keys they add of their own are not part of an override."""
    if not isinstance(part, dict):
        return part
    (done,) = upgrade({"schema_version": version, "tiles": [part]})["tiles"]
    return {key: value for key, value in done.items() if key in part or key in TileOverride.model_fields}


def _stamp(upgraded: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema_version": upgraded["schema_version"]}
