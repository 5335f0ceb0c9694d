"""Both agencies with something in the lake: Alice's Harbour has eight events, Charlie's Colossus 7,919."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from dashapp.config import load
from dashapp.db.base import now
from dashapp.db.jobs import DEAD, FreshnessSample, JobRun
from dashapp.services import Services, open_services
from data.building import build
from data.events.canonical import Parked, canonical_many
from data.lake import segments
from data.lake.tables import parked
from tests.support.world import World

#: What only South has; it may stand nowhere on a page of North.
CANARY, SOUTH_SENT, SOUTH_LAG = "ZZZ-LEAK-CANARY", 7_919, 7_654_321


def sent(name: str, number: int) -> list[dict[str, Any]]:
    """So many e-mails, each to a lead of its own."""
    at = now() - timedelta(days=3)
    return [
        {
            "event": "sent",
            "event_id": f"{name}-{n}",
            "message_id": f"{name}-{n}",
            "lead": f"lead{n}@{name}.example",
            "campaign": f"{name} campaign",
            "occurred_at": at.isoformat(),
        }
        for n in range(number)
    ]


def take_in(
    services: Services, workspace_id: int, records: list[dict[str, Any]], source: int | None = None
) -> None:
    """Events through the inbox's own door."""
    events, bad = canonical_many(records, now())
    services.inbox.put(workspace_id, source, events, bad, received_at=now())


def park(
    services: Services, workspace_id: int, raw: str, source: int | None = None, why: str = "no reason"
) -> int:
    """A parked record; gives its id."""
    services.inbox.put(workspace_id, source, [], [Parked("element 1", why, raw)], received_at=now())
    with services.reading() as session:
        return max(
            row.id
            for row in session.connection().execute(
                parked.select().where(parked.c.workspace_id == workspace_id)
            )
        )


def dead_letter(services: Services, workspace_id: int, detail: str) -> int:
    """A run that failed at every try; gives its id."""
    at = now() - timedelta(minutes=9)
    with services.session() as session:
        run = JobRun(
            job="refresh-marts",
            tenant=workspace_id,
            slot=f"fault {detail}",
            origin="worker",
            state=DEAD,
            tries=5,
            detail=detail,
            started_at=at,
            finished_at=at + timedelta(seconds=65),
        )
        session.add(run)
        session.flush()
        return run.id


@pytest.fixture(scope="session")
def filled(
    world_template: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, int]]:
    """A home with all that `fill` makes, and its ids: made once, for it takes some seconds."""
    template, world = world_template
    home = tmp_path_factory.mktemp("filled")
    shutil.copyfile(template, home / "vitrine.db")
    services = open_services(
        load({"VITRINE_HOME": str(home), "VITRINE_SECRET_KEY": world.settings.secret_key})
    )
    rows = _fill(services, world.ids)
    services.engine.dispose()
    return home, rows


@pytest.fixture
def rows(filled: tuple[Path, dict[str, int]]) -> dict[str, int]:
    """Both agencies with data: `make_app` opens a copy of that home; gives ids of rows."""
    return filled[1]


def _fill(services: Services, ids: dict[str, int]) -> dict[str, int]:
    """Marts, queue, parked records, dead letters and samples in both agencies; gives ids of rows."""
    # One refresh over both: the files of the layer hold rows of both agencies.
    take_in(services, ids["harbour"], sent("harbour", 8))
    take_in(services, ids["colossus"], sent(CANARY, SOUTH_SENT))
    segments.drain(services.lake)
    build.refresh(services.lake)
    take_in(services, ids["harbour"], sent("later", 3))  # waits in the inbox
    good = json.dumps(sent("parked", 1)[0])
    rows = {
        "parked": park(services, ids["harbour"], good, why="its source was not known then"),
        "bad": park(services, ids["harbour"], '{"event": "<script>alert(1)</script>"}', why="unknown event"),
        "theirs": park(services, ids["colossus"], json.dumps({"event": CANARY}), why=f"{CANARY} why"),
        "dead": dead_letter(services, ids["harbour"], "OSError: the disk was full"),
        "their_dead": dead_letter(services, ids["colossus"], f"{CANARY} detail"),
    }
    with services.session() as session:
        at = now().replace(microsecond=0)
        for minutes, lag in ((300, 2_400), (60, 90_000), (5, 400)):
            session.add(
                FreshnessSample(workspace_id=ids["harbour"], at=at - timedelta(minutes=minutes), lag_ms=lag)
            )
        session.add(FreshnessSample(workspace_id=ids["colossus"], at=at, lag_ms=SOUTH_LAG))
        session.execute(
            insert(JobRun).values(
                job="drain-inbox",
                tenant=0,
                slot="x",
                origin="clock",
                state="done",
                tries=1,
                queued_at=at,
                due_at=at,
                started_at=at,
                finished_at=at,
                busy_ms=1_200,
                amount=SOUTH_SENT,
                holder="",
                fence=1,
                detail=f"moved {SOUTH_SENT} events from the inbox",
            )
        )
    return rows
