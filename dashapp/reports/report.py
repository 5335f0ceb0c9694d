"""A view of a workspace under chosen controls, on every surface: HTML, PDF, CSV, pictures.

All tiles of one report are answered together, from the version of the figures its snapshot names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

from markupsafe import Markup

from dashapp.errors import NotFound
from dashapp.reports.mail import width_of
from dashapp.reports.paper import press
from dashapp.reports.paper.document import PaperFrame, picture_job
from dashapp.reports.printing import pdf_of
from dashapp.reports.section import Section
from dashapp.reports.snapshot import Snapshot
from dashapp.tiles.base import Page
from dashapp.tiles.frame import questions_of
from dashapp.tiles.render import Drawn, Prepared, grid_of, may_show, render_tile
from dashapp.tiles.table import as_csv, figures_of
from dashapp.tiles.workbook import about_of, workbook
from dashapp.ui.language.say import speaking
from dashapp.views.names import view_name
from dashapp.views.schema import Placed, View
from data.lake.lake import Lake
from data.query import ask as query


class Report:
    """`page` holds the controls: period, comparison, filters, language (`Snapshot.page`).

    `view_name` and `only` (what the figures are narrowed to, in words) are printed on paper.
    """

    def __init__(
        self,
        lake: Lake,
        snapshot: Snapshot,
        view: View,
        page: Page,
        *,
        view_name: str = "",
        only: str = "",
    ) -> None:
        self.snapshot, self.view, self.page = snapshot, view, page
        self._lake, self._view_name, self._only = lake, view_name, only
        self._prepared = Prepared(view, page)

    @cached_property
    def tiles(self) -> list[Drawn]:
        """The tiles as HTML in reading order, rendered once; one that fails says so itself. Raises NotInScope."""
        with self._spoken():
            return self._prepared.drawn(self._answer)

    @property
    def whole(self) -> bool:
        """Whether every tile has its figures."""
        return not any(tile.failed for tile in self.tiles)

    def grid(self) -> Markup:
        """The tiles as they stand on the page."""
        return grid_of(self.tiles)

    def pdf(self) -> bytes:
        """The view on A4. Raises Busy and Unavailable, as press.py."""
        with self._spoken():
            return pdf_of(self.frame, [self.section()])

    def png(self, tile: str) -> tuple[bytes, bool]:
        """(one tile as a picture, whether it has its figures). Raises NotFound, Busy and Unavailable."""
        with self._spoken():
            drawn = render_tile(self._placed(tile), self._printed, self._answer)
            grid = Markup('<div class="grid">{}</div>').format(drawn)
            job = picture_job(self.frame, grid, self._about(tile))
        return press.run(job), "is-failed" not in drawn

    def section(self) -> Section:
        """The view as one of several that are printed or mailed together."""
        with self._spoken():
            widths = {tile.id: width_of(self._placed(tile.id)) for tile in self.tiles}
            name = view_name(self._view_name or self.view.name, self.page.lang)
            days = self.page.period.dates(self.page.lang)
            sub = f"{days}, {self.page.compared}" if self.page.compared else days
            return Section(name, sub, tuple(self.tiles), self.grid(), self._on_paper(), widths)

    @property
    def queries(self) -> Collection[query.Query]:
        """What its tiles ask, each question once."""
        return self._prepared.queries.values()

    def answers(self, queries: Mapping[str, query.Query]) -> dict[str, dict[str, Any]]:
        """Further questions, answered from the same version of the figures. Raises NotInScope."""
        return self._answer(queries)

    def csv(self, tile: str) -> bytes:
        """The figures a tile is made of, no person's among them. Raises NotFound."""
        with self._spoken():
            return as_csv(figures_of(self._placed(tile), self.page, self._answer), self.page.lang)

    def xlsx(self) -> bytes:
        """Every figure of the view as an Excel workbook, a sheet for each tile. Raises NotInScope."""
        agency = self.snapshot.dress.name
        with self._spoken():
            fresh = self.snapshot.fresh(self.page)[0]
            about = about_of(self.page, agency, self._view_name or self.view.name, fresh, self._only)
            return workbook(self.view, self._printed, self._answer, about, agency)

    @cached_property
    def frame(self) -> PaperFrame:
        """What stands around the tiles on paper."""
        return paper_frame(self.snapshot, self._printed, view=self._view_name, only=self._only)

    @property
    def _printed(self) -> Page:
        """The page without what only works on a screen."""
        return replace(self.page, opens=False, explore=None, connect=None, files=False)

    def _on_paper(self) -> Markup:
        if self._printed == self.page:
            return self.grid()
        return Prepared(self.view, self._printed).html(self._answer)

    def tile(self, tile: str) -> tuple[Placed, Markup]:
        """(one tile, as it stands on the page). Raises NotFound, NotInScope."""
        placed = self._placed(tile)
        with self._spoken():
            return placed, render_tile(placed, self.page, self._answer)

    def _about(self, tile: str) -> str:
        """What a picture that stands alone has to say: whose figures, of which days, compared with what, as of."""
        page = self.page
        with suppress(LookupError, ValueError):  # of a tile that failed only the page's period is known
            page = questions_of(self._placed(tile), page).page
        days = ", ".join(part for part in (page.period.dates(page.lang), page.compared, self._only) if part)
        return " · ".join((self.snapshot.workspace, days, self.frame.fresh))

    def _placed(self, tile: str) -> Placed:
        placed = next((one for one in self.view.tiles if one.id == tile), None)
        if placed is None or not may_show(placed, self.page):
            raise NotFound("There is no such tile.")
        return placed

    def _answer(self, queries: Mapping[str, query.Query]) -> dict[str, dict[str, Any]]:
        shot = self.snapshot
        return query.ask_all(self._lake, shot.scope, shot.workspace_id, dict(queries), shot.seen)

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        with speaking(self.page.lang):
            yield


def paper_frame(shot: Snapshot, page: Page, *, view: str = "", only: str = "", about: str = "") -> PaperFrame:
    """What stands around tiles on paper. `view`: what is shown; `only`, `about`: see PaperFrame."""
    text, stale = shot.fresh(page)
    return PaperFrame(page, shot.dress, shot.logo, text, stale, view, only, about)
