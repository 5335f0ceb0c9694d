"""One part of what is printed or mailed: a view under its controls, the report of a campaign, or their list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from dashapp.campaigns.figures import campaigns_in, report_of
from dashapp.campaigns.list_page import list_html
from dashapp.campaigns.report_page import Around, report_html
from dashapp.reports.mail import HALF, WIDTH
from dashapp.reports.snapshot import Snapshot
from dashapp.tiles.render import Drawn
from dashapp.ui.language import spoken
from dashapp.ui.language.say import say
from data.lake.lake import Lake

#: A tile of a campaign's page; within one there is no other section, and what people wrote is escaped.
_TILE: Final = re.compile(r'<section class="tile[^"]*" data-tile="([^"]+)">.*?</section>', re.S)
#: The tiles that stand two in a line of a mail.
_NARROW: Final = re.compile(r"total-\d")


@dataclass(frozen=True, slots=True)
class Section:
    """`title`, `sub`: its heading, where there are several. `grid`: its tiles as on a page; `paper`: the same
    without what only works on a screen. `widths`: px of each tile in a mail, by its id.
    """

    title: str
    sub: str
    tiles: tuple[Drawn, ...]
    grid: Markup
    paper: Markup
    widths: Mapping[str, int]


def campaign_section(lake: Lake, shot: Snapshot, campaign: str) -> Section:
    """The report of one campaign, all of its e-mails that the scope holds, in the language spoken now."""
    answer = report_of(lake, shot.scope, shot.workspace_id, campaign, shot.seen)
    grid = report_html(answer, Around())
    tiles = () if not answer["sent"] else _tiles_of(grid)
    since = shot.scope.since
    sub = say("Campaign report")
    if since is not None:
        sub = say("Campaign report from {day} on", day=spoken.day(since))
    return _section(campaign, sub, grid, tiles)


def campaigns_section(lake: Lake, shot: Snapshot) -> Section:
    """The list of the campaigns that the scope holds, in the language spoken now."""
    rows = campaigns_in(lake, shot.scope, shot.workspace_id, shot.seen)
    sub = say("1 campaign") if len(rows) == 1 else say("{n} campaigns", n=len(rows))
    grid = list_html(rows, nav=False)
    return _section(say("Campaigns"), sub, grid, _tiles_of(grid) if rows else ())


def numbered(html: Markup, number: int) -> Markup:
    """A grid whose tiles' ids differ from those of every other section."""
    return Markup(str(html).replace('data-tile="', f'data-tile="{number}-'))  # noqa: S704 - our own grid


def _section(title: str, sub: str, grid: Markup, tiles: Sequence[Drawn]) -> Section:
    widths = {tile.id: HALF if _NARROW.fullmatch(tile.id) else WIDTH for tile in tiles}
    return Section(title, sub, tuple(tiles), grid, grid, widths)


def _tiles_of(grid: Markup) -> tuple[Drawn, ...]:
    found = _TILE.finditer(grid)
    return tuple(Drawn(one[1], "campaign", Markup(one[0])) for one in found)  # noqa: S704 - our own grid
