"""The portal's addresses, all under `/p/<token>/`. Each request starts from the token: nothing is remembered.

Unknown, paused, revoked and expired links get one identical 404 page. No cookie, except the pass of a link
with a password; inline stand only our own style block and the line that sets the theme, named in the policy by
their hashes. No answer may be stored (`no-store`), so only the open page's poll, which remembers the tag itself,
is ever answered 304.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, make_response, redirect, request

from dashapp.access.scopes import scope_for_share
from dashapp.access.trail import Occurrence, trail
from dashapp.access.viewer import guest_actor
from dashapp.db.base import now
from dashapp.db.tenants import Agency
from dashapp.errors import NotFound, TooMany
from dashapp.languages import choose_language
from dashapp.portal.chooser import comparison_of, days_of
from dashapp.portal.inline import NOTICE, Inline, inline
from dashapp.portal.openings import FILE_LINE, Openings
from dashapp.portal.page_cache import PageCache
from dashapp.portal.previews import is_persons, preview_reason
from dashapp.portal.report import Asked, live_part, look, opened, whole_page
from dashapp.services import services
from dashapp.sharing import links
from dashapp.sharing.embedding import LOCAL, ancestors
from dashapp.sharing.opening import Dress, Opening
from dashapp.sharing.view_log import Device, device_of
from dashapp.ui.environment import FONT_FILE, asset_url, render
from dashapp.ui.language.texts import words
from dashapp.web.assets import coding_taken
from dashapp.web.middleware.domains import AGENCY
from dashapp.web.middleware.headers import DATA_CSP
from data.cubes.workspace_state import Standing

blueprint = Blueprint("portal", __name__, url_prefix="/p/<token>")
PASS_COOKIE = "vitrine_pass"  # noqa: S105 - a name
CODINGS = ("br", "gzip")
#: The files of a report, with what the reader chose (portal/files.py).
_FILE = re.compile(
    r"(?:(?:views/[0-9]{1,10}/)?"
    r"(?:report\.(?:pdf|xlsx)|tiles/[a-z0-9][a-z0-9-]{0,39}(?:\.(?:csv|png)|/questions))"
    r"|views/[0-9]{1,10}/|sent/[0-9]{1,18}/(?:report\.pdf)?"
    r"|campaigns/(?:[a-z0-9][a-z0-9-]{0,59}(?:/[a-z_]{1,20}\.csv)?)?)(?:\?[a-zA-Z0-9_=&.-]{0,200})?"
)
_NOWHERE = "'none'"
_PLAIN = Dress("", "#0f766e", None)
_CACHE = "vitrine_portal_cache"
_OPENINGS = "vitrine_portal_openings"


@blueprint.get("/")
@blueprint.get("/views/<int:view>/")
def page(token: str, view: int | None = None) -> Response:
    """The whole report: of the share's first view, or of another one it shows."""
    known = services()
    found = opened_view(token, view)
    if found is None:
        return not_found()
    link, stands = found
    if is_locked(link):
        if view is not None:
            return first_the_password(token)
        return _unlock_page(link, file=file_asked(request.args.get("file")))
    if (reason := preview_reason(request.headers)) is not None:
        return preview_card(link, reason)
    if not link.shows_views:
        if view is not None:
            return not_found()
        return guarded(make_response(redirect(f"/p/{token}/campaigns/", 303)))
    asked = asked_for(link, tab=view is not None)
    try:
        seen = look(known, kept_pages(), link, stands, asked, now())
        body = whole_page(kept_pages(), seen, asked)
    except NotFound:  # the link ended while its page was made
        return not_found()
    if request.method == "GET":
        note_opening(link, "" if view is None else f"view {view}")
    return packed_response(
        Response(body, content_type="text/html; charset=utf-8"), asked, seen.inline, forms=True
    )


@blueprint.get("/live")
@blueprint.get("/views/<int:view>/live")
def live(token: str, view: int | None = None) -> Response:
    """The grid alone, for the open page to compare: 304 while nothing has changed."""
    known = services()
    found = opened_view(token, view)
    if found is None or is_locked(found[0]):
        return not_found()
    if (reason := preview_reason(request.headers)) is not None:
        return preview_card(found[0], reason)
    asked = asked_for(found[0])
    try:
        seen = look(known, kept_pages(), *found, asked, now())
        if request.if_none_match.contains_weak(seen.key.etag):
            response = Response(status=304)
            response.set_etag(seen.key.etag)
            return guarded(response)
        body, tag = live_part(kept_pages(), seen, asked.coding)
    except NotFound:
        return not_found()
    response = Response(body, content_type="text/html; charset=utf-8")
    response.set_etag(tag)
    return packed_response(response, asked)


