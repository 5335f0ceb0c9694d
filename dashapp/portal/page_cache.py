"""Rendered pages kept in memory, so that a poll or a reload of unchanged figures costs no figure and no template.

The link's id and version are part of every key: nothing rendered for one link is ever shown through another, or
through the same one after its address or password changed. Whether the link still works is asked of the
database before the cache is looked into, at every request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import blake2b

from dashapp.sharing.opening import Dress, Opening
from dashapp.tiles.base import DayNote
from dashapp.tiles.periods import Period
from dashapp.views.schema import View
from data.cache import Kept, Memory, Uncached

#: Views kept parsed, some 20 kB each.
MOST_VIEWS = 200
#: Views of which is known what moves with time, some 200 bytes each.
MOST_KNOWN = 20_000


@dataclass(frozen=True)
class PageKey:
    """Everything a link's report depends on. `day`: the local day; `build`: our templates, styles and code.

    `views` stamps the views that could be shown; `complete_to`, `stale` and `held_back` are what the freshness line
    says. `moment`: the quarter of an hour, where figures are compared with an earlier period as it stood at this
    time of its day. `plans`: how often what is planned changed, and the quarter of an hour, where the view shows a
    forecast of it; else None.
    """

    share_id: int
    share_version: int
    share_revision: int
    view_id: int | None
    views: str
    workspace_id: int
    workspace: str
    dress: Dress
    mart_version: int
    timezone: str
    complete_to: datetime | None
    stale: bool
    period: Period
    lang: str
    day: date
    compare: str = "previous"
    moment: datetime | None = None
    build: str = ""
    held_back: str | None = None
    plans: tuple[int, datetime] | None = None

    @cached_property
    def etag(self) -> str:
        """A short digest of the key; tells a reader nothing about it."""
        return blake2b(repr(self).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Timing:
    """What a view's figures depend on beside events: `plans`: it forecasts; `compares`: with an earlier period.

    `plain`: its tiles need no styles but those of every report.
    """

    plans: bool
    compares: bool
    plain: bool = False


class PageCache:
    """What was made, by key: pages of one app. Safe for threads.

    Those who ask for the same thing at once wait for one making of it: after an event, a hundred open pages
    cost one rendering.
    """

    def __init__(self, name: str = "pages", memory: Memory | None = None) -> None:
        self._pages: Kept[bytes] = Kept(name, memory)
        self._own = object()
        self._views: dict[Hashable, View] = {}
        self._notes: dict[Hashable, tuple[DayNote, ...]] = {}
        self._timing: dict[Hashable, Timing] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes kept now in this memory, with an estimate of what their keys take."""
        return self._pages.size

    def get(self, key: Hashable, make: Callable[[], tuple[bytes, bool]]) -> bytes:
        """What is kept under `key`; else made, and kept when `make` says it is whole (no tile failed)."""

        def made() -> bytes | Uncached[bytes]:
            body, whole = make()
            return body if whole else Uncached(body)

        return self._pages.get((self._own, key), made)

    def kept(self, key: Hashable) -> bytes | None:
        """What is kept under `key`, without making it."""
        return self._pages.peek((self._own, key))

    def view(self, link: Opening, load: Callable[[], View]) -> View:
        """The view a link shows, read and parsed once for each stamp of the views it could show."""
        key = (link.workspace_id, link.view_id, link.views)
        found = self._views.get(key)
        if found is None:
            found = load()
            with self._lock:
                if len(self._views) >= MOST_VIEWS:
                    self._views.clear()
                self._views[key] = found
        return found

    def timing(self, link: Opening, find: Callable[[], Timing]) -> Timing:
        """What of the view a link shows moves with time alone, found once for each stamp of the views."""
        key = (link.workspace_id, link.view_id, link.views)
        found = self._timing.get(key)
        if found is None:
            found = find()
            with self._lock:
                if len(self._timing) >= MOST_KNOWN:
                    self._timing.clear()
                self._timing[key] = found
        return found

    def notes(self, link: Opening, load: Callable[[], tuple[DayNote, ...]]) -> tuple[DayNote, ...]:
        """The notes on days a link shows, read once for each stamp of them (it is part of that of the views)."""
        key = (link.id, link.revision, link.views)
        found = self._notes.get(key)
        if found is None:
            found = load()
            with self._lock:
                if len(self._notes) >= MOST_VIEWS:
                    self._notes.clear()
                self._notes[key] = found
        return found
