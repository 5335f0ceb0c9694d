"""Rates by what the cubes do not keep apart: the variation of a step and the sending address."""

from __future__ import annotations

from typing import Any, Final

from data.answers.facts import Facts
from data.compile import measure
from data.question import Query


def rate(facts: Facts, query: Query) -> dict[str, Any]:
    """METRICS §4, "Rates over a range", by variation or sender; "(none)" where none was told."""
    chosen = measure(query)
    rows = facts.rows(
        "rate_by",
        query,
        by=query.by,
        measure=chosen.hits,
        data_type=query.data_type,
        attribution=query.attribution,
        base=chosen.base,
    )
    return {
        **ratio(sum(row[1] for row in rows), sum(row[2] for row in rows)),
        "untracked": sum(row[3] for row in rows),
        "groups": [{"key": row[0], **ratio(row[1], row[2])} for row in rows if row[2]],
    }


def ratio(n: int, base: int) -> dict[str, Any]:
    """A ratio is two sums; it is divided last."""
    return {"n": n, "base": base, "rate": n / base if base else None}


ANSWERS: Final = {"rate": rate}
