"""Replies and unsubscribes that belong to no message: counted, listed, given to an e-mail by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.building import build, merging
from data.building.recheck import recheck
from data.errors import BadQuery, NotInScope
from data.lake.segments import drain
from data.query import assigning
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.product import RECEIVED, Product

AS_OF = datetime(2024, 9, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    return Product.open(Path(tmp_path_factory.mktemp("unattributed")))


def _event(id_: str, what: str, at: str, message: str | None = None, **more: Any) -> dict[str, Any]:
    named = {} if message is None else {"message_id": message}
    return {"event_id": id_, "event": what, "occurred_at": f"2024-09-{at}:00Z", **named, **more}


ANN, BEN = {"lead": "ann@client.example"}, {"lead": "ben@client.example"}
#: Ann was sent m1 on the 2nd. Her first reply came before it; Ben was sent nothing; Ann's second reply names
#: a campaign
#: she was never written to in; the last one is hers.
EVENTS = [
    _event("s1", "sent", "02T08:00", "m1", campaign="Autumn", **ANN),
    _event("r1", "replied", "01T08:00", reply_category="interested", **ANN),
    _event("r2", "replied", "03T08:00", reply_category="interested", **BEN),
    _event("u2", "unsubscribed", "04T08:00", **BEN),
    _event("r3", "replied", "05T08:00", reply_category="not_now", campaign="Winter", **ANN),
    _event("r4", "replied", "06T08:00", reply_category="interested", **ANN),
    _event("a2", "replied", "06T09:00", reply_category="out_of_office", **BEN),
    _event("o2", "opened", "06T09:00", _lenient=True, **BEN),
    _event("r5", "replied", "07T08:00", reply_category="interested", _lenient=True),
]


def _rate(product: Product, workspace: int, **options: Any) -> dict[str, Any]:
    return product.ask(workspace, {"name": "rate", "data_type": "reply", **options}, AS_OF)


def _assign(product: Product, workspace: int, event_id: str, message_id: str) -> bool:
    event = assigning.find(product.lake, Scope(frozenset({workspace})), workspace, event_id, message_id)
    with product.lake.engine.begin() as connection:
        return assigning.assign(connection, workspace, event, None, RECEIVED)


def _listed(product: Product, workspace: int) -> list[str]:
    found = assigning.listed(product.lake, Scope(frozenset({workspace})), workspace)
    return [row["event_id"] for row in found]


def test_they_are_counted_beside_the_figures(product: Product) -> None:
    workspace, charlies = product.workspace("UTC"), product.charlies()
    product.take_in_all({workspace: EVENTS, charlies: EVENTS[:1]})
    found = _rate(product, workspace)
    # r1 came before the sending, r2 of nobody we know, r3 of another campaign, r5 of nobody at all.
    assert (found["n"], found["base"], found["unattributed"]) == (1, 1, 4)
    assert _rate(product, workspace, data_type="unsubscribe")["unattributed"] == 1
    assert (
        _rate(product, workspace, **{"from": date(2024, 9, 3), "to": date(2024, 9, 5)})["unattributed"] == 2
    )
    assert product.ask(workspace, {"name": "reply_categories"}, AS_OF)["unattributed"] == 4
    report = product.ask(workspace, {"name": "campaign_report", "campaign": "Autumn"}, AS_OF)
    assert report["unattributed"] == 5
    assert "unattributed" not in _rate(product, workspace, data_type="open")
    assert _rate(product, charlies)["unattributed"] == 0
    assert _listed(product, workspace) == ["r5", "r3", "u2", "r2", "r1"]
    assert _listed(product, charlies) == []
    earlier = product.ask(
        workspace, {"name": "rate", "data_type": "reply"}, datetime(2024, 9, 4, 12, tzinfo=UTC)
    )
    assert earlier["unattributed"] == 2
    product.rebuild([workspace])
    assert _rate(product, workspace)["unattributed"] == 4


def test_who_sees_a_part_is_told_of_none(product: Product) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, EVENTS)
    query = Query.model_validate({"name": "rate", "data_type": "reply", "as_of": AS_OF})
    for scope in (
        Scope(frozenset({workspace}), user="bob@north.example"),
        Scope(frozenset({workspace}), campaigns=frozenset({"Autumn"})),
    ):
        assert "unattributed" not in ask(product.lake, scope, workspace, query)
        assert assigning.listed(product.lake, scope, workspace) == []
    with pytest.raises(NotInScope):
        assigning.listed(product.lake, Scope(frozenset({workspace + 1_000})), workspace)


@pytest.mark.parametrize("event_id", ["r2", "r5"])
def test_one_is_given_to_an_e_mail_once_and_stays_there(product: Product, event_id: str) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, [*EVENTS[:-4], *EVENTS[-3:], _event("s2", "sent", "02T08:00", "m2", **ANN)])
    assert (_rate(product, workspace)["n"], _rate(product, workspace)["unattributed"]) == (0, 4)
    assert _assign(product, workspace, event_id, "m2")
    drain(product.lake)
    build.refresh(product.lake, [workspace])
    for how in ("refresh", "merge", "rebuild"):
        if how == "merge":
            merging.merge_layers(product.lake, [workspace], everything=True)
        elif how == "rebuild":
            product.rebuild([workspace])
        found = _rate(product, workspace)
        assert (found["n"], found["unattributed"]) == (1, 3), how
        assert event_id not in _listed(product, workspace)
        hours = product.ask(workspace, {"name": "hours", "event": "replied"}, AS_OF)
        assert hours["total"] == 1
        leads = product.ask(workspace, {"name": "hot_leads", "from": "2024-09-01", "to": "2024-09-20"}, AS_OF)
        assert [
            (row["lead"], row["reply"] if "reply" in row else row["reasons"]["reply"])
            for row in leads["rows"]
        ]
        assert recheck(product.lake, workspace).findings == []
    with pytest.raises(BadQuery):
        _assign(product, workspace, event_id, "m2")


def test_one_that_is_assigned_stays_with_its_e_mail_when_another_would_fit_later(product: Product) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, EVENTS[:3])
    assert _assign(product, workspace, "r2", "m1")
    drain(product.lake)
    build.refresh(product.lake, [workspace])
    product.take_in(workspace, [_event("s9", "sent", "01T08:00", "m9", campaign="Autumn", **BEN)])
    found = _rate(product, workspace)
    assert (found["n"], found["base"]) == (1, 2), "m1's, not m9's too"
    product.rebuild([workspace])
    assert _rate(product, workspace) == {**found, "as_of": _rate(product, workspace)["as_of"]}


def test_pressed_twice_at_once_it_is_taken_in_once(product: Product) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, EVENTS)
    scope = Scope(frozenset({workspace}))
    one = assigning.find(product.lake, scope, workspace, "r2", "m1")
    other = assigning.find(product.lake, scope, workspace, "r2", "m1")
    with product.lake.engine.begin() as connection:
        assert assigning.assign(connection, workspace, one, None, RECEIVED)
    with product.lake.engine.begin() as connection:
        assert not assigning.assign(connection, workspace, other, None, RECEIVED)


@pytest.mark.parametrize(("event_id", "message_id"), [("r2", "m77"), ("r4", "m1"), ("nothing", "m1")])
def test_what_cannot_be_assigned_is_refused(product: Product, event_id: str, message_id: str) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, EVENTS)
    with pytest.raises(BadQuery):
        assigning.find(product.lake, Scope(frozenset({workspace})), workspace, event_id, message_id)
