"""A portal's campaigns: the list, `/p/<token>/campaigns/`, and the report of one, `/p/<token>/campaigns/<key>`.

The rules are the report's: a link that does not work, shows no campaigns, or whose scope does not hold the
campaign, has none of these pages. What is shown is narrowed by the link's scope before it is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, request
from markupsafe import Markup

from dashapp.access import audit
from dashapp.access.scopes import scope_for_share
from dashapp.access.viewer import Guest
from dashapp.campaigns.figures import AUDIENCES, audience_of, campaigns_in, names_in, report_of
from dashapp.campaigns.list_page import list_html
from dashapp.campaigns.report_page import Around, report_html
from dashapp.db.base import now
from dashapp.errors import NotFound
from dashapp.portal.previews import preview_reason
from dashapp.portal.report import Asked, Look, freshness, look, pack
from dashapp.portal.routes import (
    asked_for,
    first_the_password,
    guarded,
    is_locked,
    kept_pages,
    not_found,
    note_file,
    note_opening,
    opened_link,
    packed_response,
    preview_card,
)
from dashapp.portal.tabs import CAMPAIGNS, tabs_of
from dashapp.seats import ANSWER, seated_as
from dashapp.services import services
from dashapp.sharing.campaign_keys import campaign_of
from dashapp.sharing.opening import Opening
from dashapp.tiles.table import as_csv
from dashapp.ui.environment import render
from dashapp.ui.language import spoken
from dashapp.ui.language.say import say, speaking
from dashapp.ui.language.texts import words
from data.scope import Scope

blueprint = Blueprint("portal_campaigns", __name__, url_prefix="/p/<token>/campaigns")
#: People one file holds.
MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """A page of campaigns: its name in the share's log, title, grid, and the address its polls go to."""

    name: str
    title: str
    sub: str
    grid: Markup
    live: str
    back: str


@blueprint.get("/")
def index(token: str) -> Response:
    """The campaigns the share holds."""
    return _page(token, _list)


@blueprint.get("/live")
def index_live(token: str) -> Response:
    """The list, for the open page to compare."""
    return _live(token, _list)


@blueprint.get("/<key>")
def report(token: str, key: str) -> Response:
    """The report of one campaign."""
    return _page(token, _report(key), key)


@blueprint.get("/<key>/live")
def report_live(token: str, key: str) -> Response:
    """The same, for the open page to compare."""
    return _live(token, _report(key), key)


@blueprint.get("/<key>/<event>.csv")
def people(token: str, key: str, event: str) -> Response:
    """The people of one audience; their addresses are cut down unless the share says otherwise."""
    found = opened_link(token)
    if found is None or not found[0].shows_campaigns or not found[0].downloads or event not in AUDIENCES:
        return not_found()
    link = found[0]
    if is_locked(link):
        return first_the_password(token)
    if (reason := preview_reason(request.headers)) is not None:
        return preview_card(link, reason)
    try:
        look(services(), kept_pages(), *found, asked_for(link), now(), view=False)  # folds in what came in
        guest, scope = _scope(link)
        name = _campaign(scope, link.workspace_id, key)
        with services().seats.seat(seated_as(guest.agency_id, guest.workspace_id), ANSWER):
            rows = audience_of(services().lake, scope, link.workspace_id, name, event, MOST_PEOPLE)
    except NotFound:
        return not_found()
    note_file(link, f"{key}-{event}.csv")
    with services().session() as session:
        audit.record(
            session,
            guest.actor,
            "report.take",
            agency_id=guest.agency_id,
            workspace_id=guest.workspace_id,
            detail=f"{key}-{event}.csv",
            ip=request.remote_addr or "",
        )
    lang = asked_for(link).lang
    body = as_csv([{"lead": row["lead"], "at": row["at"]} for row in rows], lang)
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-{event}.csv"'
    return guarded(response)


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
        sub = say("Campaign report")
        if scope.since is not None:
            sub = say("Campaign report from {day} on", day=spoken.day(scope.since))
        return Part(f"campaign {name}", name, sub, report_html(answer, around), f"{key}/live", "./")

    return make


def _scope(link: Opening) -> tuple[Guest, Scope]:
    """The scope as it is now. Raises NotFound when the link ended or shows no campaigns."""
    with services().reading() as session:
        guest, _, scope = scope_for_share(session, link)
    if not guest.shows_campaigns:
        raise NotFound("There is no such page.")
    return guest, scope


def _campaign(scope: Scope, workspace_id: int, key: str) -> str:
    """The campaign of an address. Raises NotFound for one the scope does not hold."""
    name = campaign_of(key, names_in(services().lake, scope, workspace_id))
    if name is None:
        raise NotFound("There is no such campaign.")
    return name


def _page(token: str, make: Make, key: str = "") -> Response:
    found = opened_link(token)
    if found is None or not found[0].shows_campaigns:
        return not_found()
    link, stands = found
    if is_locked(link):
        return first_the_password(token)
    if (reason := preview_reason(request.headers)) is not None:
        return preview_card(link, reason)
    asked, at = asked_for(link), now()
    try:
        seen = look(services(), kept_pages(), link, stands, asked, at, view=False)
        body = _document(seen, asked, make, key)
    except NotFound:
        return not_found()
    if request.method == "GET":
        note_opening(link, f"campaign {key}" if key else "campaigns")
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
    found = opened_link(token)
    if found is None or not found[0].shows_campaigns or is_locked(found[0]):
        return not_found()
    if (reason := preview_reason(request.headers)) is not None:
        return preview_card(found[0], reason)
    asked, at = asked_for(found[0]), now()
    try:
        seen = look(services(), kept_pages(), *found, asked, at, view=False)
        if request.if_none_match.contains_weak(seen.key.etag):
            _scope(seen.link)
            response = Response(status=304)
            response.set_etag(seen.key.etag)
            return guarded(response)

        def made() -> tuple[bytes, bool]:
            grid = _part(seen, make).grid
            return pack((freshness(seen) + grid).encode(), asked.coding), True

        body = kept_pages().get(("campaigns live", key, asked.coding, seen.key), made)
    except NotFound:
        return not_found()
    response = Response(body, content_type="text/html; charset=utf-8")
    response.set_etag(seen.key.etag)
    return packed_response(response, asked)


def _part(seen: Look, make: Make) -> Part:
    with speaking(seen.page.lang):
        return make(seen, _scope(seen.link)[1])
