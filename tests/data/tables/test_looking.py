"""Looking into a table: its newest rows are those of all its rows in order, however many layers they lie in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from data.errors import NotInScope
from data.lake import manifest
from data.scope import Scope
from data.tables import browse as looking
from data.tables import rows as own_rows
from data.tables.rows import TABLES
from tests.support.product import Product

DAYS = 12


def _day(day: int) -> list[dict[str, Any]]:
    """Two e-mails of a day; those of the day before are opened then, which changes their rows."""
    events = []
    for n in (0, 1):
        who = {"message_id": f"m{day}-{n}", "lead": f"l{n}@x.io", "campaign": f"C{n}"}
        events.append({"event": "sent", "occurred_at": f"2024-09-{day:02}T09:00:00Z", **who})
        if day > 1:
            before = {**who, "message_id": f"m{day - 1}-{n}"}
            url = {"url": "https://x.io/a"}
            at = f"2024-09-{day:02}T10:00:00Z"
            events += [{"event": kind, "occurred_at": at, **before, **url} for kind in ("opened", "clicked")]
    return [{"event_id": f"e{day}-{n}", **event} for n, event in enumerate(events)]


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> tuple[Product, list[int], int]:
    """Alice's three clients with a layer a day, the third half of them, and Charlie's client with as much."""
    product = Product.open(Path(tmp_path_factory.mktemp("looking")))
    ids = [product.workspace(zone) for zone in ("UTC", "Asia/Tokyo", "America/New_York")]
    theirs = product.charlies()
    for day in range(1, DAYS + 1):
        of = [*ids[: 3 if day % 2 else 2], theirs]
        product.take_in_all({one: _day(day) for one in of})
    with product.lake.engine.connect() as connection:
        states = manifest.current(connection, ids)
    assert all(len(states[one].layers) > 3 for one in ids)
    return product, ids, theirs


def _slugs(ids: list[int]) -> dict[int, str]:
    return {one: f"client-{one}" for one in ids}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("limit", [1, 3, 7, 40, 10_000])
def test_the_newest_are_the_newest_of_all(
    north: tuple[Product, list[int], int], table: str, limit: int
) -> None:
    product, ids, _ = north
    with own_rows.own_rows(product.lake, Scope(frozenset(ids)), _slugs(ids), table) as own:
        names = [name for name, _ in own.columns()]
        everything = own.connection.execute(f"FROM ({own.relation})").fetchall()
        told, newest = own.count(), own.newest(limit)
    assert told == own_rows.Count(len(everything), exact=True)
    assert len(newest) == min(limit, len(everything))
    assert {row[0] for row in everything} <= set(_slugs(ids).values()), "never a row of Charlie's"
    key = next((names.index(name) for name in own_rows._NEWEST if name in names), None)
    if key is not None:
        stamps = sorted((row[key] for row in everything if row[key] is not None), reverse=True)
        assert [row[key] for row in newest] == stamps[:limit]
    assert set(map(repr, newest)) <= set(map(repr, everything))
    assert len(set(map(repr, newest))) == len(newest)


def test_what_is_there_by_hand(north: tuple[Product, list[int], int]) -> None:
    """Two e-mails on each of 12, 12 and 6 days, and what was opened of the 5 even days the third was not told of.

    A message that was opened later is one row, with its opening: 2 · 11 of each of the first two, the third's 10.
    """
    product, ids, _ = north
    found = looking.sample(product.lake, Scope(frozenset(ids)), _slugs(ids), "messages")
    assert (found.total, found.exact, len(found.rows)) == (70, True, 70)
    names = [name for name, _ in found.columns]
    opened = [row for row in found.rows if row[names.index("opened_human_at")] is not None]
    assert len(opened) == 2 * 22 + 10


def test_very_many_are_told_as_at_most(
    north: tuple[Product, list[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To say exactly how many, all rows of a cube would have to be added up."""
    product, ids, _ = north
    monkeypatch.setattr(own_rows, "_COUNTED", 10)
    whole, least = Scope(frozenset(ids)), 70
    found = looking.sample(product.lake, whole, _slugs(ids), "messages", limit=5)
    assert not found.exact
    assert found.total > least
    assert len(found.rows) == 5
    out = io.BytesIO()
    taken = looking.take_away(product.lake, whole, _slugs(ids), "messages", out)
    assert len(out.getvalue().splitlines()) == 1 + least
    assert taken.rows == least


def test_a_stranger_sees_nothing(north: tuple[Product, list[int], int]) -> None:
    product, ids, theirs = north
    with pytest.raises(NotInScope):
        looking.sample(product.lake, Scope(frozenset(ids)), _slugs([*ids, theirs]), "messages")
    with pytest.raises(NotInScope):
        looking.sample(product.lake, Scope(frozenset(ids), user="bob@x.io"), _slugs(ids), "messages")
