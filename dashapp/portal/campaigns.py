"""A portal's campaigns: the list, `/p/<token>/campaigns/`, and the report of one, `/p/<token>/campaigns/<key>`.

The rules are the report's: a link that does not work, shows no campaigns, or whose scope does not hold the
campaign, has none of these pages. What is shown is narrowed by the link's scope before it is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, request
from markupsafe import Markup

from dashapp.access.scopes import scope_for_share
from dashapp.access.viewer import Guest
from dashapp.campaigns.figures import AUDIENCES, audience_of, campaigns_in, names_in, report_of
from dashapp.campaigns.list_page import list_html
from dashapp.campaigns.report_page import Around, report_html
from dashapp.errors import Busy, NotFound, TooMany
from dashapp.portal.asked import Asked, asked_for
from dashapp.portal.entering import entered, kept_pages, looked_at, not_found_pages
from dashapp.portal.files import as_file
from dashapp.portal.openings import note_opening, note_taken
from dashapp.portal.report import Look, freshness, pack
from dashapp.portal.responses import guarded, packed_response, refused, unchanged
from dashapp.portal.tabs import CAMPAIGNS, tabs_of
from dashapp.reports.paper.document import paper_digest
from dashapp.reports.printing import pdf_of
from dashapp.reports.report import paper_frame
from dashapp.reports.section import campaign_section
from dashapp.seats import ANSWER, PAPER, seated_as
from dashapp.services import services
from dashapp.sharing.campaign_keys import campaign_key, campaign_of
from dashapp.sharing.opening import Opening
from dashapp.tiles.table import as_csv
from dashapp.ui.environment import render
from dashapp.ui.language import spoken
from dashapp.ui.language.say import say, speaking
from dashapp.ui.language.texts import words
from data.scope import Scope

blueprint = Blueprint("portal_campaigns", __name__, url_prefix="/p/<token>/campaigns")
not_found_pages(blueprint)
#: People one file holds.
MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """A page of campaigns: its name in the share's log, title, grid, and the addresses of its polls and its PDF."""

    name: str
    title: str
    sub: str
    grid: Markup
    live: str
    back: str
    paper: str = ""


@blueprint.get("/")
def index(token: str) -> Response:
    """The campaigns the share holds; of a share that shows one campaign and nothing else, its report at once."""
    seen = _seen(token)
    alone = None if seen.link.shows_views else _alone(seen, _scope(seen.link)[1])
    if alone is not None:
        return guarded(make_response(redirect(f"/p/{token}/campaigns/{campaign_key(alone)}", 303)))
    return _page(seen, _list)


@blueprint.get("/live")
def index_live(token: str) -> Response:
    """The list, for the open page to compare."""
    return _live(token, _list)


@blueprint.get("/<key>")
def report(token: str, key: str) -> Response:
    """The report of one campaign."""
    return _page(_seen(token), _report(key), key)


@blueprint.get("/<key>/live")
def report_live(token: str, key: str) -> Response:
    """The same, for the open page to compare."""
    return _live(token, _report(key), key)


@blueprint.get("/<key>/<event>.csv")
def people(token: str, key: str, event: str) -> Response:
    """The people of one audience; their addresses are cut down unless the share says otherwise."""
    seen = _seen(token)
    link, lang = seen.link, seen.page.lang
    if not link.downloads or event not in AUDIENCES:
        raise NotFound("There is no such file.")
    guest, scope = _scope(link)
    name = _campaign(scope, link.workspace_id, key)
    try:
        with services().seats.seat(seated_as(guest.agency_id, guest.workspace_id), ANSWER):
            rows = audience_of(services().lake, scope, link.workspace_id, name, event, MOST_PEOPLE)
    except TooMany as error:
        return refused(error, lang)
    file = f"{key}-{event}.csv"
    note_taken(link, file, file)
    body = as_csv([{"lead": row["lead"], "at": row["at"]} for row in rows], lang)
    return as_file(body, "text/csv; charset=utf-8", file, shown=False)


@blueprint.get("/<key>/report.pdf")
def paper(token: str, key: str) -> Response:
    """The report of one campaign on A4."""
    seen = _seen(token)
    link, page = seen.link, seen.page
    if not link.downloads:
        raise NotFound("There is no such file.")
    guest, scope = _scope(link)
    name = _campaign(scope, link.workspace_id, key)

    def made() -> tuple[bytes, bool]:
        shot = seen.reader.printed()
        with speaking(page.lang):
            section = campaign_section(services().lake, shot, name)
            return pdf_of(paper_frame(shot, page, about=section.sub), [section]), True

    try:
        with services().seats.seat(seated_as(guest.agency_id, guest.workspace_id), PAPER):
            body = kept_pages().get(("campaign pdf", key, paper_digest(), seen.key), made)
    except (Busy, TooMany) as error:
        return refused(error, page.lang)
    note_taken(link, f"{key}.pdf", f"{key}.pdf")
    return as_file(body, "application/pdf", f"{key}-{page.today}.pdf", shown=True)