@blueprint.get("/logo")
def logo(token: str) -> Response:
    """The agency's logo, when it has one."""
    found = opened_link(token)
    if found is None:
        return not_found()
    with services().reading() as session:
        try:
            guest, _workspace, _scope = scope_for_share(session, found[0])
        except NotFound:
            return not_found()
        image = None if guest.agency_id is None else session.get_one(Agency, guest.agency_id).logo
    if image is None:
        return not_found()
    return guarded(Response(image, content_type="image/png"))


@blueprint.post("/unlock")
def unlock(token: str) -> Response:
    """Try the link's password; a right one sets the pass and leads back to the report, or to the file asked for."""
    known = services()
    found = opened_link(token)
    if found is None:
        return not_found()
    link = found[0]
    file = file_asked(request.form.get("file"))
    try:
        given = request.form.get("password", "")[:200]
        granted = links.try_password(known.engine, known.settings, link, given, request.remote_addr or "")
    except TooMany as refused:
        _note_password(link, "429")
        minutes = max(1, -(-refused.retry_after // 60))
        response = _unlock_page(link, words(_lang())("too_many", minutes=minutes), 429, file)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    _note_password(link, "right" if granted else "wrong")
    if granted is None:
        return _unlock_page(link, words(_lang())("wrong_password"), 403, file)
    response = make_response(redirect(f"/p/{token}/{file}", 303))
    response.set_cookie(
        PASS_COOKIE,
        granted,
        path=f"/p/{token}/",
        httponly=True,
        max_age=7 * 86_400,
        **_cookie_of(link),
    )
    return guarded(response)


def _cookie_of(link: Opening) -> dict[str, Any]:
    """How the pass is kept. In a frame on another site a browser keeps it only in a jar of that site's own (CHIPS),
    and asks for TLS, or for this very machine."""
    https = services().settings.https
    if link.embed_origins and (https or (request.host.partition(":")[0] in LOCAL)):
        return {"secure": True, "samesite": "None", "partitioned": True}
    return {"secure": https, "samesite": "Lax"}


def preview_card(link: Opening, reason: str) -> Response:
    """What previews and scanners get: the report's name and the agency's, no figure. It is no opening.

    The share's log shows it as a look of a program at the link, whatever address under it was asked for.
    """
    what = Occurrence(
        guest_actor(link.id),
        "share.preview",
        link.agency_id,
        link.workspace_id,
        f"share {link.id}: {reason}",
        request.remote_addr or "",
    )
    trail().counted(what)
    openings().note(link, request.remote_addr or "", device="preview")
    return _notice("portal/preview.html", link.dress, 200, workspace=link.workspace)


def _note_password(link: Opening, outcome: str) -> None:
    """One entry of the audit trail an hour for each address and outcome, with a count."""
    what = Occurrence(
        guest_actor(link.id),
        "share.unlock",
        link.agency_id,
        link.workspace_id,
        f"share {link.id}: {outcome}",
        request.remote_addr or "",
    )
    trail().counted(what)


def opened_link(token: str) -> tuple[Opening, Standing] | None:
    """What a token opens; the answer may be framed by the web sites its link names, even where it is a refusal."""
    found = opened(services(), token)
    under = request.environ.get(AGENCY)
    if found is not None and under is not None and found[0].agency_id != under:
        found = None  # another agency's link is not there under this one's name
    g.portal_ancestors = ancestors(found[0].embed_origins) if found is not None else "'none'"
    return found


def opened_view(token: str, view: int | None = None) -> tuple[Opening, Standing] | None:
    """What a token opens, with the view an address names in the place of its first one.

    Whether the share shows that view is asked where it is read (reading.py).
    """
    found = opened_link(token)
    if found is None or view is None:
        return found
    return (replace(found[0], view_id=view), found[1]) if 0 < view < 2**31 else None


def note_opening(link: Opening, what: str = "") -> None:
    """Put this request into the share's log; a person's counts as an opening, a program's does not."""
    openings().note(link, request.remote_addr or "", what=what, device=_device())


def note_file(link: Opening, name: str) -> None:
    """Put a file that was taken into the share's log; it is no opening."""
    openings().note_look(link, request.remote_addr or "", what=f"{FILE_LINE}{name}", device=_device())


def _device() -> Device:
    agent = request.headers.get("User-Agent", "")
    return device_of(agent) if is_persons(request.headers) else "preview"


def openings() -> Openings:
    """The counter of openings of the current app."""
    found = current_app.extensions.get(_OPENINGS)
    if found is None:
        found = current_app.extensions.setdefault(_OPENINGS, Openings(services()))
    assert isinstance(found, Openings)
    return found


def kept_pages() -> PageCache:
    """One per app: two apps in a process may have different databases behind equal keys."""
    found = current_app.extensions.setdefault(_CACHE, PageCache())
    assert isinstance(found, PageCache)
    return found


def is_locked(link: Opening) -> bool:
    """Whether the link's password was not given yet."""
    return not links.pass_opens(services().settings, link, request.cookies.get(PASS_COOKIE))


def first_the_password(token: str) -> Response:
    """To the password of a link that works, and from there back to this file."""
    asked = file_asked(request.full_path.removeprefix(f"/p/{token}/").rstrip("?"))
    address = f"/p/{token}/?{urlencode({'file': asked})}" if asked else f"/p/{token}/"
    return guarded(make_response(redirect(address, 303)))


def file_asked(said: str | None) -> str:
    """The file of a report a password was asked for on the way to, as the link names it; "" for anything else."""
    return said if said is not None and _FILE.fullmatch(said) else ""


def _lang(link: Opening | None = None) -> str:
    chosen = request.args.get("lang", None if link is None else link.language)
    return choose_language(chosen, request.headers.get("Accept-Language"))


def is_framed() -> bool:
    """Whether the page is shown in a frame. It only decides how the page looks."""
    return request.headers.get("Sec-Fetch-Dest") == "iframe"


def asked_for(link: Opening | None = None, *, tab: bool = False) -> Asked:
    """What the reader chose, else what the share says. `tab`: the address names a view."""
    theme = request.args.get("theme", "" if link is None else link.theme)
    usual = comparison_of(None if link is None else link.compare)
    return Asked(
        period=request.args.get("period", None if link is None else link.period),
        compare=comparison_of(request.args.get("compare", usual)),
        usual=usual,
        days=days_of(request.args.get("from"), request.args.get("to")),
        lang=_lang(link),
        lang_given="lang" in request.args,
        tab=tab,
        framed=is_framed(),
        theme=theme if theme in {"light", "dark"} else None,
        coding=coding_taken(CODINGS),
    )


def _unlock_page(link: Opening, error: str | None = None, status: int = 200, file: str = "") -> Response:
    return _notice("portal/unlock.html", link.dress, status, forms=True, error=error, file=file)


def not_found() -> Response:
    """The same bytes whatever was wrong with the link, apart from the reader's language."""
    g.portal_ancestors = _NOWHERE
    return _notice("portal/not_found.html", _PLAIN, 404)


def _notice(
    template: str,
    dress: Dress,
    status: int,
    *,
    forms: bool = False,
    error: str | None = None,
    file: str = "",
    workspace: str = "",
) -> Response:
    lang, dressed = _lang(), inline(NOTICE, dress.brand)
    said: dict[str, Any] = {
        "agency": dress,
        "theme": None,
        "error": error,
        "file": file,
        "lang": lang,
        "t": words(lang),
    }
    said |= {"workspace": workspace, "framed": is_framed()}
    body = render(template, **said, inline=dressed)
    response = Response(body, status, content_type="text/html; charset=utf-8")
    return guarded(response, dressed, forms=forms)


def packed_response(
    response: Response, asked: Asked, dressed: Inline | None = None, *, forms: bool = False
) -> Response:
    """For a body that is in the coding asked for already."""
    if asked.coding is not None:
        response.headers["Content-Encoding"] = asked.coding
    response.headers["Vary"] = "Accept-Encoding"
    return guarded(response, dressed, forms=forms)


def guarded(response: Response, dressed: Inline | None = None, *, forms: bool = False) -> Response:
    """`dressed`: the answer is a page with these texts inline."""
    headers = response.headers
    headers["Content-Security-Policy"] = DATA_CSP if dressed is None else _page_policy(dressed, forms)
    if dressed is not None:
        # In the head of the answer, not of the page: a slow phone paints nothing before the font, and asks for
        # it so while it still sets the page up.
        headers["Link"] = f"<{asset_url(FONT_FILE)}>; rel=preload; as=font; type=font/woff2; crossorigin"
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Robots-Tag"] = "noindex, nofollow"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


def _page_policy(dressed: Inline, forms: bool) -> str:
    form = "'self'" if forms else "'none'"
    return (
        f"default-src 'none'; script-src 'self' {dressed.script_source}; style-src {dressed.style_source}; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
        f"form-action {form}; frame-ancestors {g.get('portal_ancestors', _NOWHERE)}"
    )
