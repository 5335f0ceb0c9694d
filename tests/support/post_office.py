"""A real SMTP server that does what a test tells it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller


@dataclass
class PostOffice:
    """Takes mails; `rcpt` and `data` answer instead when they are set. `taken`: (recipients, message)."""

    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    rcpt: Callable[[str], str | None] = lambda address: None
    data: Callable[[], str | None] = lambda: None
    dies_after_data: int = 0
    guard: Any = field(default_factory=threading.Lock)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data()
        if answer is not None:
            return answer
        message = message_from_bytes(envelope.original_content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((list(envelope.rcpt_tos), message))
        if self.dies_after_data:
            self.dies_after_data -= 1
            server.transport.abort()  # it has the mail; nobody hears of it
        return "250 OK"

    @property
    def to(self) -> list[str]:
        return [address for recipients, _ in self.taken for address in recipients]


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def port(office: PostOffice) -> Iterator[int]:
    """The server's port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=number)
    controller.start()
    yield number
    controller.stop()
