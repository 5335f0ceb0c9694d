"""The worker's own role on PostgreSQL, as `postgresql_worker_role.sql` makes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

import dashapp.db
from dashapp.access import audit
from dashapp.access.scopes import cli_scope
from dashapp.alerts import firing
from dashapp.config import Settings
from dashapp.crm import contacts
from dashapp.crm.contacts import Actor
from dashapp.crm.erasure import asking, sweep, tables, work
from dashapp.db.base import Base, now
from dashapp.db.engine import make_engine
from dashapp.db.jobs import EVERYBODY, JobRun
from dashapp.db.mail import Mail
from dashapp.db.security import AuditEntry, LoginSession
from dashapp.db.tenants import Workspace
from dashapp.mail.posting import Post
from dashapp.reports.mail import MailReport
from dashapp.schedules import content, keeping, planning, running
from dashapp.schedules.keeping import Wanted
from dashapp.sharing import links
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.erased import KEY
from data.lake.lake import Lake, open_lake
from data.query.ask import Query, ask
from data.scope import Scope
from jobs.catalog import send_mail
from jobs.registry import jobs
from jobs.runtime import ledger
from jobs.runtime.executor import Executor
from jobs.runtime.timing import Timing
from tests.mail.test_stopped import TO, mails_about
from tests.support.tenants import North, make_north, make_south

SQL = (Path(dashapp.db.__file__).parent / "postgresql_worker_role.sql").read_text()
pytestmark = pytest.mark.postgres


@pytest.fixture
def owner(postgres_tables_url: str) -> Iterator[Engine]:
    """The owner of the tables, as the web process connects."""
    engine = make_engine(postgres_tables_url)
    yield engine
    engine.dispose()


@pytest.fixture
def worker(owner: Engine, postgres_tables_url: str) -> Iterator[Engine]:
    """The database as the worker's role sees it: granted by the file, in this test's schema."""
    with owner.begin() as connection:
        schema = connection.scalar(text("SELECT current_schema()"))
        role = f"worker_of_{schema}"
        connection.execute(text(f"CREATE ROLE {role}"))
        statements = re.sub(r"--.*", "", SQL).replace("SCHEMA public", f"SCHEMA {schema}")
        connection.exec_driver_sql(statements.replace("vitrine_worker", role))
    engine = make_engine(postgres_tables_url)

    @event.listens_for(engine, "connect")
    def _as_worker(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
        connection.commit()

    yield engine
    engine.dispose()
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))


def test_a_worker_with_its_own_role_does_its_jobs_and_reads_no_secret(
    owner: Engine, worker: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(owner) as session, session.begin():
        north: North = make_north(session)
        make_south(session)
        session.add(LoginSession(token_hash="alice's", user_id=north.alice))
        session.add(AuditEntry(actor="alice@north.example", verb="login"))
    at = now()
    record = {
        "event": "sent",
        "event_id": "e",
        "message_id": "m",
        "lead": "a@b.example",
        "occurred_at": at.isoformat(),
    }
    Inbox(owner).put(north.harbour, None, [canonical(record, received_at=at)], received_at=at)

    lake = open_lake(worker, tmp_path / "lake")
    for name, job in jobs().items():
        run = ledger.run_now(worker, name, north.harbour if job.each_workspace else EVERYBODY)
        Executor(lake, "w", {name: job}, Timing()).once()
        with Session(owner) as session:
            row = session.get_one(JobRun, run)
            assert row.state == "done", (name, row.detail)
    answer = ask(lake, Scope(frozenset({north.harbour})), north.harbour, Query(name="sent_emails"))
    assert answer["total"] == 1

    _mails_a_report(owner, lake, north, tmp_path, monkeypatch)
    _erases_a_person(owner, lake, north)
    _asks_whether_mails_may_go(owner, worker, north)
    for statement in (
        'SELECT password_hash FROM "user"',
        "SELECT password_sealed FROM share",
        "SELECT token_hash FROM share_viewer",
        "SELECT token_hash FROM login_session",
        "SELECT token_hash FROM share",
        "SELECT nonce FROM share",
        "SELECT embed_nonce FROM share",
        "SELECT secret_sealed FROM source",
        "SELECT detail FROM audit_entry",
        'UPDATE "user" SET active = true',
        "SELECT refresh_sealed FROM google_account",
        "INSERT INTO share_old_link (share_id, token_hash, ends_at) VALUES (1, 'x', now())",
        "UPDATE agency_member SET role = 'owner'",
        "INSERT INTO login_session (token_hash, payload, user_agent, ip, created_at, seen_at) "
        "VALUES ('x', '{}', '', '', now(), now())",
    ):
        with worker.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))
    with Session(owner) as session:
        assert session.scalars(select(LoginSession.token_hash)).all() == ["alice's"]


def _mails_a_report(
    owner: Engine, lake: Lake, north: North, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduled report of the workspace with its one e-mail, made and put into the outbox by the worker."""
    settings = Settings(
        home=home,
        database_url="sqlite:///unused",
        lake_url=str(home / "lake"),
        secret_key="0123456789abcdef-a-test-key-of-enough-length",
        public_url="https://r.north.example",
    )
    monkeypatch.setattr(
        content.MailedContent, "mail", lambda self, pdf: MailReport((), b"%PDF" if pdf else None)
    )
    with Session(owner, expire_on_commit=False) as session, session.begin():
        workspace = session.get_one(Workspace, north.harbour)
        share = links.create_share(session, settings, workspace, password="correct horse battery")[0]
        wanted = Wanted("daily", 8, "Europe/Madrid", ["guest@harbour.example"], period="7")
        made = keeping.create(session, settings, workspace, share, wanted, actor="alice")
        planning.ask_now(session, made, actor="alice")
    assert dict(running.run_due(lake, settings)) == {"sent": 1}
    with Session(owner) as session:
        assert session.scalars(select(Mail.to).where(Mail.unsubscribe.is_not(None))).all() == [
            "guest@harbour.example"
        ]


