"""An agency template and one workspace's override → the view that is shown there. Pure.

The template always comes through: what an override refers to and is no longer there, or is locked, is left out
and reported. Nothing overlaps: the template's tiles stay, moved tiles and then added ones give way downwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from dashapp.ui.language.texts import words
from dashapp.views.difference import Change, change_phrase, tile_changes
from dashapp.views.layout import first_free, overlap, reading_order, settle
from dashapp.views.overrides import Override, TileOverride
from dashapp.views.phrases import tile_label
from dashapp.views.schema import Placed, View

ProblemKind = Literal["gone", "type", "options", "locked", "all_locked", "unreadable", "moved"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of an override that is not used, or not as it was meant. `tile` None: all of it."""

    kind: ProblemKind
    tile: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedTile:
    """A tile as shown, and whose doing it is. `differs`: from the template's tile; empty for `added`."""

    placed: Placed
    source: Literal["template", "override", "added"]
    differs: tuple[Change, ...] = ()
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a workspace shows. `idle`: ids of overrides that are equal to the template, so make no difference."""

    view: View
    tiles: tuple[ResolvedTile, ...]
    hidden: tuple[Placed, ...] = ()
    problems: tuple[Problem, ...] = ()
    idle: tuple[str, ...] = ()
    locked: bool = False


def resolve(template: View, override: Override) -> Resolved:
    """The view `template` gives under `override`. Never fails; an empty override gives the template itself.

    The shown view may go beyond the limits of a stored one (rows, number of tiles): nothing is cut off.
    """
    if override.empty or template.locked:
        problems = () if override.empty else (Problem("all_locked"),)
        tiles = tuple(
            ResolvedTile(tile, "template", locked=tile.locked or template.locked) for tile in template.tiles
        )
        return Resolved(template, tiles, problems=problems, locked=template.locked)
    return _Resolving(template, override).done()


def unchanged(view: View) -> Resolved:
    """A workspace's own view as it is shown: there is no template, so nothing differs and no lock counts."""
    return Resolved(view, tuple(ResolvedTile(tile, "template") for tile in view.tiles))


def problem_sentence(problem: Problem, lang: str = "en") -> str:
    """A problem for the people of the workspace."""
    t = words(lang)
    return t(f"problem_{problem.kind}", label=problem.label)


def differs_sentence(tile: ResolvedTile, lang: str = "en") -> str:
    """ "Differs from the template: data type reply instead of open."; empty for a tile as in the template."""
    t = words(lang)
    if tile.source == "added":
        return t("only_here")
    if not tile.differs:
        return ""
    return t("differs", what=", ".join(change_phrase(change, lang) for change in tile.differs))


def reset_tile(template: View, edited: View, tile_id: str) -> View:
    """`edited` with one tile as the template has it: back if it was hidden, gone if it was added."""
    original = next((tile for tile in template.tiles if tile.id == tile_id), None)
    others = [tile for tile in edited.tiles if tile.id != tile_id]
    if original is None:
        return edited.model_copy(update={"tiles": others})
    if any(overlap(original, other) for other in others):
        here = next((tile for tile in edited.tiles if tile.id == tile_id), None)
        fits = here is not None and (here.w, here.h) == (original.w, original.h)
        x, y = (here.x, here.y) if here is not None and fits else first_free(others, original.w, original.h)
        original = original.model_copy(update={"x": x, "y": y})
    kept = {tile.id: tile for tile in [*others, original]}
    order = [tile.id for tile in edited.tiles if tile.id in kept]
    order += [key for key in kept if key not in order]
    return edited.model_copy(update={"tiles": [kept[key] for key in order]})


class _Resolving:
    """The state of one resolution."""

    def __init__(self, template: View, override: Override) -> None:
        self.template = template
        self.override = override
        self.known: Mapping[str, Placed] = {tile.id: tile for tile in template.tiles}
        self.problems: list[Problem] = []
        self.idle: list[str] = []

    def done(self) -> Resolved:
        hidden = self._hidden()
        wanted = [self._overridden(tile) for tile in self.template.tiles if tile.id not in hidden]
        staying = [tile for tile in wanted if _same_place(tile, self.known[tile.id])]
        staying_ids = {tile.id for tile in staying}
        moved = sorted((tile for tile in wanted if tile.id not in staying_ids), key=reading_order)
        added = sorted(self._added(), key=reading_order)
        settled = settle(staying, [*moved, *added])
        for asked, got in zip([*moved, *added], settled, strict=True):
            if asked.y != got.y:
                self.problems.append(Problem("moved", got.id, tile_label(got)))
        shown = {tile.id: tile for tile in [*staying, *settled]}
        order = [*(tile.id for tile in wanted), *(tile.id for tile in added)]
        tiles = tuple(self._resolved(shown[key]) for key in order)
        view = View.model_construct(
            schema_version=self.template.schema_version,
            name=self.template.name,
            locked=False,
            tiles=[tile.placed for tile in tiles],
        )
        self._report_gone()
        return Resolved(
            view=view,
            tiles=tiles,
            hidden=tuple(tile for tile in self.template.tiles if tile.id in hidden),
            problems=tuple(self.problems),
            idle=tuple(self.idle),
        )

    def _hidden(self) -> set[str]:
        hidden = set()
        for key in self.override.hidden:
            if key in self.known and self.known[key].locked:
                self._problem("locked", key)
            elif key in self.known:
                hidden.add(key)
        return hidden

    def _overridden(self, tile: Placed) -> Placed:
        change = self.override.tiles.get(tile.id)
        if change is None:
            return tile
        if tile.locked:
            self._problem("locked", tile.id)
            return tile
        if change.type != tile.type:
            self._problem("type", tile.id)
            return tile
        result = self._with_options(tile, change)
        if change.sets_title:
            result = result.model_copy(update={"title": change.title})
        if change.place is not None:
            result = result.model_copy(update=change.place.model_dump())
        if not tile_changes(tile, result):
            self.idle.append(tile.id)
            return tile
        return result

    def _with_options(self, tile: Placed, change: TileOverride) -> Placed:
        if not change.options:
            return tile
        document = {**tile.model_dump(), "options": {**tile.options, **change.options}}
        try:
            return Placed.model_validate(document)
        except ValidationError:  # the template's options and these do not go together any more
            self._problem("options", tile.id)
            return tile

    def _added(self) -> list[Placed]:
        """The workspace's own tiles; one whose id the template has taken since gets another, always the same."""
        taken = {*self.known, *(tile.id for tile in self.override.added)}
        result = []
        for tile in self.override.added:
            key, n = tile.id, 1
            while key in self.known or (n > 1 and key in taken):
                n += 1
                key = f"{tile.id[:36]}-{n}"
            taken.add(key)
            result.append(tile.model_copy(update={"id": key, "locked": False}))
        return result

    def _resolved(self, tile: Placed) -> ResolvedTile:
        original = self.known.get(tile.id)
        if original is None:
            return ResolvedTile(tile, "added")
        differs = tuple(tile_changes(original, tile))
        return ResolvedTile(tile, "override" if differs else "template", differs, original.locked)

    def _report_gone(self) -> None:
        for key in dict.fromkeys([*self.override.tiles, *self.override.hidden]):
            if key not in self.known:
                change = self.override.tiles.get(key)
                self.problems.append(Problem("gone", key, (change.title if change else None) or f"“{key}”"))

    def _problem(self, kind: ProblemKind, key: str) -> None:
        self.problems.append(Problem(kind, key, tile_label(self.known[key])))


def _same_place(one: Placed, other: Placed) -> bool:
    return (one.x, one.y, one.w, one.h) == (other.x, other.y, other.w, other.h)
