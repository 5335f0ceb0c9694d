"""Masks people's addresses in an answer: enough is left to tell them apart, but not to identify them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: An address as it stands alone or within a link, plain or percent-encoded.
_ADDRESS = re.compile(r"[^\s/?&=#,;<>\"'@]+(?:@|%40)[^\s/?&=#,;<>\"'@]+", re.IGNORECASE)
#: Keys whose text is a person, also where it is no address.
_PEOPLE = frozenset({"lead", "contact"})
_REST = "…"


def masked(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same answers with "anna.lee@client.example" as "a…@client.example", wherever it stands."""
    return {key: _value(answer) for key, answer in answers.items()}


def mask_address(text: str) -> str:
    """One person: the first letter, and of an address the domain."""
    name, at, domain = text.partition("@")
    return f"{name[:1]}{_REST}{at}{domain}"


def _value(value: Any, key: str = "") -> Any:
    if isinstance(value, str):
        return (
            mask_address(value) if key in _PEOPLE else _ADDRESS.sub(_REST, value) if key == "url" else value
        )
    if isinstance(value, Mapping):
        return {name: _value(one, name) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_value(one, key) for one in value]
    return value
