"""Facts that stay open between two looks at the same version: a page of the timeline costs its events alone.

Making the relations costs several times what a page of them does, and whoever scrolls asks for page after page.
What is kept is what nothing can change: one version, its segments by name, its corrections, one scope.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from data.answers.facts import Facts, open_facts
from data.answers.keys import version_of
from data.answers.whole import Files, files_of
from data.engines.duckdb import cursor
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.scope import Scope

#: Facts kept open in one process, and for how long nobody need ask them, in seconds.
MOST: Final = 6
IDLE_S: Final = 120.0

_guard = threading.Lock()
_open: OrderedDict[int, tuple[Hashable, float, Facts]] = OrderedDict()


@contextmanager
def kept_facts(lake: Lake, scope: Scope, current: Current, as_of: datetime) -> Iterator[Facts]:
    """The facts of a workspace, from before where nothing has changed. Raises as `open_facts`.

    They cannot compare workspaces. Two who ask at once have one each.
    """
    scope.require(current.workspace_id)
    files = files_of(lake, current.workspace_id, as_of)
    key = _key(lake, scope, current, files)
    if key is None:
        with open_facts(lake, scope, current, as_of, lambda _: []) as facts:
            yield facts
        return
    kept = _take(key)
    if kept is None:
        kept = Facts(cursor(lake.root), lake, scope, current, as_of, files, lambda _: [])
    kept.as_of = as_of
    try:
        yield kept
    except BaseException:
        kept.bare.close()
        raise
    _put(key, kept)


def close_all() -> None:
    """Close what is kept."""
    with _guard:
        over = [facts for _, _, facts in _open.values()]
        _open.clear()
    for facts in over:
        facts.bare.close()


def _key(lake: Lake, scope: Scope, current: Current, files: Files) -> Hashable | None:
    """What the relations are made of; None where that is not one published version alone."""
    if files.pending.ids or not files.as_published or version_of(files.current) != version_of(current):
        return None
    return lake, scope, version_of(current), tuple(files.segments), tuple(files.overrides)


def _take(key: Hashable) -> Facts | None:
    found, over = None, []
    with _guard:
        old = time.monotonic() - IDLE_S
        for id_, (kept, used, facts) in list(_open.items()):
            if kept == key and found is None:
                found = facts
                del _open[id_]
            elif used < old:
                over.append(facts)
                del _open[id_]
    for facts in over:
        facts.bare.close()
    return found


def _put(key: Hashable, facts: Facts) -> None:
    over = []
    with _guard:
        _open[id(facts)] = (key, time.monotonic(), facts)
        while len(_open) > MOST:
            over.append(_open.popitem(last=False)[1][2])
    for one in over:
        one.bare.close()
