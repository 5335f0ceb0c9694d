"""Answers kept in memory: the same question about the same figures by the same scope is counted once.

One `KeptAnswers` hangs on each lake a process opens (`data.lake.lake.Lake.kept`), so two apps in one process share
nothing. What an answer depends on is in its key (data/answers/keys.py). Corrections, which are told for a
while only (data/building/restated.py), are added after the cache, on every ask.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.cache import Kept, Memory, Uncached

#: An answer, and when it stops being right though nothing new comes (None: its key says so).
Made = tuple[dict[str, Any], datetime | None]


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as bytes, so that nobody can change what others get; `until`: when it stops being right."""

    body: bytes
    until: datetime | None

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return len(self.body)


class KeptAnswers:
    """Answers of one lake. Safe for threads.

    Those who ask for the same thing at once wait for one counting of it: after an event, a hundred open pages
    cost one.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._kept: Kept[_Answer] = Kept("answers", memory)
        self._own = object()

    @property
    def size(self) -> int:
        """Bytes of all answers kept in this memory, with an estimate of what their keys take."""
        return self._kept.size

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

        counted: dict[str, dict[str, Any]] = {}

        def count(names: Sequence[str]) -> Mapping[str, _Answer | Uncached[_Answer]]:
            made, lasting = make(names)
            answers: dict[str, _Answer | Uncached[_Answer]] = {}
            for name, (answer, until) in made.items():
                counted[name] = answer
                packed = _Answer(b"" if keys[name] is None else _packed(answer), until)
                answers[name] = packed if lasting else Uncached(packed)
            return answers

        own = {name: None if key is None else (self._own, key) for name, key in keys.items()}
        found = self._kept.get_many(
            own, count, good=lambda answer: answer.until is None or answer.until > moment
        )
        return {
            name: counted[name] if name in counted else json.loads(answer.body)
            for name, answer in found.items()
        }

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()


def _packed(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
