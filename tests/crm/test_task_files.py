"""Tasks that come by file: every row accounted for, the same file again adds nothing, what is done stays done."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashapp.crm import completing
from dashapp.crm.files import task_files
from dashapp.crm.tasks import Desk
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import Workspace
from data.plans import load as plans
from tests.support.tenants import North, South

ALICE = "alice@north.example"
CSV = """id,type,title,lead,owner,due_date,status,completed_at,disposition,note,repeat
1,Call,Call Lou,Lou@X.io,Alice@North.example,2026-03-12,open,,,,
2,linkedin,Connect,,bob@north.example,2026-03-13T23:30:00Z,,,,,weekly
3,call,Called Max,max@x.io,alice@north.example,2026-03-01,done,2026-03-01T10:00:00Z,booked,Monday at 9,
4,pigeon,Send a pigeon,,alice@north.example,2026-03-12,,,,,
5,other,No day,,alice@north.example,,,,,,
6,other,,,alice@north.example,2026-03-12,,,,,
"""


def _load(engine: Engine, workspace_id: int, path: Path) -> plans.Loaded:
    with Session(engine) as session, session.begin():
        return task_files.load(session, session.get_one(Workspace, workspace_id), plans.rows_of(path))


def test_every_row_is_kept_or_told(engine: Engine, north: North, south: South, tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text(CSV)
    told = _load(engine, north.harbour, path)
    assert (told.read, told.new, told.duplicate) == (6, 3, 0)
    assert [one.where for one in told.parked] == ["tasks row 4", "tasks row 5", "tasks row 6"]
    assert "'pigeon' is none of phone, linkedin and other" in told.parked[0].why
    with Session(engine) as session:
        rows = {row.source_key: row for row in session.scalars(select(TaskRow))}
        assert all(row.workspace_id == north.harbour for row in rows.values())
        assert (rows["file:1"].channel, rows["file:1"].lead, rows["file:1"].assignee) == (
            "phone",
            "lou@x.io",
            ALICE,
        )
        assert rows["file:2"].due_on == date(2026, 3, 14), "half past midnight in Madrid"
        assert rows["file:2"].repeat == "weekly"
        done = rows["file:3"]
        assert (done.disposition, done.note, done.done_at) == (
            "booked", "Monday at 9", datetime(2026, 3, 1, 10, tzinfo=UTC)
        )  # fmt: skip
    again = _load(engine, north.harbour, path)
    assert (again.read, again.new, again.duplicate) == (6, 0, 3)


def test_a_changed_row_changes_an_open_task_and_no_completed_one(
    engine: Engine, north: North, tmp_path: Path
) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text(CSV)
    _load(engine, north.harbour, path)
    with Session(engine) as session, session.begin():
        task = session.scalars(select(TaskRow).where(TaskRow.source_key == "file:1")).one()
        own = Desk(session.get_one(Workspace, north.harbour), ALICE, None)
        completing.complete(session, own, task.id, disposition="call_back")
    path.write_text(CSV.replace("2026-03-12", "2026-04-01").replace("Connect", "Connect again"))
    told = _load(engine, north.harbour, path)
    assert (told.new, told.duplicate) == (1, 2)
    with Session(engine) as session:
        rows = {row.source_key: row for row in session.scalars(select(TaskRow))}
        assert rows["file:1"].disposition == "call_back"
        assert rows["file:1"].due_on == date(2026, 3, 12)
        assert (rows["file:2"].title, rows["file:2"].revision) == ("Connect again", 2)