def _erases_a_person(owner: Engine, lake: Lake, north: North) -> None:
    """The worker finishes an erasure, and says of no table it cannot read that nobody is named there."""
    key, keyed = "0123456789abcdef-a-test-key-of-enough-length", {KEY: b"k" * 32}
    whole, mine = (one.execution_options(**keyed) for one in (owner, lake.engine))
    with Session(whole) as session, session.begin():
        actor = Actor("alice@north.example", *cli_scope(session, "harbour-coffee"))
        contact = contacts.create(session, actor, {"email": "wren@nest.example"})
        erasure = asking.ask(session, actor, contact.id, "wren@nest.example", key).id
        audit.record(session, actor.name, "x", workspace_id=north.harbour, detail="of wren@nest.example")
        assert audit_details(session, "x") == ["of [erased]"]
        assert sweep.may_sweep(session.connection(), work.AUDIT)
    with mine.connect() as connection:
        assert not sweep.may_sweep(connection, work.AUDIT)
        swept = [
            one for one in Base.metadata.sorted_tables if one.name in tables.SWEPT and one is not work.AUDIT
        ]
        assert all(sweep.may_sweep(connection, one) for one in swept)
    assert work.advance(replace(lake, engine=mine), key, [erasure], timedelta(0)) == 1


def audit_details(session: Session, verb: str) -> list[str]:
    """What the entries of a verb tell."""
    return list(session.scalars(select(AuditEntry.detail).where(AuditEntry.verb == verb)))


def _asks_whether_mails_may_go(owner: Engine, worker: Engine, north: North) -> None:
    """Every kind of mail that is looked at before it goes, with what the worker's role may read."""
    with Session(owner) as session, session.begin():
        keys = mails_about(session, north)
    with Session(worker) as session:
        for name, key in keys.items():
            post = Post(1, "c", TO[name], "s", "?thread=", now(), key=key, reply_to="bob@north.example")
            assert send_mail.why_not(session, post) == "", name
        harbour = session.get_one(Workspace, north.harbour)
        assert firing.may_read(session, harbour, "alice@north.example"), "she owns the agency"
        assert not firing.may_read(session, harbour, "charlie@south.example")
        waiting = session.execute(select(Mail.key, Mail.to).where(Mail.key.like("schedule run %"))).one()
        assert send_mail.why_not(session, Post(1, "c", waiting.to, "s", "t", now(), key=waiting.key)) == ""
