"""Caches what is rendered from the answers of a whole page (data/answer_cache.py): equal answers, equal page.

The key is that of all its questions together, with the corrections reported now. Where one of them has no key, or
looks at a moment of its own, the page is rendered every time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from datetime import UTC, datetime

from data.answers import counted_from_facts
from data.answers.keys import key_of
from data.lake import manifest
from data.lake.lake import Lake
from data.query.snapshot import WorkspaceSnapshot, workspace_snapshot
from data.question import Query
from data.scope import Scope


def kept_page(
    lake: Lake,
    scope: Scope,
    workspace_id: int,
    queries: Collection[Query],
    shown: Hashable,
    make: Callable[[], tuple[str, bool]],
    seen: WorkspaceSnapshot | None = None,
) -> str:
    """The text that `make` gives for the answers to these queries, kept from before or made now.

    `shown`: everything else it depends on. `make` also says whether it may be kept (nothing in it failed). `seen`:
    the workspace as it was just read, with what is pending, so that it is not read again.
    """
    if lake.kept is None:
        return make()[0]
    scope.require(workspace_id)
    moment = datetime.now(UTC) if seen is None else seen.at
    if seen is None or seen.pending is None:
        with manifest.read_only(lake.engine).begin() as connection:
            seen = workspace_snapshot(connection, workspace_id, moment, pending=True)
    found = _key(scope, seen, queries, moment)
    if found is None:
        return make()[0]
    version, key = found

    def made(_names: object) -> tuple[dict[str, tuple[dict[str, str], None]], bool]:
        text, whole = make()
        # A version that was published meanwhile may be in the text, and is not in its key.
        same = whole and manifest.version(lake.engine, workspace_id) == version
        return {"page": ({"text": text}, None)}, same

    text: str = lake.kept.get({"page": ("page", key, shown)}, moment, made)["page"]["text"]
    return text


def _key(
    scope: Scope, seen: WorkspaceSnapshot, queries: Collection[Query], moment: datetime
) -> tuple[int, Hashable] | None:
    """The version's number, and: one version, one day and one set of questions; by the minute where time alone
    changes an answer."""
    current, stands = seen.current, seen.state
    if stands.failed is not None:
        return None
    from_events = any(counted_from_facts(query) for query in queries)
    pending = (seen.pending or ()) if from_events else ()
    corrected = seen.corrected
    keys = [key_of(scope, current, query, moment, stands.plans, pending) for query in queries]
    if None in keys:
        return None
    by_minute = any(query.figure.planned or query.clock == "elapsed" or query.cut for query in queries)
    minute = moment.replace(second=0, microsecond=0) if by_minute else None
    return current.version, (frozenset(keys), frozenset(corrected), minute)
