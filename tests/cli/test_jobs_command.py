"""`vitrine jobs`: what runs, run it now, dead letters, retry; with sentences for what is mistyped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dashapp.db.engine import make_engine
from dashapp.db.jobs import DEAD, JobRun
from data.lake.lake import open_lake
from jobs.registry import jobs
from jobs.runtime.executor import Executor
from jobs.runtime.timing import Timing

Run = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture
def work(acme: str, tmp_path: Path) -> Callable[[], None]:
    """A worker takes all that is queued."""

    def run() -> None:
        engine = make_engine(f"sqlite:///{tmp_path / 'home' / 'vitrine.db'}")
        executor = Executor(open_lake(engine, tmp_path / "home" / "lake"), "w", jobs(), Timing())
        while executor.once():
            pass
        engine.dispose()

    return run


@pytest.fixture
def letter(acme: str, tmp_path: Path) -> int:
    """A run of acme-co that failed at every try."""
    engine = make_engine(f"sqlite:///{tmp_path / 'home' / 'vitrine.db'}")
    values = {"job": "refresh-marts", "tenant": 1, "slot": "fault x", "origin": "worker", "tries": 5}
    with engine.begin() as connection:
        made = insert(JobRun).values(state=DEAD, detail="DamagedFile: x is gone", **values)
        run_id = connection.execute(made.returning(JobRun.id)).scalar_one()
    engine.dispose()
    return int(run_id)


def test_a_run_asked_for_is_carried_out_for_that_workspace(
    acme: str, answer: Ask, work: Callable[[], None], tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(
        '{"event": "sent", "message_id": "m", "lead": "a@b.example", "occurred_at": 1770000000}\n'
    )
    answer("ingest", str(file), "--workspace", acme)
    queued = answer("jobs", "run", "refresh-marts", "--workspace", acme)
    assert (queued["job"], queued["workspace"]) == ("refresh-marts", acme)
    assert answer("jobs", "run", "refresh-marts", "--workspace", acme)["id"] == queued["id"]
    work()
    listed = {job["job"]: job for job in answer("jobs", "list")["jobs"]}
    assert set(listed) == set(jobs())
    [run] = listed["refresh-marts"]["runs"]
    assert {key: run[key] for key in ("id", "workspace", "origin", "state", "tries", "amount", "detail")} == {
        "id": queued["id"],
        "workspace": acme,
        "origin": "person",
        "state": "done",
        "tries": 1,
        "amount": 1,
        "detail": "took in 1 events",
    }
    assert listed["retention"]["when"] == "daily at 03:00"
    assert listed["rebuild-marts"]["when"] == "when asked"


def test_dead_runs_are_listed_and_retried(
    acme: str, answer: Ask, vitrine: Run, letter: int, work: Callable[[], None]
) -> None:
    [told] = answer("jobs", "dead")["dead"]
    assert (told["id"], told["workspace"], told["detail"]) == (letter, acme, "DamagedFile: x is gone")
    doctor = vitrine("doctor")
    assert doctor.exit_code == 1
    assert "1 runs failed at every try, such as refresh-marts: DamagedFile: x is gone" in doctor.stdout
    assert "vitrine jobs retry ID" in doctor.stdout
    assert answer("jobs", "retry", str(letter)) == {"id": letter, "state": "queued"}
    work()
    assert answer("jobs", "dead") == {"dead": []}
    assert vitrine("doctor").exit_code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "refresh-mart"], "There is no job 'refresh-mart'; there are"),
        (["run", "retention", "--workspace", "acme-co"], "retention is for the whole installation"),
        (["run", "refresh-marts", "--workspace", "acme-c"], "Did you mean acme-co?"),
        (["retry", "77"], "Run 77 is not a dead one"),
    ],
)
def test_a_mistake_is_told_and_queues_nothing(
    acme: str, vitrine: Run, words: list[str], sentence: str, tmp_path: Path
) -> None:
    result = vitrine("jobs", *words)
    assert result.exit_code == 1
    assert sentence in result.stderr
    engine = make_engine(f"sqlite:///{tmp_path / 'home' / 'vitrine.db'}")
    with Session(engine) as session:
        assert session.scalars(select(JobRun)).all() == []
    engine.dispose()


def test_without_anything_run_the_list_says_so(acme: str, vitrine: Run) -> None:
    result = vitrine("jobs", "list")
    assert result.exit_code == 0
    assert "refresh-marts     every 1 min    never ran" in result.stdout
    assert "There is nothing." in vitrine("jobs", "dead").stdout
