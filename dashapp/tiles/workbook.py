"""A view as an Excel workbook: an index that says what it shows and how, then a sheet for each tile.

Numbers are numbers, rates are shown as per cent, days are dates. Every text is written as a text, so that no cell
is ever run as a formula.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dashapp.tiles.base import Page
from dashapp.tiles.frame import narrowed_to, page_of
from dashapp.tiles.registry import own_title, tile_types
from dashapp.tiles.render import Answer, AnyView, PlacedTile, may_show
from dashapp.tiles.table import Row, rows_of
from dashapp.ui.language.csv_words import in_words
from dashapp.ui.language.say import say
from data.errors import NotInScope

log = logging.getLogger(__name__)
MIMETYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What Excel takes of rows in a sheet.
MOST_ROWS = 100_000


@dataclass
class Sheet:
    """One tile: its title, its figures, and how they are counted. `failed`: they could not be had."""

    title: str
    rows: list[Row] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    failed: bool = False


def about_of(page: Page, agency: str, view: str, fresh: str, only: str = "") -> list[tuple[str, str]]:
    """(heading, text) for the head of the index. `only`: what the page is narrowed to; `fresh`: see its page."""
    told = [
        (say("Workspace"), page.workspace),
        (say("View"), view),
        (say("Prepared by"), agency if agency != page.workspace else ""),
        (page.t("period"), page.period.dates(page.lang)),
        (page.t("comparison"), page.compared),
        (page.t("how_only"), only),
        (say("Figures"), fresh),
        (say("Time zone"), page.timezone),
    ]
    return [(heading, text) for heading, text in told if text]


def workbook(
    view: AnyView, page: Page, answer: Answer, about: Sequence[tuple[str, str]], agency: str = ""
) -> bytes:
    """The view's figures under the page's period and filters. `about`: what stands at the head of the index.

    `answer`: see tiles/render.py. A tile whose figures cannot be had is named in the index, and the others stand.
    """
    sheets = [sheet for placed in _ordered(view, page) if (sheet := _sheet(placed, page, answer)) is not None]
    # Here and not above: it brings 10 MB, and most processes never write one.
    from dashapp.tiles.workbook_file import written

    return written(sheets, page, agency, about)


def _ordered(view: AnyView, page: Page) -> list[PlacedTile]:
    shown = [placed for placed in view.tiles if may_show(placed, page)]
    return sorted(shown, key=lambda placed: (placed.y, placed.x))


def _sheet(placed: PlacedTile, page: Page, answer: Answer) -> Sheet | None:
    """What a tile gives; None for one without figures, such as a note."""
    kind = tile_types().get(placed.type)
    title = placed.title or placed.type
    try:
        if kind is None:
            raise LookupError(f"there is no tile type {placed.type!r}")
        options = kind.options.model_validate(placed.options)
        own = page_of(options, page)
        asked = {name: page.filters.narrow(query) for name, query in kind.queries(options, own).items()}
        if not asked:
            return None
        title = placed.title or own_title(placed.type, placed.options, page.lang)
        answers = answer(asked)
        context = kind.context(options, answers, own)
        told = [(str(heading), str(text)) for heading, text in context.get("how") or []]
        if own is not page:
            told.append((page.t("period"), own.period.dates(page.lang)))
        if only := narrowed_to(options, page):
            told.append((page.t("how_only"), only))
        rows = [{"part": name, **row} for name, found in answers.items() for row in rows_of(found)]
        return Sheet(title, in_words(rows[:MOST_ROWS], page.lang, numbers=True), told)
    except NotInScope:
        raise
    except Exception:
        log.exception("tile %s (%s) failed in a workbook", placed.id, placed.type)
        return Sheet(title, failed=True)
