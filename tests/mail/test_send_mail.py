"""The job: with a server mails go, also through log-in; without one they wait; never in plain text by mistake."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.jobs import JobRun
from data.lake.lake import Lake
from jobs.catalog import send_mail
from jobs.runtime import ledger
from jobs.runtime.executor import Executor
from jobs.runtime.timing import Timing

ALICE = "alice@north.example"


def run(lake: Lake, folder: Path, smtp_url: str | None) -> str:
    settings = Settings(
        home=folder,
        database_url="sqlite:///x",
        lake_url=str(folder),
        secret_key="x",
        public_url="https://reports.example.com",
        smtp_url=smtp_url,
    )
    run_id = ledger.run_now(lake.engine, "send-mail", 0)
    Executor(lake, "w", {"send-mail": send_mail.JOB}, Timing(), settings).once()
    with Session(lake.engine) as session:
        row = session.get_one(JobRun, run_id)
        assert row.state == "done", row.detail
        return row.detail


def test_mails_wait_without_a_server_and_go_when_there_is_one(
    lake: Lake, tmp_path: Path, office: Any, port: int, write: Any, rows: Any
) -> None:
    write(ALICE)
    assert run(lake, tmp_path, None) == "VITRINE_SMTP_URL is not set: 1 mails wait in the outbox"
    assert rows()[ALICE].tries == 0
    assert run(lake, tmp_path, f"smtp://127.0.0.1:{port}") == "sent 1, 0 are tried again, 0 failed"
    assert office.to == [ALICE]
    assert office.taken[0][1]["From"] == "reports@reports.example.com"


def test_a_server_without_tls_gets_no_mail_that_was_to_be_protected(
    lake: Lake, tmp_path: Path, office: Any, port: int, write: Any, rows: Any
) -> None:
    write(ALICE)
    assert run(lake, tmp_path, f"smtp+starttls://127.0.0.1:{port}") == "sent 0, 1 are tried again, 0 failed"
    assert office.taken == []
    assert "STARTTLS" in rows()[ALICE].last_error
    for scheme in ("smtps",):
        write("bob@north.example")
        run(lake, tmp_path, f"{scheme}://127.0.0.1:{port}")
        assert office.taken == []
        assert rows()["bob@north.example"].state == "queued"


@pytest.mark.parametrize(("password", "state"), [("se%40cret", "sent"), ("wrong", "queued")])
def test_log_in(
    lake: Lake, tmp_path: Path, office: Any, write: Any, rows: Any, password: str, state: str
) -> None:
    def allow(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"alice", b"se@cret")
        return AuthResult(success=good, handled=False)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = {"authenticator": allow, "auth_required": True, "auth_require_tls": False}
    controller = Controller(office, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        write(ALICE)
        run(lake, tmp_path, f"smtp://alice:{password}@127.0.0.1:{port}")
    finally:
        controller.stop()
    row = rows()[ALICE]
    assert row.state == state
    if state == "queued":
        assert row.last_error.startswith("The mail server refused us: 535")
        assert "wrong" not in row.last_error
