"""Freshness over two weeks: means and worst of each day, worked out by hand, of one's own workspaces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashapp.db.jobs import FreshnessSample
from pages.data_team.freshness import DAYS, Day, days, drawing, fortnight
from tests.pages.tests_text import text
from tests.support.world import app, make_app, running, world, world_template

__all__ = ["app", "make_app", "running", "world", "world_template"]

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.fixture
def samples(running: Any, world: Any) -> dict[str, int]:
    """Harbour: today 400 and 800 ms, two days ago 90 s, 14 days ago (too old) an hour. Colossus: absurd ones."""
    harbour, colossus = world.ids["harbour"], world.ids["colossus"]
    midnight = AT.replace(hour=0)
    rows = [
        (harbour, AT - timedelta(minutes=5), 400),
        (harbour, midnight, 800),
        (harbour, midnight - timedelta(days=1, minutes=5), 90_000),
        (harbour, midnight - timedelta(days=DAYS - 1, minutes=5), 3_600_000),
        (colossus, AT, 7_654_321),
    ]
    with running.session() as session:
        session.add_all([FreshnessSample(workspace_id=one, at=at, lag_ms=lag) for one, at, lag in rows])
    return {"harbour": harbour, "pine": world.ids["pine"]}


def test_a_day_has_its_mean_and_its_worst(running: Any, samples: dict[str, int]) -> None:
    with running.reading() as session:
        found = days(session.connection(), list(samples.values()), AT)
    assert set(found) == set(samples.values())
    harbour = found[samples["harbour"]]
    assert [one.day.isoformat() for one in (harbour[0], harbour[-1])] == ["2026-11-09", "2026-11-22"]
    assert [(one.day.day, one.mean_ms, one.worst_ms) for one in harbour if one.worst_ms is not None] == [
        (20, 90_000, 90_000),
        (22, 600, 800),
    ]
    assert all(one.worst_ms is None for one in found[samples["pine"]])


def test_the_figures_beside_the_drawing(running: Any, samples: dict[str, int]) -> None:
    with running.reading() as session:
        found = days(session.connection(), list(samples.values()), AT)
    shown = text(
        fortnight([("Harbour Coffee", found[samples["harbour"]]), ("Pine Dental", found[samples["pine"]])])
    )
    assert "1 min 30 s" in shown
    assert "600 ms" in shown  # of two days the better one
    assert "1 of 14 days" in shown
    assert "Pine Dental" not in shown  # nothing came
    assert "7,654" not in shown
    assert "Nothing came in these two weeks." in text(fortnight([("Pine Dental", found[samples["pine"]])]))


def test_a_column_is_higher_the_longer_the_wait_and_stays_in_the_drawing() -> None:
    lags = [0, 100, 1_000, 10_000, 60_001, 3_600_000, 99_999_999]
    found = [Day(AT.date(), float(lag), lag) for lag in lags]
    drawn = drawing("A & <b>", found).html
    heights = [float(part.split('height="')[1].split('"')[0]) for part in drawn.split("<rect ")[1:]]
    assert heights == sorted(heights)
    assert (heights[0], heights[-1]) == (3.0, 64.0)
    assert drawn.count("dd-late") == 3
    assert "A &amp; &lt;b&gt;" in drawn
