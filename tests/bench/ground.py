"""The ground the benches stand on: one home with an agency, its workspaces, and generated events.

Made once for a number of events and workspaces and kept: generating costs more than most measurements.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from dashapp.agencies.accounts import create_agency
from dashapp.config import Settings, load
from dashapp.db import migrate
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.services import Services, open_services
from dashapp.sharing.links import create_share, share_token
from dashapp.views.store import ensure_default_view
from tests.bench.generate import fill
from tests.support.managing import managed

ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kolkata", "UTC", "Europe/London")
_MARKER = "ground.json"


@dataclass(frozen=True)
class Ground:
    """A filled home. `ids`: the workspaces, biggest first. `events`: generated, in all of them."""

    settings: Settings
    services: Services
    ids: list[int]
    events: int

    @property
    def chosen(self) -> dict[str, int]:
        """The workspaces the pages are measured on."""
        return {"big": self.ids[0], "middle": self.ids[len(self.ids) // 10], "small": self.ids[-1]}

    def address(self, workspace_id: int) -> str:
        """The path of the workspace's portal page; its link is made at the first call."""
        with self.services.session() as session:
            share = session.query(Share).filter_by(workspace_id=workspace_id, state="active").first()
            if share is None:
                workspace = session.get_one(Workspace, workspace_id)
                share, _, _ = create_share(session, self.settings, workspace)
            return f"/p/{share_token(self.settings, share)}/"


def settings_in(home: Path) -> Settings:
    """Settings of this home alone; the environment says nothing about a bench."""
    return load({"VITRINE_HOME": str(home)})


def stand_on(home: Path, events: int, workspaces: int) -> Ground:
    """The ground in `home`, made when it is not there. Raises SystemExit when it is of another size."""
    settings = settings_in(home)
    services = open_services(settings)
    migrate.upgrade(services.engine)
    marker = home / _MARKER
    wanted = {"events": events, "workspaces": workspaces}
    if not marker.exists():
        ids = _workspaces(services, workspaces)
        written = fill(services.lake, ids, events)
        marker.write_text(json.dumps({**wanted, "ids": ids, "written": written}))
    made = json.loads(marker.read_text())
    if {name: made[name] for name in wanted} != wanted:
        raise SystemExit(
            f"{home} holds {made['events']:,} events over {made['workspaces']}: give another --home."
        )
    return Ground(settings, services, made["ids"], made["written"])


def _workspaces(services: Services, count: int) -> list[int]:
    with services.session() as session:
        agency, _ = create_agency(session, "North", "alice@north.example")
        ensure_default_view(session, agency)
        rows = [
            managed(agency.id, slug=f"client-{n}", name=f"Client {n}", timezone=ZONES[n % len(ZONES)])
            for n in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]
