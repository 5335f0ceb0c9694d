"""Cutting a JSON body into its elements without writing them again: each keeps its own text."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from data.errors import NotThisForm, Unreadable

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_OUTSIDE: Final = re.compile(r'["\[\]{}]')
_INSIDE: Final = re.compile(r'["\\]')
_decode = json.JSONDecoder().raw_decode


class TooDeep:
    """Stands for an element that is nested too deeply to be read: its neighbours are read all the same."""


_TOO_DEEP: Final = TooDeep()


def why_no_object(value: object) -> str:
    """Why an element is parked that is no JSON object."""
    if isinstance(value, TooDeep):
        return "the element's JSON is nested too deeply"
    return "the element is no JSON object"


def reason_of(error: Exception) -> str:
    """An error's sentence as the reason a record is parked with."""
    why = str(error).rstrip(".")
    return f"{why[:1].lower()}{why[1:]}"


def text_of(body: bytes) -> str:
    """The body as text (UTF-8, a BOM is dropped); NotThisForm otherwise."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotThisForm("The body is no UTF-8 text.") from None


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _decode(text, at)
    except RecursionError:
        return _TOO_DEEP, _end_of(text, at)
    except json.JSONDecodeError as error:
        raise NotThisForm(
            f"The body is no JSON: it cannot be read from character {error.pos + 1} on."
        ) from None
    except ValueError:
        raise NotThisForm("The body is no JSON: it holds a number that is too long.") from None


def _end_of(text: str, at: int) -> int:
    """Where the object or list that begins at `at` ends, however deep it goes; one pass, no recursion."""
    depth = 0
    while (mark := _OUTSIDE.search(text, at)) is not None:
        at = mark.end()
        if mark.group() == '"':
            while (inside := _INSIDE.search(text, at)) is not None and inside.group() == "\\":
                at = inside.end() + 1
            if inside is None:
                break
            at = inside.end()
        elif mark.group() in "[{":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return at
    raise Unreadable("The body's JSON is nested too deeply.")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def elements(text: str) -> list[tuple[Any, str]]:
    """(value, its own text) of each element of a JSON array, or of the values that follow one another.

    One object is a list of one; objects on lines of their own are several. NotThisForm when it is no JSON.
    """
    at = _skip(text, 0)
    if at == len(text):
        raise NotThisForm("The body is empty.")
    found: list[tuple[Any, str]] = []
    if text[at] != "[":
        while at < len(text):
            value, end = _value(text, at)
            found.append((value, text[at:end]))
            at = _skip(text, end)
        return found
    at = _skip(text, at + 1)
    if at < len(text) and text[at] == "]":
        at += 1
    else:
        while True:
            value, end = _value(text, at)
            found.append((value, text[at:end]))
            if (mark := text[end : end + 1]) not in (",", "]"):
                end = _skip(text, end)
                mark = text[end : end + 1]
            at = end + 1
            if mark == "]":
                break
            if mark != ",":
                raise NotThisForm("The body is no JSON: the list is not closed.")
            if text[at : at + 1] != "{":
                at = _skip(text, at)
    if _skip(text, at) != len(text):
        raise NotThisForm("The body is no JSON: something follows the list.")
    return found


def one_object(text: str) -> tuple[dict[str, Any], str]:
    """The one JSON object of a body, and its text; NotThisForm otherwise."""
    found = elements(text)
    if found and isinstance(found[0][0], TooDeep):
        raise Unreadable("The body's JSON is nested too deeply.")
    if len(found) != 1 or type(found[0][0]) is not dict or not text.lstrip().startswith("{"):
        raise NotThisForm("The body is not one JSON object.")
    return found[0]
