"""The portal's addresses, all under `/p/<token>/`. Each request starts from the token: nothing is remembered.

Unknown, paused, revoked and expired links get one identical 404 page. No cookie, except the pass of a link
with a password; no script but our own two files; no inline style but the brand's block under a nonce.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, make_response, redirect, request
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_share
from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, TooMany
from dashapp.portal.page_cache import PageCache, PageKey
from dashapp.services import services
from dashapp.sharing import links
from dashapp.tiles.base import Page, page_for, since_last_event
from dashapp.tiles.periods import PERIODS
from dashapp.tiles.render import render_view
from dashapp.ui.brand import brand_css
from dashapp.ui.environment import build_digest, render
from dashapp.ui.format import moment
from dashapp.ui.texts import choose_language, words
from dashapp.views.schema import View, fingerprint
from dashapp.views.store import resolve
from data import query as figures
from data.fresh import VIEWER_WAIT_S, ensure
from data.lake import Lake
from data.manifest import Current
from data.scope import Scope

log = logging.getLogger(__name__)
blueprint = Blueprint("portal", __name__, url_prefix="/p/<token>")
PASS_COOKIE = "vitrine_pass"  # noqa: S105 - a name
#: Without an event for this long the "Data complete to" line turns amber.
STALE_AFTER = timedelta(days=4)
_DEFAULT_BRAND = "#0f766e"
_CACHE = "vitrine_portal_cache"


@dataclass(frozen=True, slots=True)
class _Opened:
    """A link that works, with what it shows. Detached from the database."""

    share: Share
    workspace: Workspace
    agency: Agency
    scope: Scope
    stored: StoredView
    view: View


@dataclass(frozen=True, slots=True)
class _Report:
    """One rendering of an opened link."""

    page: Page
    state: Current
    grid: Markup
    etag: str


@blueprint.get("/")
def page(token: str) -> Response:
    """The whole report."""
    opened = _open(token)
    if opened is None:
        return _not_found()
    if _locked(opened):
        return _unlock_page(opened)
    report = _report(opened, now())
    if request.method == "GET":
        _note_opened(opened.share.id)
    t = report.page.t
    theme = request.args.get("theme")
    return _html(
        "portal/report.html",
        opened.agency,
        report=report,
        page=report.page,
        workspace=opened.workspace,
        periods=[(key, t("days", n=key)) for key in PERIODS],
        period_query="" if request.args.get("lang") is None else f"&lang={report.page.lang}",
        theme=theme if theme in {"light", "dark"} else None,
        fresh=_fresh(report),
        etag=report.etag,
    )


@blueprint.get("/live")
def live(token: str) -> Response:
    """The grid alone, for the open page to compare: 304 while nothing has changed."""
    opened = _open(token)
    if opened is None or _locked(opened):
        return _not_found()
    report = _report(opened, now(), request.if_none_match.contains_weak)
    if report.grid or not request.if_none_match:
        response = make_response(_fresh(report) + report.grid)
    else:
        response = make_response("", 304)
    response.set_etag(report.etag)
    _headers(response)
    return response


@blueprint.get("/logo")
def logo(token: str) -> Response:
    """The agency's logo, when it has one."""
    opened = _open(token)
    if opened is None:
        return _not_found()
    with services().reading() as session:
        image = session.get_one(Agency, opened.agency.id).logo
    if image is None:
        return _not_found()
    response = make_response(image)
    response.headers["Content-Type"] = "image/png"
    _headers(response)
    return response


