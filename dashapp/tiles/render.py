"""The one renderer: a view and its answers → the HTML grid that desk and portal both show.

All tiles' queries are collected, equal ones asked once, in one call. A tile that fails shows its own failed
state; the rest of the page stands.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from dashapp.tiles.base import Page, TileType
from dashapp.tiles.frame import UNSAID, PlacedTile, corrections, doubts, marks_of, narrowed_to, questions_of
from dashapp.tiles.placement import place_classes
from dashapp.tiles.registry import own_title, tile_types
from dashapp.ui.environment import render
from dashapp.ui.language.catalogue import translated
from data.errors import NotInScope
from data.query.ask import Query

log = logging.getLogger(__name__)

Answer = Callable[[dict[str, Query]], Mapping[str, Mapping[str, Any]]]


class AnyView(Protocol):
    """What `render_view` needs of a view."""

    @property
    def tiles(self) -> Sequence[PlacedTile]:
        """Its tiles in any order."""
        ...


class _Wanted:
    """One tile on its way: its type, options and queries, or the reason it failed."""

    def __init__(self, placed: PlacedTile, page: Page) -> None:
        self.placed = placed
        self.type: TileType | None = tile_types().get(placed.type)
        self.options: Any = None
        self.queries: dict[str, Query] = {}
        #: By the same names, what each is asked under: equal questions are one.
        self.keys: dict[str, str] = {}
        self.page = page
        self.failed = False
        try:
            asked = questions_of(placed, page)
            self.options, self.page, self.queries = asked.options, asked.page, asked.queries
            self.keys = {name: _key(query) for name, query in self.queries.items()}
        except Exception:
            self.fail()

    def fail(self) -> None:
        """Keep the page standing; the log says which tile and why."""
        log.exception("tile %s (%s) failed", self.placed.id, self.placed.type)
        self.failed = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tile as HTML, by its id and type; `failed`: its figures could not be had, and it says so."""

    id: str
    type: str
    html: Markup
    failed: bool = False


def grid_of(tiles: Iterable[Drawn]) -> Markup:
    """The grid `<div class="grid">…</div>` of drawn tiles."""
    return Markup('<div class="grid">') + Markup("").join(tile.html for tile in tiles) + Markup("</div>")


class Prepared:
    """A view with what its tiles ask, before anything is asked."""

    def __init__(self, view: AnyView, page: Page) -> None:
        self._page = page
        shown = [placed for placed in view.tiles if may_show(placed, page)]
        self._ordered = sorted(shown, key=lambda placed: (placed.y, placed.x))
        self._wanted = [_Wanted(placed, page) for placed in self._ordered]

    @property
    def queries(self) -> dict[str, Query]:
        """Each question once."""
        return _queries([one for one in self._wanted if not one.failed])

    def html(self, answer: Answer) -> Markup:
        """The grid `<div class="grid">…</div>`, of new answers."""
        return grid_of(self.drawn(answer))

    def drawn(self, answer: Answer) -> list[Drawn]:
        """Each tile, of new answers, in reading order."""
        found = _ask([one for one in self._wanted if not one.failed], answer)
        places = place_classes(self._ordered)
        drawn = [_tile(one, found, self._page, places[one.placed.id]) for one in self._wanted]
        return [
            Drawn(one.placed.id, one.placed.type, html, failed=one.failed)
            for one, html in zip(self._wanted, drawn, strict=True)
        ]

    @property
    def whole(self) -> bool:
        """Whether no tile failed so far."""
        return not any(one.failed for one in self._wanted)


def may_show(placed: PlacedTile, page: Page) -> bool:
    """Whether the page may show this tile: one that names people only where these may be seen."""
    kind = tile_types().get(placed.type)
    return kind is None or page.people or not kind.names_people


def render_view(view: AnyView, page: Page, answer: Answer) -> Markup:
    """The grid of a view.

    `answer` takes {key: Query} and gives {key: answer of docs/interfaces.md}; it is called once, and once per tile
    again only when that call failed. NotInScope is never swallowed: whose data it is, is not a tile's matter.
    """
    return Prepared(view, page).html(answer)


