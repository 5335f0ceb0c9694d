"""The way into a portal page: every request starts from the token, and what may not be shown ends here.

Unknown, paused, revoked and expired links get one identical 404 page; a link whose password was not given asks for
it first; previews and scanners get a card.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, abort, current_app, request

from dashapp.access.trail import Occurrence, trail
from dashapp.access.viewer import guest_actor
from dashapp.db.base import now
from dashapp.errors import NotFound
from dashapp.portal.asked import asked_for
from dashapp.portal.openings import openings
from dashapp.portal.page_cache import PageCache
from dashapp.portal.password import first_the_password, is_locked
from dashapp.portal.previews import preview_reason
from dashapp.portal.report import Look, look, opened
from dashapp.portal.responses import framed_by, not_found, notice
from dashapp.services import services
from dashapp.sharing.embedding import ancestors
from dashapp.sharing.opening import Opening
from dashapp.web.middleware.domains import AGENCY
from data.cubes.workspace_state import WorkspaceState

_CACHE = "vitrine_portal_cache"


def not_found_pages(blueprint: Blueprint) -> None:
    """Whatever is not there, or ended while its page was made, gets the portal's one 404 page."""
    blueprint.register_error_handler(NotFound, lambda _: not_found())


def opened_link(token: str) -> tuple[Opening, WorkspaceState]:
    """What a token opens; the answer may be framed by the web sites its link names, even where it is a refusal.

    Raises NotFound.
    """
    found = opened(services(), token)
    under = request.environ.get(AGENCY)
    if found is None or (under is not None and found[0].agency_id != under):
        raise NotFound("There is no such link.")  # another agency's link is not there under this one's name
    framed_by(ancestors(found[0].embed_origins))
    return found


def entered(token: str, view: int | None = None, *, live: bool = False) -> tuple[Opening, WorkspaceState]:
    """What a token opens, with the view an address names in the place of its first one.

    Whether the share shows that view is asked where it is read (reading.py). The request ends here with a way to
    the password, or with the card for programs; `live`: an open page's own request, which a password ends.
    Raises NotFound.
    """
    link, stands = opened_link(token)
    if view is not None:
        if not 0 < view < 2**31:
            raise NotFound("There is no such view.")
        link = replace(link, view_id=view)
    if is_locked(link):
        if live:
            raise NotFound("There is no such link.")
        abort(first_the_password(link, token))
    if (reason := preview_reason(request.headers)) is not None:
        abort(preview_card(link, reason))
    return link, stands


def looked_at(link: Opening, stands: WorkspaceState, *, tab: bool = False, view: bool = True) -> Look:
    """The page a link shows at this moment. `view`: one of its views, else campaigns. Raises NotFound."""
    return look(services(), kept_pages(), link, stands, asked_for(link, tab=tab), now(), view=view)


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
    return notice("portal/preview.html", link.dress, 200, workspace=link.workspace)


def kept_pages() -> PageCache:
    """One per app: two apps in a process may have different databases behind equal keys."""
    found = current_app.extensions.setdefault(_CACHE, PageCache())
    assert isinstance(found, PageCache)
    return found
