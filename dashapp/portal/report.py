"""A link's report: kept, or rendered now.

A page already kept costs two small reads (what the token opens, where the marts stand) and nothing else: no
figure, no template, no packing, no write. Everything it depends on is in its key.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from markupsafe import Markup

from dashapp.access.scopes import scope_for_share
from dashapp.portal.asked import Asked
from dashapp.portal.chooser import chooser_of
from dashapp.portal.inline import CAMPAIGNS, PLAIN_REPORT, PLAIN_TILES, REPORT, Inline, inline
from dashapp.portal.page_cache import PageCache, PageKey, Timing
from dashapp.portal.reading import Reader
from dashapp.portal.tabs import tabs_of
from dashapp.reports.report import Report
from dashapp.reports.snapshot import fresh_words, page_at
from dashapp.services import Services
from dashapp.sharing import day_notes
from dashapp.sharing.embedding import looks_signed, open_signed
from dashapp.sharing.opening import Opening, open_link
from dashapp.tiles.base import DayNote, Page
from dashapp.tiles.render import Prepared
from dashapp.ui.environment import build_digest, render
from dashapp.ui.language.say import say, speaking
from dashapp.views.schema import View
from dashapp.web.assets import packed
from data.building import refresh_on_view
from data.cubes.workspace_state import WorkspaceState, state_of

log = logging.getLogger(__name__)
#: Without an event for this long the "Data complete to" line turns amber.
STALE_AFTER = timedelta(days=4)
#: Packing harder than this takes longer than the page: a few ms at 6, tens at 9, for 1 % fewer bytes.
QUALITY = 6
#: A page of campaigns: neither a forecast nor a comparison moves with time alone.
STILL = Timing(plans=False, compares=False)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a link that works: what it opens, and the page it would be now."""

    link: Opening
    page: Page
    key: PageKey
    inline: Inline
    reader: Reader


def opened(services: Services, token: str) -> tuple[Opening, WorkspaceState] | None:
    """What a token opens and where its figures stand, from one transaction; None for every reason alike."""
    with services.reader.connect() as connection:
        if looks_signed(token):
            link = open_signed(connection, services.settings, token)
        else:
            link = open_link(connection, token)
        stands = None if link is None else state_of(connection, link.workspace_id)
    return None if link is None or stands is None else (link, stands)


def look(
    services: Services,
    cache: PageCache,
    link: Opening,
    stands: WorkspaceState,
    asked: Asked,
    at: datetime,
    *,
    view: bool = True,
) -> Look:
    """The page of this moment, not rendered yet; what came in is folded in before (for a while, at most).

    `view`: it shows the link's view; else campaigns, of which nothing is a forecast.

    Raises NotFound when the link ended since it was opened.
    """
    if stands.waiting:
        stands = _folded_in(services, link, stands)
    held_back = stands.held_back(asked=at)
    page = page_at(
        link.workspace,
        stands,
        at,
        asked.days,
        period=asked.period,
        lang=asked.lang,
        compare=asked.compare,
        usual=asked.usual,
        files=link.downloads,
        asks=_asks(asked.lang) if link.questions else "",
        notes=cache.notes(link, lambda: _notes(services, link)) if view else (),
    )
    timing, reader = STILL, Reader(services, cache, link)
    if view:
        timing = cache.timing(link, lambda: _timing(reader.view, page))
    last = None if stands.last_event_at is None else min(stands.last_event_at, at)
    sheets = CAMPAIGNS if not view else PLAIN_REPORT if timing.plain else REPORT
    dressed = inline(sheets, link.dress.brand)
    key = PageKey(
        share_id=link.id,
        share_version=link.version,
        share_revision=link.revision,
        view_id=link.view_id,
        views=link.views,
        workspace_id=link.workspace_id,
        workspace=link.workspace,
        dress=link.dress,
        mart_version=stands.version,
        timezone=stands.timezone,
        complete_to=None if last is None else last.replace(second=0, microsecond=0),
        stale=page.behind is not None or page.doubted or (last is not None and at - last > STALE_AFTER),
        held_back=None if held_back is None else held_back.why,
        plans=(stands.plans, _quarter(at)) if timing.plans else None,
        # What an earlier period is cut at moves with the time of day.
        moment=_quarter(at) if timing.compares and page.compare in {"previous", "year"} else None,
        period=page.period,
        compare=page.compare,
        lang=page.lang,
        day=page.today,
        build=build_digest() + dressed.digest,
    )
    return Look(link, page, key, dressed, reader)


def live_part(cache: PageCache, seen: Look, coding: str | None) -> tuple[bytes, str]:
    """(freshness line and grid, its tag): what an open page swaps in."""
    grid = grid_of(cache, seen)

    def make() -> tuple[bytes, bool]:
        return pack(freshness(seen).encode() + grid, coding), is_whole(grid)

    return cache.get(("live", coding, seen.key), make), _tag(seen, grid)