def render_tile(placed: PlacedTile, page: Page, answer: Answer) -> Markup:
    """One tile alone, as it stands in the grid."""
    wanted = _Wanted(placed, page)
    found = {} if wanted.failed else _ask([wanted], answer)
    return _tile(wanted, found, page)


def _key(query: Query) -> str:
    return query.model_dump_json(by_alias=True)


def _queries(wanted: Sequence[_Wanted]) -> dict[str, Query]:
    return {w.keys[name]: query for w in wanted for name, query in w.queries.items()}


def _ask(wanted: Sequence[_Wanted], answer: Answer) -> dict[str, Mapping[str, Any]]:
    queries = _queries(wanted)
    if not queries:
        return {}
    try:
        return dict(answer(queries))
    except NotInScope:
        raise
    except Exception:
        if len(wanted) == 1:
            wanted[0].fail()
            return {}
        log.exception("the page's queries failed together; asking tile by tile")
    found: dict[str, Mapping[str, Any]] = {}
    for one in wanted:
        found.update(_ask([one], answer))
    return found


def _nothing_yet(page: Page) -> str:
    """What an empty tile says before the first figures."""
    if not page.held:
        return "empty_ever"
    return "first_late_why" if page.late else "empty_held"


def _tile(wanted: _Wanted, found: Mapping[str, Mapping[str, Any]], page: Page, place: str = "") -> Markup:
    placed, kind = wanted.placed, wanted.type
    frame = _frame(placed, place)
    if not wanted.failed and kind is not None:
        try:
            answers = {name: found[key] for name, key in wanted.keys.items()}
            values = {**UNSAID, **kind.context(wanted.options, answers, wanted.page)}
            values["per"] = _per(wanted.options, page)
            if placed.title:
                values["title"] = placed.title
            if not page.ever and wanted.queries:
                values["empty"] = page.t(_nothing_yet(page))
            only = narrowed_to(wanted.options, page) if wanted.queries else ""
            corrected = corrections(answers.values(), page)
            marks = marks_of(wanted.page, only, corrected, own=wanted.page is not page)
            if values["how"]:
                more = [(page.t("how_only"), f"{only}.")] if only else []
                more += [(page.t("how_checks"), why) for why in doubts(page)]
                more += [(page.t("how_restated"), one.text) for one in corrected]
                values["how"] = [*values["how"], *more]
            return render(
                kind.template, tile=frame, page=wanted.page, t=page.t, lang=page.lang, marks=marks, **values
            )
        except Exception:
            wanted.fail()
    return failed_tile(placed, page, place)


def _per(options: Any, page: Page) -> str:
    """What a rate is per, said in the tile's head: one page may have two reply rates of different bases."""
    attribution = getattr(options, "attribution", None)
    if attribution is None or getattr(options, "metric", None) == "sent":
        return ""
    return page.t(f"per_{attribution}")


def failed_tile(placed: PlacedTile, page: Page, place: str = "") -> Markup:
    """The state of a tile whose figures could not be had: what it is, and a way to try again."""
    kind = tile_types().get(placed.type)
    title = placed.title or (kind.label if kind else page.t("report"))
    if kind and not placed.title:
        try:
            title = own_title(placed.type, placed.options, page.lang)
        except Exception:  # whatever made the tile fail may fail here, too, and may not take the page along
            log.exception("the failed tile %r has no title of its own", placed.id)
            title = translated(kind.about.label, page.lang) if kind.about else title
    return render(
        "tiles/failed.html", tile=_frame(placed, place), page=page, t=page.t, title=title, marks=[], **UNSAID
    )


def _frame(placed: PlacedTile, place: str) -> dict[str, Any]:
    kind = tile_types().get(placed.type)
    explores = kind is None or kind.explores
    return {
        "id": placed.id,
        "w": placed.w,
        "h": placed.h,
        "type": placed.type,
        "place": place,
        "explores": explores,
    }
