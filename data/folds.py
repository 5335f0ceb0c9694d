"""Folds for those who look: who waits while one is under way shares the next one.

A fold's cost is hardly its workspaces and events, it is the statements it runs. So folds are made as commits are
(data/group_commit.py): all workspaces that gathered meanwhile go together, and the more viewers wait, the less
each of them costs. A workspace that must be built anew goes alone and beside, for nobody should wait for that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from data.lake import Lake

#: Workspaces of one fold at most.
MOST_TOGETHER = 100


@dataclass(slots=True, eq=False)
class _Wish:
    """A workspace somebody waits for."""

    lake: Lake
    workspace_id: int
    alone: bool
    done: Future[None] = field(default_factory=Future)

    @property
    def key(self) -> tuple[Path, int]:
        """Whose fold it is, wherever the lake is open twice."""
        return self.lake.root, self.workspace_id


class Folds:
    """The folds of this process. `fold` brings some workspaces of a lake up to date, or raises."""

    def __init__(self, fold: Callable[[Lake, Collection[int]], None]) -> None:
        self._fold = fold
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="fold")
        self._guard = threading.Lock()
        self._wishes: dict[tuple[Path, int], _Wish] = {}
        self._busy: set[tuple[Path, int]] = set()
        #: Whether a fold of several is under way, and whether one alone is.
        self._running = {False: False, True: False}

    def wish(self, lake: Lake, workspace_id: int, *, alone: bool = False) -> Future[None]:
        """A future of the next fold of the workspace: one that begins after this call."""
        mine = _Wish(lake, workspace_id, alone)
        with self._guard:
            mine = self._wishes.setdefault(mine.key, mine)
            mine.alone = mine.alone or alone
            self._start()
        return mine.done

    def _start(self) -> None:
        """Hand out what may begin. Called with the guard held.

        Two folds side by side would take twice as long each; one after the other, the second is shared by more.
        """
        for alone in (False, True):
            group = [] if self._running[alone] else self._next_group(alone)
            if group:
                self._running[alone] = True
                self._busy |= {one.key for one in group}
                self._pool.submit(self._run, group, alone)

    def _next_group(self, alone: bool) -> list[_Wish]:
        """Whom nobody folds just now, those who came first before the others."""
        free = [one for key, one in self._wishes.items() if key not in self._busy and one.alone == alone]
        group = [one for one in free if one.lake == free[0].lake][: 1 if alone else MOST_TOGETHER]
        for one in group:
            del self._wishes[one.key]
        return group

    def _run(self, group: list[_Wish], alone: bool) -> None:
        try:
            self._serve(group)
        finally:
            with self._guard:
                self._running[alone] = False
                self._busy -= {one.key for one in group}
                self._start()

    def _serve(self, group: list[_Wish]) -> None:
        """When a fold of several fails, each is tried by itself: the fault may be one's alone."""
        try:
            self._fold(group[0].lake, [one.workspace_id for one in group])
        except BaseException as error:
            if len(group) > 1 and isinstance(error, Exception):
                for one in group:
                    self._serve([one])
                return
            for one in group:
                one.done.set_exception(error)
            return
        for one in group:
            one.done.set_result(None)
