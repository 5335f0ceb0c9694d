"""Mails in the outbox of both databases, and a real SMTP server (tests/support/post_office.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashapp.db.mail import Mail
from dashapp.mail import outbox
from dashapp.mail.posting import SmtpSender
from dashapp.mail_server import mail_server
from tests.support.post_office import office, port

__all__ = ["office", "port"]


@pytest.fixture
def sender(port: int) -> SmtpSender:
    url = f"smtp://127.0.0.1:{port}?from=reports@north.example"
    return SmtpSender(mail_server(url), "https://reports.north.example", timeout_s=5)


Write = Callable[..., None]
Rows = Callable[[], dict[str, Mail]]


@pytest.fixture
def write(engine: Engine) -> Write:
    """Mails of no agency, one a recipient."""

    def to(*addresses: str) -> None:
        with Session(engine) as session, session.begin():
            for address in addresses:
                outbox.put(
                    session,
                    key=f"test:{address}",
                    agency_id=None,
                    to=address,
                    subject="Hello",
                    text="Hello.\n",
                )

    return to


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """The mails by recipient, as they are now."""

    def read() -> dict[str, Mail]:
        with Session(engine) as session:
            return {row.to: row for row in session.scalars(select(Mail))}

    return read
