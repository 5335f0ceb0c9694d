"""The form reports are shared with, filled in and sent as a browser does."""

from __future__ import annotations

from typing import Any

RULES = ["views", "campaigns", "masked", "downloads", "questions"]
#: Everything as it stands in the form of a new link; the views are the third.
PLAIN = ("", RULES, [], [], "", "", "open", "open", "28", "previous", "")


def share(
    who: Any,
    call: Any,
    path: str,
    form: tuple[Any, ...] = PLAIN,
    viewers: Any = None,
    password: str | None = None,
    message: str | None = None,
    apart: Any = None,
) -> Any:
    """Press *Share report* on a page: the answer."""
    return call(who, "new-create", 1, path, *form, viewers or [], password, apart or [], message)


def address_of(answer: Any) -> str:
    """The address of the link that was made."""
    made: str = answer.json["response"]["new-url"]["data"]
    return made
