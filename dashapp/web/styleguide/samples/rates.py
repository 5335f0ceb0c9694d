"""Samples of rates, cohorts and e-mails sent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from dashapp.web.styleguide.samples.made_up import (
    AS_OF,
    KEYS,
    SHARES,
    TODAY,
    Body,
    Sample,
    days_of,
    noise,
    ratio,
    sent_on,
)
from data.figures.registry import rates
from data.query.ask import Query


def _rate(query: Query) -> dict[str, Any]:
    return {**_rate_answer(query), **_marks(query)}


def _no_rate(full: Body) -> Body:
    return {**ratio(0, 0), "untracked": 0} | ({"groups": []} if full["by"] else {})


def _sent(query: Query) -> dict[str, Any]:
    days = [{"day": d.isoformat(), "n": sent_on(d)} for d in days_of(query)]
    return {"total": sum(d["n"] for d in days), "days": days, **_marks(query)}


def _cohort(query: Query) -> dict[str, Any]:
    return {"rows": _grid(query)}


def _week1(query: Query) -> dict[str, Any]:
    rows = _grid(query)
    points = [{"cohort": r["cohort"], "base": r["base"]} | _without_week(r["cells"][0]) for r in rows]
    whole = [p for p in points if p["state"] == "value"]
    return {"headline": ratio(sum(p["n"] for p in whole), sum(p["base"] for p in whole)), "points": points}


def _no_week1(full: Body) -> Body:
    blank = {"n": 0, "base": 0, "rate": None, "state": "no_base"}
    return {"headline": ratio(0, 0), "points": [{**p, **blank} for p in full["points"]]}


def share_of(data_type: str) -> float:
    """The share of a rate; one that is not in SHARES has a small one."""
    return SHARES.get(data_type, 0.04)


def _share(data_type: str, day: date) -> float:
    return (
        share_of(data_type) * (1 + (day - TODAY).days / 500) * (1 + 0.5 * noise(data_type, day.isoformat()))
    )


def _rate_answer(query: Query) -> dict[str, Any]:
    per = 0.42 if query.attribution == "lead" else 1.0
    rows = []
    for day in days_of(query):
        base = round(sent_on(day) * per * 0.98)
        rows.append((day, round(base * _share(query.data_type, day) / (per**0.5)), base))
    total = ratio(sum(r[1] for r in rows), sum(r[2] for r in rows))
    answer = {**total, "untracked": 12 if rates()[query.data_type].base.tracking else 0}
    if query.by == "day":
        answer["groups"] = [{"key": d.isoformat(), **ratio(n, base)} for d, n, base in rows if base]
    if query.by is not None and query.by in KEYS:
        answer["groups"] = sorted(
            (
                {"key": name}
                | ratio(
                    round(total["n"] * part * (1 + 0.4 * noise(name, query.sender_provider, query.to))),
                    round(total["base"] * part),
                )
                for name, part in KEYS[query.by].items()
            ),
            key=lambda group: group["key"],
        )
    return answer


def _grid(query: Query) -> list[dict[str, Any]]:
    monday = TODAY - timedelta(days=TODAY.weekday())
    rows = []
    for back in range(11, -1, -1):
        cohort = monday - timedelta(weeks=back)
        base = sum(
            sent_on(cohort + timedelta(days=i)) for i in range(7) if cohort + timedelta(days=i) <= TODAY
        )
        base = 0 if back == 8 else round(base * (0.42 if query.attribution == "lead" else 0.98))
        cells: list[dict[str, Any]] = []
        final = share_of(query.data_type) * 1.9 * (1 + 0.5 * noise("c", cohort.isoformat()))
        for k in range(1, 13):
            if k - 1 > back:
                cells.append({"week": k, "n": None, "rate": None, "state": "future"})
                continue
            n = round(base * final * (1 - math.exp(-0.55 * (k - 0.55 + (0.3 if k > 1 else 0)))))
            state = "no_base" if not base else "in_progress" if k - 1 == back else "value"
            rate = n / base if base else None
            cells.append({"week": k, "n": n, "rate": rate, "state": state})
        rows.append({"cohort": cohort.isoformat(), "base": base, "untracked": 0, "cells": cells})
    return rows


def _marks(query: Query) -> dict[str, Any]:
    """What a comparison has to know: the last days are in progress, and one campaign."""
    if not query.marks:
        return {}
    found: dict[str, Any] = {"since": "2024-01-01"}
    if query.figure.is_rate:
        today = AS_OF.date()
        days = 7 if query.data_type.endswith("reply") else 3
        young = [str(today - timedelta(days=n)) for n in range(days, -1, -1)]
        groups = young if query.by == "day" else list(KEYS.get(query.by or "", ()))[-1:]
        found["progress"] = {"days": days, "learned": True, "groups": list(groups), "whole": False}
    return found


def _without_week(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if key != "week"}


def _empty_row(row: Mapping[str, Any]) -> dict[str, Any]:
    cells = [
        c if c["state"] == "future" else {**c, "n": 0, "rate": None, "state": "no_base"} for c in row["cells"]
    ]
    return {**row, "base": 0, "cells": cells}


SAMPLES: Final = {
    "rate": Sample(_rate, _no_rate),
    "sent_emails": Sample(_sent, lambda full: {"total": 0, "days": [{**d, "n": 0} for d in full["days"]]}),
    "cohort": Sample(_cohort, lambda full: {"rows": [_empty_row(row) for row in full["rows"]]}),
    "week1": Sample(_week1, _no_week1),
}
