"""Open pages that ask again and again whether anything is new: who asks exactly the same within a quarter of a
second gets the same "no" (304), before Flask and without the database.

Nothing is shown by it. A link that was revoked, paused or given another password says so within half a second; a
page asks once a second. Every other answer, with a body or without a link, is made anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

#: Seconds an answer is given again; and while one request makes it anew, to the others.
FRESH, AT_MOST = 0.25, 0.5
#: Different questions remembered at once, and characters of the longest: browsers' are a tenth of that.
MOST, LONGEST = 2_000, 8_000
#: Where a request came from makes no difference to a page that is open.
_APART: Final = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]


@dataclass(slots=True)
class _Answer:
    """`at`: when it was asked, so that it holds for that moment; `asking`: somebody asks anew."""

    at: float
    status: str
    headers: list[tuple[str, str]]
    asking: bool = False


class Polls:
    """In front of the app."""

    def __init__(self, app: App, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._clock = app, clock
        self._answers: dict[Hashable, _Answer] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """One request."""
        key = question_of(environ)
        if key is None:
            return self._app(environ, start)
        at = self._clock()
        kept = self._kept(key, at)
        if kept is not None:
            start(kept.status, list(kept.headers))
            return []

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self._keep(key, at, status, headers)
            return start(status, headers, *more)

        try:
            return self._app(environ, started)
        except BaseException:
            self._keep(key, at, "", [])
            raise

    def _kept(self, key: Hashable, at: float) -> _Answer | None:
        with self._lock:
            found = self._answers.get(key)
            if found is None or at - found.at >= AT_MOST:
                return None
            if at - found.at >= FRESH and not found.asking:
                found.asking = True
                return None
            return found

    def _keep(self, key: Hashable, at: float, status: str, headers: list[tuple[str, str]]) -> None:
        says_no = status.startswith("304") and not any(name.lower() == "set-cookie" for name, _ in headers)
        with self._lock:
            if not says_no:
                self._answers.pop(key, None)
                return
            if len(self._answers) >= MOST:
                self._answers.clear()
            self._answers[key] = _Answer(at, status, list(headers))


def question_of(environ: Environ) -> Hashable | None:
    """Everything such a request says; None for any other request."""
    path = environ.get("PATH_INFO", "")
    if environ.get("REQUEST_METHOD") != "GET" or not (path.startswith("/p/") and path.endswith("/live")):
        return None
    if not environ.get("HTTP_IF_NONE_MATCH"):
        return None
    said = frozenset(
        (name, value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and not name.startswith(_APART)
    )
    query = environ.get("QUERY_STRING", "")
    if sum(len(name) + len(value) for name, value in said) + len(path) + len(query) > LONGEST:
        return None
    return path, query, environ.get("wsgi.url_scheme"), said
