"""What the data team's page shows: the agency's own numbers, worked out by hand, and nothing of a stranger's."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member
from dashapp.db.jobs import JobRun
from dashapp.ui import format
from data.building import build, failures
from data.lake import segments
from data.marts.checks import Finding
from data.tables.lineage import INBOX, SEGMENTS, VIEWS, lineage, stages
from data.tables.stock import rows_of, stock
from jobs.registry import jobs
from pages.data_team import drawings
from pages.data_team import model as data_model
from pages.data_team import page as data_desk
from pages.data_team import runs as data_runs
from pages.frame.page_spec import Visit
from tests.pages.tests_text import text
from tests.support.data_house import CANARY, SOUTH_LAG, SOUTH_SENT, filled, park, rows
from tests.support.world import app, browser, make_app, running, world, world_template

__all__ = ["app", "browser", "filled", "make_app", "rows", "running", "world", "world_template"]

NBSP = format.NBSP


def member(world: Any, who: str, agency: str, role: str = "owner") -> Member:
    return Member(world.ids[who], f"{who}@x.example", "", {world.ids[agency]: role})


def page(running: Any, world: Any, who: str = "alice", agency: str = "north", **search: str) -> str:
    visit = Visit(running, member(world, who, agency), "/data", search)
    return text(data_desk.layout(visit).content)


def shelf(running: Any, world: Any, who: str, agency: str) -> Any:
    with running.reading() as session:
        return data_model.read(running.lake, session, member(world, who, agency), {})


def test_every_mart_comes_from_what_is_there() -> None:
    graph = lineage()
    assert all(source in graph for made_of in graph.values() for source in made_of)
    assert stages(graph) == [
        [INBOX],
        [SEGMENTS],
        ["hints", "lead_events"],
        ["messages"],
        ["combos", "journeys", "timeline"],
        ["activity", "cohorts", "links", "units"],
        [VIEWS],
    ]


def test_the_rows_are_the_agencys_own_although_the_files_are_shared(
    running: Any, world: Any, rows: dict[str, int]
) -> None:
    north = {one.mart: one for one in shelf(running, world, "alice", "north").stock.marts}
    south = {one.mart: one for one in shelf(running, world, "charlie", "south").stock.marts}
    assert (north["messages"].rows, south["messages"].rows) == (8, SOUTH_SENT)
    assert (north["journeys"].rows, south["journeys"].rows) == (8, SOUTH_SENT)
    # One start day and one campaign: a row by e-mail and a row by lead for each sender and providers.
    assert north["units"].rows == 2
    assert north["messages"].files == south["messages"].files == 1
    # The bytes of the one file they share, divided by rows.
    assert 0 < north["messages"].bytes < south["messages"].bytes / 500
    assert north["hints"].rows == 0
    assert north["hints"].files == 0


def test_queue_events_and_layers_of_a_workspace(running: Any, world: Any, rows: dict[str, int]) -> None:
    desk = shelf(running, world, "alice", "north")
    assert [room.workspace.name for room in desk.rooms] == ["Harbour Coffee", "Pine Dental"]
    harbour, pine = (room.standing for room in desk.rooms)
    assert (harbour.version, harbour.events, harbour.layers) == (1, 8, 1)
    assert (harbour.inbox_events, harbour.segment_events, harbour.parked) == (3, 0, 2)
    assert (pine.version, pine.inbox_events, pine.parked, pine.layers) == (0, 0, 0, 0)
    segments.drain(running.lake)
    harbour = shelf(running, world, "alice", "north").rooms[0].standing
    assert (harbour.inbox_events, harbour.segments_waiting, harbour.segment_events) == (0, 1, 3)
    build.refresh(running.lake)
    harbour = shelf(running, world, "alice", "north").rooms[0].standing
    assert (harbour.version, harbour.events, harbour.layers, harbour.segment_events) == (2, 11, 2, 0)


def test_freshness_is_the_worst_of_each_half_hour_and_the_last_sample(
    running: Any, world: Any, rows: dict[str, int]
) -> None:
    lag = shelf(running, world, "alice", "north").rooms[0].lag
    assert [one for one in lag.worst if one is not None] == [2_400, 90_000, 400]
    assert lag.worst[-1] == 400
    assert lag.last_ms == 400
    drawn = drawings.lag_bars(lag.worst, "Harbour Coffee").html
    assert drawn.count("<rect") == 3
    assert drawn.count("dd-late") == 1
    assert f"worst lag 1{NBSP}min 30{NBSP}s" in drawn


def test_no_station_of_the_lineage_covers_another() -> None:
    for drawing in drawings.lineage_drawing({"links": "5 rows"}):
        rects = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="(\d+)"', drawing.html)
        boxes = [tuple(map(float, rect)) for rect in rects]
        assert len(boxes) == len(lineage())
        for (x, y, width, height), (x2, y2, _, _) in itertools.combinations(boxes, 2):
            assert abs(x - x2) >= width or abs(y - y2) >= height


def test_a_job_that_runs_for_each_workspace_has_run(running: Any, world: Any, rows: dict[str, int]) -> None:
    """`snapshot-forecast` has no run for everybody: its last one for a workspace of the agency is shown."""
    lines = {one.job.name: one for one in shelf(running, world, "alice", "north").jobs}
    assert lines["snapshot-forecast"].last is None
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    with running.session() as session:
        for who in ("pine", "harbour", "colossus"):
            session.add(
                JobRun(
                    job="snapshot-forecast",
                    slot=f"2026-11-22 {who}",
                    tenant=world.ids[who],
                    origin="clock",
                    state="done",
                    queued_at=at,
                    finished_at=at,
                )
            )
    desk = shelf(running, world, "alice", "north")
    line = next(one for one in desk.jobs if one.job.name == "snapshot-forecast")
    assert line.last is not None
    assert (line.last.tenant, line.where) == (world.ids["harbour"], desk.rooms[0].workspace)
    shown = text(data_runs.installation_jobs(desk))
    assert "22\u00a0Nov" in shown or "22 Nov" in shown
    assert "Colossus" not in shown


def test_the_page_tells_what_is_alices(running: Any, world: Any, rows: dict[str, int]) -> None:
    shown = page(running, world)
    for part in (
        "North data",
        "unknown event",
        "its source was not known then",
        "OSError: the disk was full",
        "The cube behind rates, trends and totals.",
        "Retry run",
        "Refresh Harbour Coffee now",
        "Rebuild Pine Dental",
    ):
        assert part in shown, part


def test_nothing_of_charlies_is_on_alices_page(running: Any, world: Any, rows: dict[str, int]) -> None:
    shown, theirs = page(running, world), page(running, world, "charlie", "south")
    for mark in (CANARY, "Colossus", "7,919", str(SOUTH_SENT), "7.9K", str(SOUTH_LAG), "South"):
        assert mark not in shown, mark
    for mark in (CANARY, "Colossus", "7,919"):  # they would be seen if they were there
        assert mark in theirs, mark
    assert "Harbour" not in theirs
    # What a job for everybody did, such as how many events it moved, is told to no agency.
    assert f"moved {SOUTH_SENT}" not in theirs
    assert "drain-inbox" in shown


@pytest.mark.parametrize("role", ["manager", "member"])
def test_only_owners_and_admins_may_look(running: Any, world: Any, role: str) -> None:
    from dashapp.errors import NotFound

    visit = Visit(running, member(world, "bob", "north", role), "/data", {})
    with pytest.raises(NotFound):
        data_desk.layout(visit)
    admin = Visit(running, member(world, "bob", "north", "admin"), "/data", {})
    assert "North data" in text(data_desk.layout(admin).content)
    south = Visit(running, member(world, "alice", "north"), "/data", {"agency": "south"})
    with pytest.raises(NotFound):
        data_desk.layout(south)


def test_parked_records_come_in_pages_newest_first(running: Any, world: Any) -> None:
    for number in range(43):
        park(running, world.ids["harbour"], f"record {number}", why=f"reason {number:02d}")
    first, last = page(running, world), page(running, world, parked="3")
    assert "1–20 of 43 records" in first
    assert "41–43 of 43 records" in last
    assert re.findall(r"reason \d\d", first)[0] == "reason 42"
    assert re.findall(r"reason \d\d", last)[-1] == "reason 00"
    for odd in ("999", "0", "-1", "x", "²"):
        assert "of 43 records" in page(running, world, parked=odd)


def test_nothing_yet_is_said_in_words(running: Any, world: Any) -> None:
    shown = page(running, world)
    for part in (
        "Nothing is parked.",
        "No job has run for one of these workspaces alone yet",
        "nothing built yet",
    ):
        assert part in shown, part


def test_a_damaged_file_is_told_and_the_rest_is_shown(running: Any, world: Any, rows: dict[str, int]) -> None:
    with running.reading() as session:
        _, scope = scope_for_workspace(session, member(world, "alice", "north"), "harbour-coffee")
    rows_of.cache_clear()
    (bad,) = (running.lake.root / "marts").rglob("*journeys*.parquet")
    bad.write_bytes(b"no parquet")
    held = {one.mart: one for one in stock(running.lake, scope).marts}
    assert held["journeys"].damaged == 1
    assert (held["messages"].damaged, held["messages"].rows) == (0, 8)
    assert "Damaged" in page(running, world)
    rows_of.cache_clear()


def test_the_tables_have_captions_and_heads_with_scope(
    running: Any, world: Any, rows: dict[str, int]
) -> None:
    shown = page(running, world)
    assert shown.count('"type": "Table"') == shown.count('"type": "Caption"') == 6
    heads = shown.count('"type": "Th"')
    assert heads == shown.count('"scope": "col"') + shown.count('"scope": "row"')
    assert (
        shown.count('role=\\"img\\"') == 4
    )  # lineage twice (one is hidden by CSS), a day and two weeks of Harbour


def test_only_jobs_that_take_a_workspace_are_offered() -> None:
    offered = {name for name, job in jobs().items() if job.takes_workspace}
    of_marts = {"check-marts", "drain-inbox", "refresh-marts", "rebuild-marts", "snapshot-forecast"}
    assert offered == of_marts | {"erase-people", "watch-accounts"}


def test_how_long_a_run_took() -> None:
    at = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
    run = JobRun(state="done", busy_ms=340, started_at=at, finished_at=at)
    assert data_runs.took(run) == f"340{NBSP}ms"
    run = JobRun(state="dead", started_at=at, finished_at=at.replace(hour=10, minute=10))
    assert data_runs.took(run) == f"2{NBSP}h 10{NBSP}min"
    assert data_runs.took(JobRun(state="running", started_at=at)) == "running"
    assert data_runs.took(JobRun(state="queued")) == "–"
    assert (format.size(999), format.size(1_234), format.size(34_500_000)) == (
        f"999{NBSP}B",
        f"1.2{NBSP}KB",
        f"34{NBSP}MB",
    )


def test_failed_checks_are_told_with_their_bad_rows_and_only_the_agencys_own(
    running: Any, world: Any, rows: dict[str, int]
) -> None:
    assert "Every check passes." in page(running, world)
    harbour, colossus = world.ids["harbour"], world.ids["colossus"]
    for workspace_id, lead in ((harbour, "ann@client.example"), (colossus, CANARY)):
        row = f'{{"lead": "{lead}", "opens_human": 2}}'
        wrong, todo = "More people opened than there are.", "Rebuild the workspace."
        finding = Finding(workspace_id, "messages", "people_are_a_part_of_all", 7, (row,), wrong, todo)
        failures.record(running.lake.engine, {workspace_id: [finding]}, "refresh", {workspace_id: 1})
    shown = page(running, world)
    for part in (
        "messages.people_are_a_part_of_all",
        "More people opened than there are.",
        "ann@client.example",
        "1 of 7 bad rows",
        "version 1",
        "tried once",
    ):
        assert part in shown, part
    assert CANARY not in shown
    assert "Every check passes." not in shown
    assert CANARY in page(running, world, "charlie", "south")
