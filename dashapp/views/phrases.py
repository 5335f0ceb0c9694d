"""Tiles, options and their values as words in a sentence, in the reader's language."""

from __future__ import annotations

import json
import re
from typing import Any

from dashapp.tiles.registry import own_title, tile_types
from dashapp.ui.language.catalogue import translated
from dashapp.ui.language.texts import has_words, within, words
from dashapp.views.schema import Placed

_TOKEN = re.compile(r"[a-z][a-z0-9_]*")
_MOST = 60


def tile_label(tile: Placed, lang: str = "en") -> str:
    """What people call a tile: the title it shows, its own or the one its options give it."""
    if tile.title:
        return tile.title
    return own_title(tile.type, tile.options, lang) if tile.type in tile_types() else tile.type


def type_label(name: str, lang: str = "en") -> str:
    """A tile type's name: as the gallery says it in this language, else the type's own label."""
    kind = tile_types().get(name)
    about = getattr(kind, "about", None)
    if about is not None:
        return translated(about.label, lang)
    return kind.label if kind else name


def option_phrase(key: str, lang: str = "en", kind: str = "") -> str:
    """An option's name as the side panel says it, within a sentence: "data type" for data_type."""
    label = _label(kind, key)
    if label is not None:
        return within(translated(label.text, lang), lang)
    return words(lang)(f"opt_{key}") if has_words(f"opt_{key}") else key.replace("_", " ")


def value_phrase(value: Any, lang: str = "en", key: str = "", kind: str = "") -> str:
    """An option's value: known words translated, free text in quotes, lists with commas.

    `key` and `kind`: the option and the tile type it is of, whose own words for its choices are used.
    """
    t = words(lang)
    if value is None or isinstance(value, bool):
        return t(f"val_{value}".lower())
    if isinstance(value, str):
        if has_words(f"val_{value}"):
            return t(f"val_{value}")
        for choice in getattr(_label(kind, key), "choices", ()):
            if choice[0] == value:
                return within(translated(choice[1], lang), lang)
        return value.replace("_", " ") if _TOKEN.fullmatch(value) else t("quoted", text=_short(value))
    if isinstance(value, list):
        return ", ".join(value_phrase(one, lang, key, kind) for one in value) or t("val_none")
    if isinstance(value, dict):
        told = [f"{option_phrase(part, lang)} {value_phrase(one, lang)}" for part, one in value.items()]
        return _short(", ".join(told)) or t("val_none")
    return str(value) if isinstance(value, int | float) else _short(json.dumps(value))


def title_phrase(title: str | None, lang: str = "en") -> str:
    """A tile's title in quotes; "its own title" for none."""
    t = words(lang)
    return t("quoted", text=title) if title else t("own_title")


def _label(kind: str, key: str) -> Any:
    """What a tile type says of an option (`tiles/options.py` Label: text and choices); None for nothing."""
    found = tile_types().get(kind)
    option = found.options.model_fields.get(key) if found is not None else None
    return next((one for one in option.metadata if hasattr(one, "choices")), None) if option else None


def _short(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
