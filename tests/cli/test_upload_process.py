"""The process that reads an uploaded file: it ends with a result, and a kill leaves nothing counted twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from dashapp.cli.installation import open_house
from dashapp.db.tenants import Workspace
from dashapp.intake import process, uploads
from dashapp.intake.process import Asked, Job

ROWS = b"event,occurred_at,message_id,lead\n" + b"".join(
    b"sent,2026-09-01T10:00Z,m%d,p%d@x.example\n" % (n, n) for n in range(50)
)


def test_it_takes_the_file_in_and_tells_the_accounting(acme: str, answer: Callable[..., Any]) -> None:
    services = open_house()
    with services.reading() as session:
        workspace_id = session.scalars(select(Workspace.id).where(Workspace.slug == acme)).one()
    upload = uploads.begin(
        services.settings.home, workspace_id, "events.csv", len(ROWS), actor="alice@north.example"
    )
    uploads.append(upload, 0, ROWS)
    over = threading.Event()
    process.start(
        services.settings, upload, workspace_id, "take", Asked(timezone="Europe/Paris"), ended=over.set
    )
    assert over.wait(120)
    result = process.state(upload)["result"]
    assert (result["ok"], result["read"], result["new"], result["parked"]) == (True, 50, 50, 0)
    assert upload.received == 0  # what was taken in need not lie there for a day
    assert len(answer("events", "--workspace", acme, "--limit", "100")["events"]) == 50
    services.engine.dispose()


def test_a_file_that_becomes_too_large_in_memory_is_refused_in_a_sentence(acme: str) -> None:
    """Two million empty objects are six megabytes of JSON, and some hundreds as objects.

    In a process of its own, as uploads are read: what a process has freed may be used again, and the tests' has
    freed a lot.
    """
    body = b"[" + b"{}," * 2_000_000 + b"{}]"
    services = open_house()
    with services.reading() as session:
        workspace_id = session.scalars(select(Workspace.id).where(Workspace.slug == acme)).one()
    home, actor = services.settings.home, "alice@north.example"
    upload = uploads.begin(home, workspace_id, "events.json", len(body), actor=actor)
    for at in range(0, len(body), uploads.PIECE_BYTES):
        uploads.append(upload, at, body[at : at + uploads.PIECE_BYTES])
    job = Job(
        settings=services.settings.model_dump(mode="json"),
        folder=str(upload.folder),
        workspace_id=workspace_id,
        upload=upload.id,
        actor=actor,
        act="take",
        asked=Asked(),
    )
    reader = "from dashapp.intake import child, process; child.MEMORY = 64 * 2**20; process.main()"
    subprocess.run(
        [sys.executable, "-c", reader], input=job.model_dump_json().encode(), check=True, timeout=120
    )
    result = process.state(upload)["result"]
    assert (result["ok"], result["kind"]) == (False, "form")
    assert result["why"] == "events.json unpacks to more than 1,536 MB; save it as CSV."
    services.engine.dispose()
