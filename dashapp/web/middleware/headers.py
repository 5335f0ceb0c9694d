"""The headers of every response: what a browser may do with it, and who may keep it.

The desk needs `style-src 'unsafe-inline'` (Dash and Plotly set style attributes); everything else here does
not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask, Response, request

from dashapp.config import Settings

HSTS = "max-age=31536000; includeSubDomains"
#: Endpoints whose responses may be kept; they set their own Cache-Control.
STATIC = frozenset(
    {
        "assets.file",
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/_favicon.ico",
    }
)
#: The one file that other sites load: it lets a frame with a report grow with it.
EMBED_SCRIPT = "/assets/embed.js"
#: Beside the portal's: a token stands in the address. Their Referrer-Policy is the usual one, which tells other
#: sites nothing: with `no-referrer` browsers send a form without Referer and with `Origin: null`, and over TLS the
#: CSRF check wants to know where a form comes from.
SECRET_PATHS = ("/invitations/", "/signup/", "/reset/", "/email/", "/setup/", "/mails/")
_BASE = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def desk_csp(script_hashes: Sequence[str]) -> str:
    """For the desk's pages: own scripts and the few inline ones of Dash by their hashes; no eval."""
    scripts = " ".join(["'self'", *script_hashes])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; {_BASE}"
    )


def page_csp(nonce: str) -> str:
    """For the log-in and error pages: no script at all, one style block."""
    return (
        f"default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
        f"font-src 'self'; {_BASE}"
    )


def script_page_csp(nonce: str) -> str:
    """For a plain page that needs a file of ours to talk to the browser's passkeys."""
    return f"script-src 'self'; connect-src 'self'; {page_csp(nonce)}"


#: What has no business being rendered, should a browser be made to open it.
DATA_CSP = "default-src 'none'; frame-ancestors 'none'"


def install(app: Flask, settings: Settings, script_hashes: Callable[[], Sequence[str]]) -> None:
    """Put the headers on every response of `app`; `script_hashes` is asked once the desk is complete."""

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        portal = request.path == "/p" or request.path.startswith("/p/")
        headers["X-Content-Type-Options"] = "nosniff"
        if "frame-ancestors" not in headers.get("Content-Security-Policy", "") or (
            "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        ):  # it knows no list of sites: where a policy names some, it would forbid them
            headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = (
            "cross-origin" if request.path == EMBED_SCRIPT else "same-origin"
        )
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        headers["Referrer-Policy"] = "no-referrer" if portal else "same-origin"
        if portal or request.path.startswith(SECRET_PATHS):
            headers["X-Robots-Tag"] = "noindex, nofollow"
        if settings.https:
            headers["Strict-Transport-Security"] = HSTS
        if request.endpoint not in STATIC or response.status_code >= 400:
            headers["Cache-Control"] = "no-store"
        if "Content-Security-Policy" not in headers:
            page = response.mimetype == "text/html" and not portal
            headers["Content-Security-Policy"] = desk_csp(script_hashes()) if page else DATA_CSP
        return response
