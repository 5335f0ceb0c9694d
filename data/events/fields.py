"""The values of a record's fields, checked one by one: what is of another form is refused with the field's name."""

from __future__ import annotations

from data.errors import BadRecord


def text_or_none(value: object, field: str) -> str | None:
    """A text; empty or null is none."""
    if type(value) is str:
        return value or None
    if value is None:
        return None
    raise BadRecord(f"{field} must be a text, not a {type(value).__name__}")


def id_or_none(value: object, field: str) -> str | None:
    """An id as text; a whole number is one, too."""
    if type(value) is str:
        return value.strip() or None
    if value is None:
        return None
    if type(value) is int:
        return str(value)
    raise BadRecord(f"{field} must be a text, not a {type(value).__name__}")


def flag(value: object, field: str, default: bool) -> bool:
    """True or false; null is the default."""
    if value is None:
        return default
    if value is True or value is False:
        return bool(value)
    raise BadRecord(f"{field} must be true or false, not a {type(value).__name__}")


def storable(text: str) -> str:
    """`text` with what no database column takes (NUL, half a surrogate pair) replaced."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