@blueprint.post("/unlock")
def unlock(token: str) -> Response:
    """Try the link's password; a right one sets the pass and leads back to the report."""
    opened = _open(token)
    if opened is None:
        return _not_found()
    known = services()
    try:
        given = request.form.get("password", "")[:200]
        granted = links.try_password(
            known.engine, known.settings, opened.share, given, request.remote_addr or ""
        )
    except TooMany as refused:
        minutes = max(1, -(-refused.retry_after // 60))
        response = _unlock_page(opened, words(_lang())("too_many", minutes=minutes), 429)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    if granted is None:
        return _unlock_page(opened, words(_lang())("wrong_password"), 403)
    response = make_response(redirect(f"/p/{token}/", 303))
    secure = known.settings.https
    response.set_cookie(
        PASS_COOKIE,
        granted,
        path=f"/p/{token}/",
        httponly=True,
        secure=secure,
        samesite="Lax",
        max_age=7 * 86_400,
    )
    _headers(response)
    return response


def _open(token: str) -> _Opened | None:
    """What the token opens now, read at every request; None looks the same for every reason."""
    with services().reading() as session:
        share = links.open_share(session, token)
        if share is None:
            return None
        try:
            _guest, workspace, scope = scope_for_share(session, share)
            agency = session.get_one(Agency, workspace.agency_id)
            stored, view = _view(session, workspace, share)
        except NotFound:
            return None
        session.expunge_all()
        return _Opened(share, workspace, agency, scope, stored, view)


def _view(session: Session, workspace: Workspace, share: Share) -> tuple[StoredView, View]:
    try:
        return resolve(session, workspace, share.view_id)
    except NotFound:
        return resolve(session, workspace)  # the view was deleted: the default one stands in


def _note_opened(share_id: int) -> None:
    """Counting is worth less than the page: a locked database costs the count, not the report."""
    try:
        with services().session() as session:
            links.note_opened(session, share_id)
    except OperationalError:
        log.warning("share %s: this opening was not counted, the database is busy", share_id)


def _fold_in(lake: Lake, workspace_id: int) -> None:
    """What came in is folded in before it is looked at; should that fail, the figures of before are shown."""
    try:
        ensure(lake, workspace_id, VIEWER_WAIT_S)
    except Exception:
        log.exception("workspace %s could not be brought up to date", workspace_id)


def _locked(opened: _Opened) -> bool:
    return not links.pass_opens(services().settings, opened.share, request.cookies.get(PASS_COOKIE))


def _lang() -> str:
    return choose_language(request.args.get("lang"), request.headers.get("Accept-Language"))


def _report(opened: _Opened, at: datetime, unchanged: Callable[[str], bool] = lambda etag: False) -> _Report:
    """Render, or take from the cache; the grid stays empty when the reader has this version (`unchanged`)."""
    known = services()
    workspace_id = opened.workspace.id
    _fold_in(known.lake, workspace_id)
    state = figures.state(known.lake, opened.scope, workspace_id)
    shown = page_for(
        opened.workspace.name,
        state.timezone,
        at,
        period=request.args.get("period"),
        lang=_lang(),
        **since_last_event(state.last_event_at, at, state.timezone),
    )
    key = PageKey(
        share_id=opened.share.id,
        workspace_id=workspace_id,
        view_id=opened.stored.id,
        view_version=fingerprint(opened.view),
        mart_version=state.version,
        period=shown.period.key,
        lang=shown.lang,
        day=shown.period.to,
        build=build_digest(),
    )
    if unchanged(key.etag):
        return _Report(shown, state, Markup(""), key.etag)

    def make() -> tuple[Markup, bool]:
        grid = render_view(
            opened.view,
            shown,
            lambda queries: figures.ask_all(known.lake, opened.scope, workspace_id, queries),
        )
        return grid, _is_whole(grid)

    grid = _cache().get(key, make)
    # A page with a failed tile gets another tag, so that the open page asks again and heals.
    return _Report(shown, state, grid, key.etag if _is_whole(grid) else key.etag + "-part")


def _cache() -> PageCache:
    """One per app: two apps in a process may have different databases behind equal keys."""
    found = current_app.extensions.setdefault(_CACHE, PageCache())
    assert isinstance(found, PageCache)
    return found


def _is_whole(grid: Markup) -> bool:
    return "is-failed" not in grid


def _fresh(report: _Report) -> Markup:
    """ "Data complete to 28 Oct, 14:05", amber when that is long ago."""
    page, last = report.page, report.state.last_event_at
    if last is None:
        return render("portal/fresh.html", text=page.t("no_data_yet"), stale=False)
    last = min(last, page.as_of)
    text = page.t("complete_to", when=moment(last, page.timezone, page.lang))
    return render("portal/fresh.html", text=text, stale=page.as_of - last > STALE_AFTER)


def _unlock_page(opened: _Opened, error: str | None = None, status: int = 200) -> Response:
    return _html("portal/unlock.html", opened.agency, status, forms=True, error=error)


def _not_found() -> Response:
    """The same bytes whatever was wrong with the link, apart from the nonce and the reader's language."""
    return _html("portal/not_found.html", None, 404)


def _html(
    template: str, dressed: Agency | None, status: int = 200, *, forms: bool = False, **context: object
) -> Response:
    nonce, lang = secrets.token_urlsafe(16), _lang()
    css = Markup(brand_css(dressed.brand if dressed else _DEFAULT_BRAND))  # noqa: S704 - hex colours only
    context = {
        "theme": None,
        "agency": dressed,
        **context,
        "lang": lang,
        "t": words(lang),
        "nonce": nonce,
        "brand_css": css,
    }
    response = make_response(render(template, **context), status)
    _headers(response, nonce, forms=forms)
    return response


def _headers(response: Response, nonce: str | None = None, *, forms: bool = False) -> None:
    style = f"'self' 'nonce-{nonce}'" if nonce else "'none'"
    form = "'self'" if forms else "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; base-uri 'none'; form-action {form}; "
        "frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
