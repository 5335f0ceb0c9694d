"""What several parts of one page read, read once: only in the session that all reads of a request share.

Such a session sees one moment throughout, so asking it again gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

Found = TypeVar("Found")
_ONCE = "once"


def shared_info() -> dict[str, Any]:
    """The `info` of a session that a request's reads share."""
    return {_ONCE: {}}


def read_before(session: Session, key: Hashable) -> Any:
    """What `once` keeps under a key; None where nothing has been read."""
    kept: dict[Hashable, Any] = session.info.get(_ONCE, {})
    return kept.get(key)


def once(session: Session, key: Hashable, load: Callable[[], Found]) -> Found:
    """What `load` finds; in a shared session from before. What it raises is not kept."""
    kept: dict[Hashable, Found] | None = session.info.get(_ONCE)
    if kept is None:
        return load()
    if key not in kept:
        kept[key] = load()
    return kept[key]
