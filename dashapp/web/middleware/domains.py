"""Portals under an agency's own name: requests to a name that was proved see its portals and nothing else.

It stands in front of Flask, which trusts the public name alone: the request goes on under that, with the agency in
its environment, and the portal shows no link of another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from dashapp.agencies import domains
from dashapp.services import Services

HOST, AGENCY = "vitrine.portal_host", "vitrine.portal_agency"
#: All there is under such a name; everything else is the portal's own 404.
_SHOWN = ("/p/", "/assets/")
_ALSO = frozenset({"/robots.txt"})
NOWHERE = "/p/-/"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Domains:
    """The WSGI application behind the names of agencies."""

    def __init__(self, app: Wsgi, services: Services, trusted: Iterable[str]) -> None:
        self._app = app
        self._services = services
        self._trusted = frozenset(trusted)
        self._public = urlsplit(services.settings.public_url).netloc

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand the request on, under the public name where its own was proved to be an agency's."""
        host = str(environ.get("HTTP_HOST", "")).partition(":")[0].rstrip(".").lower()
        if host and host not in self._trusted and (agency_id := self._agency_of(host)) is not None:
            environ[HOST], environ[AGENCY] = host, agency_id
            environ["HTTP_HOST"] = self._public
            path = environ.get("PATH_INFO", "")
            if not path.startswith(_SHOWN) and path not in _ALSO:
                environ["PATH_INFO"] = NOWHERE
        return self._app(environ, start_response)

    def _agency_of(self, host: str) -> int | None:
        if len(host) > 253 or "." not in host:
            return None
        try:
            with self._services.reading() as session:
                return domains.agency_of_host(session, host)
        except SQLAlchemyError:
            return None  # a name nobody vouches for is refused
