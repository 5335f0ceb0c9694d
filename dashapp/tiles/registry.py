"""Every tile type there is, by name: the constant TILE of each module of `types/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from dashapp.tiles.base import TileType, page_for


def own_title(name: str, options: Mapping[str, Any], lang: str) -> str:
    """The title a tile of type `name` shows with these (stored) options while nobody gave it another."""
    kind = tile_types()[name]
    if kind.title is None:
        return kind.label
    return kind.title(
        kind.options.model_validate(dict(options)),
        page_for("", "UTC", datetime(1970, 1, 1, tzinfo=UTC), lang=lang),
    )


@lru_cache(maxsize=1)
def tile_types() -> dict[str, TileType]:
    """Every tile type by name: the constant TILE of each module of `types/`; duplicates are refused."""
    kinds: dict[str, TileType] = {}
    package = importlib.import_module("dashapp.tiles.types")
    for module in pkgutil.iter_modules(package.__path__):
        tile = getattr(importlib.import_module(f"dashapp.tiles.types.{module.name}"), "TILE", None)
        if tile is None:
            continue
        if tile.name in kinds:
            raise ValueError(f"two tile types are named {tile.name!r}")
        kinds[tile.name] = tile
    return kinds
