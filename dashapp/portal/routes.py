"""A link's report, `/p/<token>/`, a further view of it, the open page's own request, and the password's form."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request

from dashapp.access.scopes import scope_for_share
from dashapp.db.tenants import Agency
from dashapp.errors import NotFound
from dashapp.portal.asked import asked_for
from dashapp.portal.entering import entered, kept_pages, looked_at, not_found_pages, opened_link
from dashapp.portal.openings import note_opening
from dashapp.portal.password import tried
from dashapp.portal.report import live_part, whole_page
from dashapp.portal.responses import guarded, not_found, packed_response, unchanged
from dashapp.services import services

blueprint = Blueprint("portal", __name__, url_prefix="/p/<token>")
not_found_pages(blueprint)


@blueprint.get("/")
@blueprint.get("/views/<int:view>/")
def page(token: str, view: int | None = None) -> Response:
    """The whole report: of the share's first view, or of another one it shows."""
    link, stands = entered(token, view)
    if not link.shows_views:
        if view is not None:
            raise NotFound("There is no such view.")
        return guarded(make_response(redirect(f"/p/{token}/campaigns/", 303)))
    asked = asked_for(link, tab=view is not None)
    seen = looked_at(link, stands, tab=view is not None)
    body = whole_page(kept_pages(), seen, asked)
    if request.method == "GET":
        note_opening(link, "" if view is None else f"view {view}")
    response = Response(body, content_type="text/html; charset=utf-8")
    return packed_response(response, asked, seen.inline, forms=True)


@blueprint.get("/live")
@blueprint.get("/views/<int:view>/live")
def live(token: str, view: int | None = None) -> Response:
    """The grid alone, for the open page to compare: 304 while nothing has changed."""
    link, stands = entered(token, view, live=True)
    asked, seen = asked_for(link), looked_at(link, stands)
    if request.if_none_match.contains_weak(seen.key.etag):
        return unchanged(seen.key.etag)
    body, tag = live_part(kept_pages(), seen, asked.coding)
    response = Response(body, content_type="text/html; charset=utf-8")
    response.set_etag(tag)
    return packed_response(response, asked)


@blueprint.get("/logo")
def logo(token: str) -> Response:
    """The agency's logo, when it has one."""
    link, _ = opened_link(token)
    with services().reading() as session:
        guest = scope_for_share(session, link)[0]
        image = None if guest.agency_id is None else session.get_one(Agency, guest.agency_id).logo
    return not_found() if image is None else guarded(Response(image, content_type="image/png"))


@blueprint.post("/unlock")
def unlock(token: str) -> Response:
    """Try the link's password."""
    return tried(opened_link(token)[0], token)
