"""The look of plain pages: of whoever has logged in, else of the agency whose log-in this browser used last."""

from __future__ import annotations

import logging
from typing import Any

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from dashapp.access import current
from dashapp.access.viewer import Anonymous
from dashapp.agencies.look import PRODUCT, Look, look_at, look_of
from dashapp.services import services
from dashapp.ui.brand import brand_css

log = logging.getLogger("vitrine.web")

#: The agency whose log-in was used last, by slug: after logging out one comes back to it.
COOKIE = "vitrine_at"
KEPT_S = 400 * 24 * 3600


def look() -> Look | None:
    """The look of this request, read once; None: the product's own, also while no database answers."""
    if "look" not in g:
        try:
            g.look = _look()
        except SQLAlchemyError as error:  # an error's page is shown all the same
            log.warning("the look of a page could not be read: %s", type(error).__name__)
            g.look = None
    found = g.look
    assert found is None or isinstance(found, Look)
    return found


def _look() -> Look | None:
    viewer = current.viewer()
    with services().reading() as session:
        if not isinstance(viewer, Anonymous):
            return look_of(session, viewer)
        return look_at(session, request.cookies.get(COOKIE, ""))


def wear(found: Look) -> None:
    """Show this agency's look in this request, whoever asks."""
    g.look = found


def dressed() -> dict[str, Any]:
    """What a plain page's template needs of it."""
    found = look()
    return {
        "look": found,
        "product": PRODUCT if found is None else found.name,
        "brand_style": "" if found is None else brand_css(found.brand),
    }


def login_address() -> str:
    """Where somebody of this request logs in."""
    found = look()
    return "/login" if found is None else found.login


def remember(response: Any, found: Look, *, secure: bool) -> Any:
    """Keep in the browser whose log-in it used."""
    response.set_cookie(
        COOKIE, found.slug, max_age=KEPT_S, path="/", secure=secure, httponly=True, samesite="Lax"
    )
    return response
