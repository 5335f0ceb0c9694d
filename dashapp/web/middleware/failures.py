"""Every error as one response: a page for people, `application/problem+json` for programs.

A message is shown only when it was written for a person (VitrineError, DataError); of anything else the
caller sees an error id, and the log has the rest under that id.
"""

from __future__ import annotations

import logging
import re
import secrets
from http import HTTPStatus

from dash.exceptions import DependencyException
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError as BadValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from dashapp.access.current import known_actor
from dashapp.access.trail import note_denied
from dashapp.errors import NotFound, TooMany, VitrineError
from dashapp.ui.language.say import language, later, say, say_error
from dashapp.web.look import dressed
from dashapp.web.middleware.headers import page_csp
from data.engines.duckdb import OutOfMemory
from data.errors import (
    NO_MEMORY,
    BadQuery,
    BadSignature,
    DamagedFile,
    DataError,
    InboxBusy,
    LakeUnavailable,
    NotInScope,
    NotThisForm,
    OutOfRoom,
)

log = logging.getLogger("vitrine.web")

_DATA_STATUS: dict[type[DataError], int] = {
    BadQuery: 400,
    NotThisForm: 400,
    BadSignature: 401,
    NotInScope: 404,
    InboxBusy: 503,
    LakeUnavailable: 503,
    OutOfRoom: 503,
    DamagedFile: 503,
}
_SENTENCES = {
    400: later("The request is not in the format this address expects."),
    401: later("Log in first."),
    403: later("This is not allowed from there."),
    404: later("There is nothing here. The link may have ended, or the address may be mistyped."),
    405: later("This address does not take that kind of request."),
    413: later("This is more than the address takes."),
    415: later("This kind of content is not taken here."),
    429: later("Too many attempts. Wait a little and try again."),
    503: later("The server cannot answer just now. Try again in a moment."),
}
#: As HTTP calls them, for the page's heading.
_TITLES = {
    400: later("Bad Request"),
    401: later("Unauthorized"),
    403: later("Forbidden"),
    404: later("Not Found"),
    405: later("Method Not Allowed"),
    409: later("Conflict"),
    429: later("Too Many Requests"),
    500: later("Internal Server Error"),
    503: later("Service Unavailable"),
}
_OURS = later("Something went wrong on our side; it has been noted.")
_SECRET_IN_PATH = re.compile(
    r"/(p|invitations|hooks/[^/\s]+|signup|reset|email|setup|mails)/[A-Za-z0-9_.-]{20,}"
)
_SECRET_IN_TEXT = re.compile(r"(?i)(password|secret|token|authorization|cookie|key)(['\"]?\s*[=:]\s*)(\S+)")


def redact(text: str) -> str:
    """A text without the tokens of links and hooks and without what follows words such as password=."""
    return _SECRET_IN_TEXT.sub(r"\1\2…", _SECRET_IN_PATH.sub(r"/\1/…", text))


class RedactingFormatter(logging.Formatter):
    """A formatter whose output, tracebacks included, is redacted and stays one entry per record."""

    def format(self, record: logging.LogRecord) -> str:
        """One redacted entry; control characters of the message cannot forge a second one."""
        return redact(super().format(record)).replace("\r", "\\r")


def wants_page() -> bool:
    """Whether a person with a browser is asking."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith(
        ("/hooks/", "/api/", "/_")
    )


def failure(status: int, message: str | Exception | None = None, *, error_id: str | None = None) -> Response:
    """The response of an error, for whoever asked."""
    title = say(_TITLES[status]) if status in _TITLES else HTTPStatus(status).phrase
    sentence = (
        say_error(message)
        if isinstance(message, Exception)
        else say(message or _SENTENCES.get(status, _OURS))
    )
    if wants_page():
        g.nonce = secrets.token_urlsafe(16)
        body = render_template(
            "error.html",
            status=status,
            # Whatever door somebody came to, what is not there is told in the same words.
            title=say("This page does not exist") if status == 404 else title,
            message=sentence,
            error_id=error_id,
            nonce=g.nonce,
            say=say,
            language=language(),
            **({"look": None} if request.path.startswith("/p/") else dressed()),
        )
        response = make_response(body, status)
        response.headers["Content-Security-Policy"] = page_csp(g.nonce)
        return response
    problem: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": sentence}
    if error_id is not None:
        problem["error_id"] = error_id
    response = jsonify(problem)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _note_denial(error: Exception, status: int) -> None:
    """Count a refusal in the audit trail: whatever was not allowed, and for who has logged in also what was not
    found, for what is another's looks like that. Strangers who guess addresses are no news.
    """
    actor = known_actor()
    if status not in {401, 403, 429} and not isinstance(error, CSRFError) and not (status == 404 and actor):
        return
    where = f"{request.method} {redact(request.path)}" if actor else request.endpoint or "?"
    place = error if isinstance(error, NotFound) else None
    note_denied(
        actor or "anonymous",
        f"{status} {where}",
        agency_id=place.agency_id if place else None,
        workspace_id=place.workspace_id if place else None,
    )


def install(app: Flask) -> None:
    """Register the handlers on `app`."""

    @app.errorhandler(VitrineError)
    def _known(error: VitrineError) -> Response:
        if error.status >= 500 and error.status != 503:
            return _unexpected(error)
        _note_denial(error, error.status)
        response = failure(error.status, error)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
        elif error.status == 503:
            response.headers["Retry-After"] = "5"
        return response

    @app.errorhandler(DataError)
    def _data(error: DataError) -> Response:
        for kind, status in _DATA_STATUS.items():
            if isinstance(error, kind):
                _note_denial(error, status)
                if isinstance(error, LakeUnavailable):  # its bucket and endpoint are for the log
                    log.error("%s", redact(str(error)))
                    response = failure(status)
                else:
                    response = failure(status, error)
                if status == 503:
                    response.headers["Retry-After"] = "5"
                return response
        return _unexpected(error)

    @app.errorhandler(OutOfMemory)
    def _out_of_memory(error: Exception) -> Response:
        """A statement that nobody nearer to it caught: the figures are whole, there was no room to count them."""
        log.error("out of memory at %s: %s", redact(request.path), redact(str(error)))
        return _data(OutOfRoom(NO_MEMORY))

    @app.errorhandler(DependencyException)
    def _no_such_suite(error: Exception) -> Response:
        return failure(404)  # a file Dash does not have: for whoever asks, just a wrong address

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        original = error.get_response()
        if original.status_code < 400:
            return make_response(original)
        _note_denial(error, original.status_code)
        response = failure(original.status_code)
        for name in ("Allow", "Retry-After", "Location", "WWW-Authenticate"):
            if name in original.headers:
                response.headers[name] = original.headers[name]
        return response

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeout)
    def _database(error: Exception) -> Response:
        log.error("database: %s", redact(str(error.__cause__ or error)))
        response = failure(503)
        response.headers["Retry-After"] = "5"
        return response

    @app.errorhandler(BadValue)
    def _no_such_value(error: BadValue) -> Response:
        """A value its column cannot hold got past the checks at the edge; the caller sent it, nothing broke."""
        log.error("database: %s at %s", redact(str(error.orig)), redact(request.path))
        return failure(400)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        error_id = secrets.token_hex(6)
        log.error(
            "error %s at %s %s", error_id, request.method, redact(request.path), exc_info=error, stacklevel=2
        )
        return failure(500, error_id=error_id)
