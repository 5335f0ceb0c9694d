"""An uploaded file is looked through, or taken in, by a process of its own.

Reading a file takes as long as it takes and holds what it holds; pages and portals must not wait for that. The
process tells how far it is in files beside the upload, so any web process can answer for it, and it goes on when
the web server stops. A process that was killed is told as such: nothing counts twice, so one begins again.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashapp.access import audit
from dashapp.config import Settings
from dashapp.db.tenants import Workspace
from dashapp.errors import Conflict, VitrineError
from dashapp.intake import child as children
from dashapp.intake import uploads
from dashapp.intake.files import Taken, take_files
from dashapp.intake.preview import preview
from dashapp.intake.uploads import Upload
from dashapp.services import Services, open_services
from data.errors import DataError, NotThisForm
from data.sources.files import Options, Reading
from data.sources.files.columns import field_name
from data.sources.files.dates import TwoReadings
from data.sources.files.guessing import guess
from data.sources.files.memory import at_most

log = logging.getLogger("vitrine.web")

Act = Literal["look", "take"]
#: Seconds without a sign of life after which a process counts as gone (a busy machine starts one slowly), and
#: between two signs.
SILENT_S: Final = 180.0
_BEAT_S: Final = 2.0
_MOST_PARKED_ROWS: Final = 50


class Asked(BaseModel):
    """How a person wants their file read; what is left out is decided from the file (data/sources/files)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dates: Literal["dmy", "mdy", "ymd"] | None = None
    timezone: str = Field(default="UTC", max_length=64)
    sheet: str | None = Field(default=None, max_length=100)
    columns: dict[str, str] = Field(default_factory=dict, max_length=40)
    events: dict[str, str] = Field(default_factory=dict, max_length=100)

    def options(self) -> Options:
        """As the readers take it: a field that its own column brings needs no mapping."""
        columns = {
            field: column for field, column in self.columns.items() if column and field_name(column) != field
        }
        return Options(
            dates=self.dates,
            timezone=self.timezone,
            sheet=self.sheet,
            columns=columns,
            events={value: event for value, event in self.events.items() if event},
        )


class Job(BaseModel):
    """What the process is told."""

    settings: dict[str, Any]
    folder: str
    workspace_id: int
    upload: str
    actor: str
    act: Act
    asked: Asked
    ip: str = ""


def start(
    settings: Settings,
    upload: Upload,
    workspace_id: int,
    act: Act,
    asked: Asked,
    *,
    ended: Callable[[], None],
    ip: str = "",
) -> None:
    """Begin an act in a process of its own; `ended` is called when it is over. Raises Conflict while one runs."""
    if running(upload):
        raise Conflict("This file is being read already.")
    for name in ("result.json", "progress.json"):
        with suppress(FileNotFoundError):
            (upload.folder / name).unlink()
    uploads.write(upload.folder / "progress.json", {"act": act, "rows": 0})
    job = Job(
        settings=settings.model_dump(mode="json"),
        folder=str(upload.folder),
        workspace_id=workspace_id,
        upload=upload.id,
        actor=upload.actor,
        act=act,
        asked=asked,
        ip=ip,
    )
    child = children.begin(__name__)
    watcher = threading.Thread(
        target=_watch, args=(child, job.model_dump_json(), upload, act, ended), daemon=True
    )
    watcher.start()