Make = Callable[[Look, Scope], Part]


def _list(seen: Look, scope: Scope) -> Part:
    rows = campaigns_in(services().lake, scope, seen.link.workspace_id)
    sub = say("1 campaign") if len(rows) == 1 else say("{n} campaigns", n=len(rows))
    return Part("campaigns", say("Campaigns"), sub, list_html(rows, nav=False), "live", "")


def _report(key: str) -> Make:
    def make(seen: Look, scope: Scope) -> Part:
        name = _campaign(scope, seen.link.workspace_id, key)
        answer = report_of(services().lake, scope, seen.link.workspace_id, name)
        around = Around(f"{key}/{{event}}.csv" if seen.link.downloads else None)
        paper = f"{key}/report.pdf?lang={seen.page.lang}" if seen.link.downloads else ""
        sub = say("Campaign report")
        if scope.since is not None:
            sub = say("Campaign report from {day} on", day=spoken.day(scope.since))
        back = "" if _alone(seen, scope) else "./"
        return Part(f"campaign {name}", name, sub, report_html(answer, around), f"{key}/live", back, paper)

    return make


def _scope(link: Opening) -> tuple[Guest, Scope]:
    """The scope as it is now. Raises NotFound when the link ended or shows no campaigns."""
    with services().reading() as session:
        guest, _, scope = scope_for_share(session, link)
    if not guest.shows_campaigns:
        raise NotFound("There is no such page.")
    return guest, scope


def _alone(seen: Look, scope: Scope) -> str | None:
    """The campaign of a share that shows nothing but its report, and has e-mails of it; else None."""
    if seen.link.shows_views or scope.campaigns is None or len(scope.campaigns) != 1:
        return None
    (name,) = scope.campaigns
    return name if name in names_in(services().lake, scope, seen.link.workspace_id) else None


def _campaign(scope: Scope, workspace_id: int, key: str) -> str:
    """The campaign of an address. Raises NotFound for one the scope does not hold."""
    name = campaign_of(key, names_in(services().lake, scope, workspace_id))
    if name is None:
        raise NotFound("There is no such campaign.")
    return name


def _seen(token: str, *, live: bool = False) -> Look:
    """The moment a page of campaigns shows, with what came in folded in. Raises NotFound."""
    link, stands = entered(token, live=live)
    if not link.shows_campaigns:
        raise NotFound("There is no such page.")
    return looked_at(link, stands, view=False)


def _page(seen: Look, make: Make, key: str = "") -> Response:
    asked = asked_for(seen.link)
    body = _document(seen, asked, make, key)
    if request.method == "GET":
        note_opening(seen.link, f"campaign {key}" if key else "campaigns")
    return packed_response(Response(body, content_type="text/html; charset=utf-8"), asked, seen.inline)


def _document(seen: Look, asked: Asked, make: Make, key: str) -> bytes:
    """The page as a document, kept or made now. Raises NotFound."""

    def made() -> tuple[bytes, bool]:
        part = _part(seen, make)
        html = render(
            "portal/campaigns.html",
            page=seen.page,
            workspace=seen.link.workspace,
            agency=seen.link.dress,
            tabs=tabs_of(seen.reader.reading, "../", CAMPAIGNS, seen.page.lang),
            root="../",
            fresh=freshness(seen),
            title=part.title,
            sub=part.sub,
            back=part.back,
            paper=part.paper,
            grid=part.grid,
            live=part.live,
            etag=seen.key.etag,
            theme=asked.theme,
            framed=asked.framed,
            lang=seen.page.lang,
            t=words(seen.page.lang),
            inline=seen.inline,
        )
        return pack(html.encode(), asked.coding), True

    looks = (asked.framed, asked.theme, asked.lang_given, asked.coding)
    return kept_pages().get(("campaigns", key, *looks, seen.key), made)


def _live(token: str, make: Make, key: str = "") -> Response:
    seen = _seen(token, live=True)
    if request.if_none_match.contains_weak(seen.key.etag):
        _scope(seen.link)
        return unchanged(seen.key.etag)
    asked = asked_for(seen.link)

    def made() -> tuple[bytes, bool]:
        return pack((freshness(seen) + _part(seen, make).grid).encode(), asked.coding), True

    body = kept_pages().get(("campaigns live", key, asked.coding, seen.key), made)
    response = Response(body, content_type="text/html; charset=utf-8")
    response.set_etag(seen.key.etag)
    return packed_response(response, asked)


def _part(seen: Look, make: Make) -> Part:
    with speaking(seen.page.lang):
        return make(seen, _scope(seen.link)[1])
