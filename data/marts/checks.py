"""Runs the contracts' checks on rows that are about to be published: cheap when all is well.

One statement asks whether any check finds anything at all; only then each runs by itself, to tell which, for
whom, and which rows. Keys and non-null columns are checked for every mart without being declared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from data.engines.duckdb import DuckDBPyConnection
from data.marts.contracts import Contract, contracts

#: What is looked at: a merge (some layers of a workspace), a build (whole leads), or a whole workspace.
Extent = Literal["merge", "refresh", "whole"]
#: Bad rows kept of a failure, and the characters of each: a hint for a person, not a copy of the mart.
SAMPLE: Final = 5
SAMPLE_LENGTH: Final = 800

_HOLDS: Final[dict[str, frozenset[str]]] = {
    "merge": frozenset({"always"}),
    "refresh": frozenset({"always", "built"}),
    "whole": frozenset({"always", "built", "whole"}),
}
#: What data/marts/derive.py keeps of the rows a refresh takes back, and the mart they are of.
_BEFORE: Final = {"before": "messages", "journeys_before": "journeys"}
_REBUILD: Final = (
    "Rebuild the workspace; if it stays, the SQL of the mart does not give what its contract says."
)


@dataclass(frozen=True)
class Finding:
    """A check that does not hold for a workspace. `sample`: a few of the bad rows as JSON."""

    workspace_id: int
    mart: str
    check: str
    rows: int
    sample: tuple[str, ...]
    wrong: str
    todo: str


@dataclass(frozen=True)
class _Search:
    """A check as SQL: `bad` selects the bad rows; `where` is its condition, where it looks at single rows.

    `key`: it looks for two rows of one key.
    """

    mart: str
    check: str
    bad: str
    where: str | None
    wrong: str
    todo: str
    key: bool = False


def find(
    connection: DuckDBPyConnection, extent: Extent, relations: Mapping[str, str] | None = None
) -> dict[int, list[Finding]]:
    """What is wrong, by workspace; nothing for those that are well.

    `relations`: where the rows of a mart are; None: in temp tables of the marts' names, and every mart has one.
    What is not named has no rows.
    """
    there = contracts() if relations is None else relations
    named = _named(relations, extent)
    asked = _quick(extent, frozenset(there))
    row = connection.execute(named + asked).fetchone()
    if row is None or not row[0]:
        return {}
    found: dict[int, list[Finding]] = {}
    for search in _searches(extent, frozenset(there)):
        for one in _found(connection, named, search):
            found.setdefault(one.workspace_id, []).append(one)
    return found


def _found(connection: DuckDBPyConnection, named: str, search: _Search) -> list[Finding]:
    rows = connection.execute(
        f"{named} SELECT workspace_id, count(*), list(to_json(bad)::VARCHAR)[:{SAMPLE}] "  # noqa: S608
        f"FROM ({search.bad}) AS bad GROUP BY workspace_id ORDER BY workspace_id"
    ).fetchall()
    return [
        Finding(
            workspace_id,
            search.mart,
            search.check,
            count,
            tuple(text[:SAMPLE_LENGTH] for text in sample),
            search.wrong,
            search.todo,
        )
        for workspace_id, count, sample in rows
    ]


@lru_cache(maxsize=32)
def _quick(extent: Extent, marts: frozenset[str]) -> str:
    """SELECT of one boolean: may any check find anything? Few and flat, for planning costs more than looking.

    Keys of all marts are counted at once by their hash: two that share one only cost the second look.
    """
    searches = _searches(extent, marts)
    keys = " UNION ALL ".join(
        f"SELECT hash('{mart}', {', '.join(contracts()[mart].made_keys)}) AS h FROM {mart}"  # noqa: S608
        for mart in sorted(marts)
    )
    rows = " UNION ALL ".join(
        f"SELECT 1 FROM {mart} WHERE {' OR '.join(conditions)}"  # noqa: S608  names and conditions of ours
        for mart in sorted(marts)
        if (conditions := [f"({one.where})" for one in searches if one.mart == mart and one.where])
    )
    parts = [f"SELECT 1 FROM ({keys}) GROUP BY h HAVING count(*) > 1", rows]  # noqa: S608
    parts += [f"SELECT 1 FROM ({one.bad})" for one in searches if one.where is None and not one.key]  # noqa: S608
    return f"SELECT count(*) > 0 FROM ({' UNION ALL '.join(parts)})"  # noqa: S608


@lru_cache(maxsize=32)
def _searches(extent: Extent, marts: frozenset[str]) -> tuple[_Search, ...]:
    return tuple(
        search
        for contract in contracts().values()
        if contract.mart in marts
        for search in _of(contract, extent)
    )


def _of(contract: Contract, extent: Extent) -> list[_Search]:
    mart = contract.mart
    keys = ", ".join(contract.made_keys)
    found = [
        _Search(
            mart,
            "one_row_a_key",
            f"SELECT {keys}, count(*) AS rows FROM {mart} GROUP BY {keys} HAVING count(*) > 1",  # noqa: S608
            None,
            f"There are two rows of the same {contract.grain}, so it would count twice.",
            _REBUILD,
            key=True,
        )
    ]
    nulls = " OR ".join(
        f'"{column.name}" IS NULL'
        for column in contract.columns
        if not column.nullable and not column.stored_only
    )
    conditions = [
        ("nothing_is_missing", nulls, f"A row of {mart} lacks what every {contract.grain} has.", _REBUILD)
    ]
    conditions += [
        (check.name, check.bad, check.wrong, check.todo)
        for check in contract.checks
        if check.bad is not None and check.when in _HOLDS[extent]
    ]
    found += [
        _Search(mart, name, f"SELECT * FROM {mart} WHERE {bad}", bad, wrong, todo)  # noqa: S608
        for name, bad, wrong, todo in conditions
    ]
    found += [
        _Search(mart, check.name, f"SELECT * FROM ({check.sql})", None, check.wrong, check.todo)  # noqa: S608
        for check in contract.checks
        if check.sql is not None and check.when in _HOLDS[extent]
    ]
    return found


def _named(relations: Mapping[str, str] | None, extent: Extent) -> str:
    """The marts' names for whatever relations hold their rows; only a refresh has rows of before."""
    marts = contracts()
    rows = {} if extent == "refresh" else {name: marts[of].empty for name, of in _BEFORE.items()}
    if relations is not None:
        rows |= {
            name: f"SELECT * FROM {relations[name]}" if name in relations else contract.empty  # noqa: S608
            for name, contract in marts.items()
        }
    parts = [f'"{name}" AS NOT MATERIALIZED ({select})' for name, select in rows.items()]
    return f"WITH {', '.join(parts)} " if parts else ""


def told(findings: Sequence[Finding]) -> str:
    """Findings in one line for the log."""
    return "; ".join(f"{one.mart}.{one.check}: {one.rows} bad rows" for one in findings)


def sample_of(text: str) -> list[dict[str, Any]]:
    """The bad rows of a stored sample; one that was cut is told as it is."""
    rows = []
    for one in json.loads(text):
        try:
            rows.append(dict(json.loads(one)))
        except ValueError:
            rows.append({"row": one})
    return rows
