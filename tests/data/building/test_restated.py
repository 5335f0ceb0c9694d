"""Corrected figures of closed days say so: which days, when, why; what comes in its time corrects nothing.

Alice's Harbour Coffee sent on 2, 3 and 12 January; Charlie's Colossus is corrected a thousandfold beside it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from data.building import restated
from data.building.build import refresh
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.segments import drain
from data.lake.tables import layer_file, mart_version
from data.marts.check_tables import restatement
from data.question import Query
from tests.support.kept import Keeper
from tests.support.product import Product

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
#: The day after that: what is asked then tells what came in on the 14th.
AS_OF = NOW + timedelta(days=1)


def sent(n: int, day: int, **more: Any) -> dict[str, Any]:
    lead = f"l{n}@client.example"
    at = f"2026-01-{day:02d}T09:00:00Z"
    return {
        "event_id": f"s{n}",
        "event": "sent",
        "occurred_at": at,
        "message_id": f"m{n}",
        "lead": lead,
        **more,
    }


def did(id_: str, what: str, n: int, day: int, **more: Any) -> dict[str, Any]:
    at = f"2026-01-{day:02d}T10:00:00Z"
    return {"event_id": id_, "event": what, "occurred_at": at, "message_id": f"m{n}", **more}


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.open(tmp_path)


def bring(product: Product, workspace: int, *records: dict[str, Any], at: datetime = NOW) -> None:
    events = [canonical(record, received_at=at) for record in records]
    Inbox(product.lake.engine).put(workspace, None, events, received_at=at)
    drain(product.lake)
    refresh(product.lake, [workspace])


@pytest.fixture
def harbour(product: Product, keeper: Keeper) -> int:
    """Sends of the 2nd, 3rd and 12th, all received in time; complete to the 12th."""
    workspace = product.workspace("UTC")

    def make() -> None:
        for n, day in ((1, 2), (2, 3), (3, 12)):
            bring(product, workspace, sent(n, day), at=datetime(2026, 1, day, 9, 1, tzinfo=UTC))
        reply = did("r2", "replied", 2, 4, reply_category="interested")
        bring(product, workspace, reply, at=NOW.replace(day=4))

    keeper.made(product.lake, make)
    return workspace


def told(product: Product, workspace: int, name: str = "rate", **more: Any) -> list[dict[str, Any]]:
    options = {"data_type": "open"} if name == "rate" else {}
    answer = product.ask(workspace, {"name": name, **options, **more}, AS_OF)
    return list(answer.get("restated", []))


def rows(product: Product, workspace: int) -> dict[date, tuple[str, int, int]]:
    with product.lake.engine.connect() as connection:
        found = connection.execute(select(restatement).where(restatement.c.workspace_id == workspace))
        return {row.day: (row.cause, row.events, row.own) for row in found}


def test_what_comes_in_its_time_corrects_nothing(product: Product, harbour: int) -> None:
    """An opening today of an e-mail of last week grows its cohort, as it should."""
    bring(product, harbour, did("o1", "opened", 1, 14), did("o2", "opened", 2, 12))
    assert rows(product, harbour) == {}
    assert "restated" not in product.ask(harbour, {"name": "rate", "data_type": "open"}, AS_OF)


def test_a_first_delivery_of_old_events_corrects_nothing(product: Product) -> None:
    workspace = product.workspace("UTC")
    bring(product, workspace, sent(1, 2), did("o1", "opened", 1, 3))
    assert rows(product, workspace) == {}


def test_a_late_opening_restates_its_day_and_the_day_its_email_is_credited_to(
    product: Product, harbour: int
) -> None:
    """Opened on the 5th, received on the 14th: the 5th, and the 2nd, on which its e-mail was sent."""
    colossus = product.workspace("UTC")
    bring(product, colossus, *(sent(n, 2) for n in range(1_000)), sent(1_000, 12), at=NOW.replace(day=12))
    bring(product, colossus, *(did(f"o{n}", "opened", n, 6) for n in range(1_000)))
    bring(product, harbour, did("o1", "opened", 1, 5))
    assert rows(product, harbour) == {date(2026, 1, 2): ("late", 1, 0), date(2026, 1, 5): ("late", 1, 1)}
    whole = {
        "from": "2026-01-02",
        "to": "2026-01-05",
        "at": "2026-01-14T12:00:00Z",
        "why": "late",
        "events": 1,
    }
    assert told(product, harbour) == [whole]
    assert told(product, harbour, "cohort") == told(product, harbour, "sent_emails") == [whole]
    only = {**whole, "to": "2026-01-02"}
    assert told(product, harbour, **{"from": "2026-01-01", "to": "2026-01-03"}) == [only]
    assert told(product, harbour, **{"from": "2026-01-06", "to": "2026-01-14"}) == []
    assert told(product, harbour, "future_emails") == []
    assert [one["events"] for one in told(product, colossus)] == [1_000]
    assert product.ask(harbour, {"name": "rate", "data_type": "open"}, AS_OF)["n"] == 1


@pytest.mark.parametrize(("day", "restates"), [(10, True), (11, True), (12, False), (13, False)])
def test_only_days_before_what_the_figures_were_complete_to_are_closed(
    product: Product, harbour: int, day: int, restates: bool
) -> None:
    """Complete to the 12th: what comes in on the 15th of the 12th or later is new, not a correction."""
    bring(product, harbour, did("o", "opened", 3, day), at=NOW.replace(day=15))
    assert (date(2026, 1, day) in rows(product, harbour)) is restates


@pytest.mark.parametrize(("day", "restates"), [(9, True), (10, False), (11, False)])
def test_two_days_are_given_to_events_on_their_way(
    product: Product, harbour: int, day: int, restates: bool
) -> None:
    """Received on the 12th: of the 9th is late, of the 10th is not."""
    bring(product, harbour, did("o", "opened", 2, day), at=NOW.replace(day=12, hour=23))
    assert (date(2026, 1, day) in rows(product, harbour)) is restates


def test_a_late_reply_that_is_the_first_recategorises(product: Product, harbour: int) -> None:
    """m2 had a positive reply on the 4th; a refusal of the 3rd comes in late and is its first."""
    before = product.ask(harbour, {"name": "rate", "data_type": "positive_reply"}, AS_OF)["n"]
    bring(product, harbour, did("r1", "replied", 2, 3, reply_category="not_interested"))
    after = product.ask(harbour, {"name": "rate", "data_type": "positive_reply"}, AS_OF)["n"]
    assert (before, after) == (1, 0)
    assert rows(product, harbour) == {date(2026, 1, 3): ("recategorised", 1, 1)}
    assert [one["why"] for one in told(product, harbour)] == ["recategorised"]


def test_a_late_reply_of_the_lead_alone_restates_the_start_of_the_journey(
    product: Product, harbour: int
) -> None:
    reply = did("r", "replied", 1, 8, lead="l1@client.example", reply_category="interested")
    del reply["message_id"]
    bring(product, harbour, reply)
    assert sorted(rows(product, harbour)) == [date(2026, 1, 2), date(2026, 1, 8)]


def test_days_are_those_of_the_workspace(product: Product) -> None:
    """20:00 UTC of the 4th is the 5th on Kiritimati."""
    workspace = product.workspace("Pacific/Kiritimati")
    bring(product, workspace, sent(1, 2), sent(2, 12), at=NOW.replace(day=12))
    late = {**did("o", "opened", 1, 4), "occurred_at": "2026-01-04T20:00:00Z"}
    bring(product, workspace, late)
    assert rows(product, workspace)[date(2026, 1, 5)] == ("late", 1, 1)


def test_a_rebuild_with_the_same_result_corrects_nothing_and_one_with_another_does(
    product: Product, harbour: int
) -> None:
    refresh(product.lake, [harbour], full=True)
    assert rows(product, harbour) == {}
    # As if the e-mail of the 3rd had been counted on the 2nd: the published zone was another.
    with product.lake.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE workspace SET timezone = 'Pacific/Kiritimati' WHERE id = {harbour}"
        )
    bring(product, harbour, sent(9, 12, lead="late@x.io") | {"occurred_at": "2026-01-12T09:30:00Z"})
    assert rows(product, harbour) == {}, "with news nobody can tell what the rebuild corrects"
    with product.lake.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE workspace SET timezone = 'Pacific/Pago_Pago' WHERE id = {harbour}"
        )
    refresh(product.lake, [harbour])
    # 09:00 UTC is 23:00 of the same day on Kiritimati, and 22:00 of the day before in Pago Pago.
    days = {date(2026, 1, day) for day in (1, 2, 3)}
    assert set(rows(product, harbour)) == days
    assert {one[0] for one in rows(product, harbour).values()} == {"rebuilt"}


def test_a_rebuild_because_of_a_damaged_file_compares_nothing(product: Product, harbour: int) -> None:
    with product.lake.engine.begin() as connection:
        connection.execute(update(layer_file).values(quarantined=1))
    refresh(product.lake)
    assert rows(product, harbour) == {}
    with product.lake.engine.connect() as connection:
        assert connection.scalar(select(mart_version.c.version)) == 5


def test_it_is_told_for_two_weeks_and_kept_for_three_months(product: Product, harbour: int) -> None:
    bring(product, harbour, did("o1", "opened", 1, 5))
    for days, tells in ((13, True), (15, False)):
        answer = product.ask(harbour, {"name": "rate", "data_type": "open"}, NOW + timedelta(days=days))
        assert ("restated" in answer) is tells
    with product.lake.engine.begin() as connection:
        assert restated.forget(connection, NOW + timedelta(days=89)) == 0
        assert restated.forget(connection, NOW + timedelta(days=91)) == 2


def test_what_was_not_known_then_is_not_told_then(product: Product, harbour: int) -> None:
    bring(product, harbour, did("o1", "opened", 1, 5))
    answer = product.ask(harbour, {"name": "rate", "data_type": "open"}, NOW - timedelta(hours=1))
    assert "restated" not in answer


def test_the_grid_tells_of_its_twelve_weeks_only() -> None:
    old = restated.Restated(1, date(2025, 10, 26), "late", 3, 3, NOW)
    first = restated.Restated(1, date(2025, 10, 27), "late", 2, 2, NOW)
    today = date(2026, 1, 14)  # its week began on the 12th, eleven weeks after 27 October
    assert restated.touching([old], Query(name="week1"), today) == []
    assert [one["events"] for one in restated.touching([old, first], Query(name="cohort"), today)] == [2]
