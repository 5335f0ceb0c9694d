"""The gate: nothing is answered unless its endpoint is listed here or someone has logged in.

It decides by endpoint, not by path: Dash's pages come from one POST whose body names the path, and its
catch-all route answers every path there is. This file is the only one that lists public endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, Response, g, redirect, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, NotFound, Unauthorized
from werkzeug.routing import RequestRedirect

from dashapp.access.current import viewer
from dashapp.access.scopes import agency_for, scope_for_workspace
from dashapp.access.viewer import Anonymous, Member, Viewer
from dashapp.seats import DESK
from dashapp.services import Services
from dashapp.web.middleware.domains import HOST as PORTAL_HOST
from dashapp.web.middleware.failures import wants_page

#: The API's: each checks the key it was sent.
API = frozenset(
    {
        "api.openapi",
        "api.workspaces",
        "api.metrics",
        "api.events",
        "api.shares",
        "api.create_share",
        "api.revoke_share",
    }
)
#: Endpoints open to anyone. The portal's check the share token themselves, the hooks' the provider's
#: signature.
PUBLIC = frozenset(
    {
        "login.form",
        "login.submit",
        "login.agency_form",
        "second_step.second",
        "second_step.passkey_page",
        "second_step.passkey_options",
        "second_step.passkey",
        "second_step.oidc_begin",
        "second_step.oidc_callback",
        "sign_up.form",
        "sign_up.submit",
        "sign_up.confirm_page",
        "sign_up.confirm",
        "sign_up.setup_page",
        "sign_up.setup",
        "reset.form",
        "reset.ask",
        "reset.choose_page",
        "reset.choose",
        "reset.email_page",
        "reset.email",
        "invitations.page",
        "invitations.account",
        "health.alive",
        "health.ready",
        "health.metrics",
        "health.robots",
        "hooks.receive",
        *API,
        "portal.page",
        "portal.live",
        "portal.logo",
        "portal_files.file",
        "portal.unlock",
        "portal_campaigns.index",
        "portal_campaigns.index_live",
        "portal_campaigns.report",
        "portal_campaigns.report_live",
        "portal_campaigns.people",
        "portal_campaigns.paper",
        "portal_questions.page",
        "portal_questions.ask",
        "portal_sent.report",
        "portal_sent.paper",
        "mail_choice.page",
        "mail_choice.answer",
        "assets.file",
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/_favicon.ico",
    }
)
#: Authorised by what is in the path or by a signature, never by a cookie: no CSRF token to check.
NO_CSRF = frozenset({"hooks.receive", "portal.unlock", "portal_questions.ask", "mail_choice.answer", *API})
#: Called by programs on other machines: a browser's word on where a request comes from says nothing there.
CROSS_SITE = frozenset({"hooks.receive", "mail_choice.answer", *API})
#: All that is open to an owner or admin whose agency asks for a second factor they do not have yet.
ENROLMENT = frozenset(
    {
        "account.second_factor_page",
        "account.enrol",
        "account.passkey_page",
        "account.passkey_options",
        "account.add_passkey",
        "login.logout",
        "login.choose",
    }
)
#: Never answered, though Dash or Flask registers them.
CLOSED = frozenset({"/_reload-hash", "_dash_assets.static"})
#: Dash's catch-all; it is let through for the desk's own paths only.
CATCH_ALL = "/<path:path>"

#: Where one may go on after logging in, beside the desk's pages.
_INVITATION = re.compile(r"/invitations/[A-Za-z0-9_-]{43}")

#: Requests whose reads share one transaction.
_LOOKS = frozenset({("GET", CATCH_ALL), ("POST", "/_dash-update-component")})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """The checks in front of every request, in order; `install` hangs them before Dash's own."""

    def __init__(
        self, services: Services, desk_paths: Iterable[str], verbs: Mapping[str, str] | None = None
    ) -> None:
        """`desk_paths`: the pages there are, such as "/w/<slug>/analytics". `verbs`: by path what one must be
        allowed in the agency or workspace the address names; in a workspace it is else `workspace.read`."""
        self._services = services
        self._csrf = CSRFProtect()
        self._origin = _origin(services.settings.public_url)
        self._verbs = dict(verbs or {})
        self._desk = [(_pattern(path), path) for path in desk_paths]

    def install(self, app: Flask) -> None:
        """Register the gate. Call it before Dash is made: hooks run in the order they were registered."""
        app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
        self._csrf.init_app(app)
        app.before_request(self._begin_look)
        app.before_request(self._check)
        app.teardown_request(_leave)
        app.teardown_request(lambda _error: self._services.end_look())

    def is_desk_path(self, path: str) -> bool:
        """Whether the desk has a page at `path`."""
        return any(pattern.fullmatch(path) for pattern, _ in self._desk)

    def _begin_look(self) -> None:
        """A page of the desk, and what Dash asks for it, is read in one transaction (callbacks/guard.py)."""
        if (request.method, request.endpoint) in _LOOKS:
            self._services.begin_look()

    def _check(self) -> Any:
        if isinstance(request.routing_exception, RequestRedirect):
            return self._to_the_slash(request.routing_exception)
        if request.routing_exception is not None:
            raise request.routing_exception  # 404, 405, a wrong Host: none of them needs to know who asks
        endpoint = request.endpoint or ""
        if endpoint in CLOSED or (endpoint == CATCH_ALL and not self.is_desk_path(request.path)):
            raise NotFound
        changes = request.method not in _SAFE
        if changes and endpoint not in CROSS_SITE:
            self._refuse_cross_site()
        if endpoint not in PUBLIC and isinstance(viewer(), Anonymous):
            return self._ask_to_log_in()
        if changes and endpoint not in NO_CSRF:
            self._csrf.protect()
        if endpoint in PUBLIC:
            return None
        if endpoint not in ENROLMENT and getattr(viewer(), "lacks_second_factor", False):
            if request.method == "GET" and wants_page():
                return redirect("/account/second-factor")
            raise Forbidden
        g.desk_seat = self._services.seats.hold(_agency_of(viewer()), DESK)
        self._authorise_page()
        # An open page asks each second whether it is still its reader's (assets/desk.js): nothing is made for that.
        return Response() if (request.method, endpoint) == ("HEAD", CATCH_ALL) else None

    def _to_the_slash(self, moved: RequestRedirect) -> Response:
        """werkzeug names the host and the scheme of the request, which behind a proxy are not those people use."""
        wanted = urlsplit(moved.new_url)
        query = f"?{wanted.query}" if wanted.query else ""
        base = self._services.settings.public_url
        if (own := request.environ.get(PORTAL_HOST)) is not None:
            base = f"{self._origin[0]}://{own}"
        return redirect(f"{base}{wanted.path}{query}", moved.code)  # type: ignore[return-value]

    def _refuse_cross_site(self) -> None:
        """Another site's page sent this: browsers say so in Sec-Fetch-Site, older ones in Origin."""
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            if site not in {"same-origin", "none"}:
                raise Forbidden
            return
        origin = request.headers.get("Origin")
        own = request.environ.get(PORTAL_HOST)
        ours = {self._origin, _origin(request.host_url)}
        if own is not None:
            ours = {(self._origin[0], str(own), self._origin[2])}
        if origin is not None and _origin(origin) not in ours:
            raise Forbidden

    def _ask_to_log_in(self) -> Response:
        if request.method != "GET" or not wants_page():
            raise Unauthorized
        here = request.full_path if request.query_string else request.path
        target = "/login" if here == "/" else f"/login?next={quote(here, safe='/')}"
        return redirect(target)  # type: ignore[return-value]

    def _authorise_page(self) -> None:
        """A page of a workspace or agency that is not the viewer's is 404 here already, not only empty."""
        if request.endpoint != CATCH_ALL:
            return
        if (verb := self._verbs.get(request.path)) is not None:
            with self._services.reading() as session:
                agency_for(session, viewer(), request.args.get("agency"), verb)
        for pattern, path in self._desk:
            found = pattern.fullmatch(request.path)
            if found and "slug" in found.groupdict():
                verb = self._verbs.get(path, "workspace.read")
                with self._services.reading() as session:
                    scope_for_workspace(session, viewer(), found["slug"], verb)


