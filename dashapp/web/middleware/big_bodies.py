"""How much of a request waitress takes in before anybody looks at it: by the address it is for.

Arrived mail comes with its attachments, to `/hooks/` alone; everything else stays as small as it was. A
delivery that is larger than any mail is not read at all, but handed on without its body: the hook answers 413
and leaves a trace for the workspace, which waitress itself cannot.
"""

from __future__ import annotations

import weakref
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from dashapp.web.hooks import MAX_MAIL

#: Room for what a proxy or chunks add.
_SLACK: Final = 65_536
_HOOKS: Final = "/hooks/"
#: Large bodies that are on the disk at once, half-sent ones too: at most a gigabyte. The provider comes again.
MOST_HELD: Final = 20
_HELD: weakref.WeakSet[Any] = weakref.WeakSet()


class _TooMany(Error):  # type: ignore[misc, unused-ignore]
    """What waitress answers when it holds as many large bodies as it may."""

    code = 503
    reason = "Service Unavailable"


class _Limits:
    """Waitress's settings with another limit for one request's body."""

    def __init__(self, settings: Any, most: int) -> None:
        self._settings, self.max_request_body_size = settings, most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settings, name)


class Parser(HTTPRequestParser):  # type: ignore[misc, unused-ignore]
    """Waitress's parser, with the limit of the address."""

    def parse_header(self, header_plus: bytes) -> None:
        """The headers; then what the body may be is known."""
        super().parse_header(header_plus)
        if not str(self.path).startswith(_HOOKS):
            return
        usual: Any = self.adj
        self.adj: Any = _Limits(usual, MAX_MAIL + _SLACK)
        if self.content_length >= MAX_MAIL + _SLACK:
            self._leave_out_the_body()
        elif self.content_length >= usual.max_request_body_size:
            if len(_HELD) >= MOST_HELD:
                self.error = _TooMany("Several large mails are being taken in.")
                self._leave_out_the_body()
            else:
                _HELD.add(self)

    def _leave_out_the_body(self) -> None:
        """Answer from the headers; the connection ends with that, so the body is never taken for a request."""
        self.content_length = 0
        self.body_rcv = None
        self.expect_continue = False
        self.headers["CONNECTION"] = "close"
        self.connection_close = True


class Channel(HTTPChannel):  # type: ignore[misc, unused-ignore]
    """A connection whose requests are read so."""

    parser_class = Parser
