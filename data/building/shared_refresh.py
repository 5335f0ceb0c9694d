"""Incremental refreshes (folds) for viewers: those who wait while one is running share the next one.

The cost of a refresh is its statements, hardly its workspaces and events. So refreshes are grouped as commits are
(data/intake/group_commit.py): all workspaces requested meanwhile go together, and the more viewers wait, the less
each of them costs.

A workspace that must be rebuilt goes alone, in parallel, so that nobody else waits for it. One that another
process published meanwhile is refreshed again at once, because that version may lack the very events that
somebody waits for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from data.lake.lake import Lake

#: The most workspaces of one refresh.
MOST_TOGETHER = 100
#: After being overtaken this often, a viewer is shown the existing version.
MOST_TRIES = 3


@dataclass(slots=True, eq=False)
class _Request:
    """A request for one workspace."""

    lake: Lake
    workspace_id: int
    alone: bool
    tries: int = 0
    done: Future[None] = field(default_factory=Future)

    @property
    def key(self) -> tuple[Path, int]:
        """What identifies a refresh, also where the same lake is open twice."""
        return self.lake.root, self.workspace_id


class SharedRefresh:
    """The shared refreshes of this process. `fold` refreshes some workspaces of a lake, or raises; it returns
    those that another process published first.
    """

    def __init__(self, fold: Callable[[Lake, Collection[int]], Collection[int]]) -> None:
        self._fold = fold
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="fold")
        self._guard = threading.Lock()
        self._wishes: dict[tuple[Path, int], _Request] = {}
        self._busy: set[tuple[Path, int]] = set()
        #: Whether a refresh of several is running, and whether a single one is.
        self._running = {False: False, True: False}

    def request(self, lake: Lake, workspace_id: int, *, alone: bool = False) -> Future[None]:
        """A future of the workspace's next refresh: one that begins after this call."""
        mine = _Request(lake, workspace_id, alone)
        with self._guard:
            mine = self._wishes.setdefault(mine.key, mine)
            mine.alone = mine.alone or alone
            self._start()
        return mine.done

    def _start(self) -> None:
        """Start what may begin. Called with the guard held.

        Two refreshes side by side would take twice as long each; run one after the other, the second is shared by
        more viewers.
        """
        for alone in (False, True):
            group = [] if self._running[alone] else self._next_group(alone)
            if group:
                self._running[alone] = True
                self._busy |= {one.key for one in group}
                self._pool.submit(self._run, group, alone)

    def _next_group(self, alone: bool) -> list[_Request]:
        """The workspaces that are not being refreshed, the earliest requests first."""
        free = [one for key, one in self._wishes.items() if key not in self._busy and one.alone == alone]
        group = [one for one in free if one.lake == free[0].lake][: 1 if alone else MOST_TOGETHER]
        for one in group:
            del self._wishes[one.key]
        return group

    def _run(self, group: list[_Request], alone: bool) -> None:
        again: list[_Request] = []
        try:
            again = self._serve(group)
        finally:
            with self._guard:
                self._running[alone] = False
                self._busy -= {one.key for one in group}
                self._wish_again(again)
                self._start()

    def _wish_again(self, wishes: list[_Request]) -> None:
        """Put these first, because they have waited for a refresh already. Called with the guard held."""
        for one in wishes:
            later = self._wishes.pop(one.key, None)
            if later is not None:
                one.done.add_done_callback(partial(_pass_on, later.done))
                one.alone = one.alone or later.alone
        self._wishes = {one.key: one for one in wishes} | self._wishes

    def _serve(self, group: list[_Request]) -> list[_Request]:
        """Refresh, and return the workspaces that another process published meanwhile.

        When a refresh of several fails, each is tried by itself: the fault may lie in only one.
        """
        try:
            overtaken = self._fold(group[0].lake, [one.workspace_id for one in group])
        except BaseException as error:
            if len(group) > 1 and isinstance(error, Exception):
                return [left for one in group for left in self._serve([one])]
            for one in group:
                one.done.set_exception(error)
            return []
        again = []
        for one in group:
            one.tries += 1
            if one.workspace_id in overtaken and one.tries < MOST_TRIES:
                again.append(one)
            else:
                one.done.set_result(None)
        return again


def _pass_on(to: Future[None], done: Future[None]) -> None:
    error = done.exception()
    if error is None:
        to.set_result(None)
    else:
        to.set_exception(error)