def _leave(_error: BaseException | None) -> None:
    """The request is answered: its seat is another's."""
    leave = g.pop("desk_seat", None)
    if leave is not None:
        leave()


def _agency_of(asking: Viewer) -> int:
    """Whose seat a request takes: the agency of who asks. Of the few who are in several it is always the same."""
    if not isinstance(asking, Member):
        return 0
    return min({*asking.agency_roles, *asking.workspace_agencies.values()}, default=0)


def _pattern(path: str) -> re.Pattern[str]:
    """`/w/<slug>/analytics` as an expression; a variable is one segment of a slug's letters."""
    parts = re.split(r"<(\w+)>", path)
    return re.compile(
        "".join(
            f"(?P<{part}>[a-z0-9-]{{1,60}})" if n % 2 else re.escape(part) for n, part in enumerate(parts)
        )
    )


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ("", "", None)
    return (parts.scheme, parts.hostname or "", port)


def safe_next(gate: Gate, target: str | None) -> str:
    """Where to go after logging in: a page of the desk, else its home; never another site."""
    if (
        not target
        or len(target) > 500
        or not target.startswith("/")
        or not target.isprintable()
        or "\\" in target
    ):
        return "/"
    path, question, query = target.partition("?")
    if "#" in target or not (gate.is_desk_path(path) or _INVITATION.fullmatch(path)):
        return "/"
    return f"{path}{question}{query}"
