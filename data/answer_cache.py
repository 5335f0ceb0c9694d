"""Answers kept in memory: the same question about the same figures by the same scope is counted once.

One `KeptAnswers` hangs on each lake a process opens (`data.lake.lake.Lake.kept`), so two apps in one process share
nothing. What an answer depends on is in its key (data/answers/keys.py). Corrections, which are told for a
while only (data/building/restated.py), are added after the cache, on every ask.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

#: Bytes of all answers kept by one lake.
MOST_BYTES: Final = 24 * 1024 * 1024
#: What a key and its place cost beside the answer, about.
OVERHEAD: Final = 1_500
#: An answer, and when it stops being right though nothing new comes (None: its key says so).
Made = tuple[dict[str, Any], datetime | None]


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer as bytes, so that nobody can change what others get; `until`: when it stops being right."""

    body: bytes
    until: datetime | None

    @property
    def cost(self) -> int:
        return len(self.body) + OVERHEAD


@dataclass(slots=True)
class _Making:
    """An answer that somebody is counting now; `body` stays None when that failed."""

    done: threading.Event = field(default_factory=threading.Event)
    body: bytes | None = None


class KeptAnswers:
    """At most `most` bytes of answers, the least recently used out first. Safe for threads.

    Those who ask for the same thing at once wait for one counting of it: after an event, a hundred open pages
    cost one.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._bytes = 0
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._making: dict[Hashable, _Making] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes kept now, with an estimate of what their keys take."""
        return self._bytes

    def get(
        self,
        keys: Mapping[str, Hashable | None],
        moment: datetime,
        make: Callable[[Sequence[str]], tuple[Mapping[str, Made], bool]],
    ) -> dict[str, dict[str, Any]]:
        """An answer for each name: kept under its key, being made by somebody else, or made now.

        `make(names)` counts those names together and says whether they may be kept (nothing was published
        meanwhile). A name without a key is always made. What `make` raises is raised here.
        """
        found: dict[str, dict[str, Any]] = {}
        wanted = dict(keys)
        while wanted:
            mine: dict[str, _Making] = {}
            others: dict[str, _Making] = {}
            bodies: dict[str, bytes] = {}
            with self._lock:
                for name, key in wanted.items():
                    kept = None if key is None else self._find(key, moment)
                    if kept is not None:
                        bodies[name] = kept.body
                    elif key is not None and key in self._making:
                        others[name] = self._making[key]
                    else:
                        mine[name] = _Making()
                        if key is not None:
                            self._making[key] = mine[name]
            found |= {name: json.loads(body) for name, body in bodies.items()}
            if mine:
                found |= self._make({name: wanted[name] for name in mine}, mine, make)
            for name, making in others.items():
                making.done.wait()
                if making.body is not None:
                    found[name] = json.loads(making.body)
            # Where somebody else failed, this caller tries for itself.
            wanted = {name: key for name, key in wanted.items() if name not in found}
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _make(
        self,
        keys: Mapping[str, Hashable | None],
        mine: Mapping[str, _Making],
        make: Callable[[Sequence[str]], tuple[Mapping[str, Made], bool]],
    ) -> dict[str, dict[str, Any]]:
        # Two names of one page may be one question: it is claimed once, and by `mine` alone.
        try:
            made, lasting = make(list(mine))
            for name, making in mine.items():
                key = keys[name]
                if key is None:
                    continue
                answer, until = made[name]
                making.body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
                if lasting:
                    self._keep(key, _Kept(making.body, until))
            return {name: answer for name, (answer, _) in made.items()}
        finally:
            with self._lock:
                for name, making in mine.items():
                    if keys[name] is not None:
                        self._making.pop(keys[name], None)
                    making.done.set()

    def _find(self, key: Hashable, moment: datetime) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until is not None and kept.until <= moment:
            self._bytes -= self._kept.pop(key).cost
            return None
        self._kept.move_to_end(key)
        return kept

    def _keep(self, key: Hashable, made: _Kept) -> None:
        with self._lock:
            old = self._kept.pop(key, None)
            self._bytes += made.cost - (0 if old is None else old.cost)
            self._kept[key] = made
            while self._bytes > self._most:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= gone.cost