def whole_page(cache: PageCache, seen: Look, asked: Asked) -> bytes:
    """The report as a document, in the coding asked for."""

    def make() -> tuple[bytes, bool]:
        grid = grid_of(cache, seen)
        return pack(_document(seen, asked, grid).encode(), asked.coding), is_whole(grid)

    return cache.get(
        ("page", asked.tab, asked.framed, asked.theme, asked.lang_given, asked.coding, seen.key), make
    )


def is_whole(grid: bytes) -> bool:
    """Whether no tile failed."""
    return b"is-failed" not in grid


def _tag(seen: Look, grid: bytes) -> str:
    """A page with a failed tile gets another tag, so that the open page asks again and heals."""
    return seen.key.etag if is_whole(grid) else seen.key.etag + "-part"


def grid_of(cache: PageCache, seen: Look) -> bytes:
    """The tiles as HTML, kept or rendered now. Raises NotFound when the link ended since it was opened."""

    def make() -> tuple[bytes, bool]:
        report = report_of(seen)
        return report.grid().encode(), report.whole

    return cache.get(("grid", seen.key), make)


def report_of(seen: Look, *, paper: bool = False) -> Report:
    """The report of this look; `paper`: to be printed, with the agency's logo.

    Raises NotFound when the link ended since, or does not show this view.
    """
    reader = seen.reader
    shot = reader.printed() if paper else reader.reading.snapshot
    return Report(reader.services.lake, shot, reader.view, seen.page)


def _notes(services: Services, link: Opening) -> tuple[DayNote, ...]:
    """The notes on days meant for clients that the link's scope holds. Raises NotFound when the link ended."""
    with services.reading() as session:
        _, workspace, scope = scope_for_share(session, link)
        found = day_notes.for_share(session, workspace, scope.campaigns, scope.since)
        return tuple(DayNote(one.first_day, one.last_day, one.text, one.campaign) for one in found)


def _asks(lang: str) -> str:
    with speaking(lang):
        return say("Ask a question about this tile")


def _quarter(at: datetime) -> datetime:
    """The quarter of an hour: a forecast changes when a mailbox closes for the day, and no event says so."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _timing(view: View, page: Page) -> Timing:
    """Whether a tile tells of what is planned, or of an earlier period as it stood at this time of its day: both
    change without an event."""
    asked = Prepared(view, replace(page, compare="previous")).queries.values()
    return Timing(
        any(query.figure.planned for query in asked),
        any(query.cut is not None for query in asked),
        PLAIN_TILES.issuperset(tile.type for tile in view.tiles),
    )


def _document(seen: Look, asked: Asked, grid: bytes) -> str:
    with speaking(seen.page.lang):
        excel = say("The whole report (Excel)")
    return render(
        "portal/report.html",
        excel=excel,
        tabs=tabs_of(seen.reader.reading, "../../" if asked.tab else "", seen.link.view_id, seen.page.lang),
        root="../../" if asked.tab else "",
        downloads=seen.link.downloads,
        page=seen.page,
        workspace=seen.link.workspace,
        agency=seen.link.dress,
        fresh=freshness(seen),
        grid=Markup(grid.decode()),  # noqa: S704 - rendered above
        chooser=chooser_of(seen.page, asked),
        etag=_tag(seen, grid),
        theme=asked.theme,
        framed=asked.framed,
        lang=seen.page.lang,
        t=seen.page.t,
        inline=seen.inline,
    )


def freshness(seen: Look) -> Markup:
    """The line that says what the figures are complete to."""
    text, stale = _fresh_words(seen)
    return render("portal/fresh.html", text=text, stale=stale, no_data=seen.key.complete_to is None)


def _fresh_words(seen: Look) -> tuple[str, bool]:
    """The line of the page's key, whose moment is a whole minute; amber also where nothing came in for long."""
    return fresh_words(seen.page, seen.key.complete_to)[0], seen.key.stale


def _folded_in(services: Services, link: Opening, before: WorkspaceState) -> WorkspaceState:
    """What came in is folded in before it is looked at; should that fail, the figures of before are shown."""
    try:
        refresh_on_view.ensure(services.lake, link.workspace_id, refresh_on_view.VIEWER_WAIT_S)
    except Exception:
        log.exception("workspace %s could not be brought up to date", link.workspace_id)
        return before
    with services.reader.connect() as connection:
        return state_of(connection, link.workspace_id) or before


def pack(body: bytes, coding: str | None) -> bytes:
    """A body in the coding asked for."""
    return body if coding is None else packed(coding, body, QUALITY)
