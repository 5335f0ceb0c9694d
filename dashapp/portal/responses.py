"""What every answer of the portal carries: its headers and policy; and the pages without a report.

No cookie, except the pass of a link with a password; inline stand only our own style block and the line that sets
the theme, named in the policy by their hashes. No answer may be stored (`no-store`), so only the open page's poll,
which remembers the tag itself, is ever answered 304.
"""

from __future__ import annotations

from typing import Any

from flask import Response, g

from dashapp.errors import Busy, TooMany
from dashapp.portal.asked import Asked, is_framed, language_of
from dashapp.portal.inline import NOTICE, Inline, inline
from dashapp.sharing.opening import Dress
from dashapp.ui.environment import FONT_FILE, asset_url, render
from dashapp.ui.language.say import say_error, speaking
from dashapp.ui.language.texts import words
from dashapp.web.middleware.headers import DATA_CSP

_NOWHERE = "'none'"
_PLAIN = Dress("", "#0f766e", None)


def framed_by(ancestors: str) -> None:
    """The web sites that may frame this answer, as a policy names them."""
    g.portal_ancestors = ancestors


def not_found() -> Response:
    """The same bytes whatever was wrong with the link, apart from the reader's language."""
    framed_by(_NOWHERE)
    return notice("portal/not_found.html", _PLAIN, 404)


def notice(
    template: str,
    dress: Dress,
    status: int,
    *,
    forms: bool = False,
    error: str | None = None,
    file: str = "",
    workspace: str = "",
) -> Response:
    """A small page that shows no figure."""
    lang, dressed = language_of(), inline(NOTICE, dress.brand)
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


def refused(error: Busy | TooMany, lang: str) -> Response:
    """Why not now, as a line of text."""
    with speaking(lang):
        sentence = say_error(error)
    response = Response(f"{sentence}\n", error.status, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(getattr(error, "retry_after", 30))
    return guarded(response)


def unchanged(tag: str) -> Response:
    """The open page has it already."""
    response = Response(status=304)
    response.set_etag(tag)
    return guarded(response)


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
