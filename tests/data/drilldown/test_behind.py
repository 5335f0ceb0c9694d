"""The rows behind a figure are the very ones it counts: to the unit, for every option, in random histories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given

from data.drilldown import DrilldownPage, behind
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.examples import examples
from tests.support.history.happenings import Told, tellings
from tests.support.history.histories import History, histories
from tests.support.product import Product
from tests.support.reference import answers as reference_answers
from tests.support.reference.figures import answer

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("behind")))


def _all(product: Product, scope: Scope, workspace: int, query: Query, cell: str, part: Any) -> list[Any]:
    """Every row by pages of two, and the counts told on each of them."""
    rows: list[Any] = []
    after = None
    while True:
        page = behind(product.lake, scope, workspace, query, cell, part=part, after=after, limit=2)
        rows += page.rows
        if page.after is None:
            assert len(rows) == page.total, "the pages hold all rows, each once"
            return rows
        after = page.after


def _check(
    product: Product, workspace: int, query: Query, cell: str, n: int, base: int | None
) -> DrilldownPage:
    scope = Scope(frozenset({workspace}))
    told = behind(product.lake, scope, workspace, query, cell, limit=1_000)
    assert (told.n, told.base) == (n, base), (query, cell)
    assert len(told.rows) == n
    assert all(row.counted for row in told.rows)
    if base is not None:
        whole = behind(product.lake, scope, workspace, query, cell, part="base", limit=1_000)
        assert len(whole.rows) == base
        assert sum(row.counted for row in whole.rows) == n
    return told


def _leaves_out(product: Product, workspace: int, query: Query, told: DrilldownPage) -> None:
    """Against the cubes: what was sent is the base, what bounced, and what was sent without tracking.

    (A lead's e-mails before the one that reached it may lie outside a range, or be another user's.)
    """
    narrowed = query.from_ or query.to or query.user or query.sender_provider != "any"
    if query.data_type not in {"open", "click"} or (query.attribution == "lead" and narrowed):
        return
    scope = Scope(frozenset({workspace}))
    kinds = {kind: query.model_copy(update={"data_type": kind}) for kind in ("bounce", "reply")}
    sent, eligible = (
        ask(product.lake, scope, workspace, kinds[kind])["base"] for kind in ("bounce", "reply")
    )
    told_of = ask(product.lake, scope, workspace, query)
    assert told.left_out.get("untracked", 0) == told_of["untracked"] == eligible - told.base
    assert told.left_out.get("bounced", 0) == sent - eligible
    machines_too = ask(product.lake, scope, workspace, query.model_copy(update={"engagement": "all"}))["n"]
    if query.engagement == "human":
        assert told.left_out.get("machine", 0) == machines_too - told.n
    else:
        assert "machine" not in told.left_out


def _cells(query: dict[str, Any], told: dict[str, Any]) -> list[tuple[str, int, int | None]]:
    """(cell, n, base) of every cell of the reference's answer."""
    if query["name"] == "sent_emails":
        return [("", told["total"], None)] + [(f"d:{d['day']}", d["n"], None) for d in told["days"]]
    if query["name"] == "week1":
        head = told["headline"]
        points = [p for p in told["points"] if p["n"] is not None]
        return [("", head["n"], head["base"])] + [(f"w:{p['cohort']}", p["n"], p["base"]) for p in points]
    if query["name"] == "cohort":
        return [
            (f"w:{row['cohort']}:{cell['week']}", cell["n"], row["base"])
            for row in told["rows"]
            for cell in row["cells"]
            if cell["n"] is not None
        ]
    found = [("", told["n"], told["base"])]
    for group in told.get("groups", []):
        by = query["by"]
        key = f"d:{group['key']}" if by == "day" else f"={group['key']}"
        if by != "week":
            found.append((key, group["n"], group["base"]))
    return found


@pytest.mark.more
@examples(2, 12, shrink=False, suppress_health_check=SLOW)
@given(history=histories())
def test_as_many_rows_as_the_reference_counts(product: Product, history: History) -> None:
    workspace = product.workspace(history.timezone)
    for number in range(len(history.deliveries)):
        product.take_in(workspace, history.arrived(number))
    for query, as_of in history.queries:
        expected = answer(history.events, history.timezone, query, as_of)
        asked = Query.model_validate({**query, "as_of": as_of})
        cells = _cells(query, expected)
        for cell, n, base in [one for one in cells if one[1] or one[2]][:4] + cells[:1]:
            _check(product, workspace, asked, cell, n, base)
        if asked.name == "rate":
            whole = asked.model_copy(update={"by": None})
            told = _check(product, workspace, whole, "", expected["n"], expected["base"])
            _leaves_out(product, workspace, whole, told)
        cell = cells[-1][0]
        scope = Scope(frozenset({workspace}))
        assert len(_all(product, scope, workspace, asked, cell, "n")) == cells[-1][1]


@pytest.mark.more
@examples(2, 12, shrink=False, suppress_health_check=SLOW)
@given(told=tellings())
def test_as_many_events_as_the_reference_counts(product: Product, told: Told) -> None:
    workspace = product.workspace(told.timezone)
    product.take_in(workspace, told.events)
    scope = Scope(frozenset({workspace}), told.user, told.campaigns)
    world = reference_answers.World(
        told.events,
        told.timezone,
        told.as_of,
        user=told.user,
        campaigns=None if told.campaigns is None else set(told.campaigns),
        engagement=told.engagement,
    )
    common = {"as_of": told.as_of, "engagement": told.engagement}

    def count(query: dict[str, Any], cell: str, part: Any = "n") -> int:
        return len(_all(product, scope, workspace, Query.model_validate(query), cell, part))

    for event in ("opened", "sent", "replied"):
        query = {"name": "hours", "event": event, **common}
        hours = reference_answers.hours(world, event)
        assert count(query, "") == hours.total()
        for (weekday, hour), n in list(hours.items())[:3]:
            assert count(query, f"h:{weekday}:{hour}") == n
            assert count(query, f"h:{weekday}:{hour}", "base") == hours.total()
            assert count(query, f"h:{weekday}:") == sum(m for (d, _), m in hours.items() if d == weekday)
    links = reference_answers.links(world)
    for url, counts in links.items():
        for measured, n in zip(("clicks", "unique", "leads"), counts, strict=True):
            assert count({"name": "top_links", **common}, f"{measured}={url}") == n
        assert count({"name": "top_links", **common}, f"clicks={url}", "base") == sum(
            clicks for clicks, *_ in links.values()
        )
    moods = reference_answers.reply_moods(world)
    replies = {"name": "reply_categories", "as_of": told.as_of}
    assert count(replies, "") == moods.total()
    for mood, n in moods.items():
        assert count(replies, f"=|{mood}") == n
    found = ask(product.lake, scope, workspace, Query.model_validate(replies))
    for row in found["rows"]:
        assert count(replies, f"={row['category']}|{row['sentiment']}") == row["n"]
