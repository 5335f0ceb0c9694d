"""The live workers: each writes a heartbeat, and the workspaces are divided among them by rank."""

from __future__ import annotations

import logging
import os
import socket
import threading
from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.security import WorkerBeat

log = logging.getLogger("vitrine.worker")

BEAT_S = 5.0
#: A worker silent for this long loses its share. A wrong guess only means that some work is done twice.
SILENT = timedelta(seconds=15)


def worker_name() -> str:
    """This worker's name: host and process."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


class WorkerGroup:
    """This worker among the others."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._name = engine, name
        self._rank, self._of = 0, 1

    def mine(self, workspace_id: int) -> bool:
        """Whether the workspace is in this worker's share."""
        return workspace_id % self._of == self._rank

    def beat(self) -> None:
        """Record this worker's heartbeat and read those of others; `/readyz` and `doctor` read them, too."""
        with Session(self._engine) as session, session.begin():
            session.merge(WorkerBeat(name=self._name, at=now()))
        with reading(self._engine).connect() as connection:
            alive = select(WorkerBeat.name).where(WorkerBeat.at > now() - SILENT).order_by(WorkerBeat.name)
            names = list(connection.scalars(alive))
        if self._name in names:
            self._rank, self._of = names.index(self._name), len(names)

    def keep_beating(self, stop: threading.Event) -> None:
        """Run in a thread of its own, so that a long rebuild does not look like a dead worker."""
        while not stop.is_set():
            try:
                self.beat()
            except SQLAlchemyError as error:
                log.warning("The worker's sign of life could not be written: %s", str(error).splitlines()[0])
            stop.wait(BEAT_S)

    def leave(self) -> None:
        """Leave: this worker's share goes to the others at once."""
        with Session(self._engine) as session, session.begin():
            beat = session.get(WorkerBeat, self._name)
            if beat is not None:
                session.delete(beat)
