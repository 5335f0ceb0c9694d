"""The form of a stored view: strict in, so that nothing but a known tile with known options is ever kept."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dashapp.errors import Refused
from dashapp.tiles.base import tile_types
from dashapp.views.upgrades import SCHEMA_VERSION, upgrade

COLUMNS = 12
MOST_TILES = 40
MOST_BYTES = 100_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Placed(_Strict):
    """A tile on the 12-column grid; `title` null shows the type's own."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    type: str
    x: Annotated[int, Field(ge=0, lt=COLUMNS)]
    y: Annotated[int, Field(ge=0, le=500)]
    w: Annotated[int, Field(ge=2, le=COLUMNS)]
    h: Annotated[int, Field(ge=1, le=12)]
    title: Annotated[str, Field(max_length=80)] | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Placed:
        if self.x + self.w > COLUMNS:
            raise ValueError(f"tile {self.id} reaches beyond the {COLUMNS} columns")
        kind = tile_types().get(self.type)
        if kind is None:
            raise ValueError(f"there is no tile type {self.type!r}")
        kind.options.model_validate(self.options)
        return self


class View(_Strict):
    """An arrangement of tiles under a name."""

    schema_version: int = SCHEMA_VERSION
    name: Annotated[str, Field(min_length=1, max_length=120)]
    tiles: Annotated[list[Placed], Field(max_length=MOST_TILES)]

    @model_validator(mode="after")
    def _distinct(self) -> View:
        if self.schema_version != SCHEMA_VERSION:
            raise ValueError(f"schema_version {self.schema_version} is not {SCHEMA_VERSION}")
        ids = [tile.id for tile in self.tiles]
        if len(set(ids)) != len(ids):
            raise ValueError("two tiles have the same id")
        for i, one in enumerate(self.tiles):
            for other in self.tiles[i + 1 :]:
                if _overlap(one, other):
                    raise ValueError(f"tiles {one.id} and {other.id} overlap")
        return self


def _overlap(one: Placed, other: Placed) -> bool:
    beside = one.x + one.w <= other.x or other.x + other.w <= one.x
    above = one.y + one.h <= other.y or other.y + other.h <= one.y
    return not (beside or above)


def parse_view(text: str) -> View:
    """JSON text of any known schema version as a View; raises Refused with one sentence that says where."""
    if len(text) > MOST_BYTES:
        raise Refused("This view is too large.")
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("This view is not JSON.") from error
    if not isinstance(stored, dict):
        raise Refused("A view is a JSON object.")
    try:
        return View.model_validate_json(json.dumps(upgrade(stored)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the view"
        raise Refused(f"This view cannot be used: {where}: {first['msg']}.") from error


def dump_view(view: View) -> str:
    """The JSON text a view is stored and exported as."""
    return view.model_dump_json(indent=1, exclude_none=True)
