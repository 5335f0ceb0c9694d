"""Files of the watched folder, as the sources page and the data team's page show them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from dashapp.db.tenants import READING, REFUSED, TAKEN, WAITING, WatchedFile, Workspace
from dashapp.ui.language.say import speaking
from pages.data_team import watched as data_watched
from pages.data_team.watched_rows import WatchedRow
from pages.sources import watched_files
from pages.sources.watched_files import Watched

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def file(name: str, state: str, why: str = "", **counts: int) -> WatchedFile:
    zero = {"row_count": 0, "new": 0, "duplicate": 0, "parked": 0}
    return WatchedFile(
        id=1, workspace_id=1, name=name, state=state, why=why, seen_at=AT, **{**zero, **counts}
    )


def shown(component: Any) -> str:
    return json.dumps(
        component.to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False
    )


FILES = [
    file("<b>.csv", TAKEN, row_count=1_203, new=1_200, duplicate=2, parked=1),
    file("w.csv", WAITING),
    file("r.csv", READING),
    file("n.csv", REFUSED, "It is empty."),
]


def test_each_file_tells_its_state_its_rows_and_why() -> None:
    text = shown(watched_files.section(Watched("harbour-coffee", FILES, "Europe/Madrid")))
    assert "1,203 rows: 1,200 new, 2 known, 1 parked" in text
    for word in (
        "Taken in",
        "Waiting until it is whole",
        "Being read",
        "Not read",
        "It is empty.",
        "“harbour-coffee”",
    ):
        assert word in text
    assert "20 seconds" in text
    assert "Nothing was dropped" in shown(watched_files.section(Watched("x", [], "UTC")))


def test_in_french_the_reason_is_french() -> None:
    with speaking("fr"):
        text = shown(watched_files.section(Watched("harbour-coffee", FILES, "UTC")))
    assert "Il est vide." in text
    assert "It is" not in text


def test_the_data_teams_table() -> None:
    rows = [WatchedRow(Workspace(id=1, name="Harbour Coffee", slug="harbour-coffee"), one) for one in FILES]
    text = shown(data_watched.watched("North", rows))
    assert text.count("Harbour Coffee") == 4
    assert "<b>.csv" in text
    assert "Nothing was dropped" in shown(data_watched.watched("North", []))
