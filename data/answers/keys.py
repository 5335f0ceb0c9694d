"""What an answer is kept under (data/answer_cache.py): all that it depends on, or None where that is not known.

The whole scope, the workspace, the published version with its zone, format and layers, the local day, the query. A
narrowed scope, a new version, another day are other keys; nobody gets what was made for a wider or another scope.

`as_of` in a kept answer is the moment it was counted, and that is the truth: nothing that the answer tells has
changed since, else its key or its `until` would have. A key is only made where the published version covers the
moment (no event is stamped later), so between two versions time alone changes something: the local day, which is in
the key; week borders on the elapsed clock, for which the answer itself says how long it holds; and for what is
planned the minute, which is in the key with the stamp of the plans. What is cut at the moment that corresponds to
now (`Query.cut`) is kept by the minute and by how far back that lies, so that tiles of one page share it.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime

from data.lake.manifest import Current
from data.marts.layer_files import is_whole
from data.marts.zones import zone
from data.question import Query
from data.scope import Scope


def key_of(
    scope: Scope,
    current: Current,
    query: Query,
    moment: datetime,
    plans: int | None,
    pending: tuple[str, ...] = (),
) -> Hashable | None:
    """What the answer is kept under; None where it must be counted each time.

    Not kept: questions about a moment that is told, versions that are damaged, of another format or do not cover
    `moment`, and answers that other workspaces have a part in. `plans`: the stamp of what is planned. `pending`:
    what is beside the version (data/answers/beside_events.py), for questions that are counted from events.
    """
    if query.as_of is not None or query.figure.across:
        return None
    if not is_whole(current) or (current.last_event_at is not None and current.last_event_at > moment):
        return None
    planned = (plans, _minute(moment)) if query.figure.planned else None
    return (
        scope,
        *version_of(current),
        moment.astimezone(zone(current.timezone)).date(),
        planned,
        pending,
        None if query.cut is None else (_minute(moment), round((moment - query.cut).total_seconds() / 60)),
        query.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"cut"}),
    )


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def version_of(current: Current) -> tuple[Hashable, ...]:
    """Everything of a published version that an answer depends on or shows."""
    return (
        current.workspace_id,
        current.slug,
        current.timezone,
        current.version,
        current.format,
        current.events,
        current.last_event_at,
        current.last_received_at,
        current.damaged,
        tuple(one.id for one in current.layers),
    )
