"""Rendered grids kept in memory, so that a poll or a reload of unchanged figures costs no query.

The share's id is part of every key: nothing rendered for one link is ever shown through another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import date
from hashlib import blake2b

from markupsafe import Markup

MOST = 256


@dataclass(frozen=True, slots=True)
class PageKey:
    """Everything a rendered grid depends on. `day`: the local day; `build`: our templates and code."""

    share_id: int
    workspace_id: int
    view_id: int | None
    view_version: str
    mart_version: int
    period: str
    lang: str
    day: date
    build: str = ""

    @property
    def etag(self) -> str:
        """A short digest of the key; tells a reader nothing about it."""
        return blake2b(repr(astuple(self)).encode(), digest_size=12).hexdigest()


class PageCache:
    """The last `most` grids, least recently used out first. Safe for threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[PageKey, Markup] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: PageKey, make: Callable[[], tuple[Markup, bool]]) -> Markup:
        """The grid of `key`; else made, and kept when `make` says it is whole (no tile failed)."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made, whole = make()
        if whole:
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return made
