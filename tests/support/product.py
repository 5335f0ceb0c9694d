"""The real path of an event, for tests that hold it against a figure: door, inbox, segments, marts, `ask`.

Each `workspace` is new, so one lake serves many examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

import dashapp.db.reports
import dashapp.db.security  # noqa: F401  (all tables are made at once)
import data.plans.tables  # noqa: F401
from dashapp.db.base import Base
from dashapp.db.engine import make_engine
from dashapp.db.tenants import Agency, Workspace
from data.building.build import refresh
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.lake import Lake, open_lake
from data.lake.segments import drain
from data.query.ask import Query, ask, ask_all
from data.scope import Scope
from tests.support.databases import database_with
from tests.support.kept import Keeper, Value
from tests.support.managing import manage, managed

RECEIVED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@cache
def _with_north() -> tuple[bytes, int]:
    """A database with every table and agency North, made once a process, and the agency's id."""
    ids: list[int] = []

    def fill(engine: Engine) -> None:
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            agency = Agency(slug="north", name="North")
            session.add(agency)
            session.commit()
            ids.append(agency.id)

    return database_with(fill), ids[0]


@dataclass
class Product:
    """A lake with Alice's agency North in it."""

    lake: Lake
    agency_id: int
    numbers: Iterable[int]

    @classmethod
    def open(cls, folder: Path) -> Product:
        """A new database and an empty lake in `folder`."""
        database, agency_id = _with_north()
        (folder / "vitrine.db").write_bytes(database)
        engine = make_engine(f"sqlite:///{folder / 'vitrine.db'}")
        return cls(open_lake(engine, folder / "lake"), agency_id, count(1))

    def holding(self, keeper: Keeper, make: Callable[[], Value]) -> Value:
        """What `make` gives, and this lake as it leaves it; made by the first test of a file that asks."""
        value = keeper.added(self.lake, make)
        self.numbers = count(101)  # those of `make` are taken
        return value

    def workspace(self, timezone: str) -> int:
        """The id of a new client whose days are local to `timezone`."""
        number = next(iter(self.numbers))
        with Session(self.lake.engine) as session:
            workspace = managed(
                self.agency_id, slug=f"client-{number}", name=f"Client {number}", timezone=timezone
            )
            session.add(workspace)
            session.commit()
            return workspace.id

    def charlies(self, slug: str = "charlies") -> int:
        """The id of a new client of Charlie's agency South, where nobody of North has anything to look for."""
        with Session(self.lake.engine) as session:
            south = Agency(slug="south", name="South")
            workspace = Workspace(slug=slug, name=slug.title(), timezone="UTC")
            manage(south, workspace)
            session.add_all([south, workspace])
            session.commit()
            return workspace.id

    def take_in(self, workspace_id: int, records: Iterable[Mapping[str, Any]]) -> None:
        """Bring the records in as one delivery and refresh the marts."""
        self.take_in_all({workspace_id: records})

    def take_in_all(self, deliveries: Mapping[int, Iterable[Mapping[str, Any]]]) -> None:
        """A delivery for each of several workspaces, and one refresh."""
        inbox = Inbox(self.lake.engine)
        for workspace_id, records in deliveries.items():
            events = [canonical(record, received_at=RECEIVED) for record in records]
            inbox.put(workspace_id, None, events, received_at=RECEIVED)
        drain(self.lake)
        refresh(self.lake, list(deliveries))

    def rebuild(self, workspace_ids: Iterable[int]) -> None:
        """Build the marts of these workspaces anew."""
        refresh(self.lake, workspace_ids, full=True)

    def ask(self, workspace_id: int, query: Mapping[str, Any], as_of: datetime) -> dict[str, Any]:
        """The product's answer, with what it echoes."""
        scope = Scope(frozenset({workspace_id}))
        return ask(self.lake, scope, workspace_id, Query.model_validate({**query, "as_of": as_of}))

    def ask_all(
        self, workspace_id: int, asked: Iterable[tuple[Mapping[str, Any], datetime]]
    ) -> list[dict[str, Any]]:
        """The answers to several queries, each with its as of, in one reading."""
        queries = {
            str(n): Query.model_validate({**query, "as_of": at}) for n, (query, at) in enumerate(asked)
        }
        answers = ask_all(self.lake, Scope(frozenset({workspace_id})), workspace_id, queries)
        return [answers[name] for name in queries]
