"""The JSON Schema of a stored view, for editors and checks outside of the program.

It says what one tile and its options may be; that tiles do not overlap is for `parse_view` alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dashapp.tiles.base import TileType
from dashapp.tiles.gallery import least
from dashapp.tiles.registry import tile_types
from dashapp.views.schema import MOST_TILES, View
from dashapp.views.upgrades import SCHEMA_VERSION

FILE = Path(__file__).with_name("view.schema.json")


def view_schema() -> dict[str, Any]:
    """The schema, made from the models and every tile type's options."""
    made = View.model_json_schema(ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = made["$defs"]
    placed = definitions.pop("Placed")
    frame = {key: value for key, value in placed["properties"].items() if key not in {"type", "options"}}
    definitions["frame"] = {"properties": frame}
    shared = {key: {"$ref": f"#/$defs/frame/properties/{key}"} for key in frame}
    needed = [key for key in placed["required"] if key not in {"type", "options"}]
    kinds = sorted(tile_types().values(), key=lambda kind: kind.name)
    for kind in kinds:
        definitions |= _tile(kind, shared, needed)
    made["properties"]["tiles"] = {
        "type": "array",
        "maxItems": MOST_TILES,
        "items": {"oneOf": [{"$ref": f"#/$defs/tile_{kind.name}"} for kind in kinds]},
    }
    made["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    made["required"] = ["schema_version", "name", "tiles"]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Vitrine view"}
    return {**head, **{key: value for key, value in made.items() if key != "title"}}


def schema_text() -> str:
    """The published file."""
    return json.dumps(view_schema(), indent=1, ensure_ascii=False) + "\n"


def _tile(kind: TileType, frame: dict[str, Any], needed: list[str]) -> dict[str, Any]:
    """The definition of one tile type, with those its options refer to under names of their own."""
    prefix = f"{kind.name}_"
    options = kind.options.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    found = {prefix + name: part for name, part in options.pop("$defs", {}).items()}
    columns, rows = least(kind.name)
    own = {"w": {**frame["w"], "minimum": columns}, "h": {**frame["h"], "minimum": rows}}
    found[f"tile_{kind.name}"] = {
        "type": "object",
        "title": kind.label,
        "properties": {"type": {"const": kind.name}, **frame, **own, "options": options},
        "required": ["type", *needed],
        "additionalProperties": False,
    }
    return found
