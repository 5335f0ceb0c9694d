"""How the gallery shows the tile types: name, one line, group, words to find it by, and sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashapp.tiles.registry import tile_types
from dashapp.ui.language.catalogue import translated
from dashapp.ui.language.say import say
from dashapp.ui.language.texts import words

Size = tuple[int, int]
#: Groups in the order they are shown.
GROUPS: dict[str, str] = {
    "key": "Key figures",
    "time": "Over time",
    "compare": "Comparisons",
    "cohort": "Cohorts",
    "people": "People and activity",
    "text": "Text",
}


@dataclass(frozen=True, slots=True)
class About:
    """What a tile type says of itself: in English. `options`: a sensible first choice."""

    label: str
    told: str
    group: str
    words: str
    least: Size = (3, 2)
    most: Size = (12, 6)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One tile type in the gallery, in one language."""

    type: str
    label: str
    told: str
    group: str
    words: str
    options: dict[str, Any]
    size: Size
    least: Size
    most: Size
    workspace_only: bool


def gallery(lang: str = "en") -> list[Card]:
    """Every tile type, by group and name. `words` is lower case, for a search in the browser."""
    order = list(GROUPS)
    found = []
    for name, kind in tile_types().items():
        if kind.about is None:
            raise ValueError(f"the tile type {name!r} says nothing of itself")
        about = kind.about
        label, told, group, found_by = (
            translated(text, lang) for text in (about.label, about.told, GROUPS[about.group], about.words)
        )
        people = f" {words(lang)('names_people')}" if kind.names_people else ""
        found.append(
            Card(
                type=name,
                label=label,
                told=told + people,
                group=group,
                words=f"{label} {told} {found_by} {group}".lower(),
                options=dict(about.options),
                size=kind.size,
                least=about.least,
                most=about.most,
                workspace_only=kind.workspace_only,
            )
        )
    by_group = {translated(GROUPS[name], lang): order.index(name) for name in order}
    return sorted(found, key=lambda card: (by_group[card.group], card.label))


def least(name: str) -> Size:
    """The smallest size a tile of this type can be read at."""
    about = tile_types()[name].about
    return (2, 1) if about is None else about.least


def too_small(name: str, w: int, h: int) -> str:
    """ "A funnel needs 3 columns and 4 rows at least." when it could not be read at this size; else empty."""
    columns, rows = least(name)
    if columns <= w and rows <= h:
        return ""
    about = tile_types()[name].about
    label = say(about.label) if about else name
    if rows == 1:
        return f"“{label}” needs {columns} columns and 1 row at least."
    return f"“{label}” needs {columns} columns and {rows} rows at least."


def fits(name: str, w: int, h: int) -> bool:
    """Whether a tile of this type can be read at this size."""
    about = tile_types()[name].about
    return about is None or (about.least[0] <= w <= about.most[0] and about.least[1] <= h <= about.most[1])
