"""A file of the watched folder is read by a process of its own: a worker builds figures for everybody, and nothing
that lies in a file may end it or take its memory.

The process holds the folder's lock, too, so while it lives nobody else begins on the file, whatever became of the
worker. What became of the file is for the worker to keep: a process that ended without an answer was broken off.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dashapp.config import Settings
from dashapp.db.tenants import Workspace
from dashapp.errors import VitrineError
from dashapp.intake import child as children
from dashapp.intake.files import take_files
from dashapp.services import Services, open_services
from data.errors import DataError, InboxBusy, LakeUnavailable, NotThisForm
from data.sources.files import Options, Reading
from data.sources.files.memory import at_most

log = logging.getLogger("vitrine.worker")

ACTOR = "watched folder"


class Job(BaseModel):
    """What the process is told."""

    settings: dict[str, Any]
    workspace_id: int
    path: str


class Told(BaseModel):
    """What became of a file. `refused`: nothing of it was taken in; `later`: it is no fault of the file's."""

    refused: bool = False
    later: bool = False
    why: str = ""
    read: int = 0
    new: int = 0
    duplicate: int = 0
    parked: int = 0


def read(services: Services, workspace_id: int, path: Path, keep: Sequence[int]) -> Told | None:
    """Take a file in, in a process of its own; None when that ended without saying what became of it."""
    settings = services.settings.model_dump(mode="json")
    job = Job(settings=settings, workspace_id=workspace_id, path=str(path))
    with children.begin(__name__, answers=True, keep=keep) as child:
        try:
            told, _ = child.communicate(job.model_dump_json().encode(), timeout=children.LONGEST_S)
        except subprocess.TimeoutExpired:
            told = b""
        finally:
            child.kill()
    if child.returncode != 0 or not told:
        log.error("the process that reads a file of the watched folder ended with %s", child.returncode)
        return None
    return Told.model_validate_json(told)


def work(services: Services, workspace_id: int, path: Path) -> Told:
    """Take a file in, here. Never raises for what the file holds."""
    allowed = children.memory_for(path.stat().st_size)
    try:
        with services.reading() as session:
            zone = session.get_one(Workspace, workspace_id).timezone
        reading = Reading(Options(timezone=zone))
        with at_most(allowed):
            taken = take_files(services, workspace_id, [path], reading, actor=ACTOR, most_parked_rows=0)
    except (InboxBusy, LakeUnavailable):
        return Told(later=True)
    except MemoryError:
        return Told(refused=True, why=str(children.too_much(path.name, allowed)))
    except (NotThisForm, DataError, VitrineError) as error:
        return Told(refused=True, why=str(error))
    except PermissionError:
        return Told(refused=True, why="The worker has no right to read it.")
    except Exception as error:
        log.error("a file of the watched folder could not be read", exc_info=error)
        return Told(refused=True, why=f"It could not be read ({type(error).__name__}).")
    return Told(
        refused=bool(taken.problem and not taken.new + taken.duplicate),
        why=taken.problem,
        read=taken.read,
        new=taken.new,
        duplicate=taken.duplicate,
        parked=taken.parked,
    )


def main() -> None:
    """The process: one job from stdin, what became of it on stdout."""
    signal.alarm(int(children.LONGEST_S) + 60)  # the worker may be gone by then, and the lock must not stay
    job = Job.model_validate_json(children.job())
    services = open_services(Settings.model_validate(job.settings))
    told = work(services, job.workspace_id, Path(job.path))
    services.engine.dispose()
    sys.stdout.buffer.write(told.model_dump_json().encode())
    sys.stdout.buffer.flush()
    os._exit(0)