def _watch(
    child: subprocess.Popen[bytes], job: str, upload: Upload, act: Act, ended: Callable[[], None]
) -> None:
    try:
        try:
            child.communicate(job.encode(), timeout=children.LONGEST_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if uploads.read(upload.folder / "result.json") is None and upload.folder.exists():
            log.error("the process that reads an uploaded file ended with %s", child.returncode)
            uploads.write(upload.folder / "result.json", _broken(act))
    finally:
        ended()


def _broken(act: Act) -> dict[str, Any]:
    return {"act": act, "ok": False, "kind": "broken", "why": ""}


def running(upload: Upload) -> bool:
    """Whether a process is at work on it."""
    return state(upload)["state"] == "running"


def state(upload: Upload) -> dict[str, Any]:
    """`state`: waiting (nothing was asked yet), running (with `act` and `rows`) or done (with `result`)."""
    result = uploads.read(upload.folder / "result.json")
    if result is not None:
        return {"state": "done", "act": result["act"], "result": result}
    progress = uploads.read(upload.folder / "progress.json")
    if progress is None:
        return {"state": "waiting"}
    try:
        silent = time.time() - (upload.folder / "progress.json").stat().st_mtime
    except OSError:
        silent = 0.0
    if silent > SILENT_S:
        return {"state": "done", "act": progress["act"], "result": _broken(progress["act"])}
    return {"state": "running", "act": progress["act"], "rows": progress["rows"]}


def work(services: Services, job: Job) -> dict[str, Any]:
    """Do the act and give its result. Never raises: what goes wrong is told in the result."""
    upload = uploads.find(services.settings.home, job.workspace_id, job.upload, actor=job.actor)
    rows = 0

    def said(count: int) -> None:
        nonlocal rows
        rows = count

    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT_S):
            with suppress(OSError):
                uploads.write(upload.folder / "progress.json", {"act": job.act, "rows": rows})

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        with at_most(children.MEMORY):
            result = _look(upload, job, said) if job.act == "look" else _take(services, upload, job, said)
        return {"act": job.act, "ok": True, **result}
    except MemoryError:
        why = children.too_much(upload.name)
        return {"act": job.act, "ok": False, "kind": "form", "why": str(why)}
    except TwoReadings as error:
        readings = {order: day.isoformat() for order, day in error.readings.items()}
        return {"act": job.act, "ok": False, "kind": "dates", "value": error.value, "readings": readings}
    except (NotThisForm, DataError, VitrineError) as error:
        return {"act": job.act, "ok": False, "kind": "form", "why": str(error)}
    except Exception as error:
        log.error("an uploaded file could not be read", exc_info=error)
        return _broken(job.act)
    finally:
        over.set()
        beating.join()


def _look(upload: Upload, job: Job, said: Callable[[int], None]) -> dict[str, Any]:
    options = job.asked.options()
    seen = preview_of_reference(upload)
    if seen is not None:
        return seen
    guessed = guess(upload.path, options)
    document: dict[str, Any] = {
        "columns": [{"name": one.name, "samples": one.samples} for one in guessed.columns],
        "fields": dict(guessed.fields or {}),
        "product": guessed.product,
        "sheets": list(guessed.sheets),
        "kinds": [list(kind) for kind in guessed.kinds],
        "missing": list(guessed.missing),
        "asked": job.asked.model_dump(),
    }
    if guessed.missing:
        return document
    asked = Asked(**{**job.asked.model_dump(), "columns": document["fields"]})
    reading = Reading(asked.options())
    try:
        return document | preview([upload.path], reading, said=said).document()
    except TwoReadings as error:
        readings = {order: day.isoformat() for order, day in error.readings.items()}
        return document | {"undecided": {"value": error.value, "readings": readings}}


def preview_of_reference(upload: Upload) -> dict[str, Any] | None:
    """What is told of a file of reference data: it is known by its name, and its columns need no mapping."""
    stem = upload.path.stem.lower()
    if stem not in ("leads", "tasks", "campaigns", "steps", "journeys", "mailboxes"):
        return None
    told = preview([upload.path], Reading())
    return told.document() if told.reference else None


def _take(services: Services, upload: Upload, job: Job, said: Callable[[int], None]) -> dict[str, Any]:
    reading = Reading(job.asked.options())
    taken = take_files(
        services,
        job.workspace_id,
        [upload.path],
        reading,
        actor=job.actor,
        said=said,
        most_parked_rows=_MOST_PARKED_ROWS,
    )
    _note(services, upload, job, taken)
    return {**taken.document(), "problem": taken.problem, "name": upload.name, "decided": reading.decided}


def _note(services: Services, upload: Upload, job: Job, taken: Taken) -> None:
    with services.session() as session:
        workspace = session.get_one(Workspace, job.workspace_id)
        audit.record(
            session,
            job.actor,
            "data.import",
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            detail=f"{upload.name}: {taken.read} rows, {taken.new} new, {taken.duplicate} known, "
            f"{taken.parked} parked",
            ip=job.ip,
        )


def main() -> None:
    """The process: one job from stdin, its result beside the upload."""
    job = Job.model_validate_json(children.job())
    services = open_services(Settings.model_validate(job.settings), web=True)
    upload = uploads.find(services.settings.home, job.workspace_id, job.upload, actor=job.actor)
    result = work(services, job)
    uploads.write(upload.folder / "result.json", result)
    if result["act"] == "take" and result["ok"]:
        with suppress(OSError):
            upload.path.unlink()
            upload.path.touch(mode=0o600)
    # Whoever looks at the result may ask for the next act at once; tidying an interpreter up takes a second.
    services.engine.dispose()
    os._exit(0)
