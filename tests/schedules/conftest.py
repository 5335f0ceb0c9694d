"""A house with a share that is mailed: Alice's Harbour, Guest's mails through a real SMTP server."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.reports import Share
from dashapp.db.schedules import Schedule, ScheduleRun
from dashapp.mail import outbox
from dashapp.mail.posting import SmtpSender
from dashapp.mail_server import mail_server
from dashapp.reports import printing
from dashapp.schedules import keeping, planning, running
from dashapp.schedules.keeping import Wanted
from data.building import refresh_on_view
from jobs.catalog import send_mail
from tests.support.portal_house import House
from tests.support.post_office import office, port

__all__ = ["office", "port"]

GUEST, SECOND = "guest@harbour.example", "second@harbour.example"
#: The smallest PNG.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Mailed:
    """The house, and the schedule of Harbour's share."""

    house: House
    share_id: int
    path: str
    schedule_id: int

    def wanted(self, **options: Any) -> Wanted:
        usual = Wanted("daily", 8, "Europe/Madrid", [GUEST, SECOND], period="7")
        return replace(usual, **options)

    def edit(self, **options: Any) -> None:
        with self.house.services.session() as session:
            schedule = session.get_one(Schedule, self.schedule_id)
            keeping.edit(session, self.house.settings, schedule, self.wanted(**options), actor="alice")

    def falls_due(self, at: datetime | None = None) -> int:
        """The schedule has been there for two days, so it is due; how many runs were planned."""
        with self.house.services.session() as session:
            long_ago = now() - timedelta(days=2)
            values = {"active_from": long_ago, "next_at": long_ago}
            session.execute(update(Schedule).where(Schedule.id == self.schedule_id).values(**values))
        return planning.plan_due(self.house.services.engine, at)

    def run(self) -> dict[str, int]:
        return dict(running.run_due(self.house.services.lake, self.house.settings))

    def runs(self) -> list[ScheduleRun]:
        with self.house.services.reading() as session:
            return planning.runs_of(session, [self.schedule_id], 50)

    def mails(self) -> list[Mail]:
        with self.house.services.reading() as session:
            return list(session.scalars(select(Mail).order_by(Mail.id)))

    def post(self, port: int) -> None:
        sender = SmtpSender(mail_server(f"smtp://127.0.0.1:{port}"), self.house.settings.public_url, 5)
        outbox.send_due(self.house.services.engine, sender, check=send_mail.why_not)

    def set_share(self, **values: Any) -> None:
        self.house.set_share(self.share_id, **values)


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str) -> Iterator[House]:
    built = House(tmp_path, sqlite_url)
    yield built
    built.services.engine.dispose()


@pytest.fixture
def guest(house: House) -> FlaskClient:
    return house.app.test_client()


@pytest.fixture
def mailed(house: House) -> Mailed:
    """12 e-mails of Harbour's, 190 of Charlie's Colossus, and a daily schedule for two viewers."""
    house.send(house.harbour, "h", 12)
    house.send(house.colossus, "c", 190, "ZZZ-CAMPAIGN")
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    share_id, path = house.share(house.harbour, name="Weekly for Harbour")
    made = Mailed(house, share_id, path, 0)
    with house.services.session() as session:
        share = session.get_one(Share, share_id)
        workspace = share.workspace
        schedule = keeping.create(
            session, house.settings, workspace, share, made.wanted(), actor="alice@north.example"
        )
        made.schedule_id = schedule.id
    return made


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The jobs given to the press, which takes no time: what it draws is tests/reports' matter."""
    jobs: list[dict[str, Any]] = []

    def run(job: dict[str, Any], seconds: int) -> bytes:
        jobs.append(job)
        import json

        keys = json.dumps(
            {
                "pictures": {key: base64.b64encode(PIXEL).decode() for key in job["widths"]},
                "pdf": base64.b64encode(b"%PDF-1.7 small").decode() if job["pdf"] else "",
            }
        )
        return keys.encode()

    monkeypatch.setattr(printing.press, "run", run)
    return jobs
