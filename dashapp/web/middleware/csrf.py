"""The cookie that gives the desk's scripts the CSRF token, which Dash sends back as X-CSRFToken."""

from __future__ import annotations

from flask import Response, request, session
from flask_wtf.csrf import generate_csrf

from dashapp.access.sessions import USER
from dashapp.services import services

CSRF_COOKIE = "_csrf_token"


def set_csrf_cookie(response: Response) -> Response:
    """Give the desk's scripts the token that Dash sends back as X-CSRFToken; it is not HttpOnly for that."""
    response.set_cookie(
        CSRF_COOKIE,
        generate_csrf(),
        path="/",
        secure=services().settings.https,
        samesite="Lax",
    )
    return response


def renew_csrf_cookie(response: Response) -> Response:
    """After a desk page: the cookie goes with the session, a browser that lost it gets it again."""
    page = response.mimetype == "text/html" and response.status_code == 200
    if page and request.endpoint in {"/", "/<path:path>"} and USER in session:
        return set_csrf_cookie(response)
    return response
