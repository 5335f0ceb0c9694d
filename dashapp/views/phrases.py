"""Tiles, options and their values as words in a sentence, in the reader's language."""

from __future__ import annotations

import json
import re
from typing import Any

from dashapp.tiles.base import tile_types
from dashapp.ui.texts import TEXTS, words
from dashapp.views.schema import Placed

_TOKEN = re.compile(r"[a-z][a-z0-9_]*")
#: Options that tell two tiles of one type apart.
_TELLING = ("metric", "data_type")
_MOST = 60


def tile_label(tile: Placed, lang: str = "en") -> str:
    """What people call a tile: its title, else its type with what it counts: "Key figure (reply)"."""
    if tile.title:
        return tile.title
    name = type_label(tile.type, lang)
    options = _options(tile)
    told = [value_phrase(options[key], lang) for key in _TELLING if isinstance(options.get(key), str)]
    return f"{name} ({told[0]})" if told else name


def type_label(name: str, lang: str = "en") -> str:
    """A tile type's name: from the words when they have it, else the type's own label."""
    if f"tile_{name}" in TEXTS:
        return words(lang)(f"tile_{name}")
    kind = tile_types().get(name)
    return kind.label if kind else name


def option_phrase(key: str, lang: str = "en") -> str:
    """An option's name: "data type" for data_type."""
    return words(lang)(f"opt_{key}") if f"opt_{key}" in TEXTS else key.replace("_", " ")


def value_phrase(value: Any, lang: str = "en") -> str:
    """An option's value: known words translated, free text in quotes, lists with commas."""
    t = words(lang)
    if value is None or isinstance(value, bool):
        return t(f"val_{value}".lower())
    if isinstance(value, str):
        if f"val_{value}" in TEXTS:
            return t(f"val_{value}")
        return value.replace("_", " ") if _TOKEN.fullmatch(value) else t("quoted", text=_short(value))
    if isinstance(value, list):
        return ", ".join(value_phrase(one, lang) for one in value) or t("val_none")
    if isinstance(value, dict):
        told = [f"{option_phrase(key, lang)} {value_phrase(one, lang)}" for key, one in value.items()]
        return _short(", ".join(told)) or t("val_none")
    return str(value) if isinstance(value, int | float) else _short(json.dumps(value))


def title_phrase(title: str | None, lang: str = "en") -> str:
    """A tile's title in quotes; "its own title" for none."""
    t = words(lang)
    return t("quoted", text=title) if title else t("own_title")


def _options(tile: Placed) -> dict[str, Any]:
    kind = tile_types().get(tile.type)
    return kind.options.model_validate(tile.options).model_dump(mode="json") if kind else tile.options


def _short(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
