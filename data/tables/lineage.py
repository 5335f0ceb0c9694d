"""From the inbox to the views: the stations events pass, and what each is made of (the marts' contracts say)."""

from __future__ import annotations

from typing import Final

from data.marts.contracts import contracts

#: Where events come in, and where they are kept for good: what every mart is made of in the end.
INBOX, SEGMENTS = "inbox", "segments"
#: What people look at.
VIEWS = "views"


#: Every mart by its contract (data/marts/*.yaml): what a row of it is, what it is for, what it is made of.
MARTS: Final = tuple(contracts().values())

#: What the views read: the cubes, and the rows behind them for tables and reports.
VIEWS_READ = ("units", "cohorts", "activity", "links", "messages", "journeys")


def lineage() -> dict[str, tuple[str, ...]]:
    """Every station from the inbox to the views, with what it is made of."""
    marts = {mart.name: mart.made_of for mart in MARTS}
    return {INBOX: (), SEGMENTS: (INBOX,), **marts, VIEWS: VIEWS_READ}


def stages(graph: dict[str, tuple[str, ...]]) -> list[list[str]]:
    """The stations in columns: each one step after the last of what it is made of. Raises KeyError on an
    unknown name."""
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = max((of(one) + 1 for one in graph[name]), default=0)
        return depth[name]

    columns: list[list[str]] = [[] for _ in range(max(of(name) for name in graph) + 1)]
    for name in graph:
        columns[depth[name]].append(name)
    return columns
