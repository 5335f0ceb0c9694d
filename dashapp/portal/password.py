"""The password of a link: asked for, tried, and the pass of whoever gave it, the portal's only cookie."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request

from dashapp.access.trail import Occurrence, trail
from dashapp.access.viewer import guest_actor
from dashapp.errors import TooMany
from dashapp.portal.asked import language_of
from dashapp.portal.responses import guarded, notice
from dashapp.services import services
from dashapp.sharing import links
from dashapp.sharing.embedding import LOCAL
from dashapp.sharing.opening import Opening
from dashapp.ui.language.texts import words

PASS_COOKIE = "vitrine_pass"  # noqa: S105 - a name
LASTS_S = 7 * 86_400
#: The pages and files of a report, with what the reader chose.
_FILE = re.compile(
    r"(?:(?:views/[0-9]{1,10}/)?"
    r"(?:report\.(?:pdf|xlsx)|tiles/[a-z0-9][a-z0-9-]{0,39}(?:\.(?:csv|png)|/questions))"
    r"|views/[0-9]{1,10}/|sent/[0-9]{1,18}/(?:report\.pdf)?"
    r"|campaigns/(?:[a-z0-9][a-z0-9-]{0,59}(?:/[a-z_]{1,20}\.(?:csv|pdf))?)?)(?:\?[a-zA-Z0-9_=&.-]{0,200})?"
)


def is_locked(link: Opening) -> bool:
    """Whether the link's password was not given yet."""
    return not links.pass_opens(services().settings, link, request.cookies.get(PASS_COOKIE))


def first_the_password(link: Opening, token: str) -> Response:
    """The page that asks for it, or the way there from an address below, and back to that one afterwards."""
    below = request.full_path.removeprefix(f"/p/{token}/")
    if below.startswith("?"):
        return _page(link, file=file_asked(request.args.get("file")))
    asked = file_asked(below.rstrip("?"))
    address = f"/p/{token}/?{urlencode({'file': asked})}" if asked else f"/p/{token}/"
    return guarded(make_response(redirect(address, 303)))


def file_asked(said: str | None) -> str:
    """What of a report a password was asked for on the way to, as the link names it; "" for anything else."""
    return said if said is not None and _FILE.fullmatch(said) else ""


def tried(link: Opening, token: str) -> Response:
    """The form: a right password sets the pass and leads back to the report, or to what was asked for."""
    known = services()
    file = file_asked(request.form.get("file"))
    try:
        given = request.form.get("password", "")[:200]
        granted = links.try_password(known.engine, known.settings, link, given, request.remote_addr or "")
    except TooMany as refused:
        _note(link, "429")
        minutes = max(1, -(-refused.retry_after // 60))
        response = _page(link, words(language_of())("too_many", minutes=minutes), 429, file)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    _note(link, "right" if granted else "wrong")
    if granted is None:
        return _page(link, words(language_of())("wrong_password"), 403, file)
    response = make_response(redirect(f"/p/{token}/{file}", 303))
    response.set_cookie(
        PASS_COOKIE, granted, path=f"/p/{token}/", httponly=True, max_age=LASTS_S, **_cookie_of(link)
    )
    return guarded(response)


def _cookie_of(link: Opening) -> dict[str, Any]:
    """How the pass is kept. In a frame on another site a browser keeps it only in a jar of that site's own (CHIPS),
    and asks for TLS, or for this very machine."""
    https = services().settings.https
    if link.embed_origins and (https or (request.host.partition(":")[0] in LOCAL)):
        return {"secure": True, "samesite": "None", "partitioned": True}
    return {"secure": https, "samesite": "Lax"}


def _page(link: Opening, error: str | None = None, status: int = 200, file: str = "") -> Response:
    return notice("portal/unlock.html", link.dress, status, forms=True, error=error, file=file)


def _note(link: Opening, outcome: str) -> None:
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
