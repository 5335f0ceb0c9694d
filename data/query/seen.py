"""A workspace as one question sees it: what is published of it, where that stands, and what is told beside figures.

All of it comes from one transaction. Read one after the other, a version would be told of with the corrections, or
without the delay, of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.building import restated
from data.cubes.workspace_state import Standing, standing
from data.errors import NotInScope
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.marts.zones import zone
from data.question import Query


@dataclass(frozen=True)
class Seen:
    """A workspace at one moment: what is published of it, where it stands, and the corrections told lately."""

    current: Current
    stands: Standing
    corrected: Sequence[restated.Restated]


def see(lake: Lake, workspace_id: int, queries: Mapping[str, Query], moment: datetime) -> Seen:
    """All of it from one transaction: what is said of a version is about that version. Raises NotInScope."""
    oldest = min((query.as_of or moment for query in queries.values()), default=moment)
    with manifest.read_only(lake.engine).begin() as connection:
        current = manifest.current(connection, [workspace_id]).get(workspace_id)
        stands = standing(connection, workspace_id)
        if current is None or stands is None:
            raise NotInScope("There is no such workspace.")
        return Seen(current, stands, restated.lately(connection, workspace_id, oldest))


def with_notes(
    seen: Seen, queries: Mapping[str, Query], answers: dict[str, dict[str, Any]], moment: datetime
) -> dict[str, dict[str, Any]]:
    """The answers, with `restated` in those about days that were corrected lately
    (data/building/restated.py), and with
    `held_back` where the workspace is (data/cubes/workspace_state.py)."""
    held = seen.stands.held_back()
    for key, query in queries.items():
        at = query.as_of or moment
        told = [one for one in seen.corrected if at - restated.TELL_FOR < one.at <= at]
        days = restated.touching(told, query, at.astimezone(zone(seen.current.timezone)).date())
        if days:
            answers[key]["restated"] = days
        if held is not None:
            answers[key]["held_back"] = held.as_dict()
    return answers
