"""The dashboard's figures against the plain Python reference, over random events of every channel and zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.query.ask import Query, ask_all
from data.scope import Scope
from tests.support.examples import examples
from tests.support.history.happenings import Told, tellings
from tests.support.product import Product
from tests.support.reference import answers as reference


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("answers")))


@pytest.mark.more
@examples(3, 24, shrink=False, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(clients=st.lists(tellings(), min_size=1, max_size=4))
def test_every_figure_is_the_references(product: Product, clients: list[Told]) -> None:
    """Several clients with the same names in them; each scope sees its own part, in any order of arrival."""
    workspaces = {product.workspace(told.timezone): told for told in clients}
    product.take_in_all({id_: told.events for id_, told in workspaces.items()})
    for id_, told in workspaces.items():
        world = reference.World(
            told.events,
            told.timezone,
            told.as_of,
            user=told.user,
            campaigns=None if told.campaigns is None else set(told.campaigns),
            engagement=told.engagement,
        )
        _assert_same(_answers(product, id_, told), world, told)


def _answers(product: Product, workspace: int, told: Told) -> dict[str, dict[str, Any]]:
    common: Mapping[str, Any] = {"as_of": told.as_of, "engagement": told.engagement}
    ranged = {**common, "from": told.first, "to": told.last}
    asked = {
        "overview": {"name": "engagement_overview", **ranged},
        "week": {"name": "engagement_overview", **common},
        "actions": {"name": "action_analytics", **ranged},
        "timeline": {"name": "timeline", **ranged, "limit": 1_000},
        "leads": {"name": "hot_leads", **ranged, "limit": 1_000},
        "campaigns": {"name": "top_campaigns", **ranged, "limit": 1_000},
        "opened": {"name": "hours", **common},
        "sent": {"name": "hours", **common, "event": "sent"},
        "replied": {"name": "hours", **common, "event": "replied"},
        "links": {"name": "top_links", **common, "limit": 1_000},
        "replies": {"name": "reply_categories", "as_of": told.as_of},
    }
    queries = {key: Query.model_validate(query) for key, query in asked.items()}
    scope = Scope(frozenset({workspace}), told.user, told.campaigns)
    return ask_all(product.lake, scope, workspace, queries)


def _assert_same(found: dict[str, dict[str, Any]], world: reference.World, told: Told) -> None:
    ranged = {"from": told.first, "to": told.last}
    for key, query in (("overview", ranged), ("week", {})):
        expected = reference.engagement_overview(world, query)
        assert {name: found[key][name] for name in expected} == expected
    assert {
        channel["channel"]: {"": channel["n"], **{s["status"]: s["n"] for s in channel["statuses"]}}
        for channel in found["actions"]["channels"]
    } == reference.action_analytics(world, ranged)
    groups = found["timeline"]["groups"]
    assert sorted((g["channel"], g["event"], g["lead"], g["count"]) for g in groups) == reference.timeline(
        world, ranged
    )
    assert [g["at"] for g in groups] == sorted((g["at"] for g in groups), reverse=True)
    assert [
        (row["lead"], row["score"], datetime.fromisoformat(row["latest"]), row["reasons"])
        for row in found["leads"]["rows"]
    ] == [
        (row["lead"], row["score"], row["latest"], dict(row["reasons"]))
        for row in reference.hot_leads(world, ranged)
    ]
    assert {
        row["campaign"]: (row["contacts"], row["engaged"], row["not_interested"])
        for row in found["campaigns"]["rows"]
    } == reference.campaigns(world, ranged)
    for event in ("opened", "sent", "replied"):
        cells = found[event]["cells"]
        assert {(c["weekday"], c["hour"]): c["n"] for c in cells if c["n"]} == reference.hours(world, event)
    assert {
        row["url"]: (row["clicks"], row["unique"], row["leads"]) for row in found["links"]["rows"]
    } == reference.links(world)
    moods = reference.reply_moods(world)
    assert found["replies"]["total"] == moods.total()
    for mood in ("positive", "neutral", "negative"):
        rows = [row["n"] for row in found["replies"]["rows"] if row["sentiment"] == mood]
        assert sum(rows) == moods[mood]
