"""The cookie of a way to somebody else's log-in page and back: sealed, for one path, worth one answer."""

from __future__ import annotations

from flask import Response, make_response, redirect

from dashapp.services import services


def go(url: str, name: str, sealed: str, path: str, seconds: int) -> Response:
    """To the provider, with what is remembered of the beginning."""
    response = make_response(redirect(url, 303))
    response.set_cookie(
        name,
        sealed,
        max_age=seconds,
        path=path,
        secure=services().settings.https,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response, name: str, path: str) -> Response:
    """Back: the cookie is used up, whatever came of it."""
    response.delete_cookie(name, path=path, secure=services().settings.https, httponly=True, samesite="Lax")
    return response
