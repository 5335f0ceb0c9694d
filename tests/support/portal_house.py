"""The small house the portal is tested in: two agencies, their workspaces, links, and events that come in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import update

from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.engine import make_engine
from dashapp.db.reports import Share
from dashapp.db.tenants import Agency, Workspace
from dashapp.portal import campaigns, files, mail_choice, questions, routes, sent
from dashapp.services import EXTENSION, Services
from dashapp.sharing import links
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.lake import open_lake
from tests.support.managing import manage


class House:
    """North with Harbour (Guest has its link) and Pine; South with Colossus. One small app around them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.settings = Settings(
            home=folder,
            database_url=url,
            lake_url=str(folder / "lake"),
            secret_key="0123456789abcdef-a-test-key-of-enough-length",
            public_url="http://localhost",
        )
        engine = make_engine(url)
        self.services = Services(self.settings, engine, open_lake(engine, folder / "lake"), Inbox(engine))
        with self.services.session() as session:
            north = Agency(slug="north", name="North", brand="#0f766e")
            south = Agency(slug="south", name="South", brand="#d6336c")
            self.harbour = Workspace(slug="harbour", name="Harbour Coffee", timezone="Europe/Madrid")
            self.pine = Workspace(slug="pine", name="Pine Dental", timezone="America/New_York")
            self.colossus = Workspace(slug="colossus", name="Colossus", timezone="Asia/Kolkata")
            manage(north, self.harbour, self.pine)
            manage(south, self.colossus)
            session.add_all([north, south, self.harbour, self.pine, self.colossus])
            session.flush()
            self.north_id = north.id
            for workspace in (self.harbour, self.pine, self.colossus):
                session.refresh(workspace)
        app = Flask("portal under test")
        app.extensions[EXTENSION] = self.services
        app.register_blueprint(routes.blueprint)
        app.register_blueprint(files.blueprint)
        app.register_blueprint(campaigns.blueprint)
        app.register_blueprint(questions.blueprint)
        app.register_blueprint(sent.blueprint)
        app.register_blueprint(mail_choice.blueprint)
        app.testing = True
        self.app = app

    def share(self, workspace: Workspace, **options: Any) -> tuple[int, str]:
        """A link: (id, path)."""
        with self.services.session() as session:
            share, _, token = links.create_share(session, self.settings, workspace, **options)
            return share.id, f"/p/{token}/"

    def set_share(self, share_id: int, **values: Any) -> None:
        with self.services.session() as session:
            session.execute(update(Share).where(Share.id == share_id).values(**values))

    def send(self, workspace: Workspace, name: str, count: int, campaign: str = "Autumn") -> None:
        """`count` e-mails sent two hours ago, each opened an hour ago."""
        at = now()
        events = []
        for i in range(count):
            message = {"channel": "email", "message_id": f"{name}-{i}", "campaign": campaign}
            message |= {"lead": f"lead{i}@client.example", "sender": "bob@north.example"}
            sent, opened = at - timedelta(hours=2), at - timedelta(hours=1)
            for event, moment in (("sent", sent), ("opened", opened)):
                record = message | {"event": event, "event_id": f"{name}-{event}-{i}"}
                record["occurred_at"] = moment.isoformat()
                events.append(canonical(record, received_at=at))
        self.services.inbox.put(workspace.id, None, events, received_at=at)
