"""Whole mails are read in a process of its own: what becomes of it costs one mail, and never this process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from data.errors import InboxBusy, Unreadable
from data.sources import mail_process
from data.sources.mail_process import _READER, from_mime

MAIL = b"From: Lena <lena@client.example>\r\nSubject: =?utf-8?q?Sch=C3=B6n?=\r\nMessage-ID: <a@b>\r\n\r\nYes.\r\n"


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    _READER.rest()


def child() -> int:
    assert _READER._process is not None
    return _READER._process.pid


def test_mails_share_a_process_that_is_not_this_one() -> None:
    record = from_mime(MAIL, None, "raw")
    assert (record["lead"], record["subject"], record["reply_text"]) == (
        "lena@client.example",
        "Schön",
        "Yes.",
    )
    assert (record["event_id"], record["raw"]) == ("inbound:<a@b>", "raw")
    first = child()
    assert first != os.getpid()
    assert from_mime(MAIL, "mine", "raw")["event_id"] == "mine"
    assert child() == first


def test_a_process_that_dies_costs_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    from_mime(MAIL, None, "")
    first = child()
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr(mail_process, "SECONDS", 0.3)
    with pytest.raises(Unreadable, match="within the time and memory"):
        from_mime(MAIL, None, "")
    monkeypatch.undo()
    assert from_mime(MAIL, None, "")["reply_text"] == "Yes."
    assert child() != first


@pytest.mark.faults
def test_too_much_memory_costs_a_mail() -> None:
    """Half a gigabyte in one mail is more than its process may make of it."""
    huge = b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + b"a" * 450_000_000
    with pytest.raises(Unreadable, match="within the time and memory"):
        from_mime(huge, None, "")
    assert from_mime(MAIL, None, "")["reply_text"] == "Yes."


def test_parts_within_parts_are_not_followed_for_ever() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60)
    )
    with pytest.raises(Unreadable, match="nested too deeply"):
        from_mime(deep, None, "")


def test_who_waits_too_long_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_process, "PATIENCE", 0.05)
    with _READER._lock, pytest.raises(InboxBusy):
        from_mime(MAIL, None, "")


def test_many_at_once_each_get_their_own() -> None:
    found: dict[int, str] = {}

    def read(n: int) -> None:
        found[n] = from_mime(MAIL.replace(b"Yes.", b"Number %d" % n), None, "")["reply_text"]

    threads = [threading.Thread(target=read, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: f"Number {n}" for n in range(12)}
