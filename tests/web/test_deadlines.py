"""Every part of a connection's life has an end; whoever is only slow keeps theirs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from dashapp.config import Settings
from dashapp.web.middleware import deadlines
from dashapp.web.middleware.deadlines import IDLE_S, RECEIVE_S, SEND_S, STALL_S, Deadlines
from dashapp.web.serve import serve


class Begun:
    """A request of which some has come."""

    headers_finished, header_plus = False, b"GET / HTTP/1.1"


class Channel:
    """What is looked at of a connection."""

    def __init__(self) -> None:
        self.total_outbufs_len, self.last_activity = 0, 0.0
        self.requests: list[object] = []
        self.request: object = None
        self.outbufs = [Begun()]
        self.ended = False
        self.socket = SimpleNamespace(setsockopt=lambda *_: None, shutdown=self._shutdown)

    def _shutdown(self, _how: int) -> None:
        self.ended = True


class Watch:
    """One connection, looked at each second by a clock of the test's."""

    def __init__(self) -> None:
        self.now, self.channel = 1_000.0, Channel()
        self._deadlines = Deadlines(lambda: self.now, lambda: self.now)

    def after(self, seconds: float, every: Any = None) -> bool:
        """Whether it was ended within so many seconds; `every` is done before each look."""
        end = self.now + seconds
        while self.now < end and not self.channel.ended:
            self.now += 1
            if every is not None:
                every()
            self._deadlines.look([self.channel])
        return self.channel.ended


def test_a_request_that_drips_in_is_ended_in_its_time() -> None:
    watch = Watch()
    watch.channel.request = Begun()
    assert not watch.after(RECEIVE_S)
    assert watch.after(2)


def test_requests_one_after_the_other_are_not_taken_for_one() -> None:
    watch = Watch()

    def another() -> None:
        watch.channel.request = Begun()

    assert not watch.after(10 * RECEIVE_S, another)


def test_blank_lines_keep_no_connection() -> None:
    watch = Watch()
    assert not watch.after(IDLE_S)
    assert watch.after(2)


def test_a_connection_that_is_used_now_and_then_is_not_idle() -> None:
    """waitress takes a new buffer after each answer."""
    watch = Watch()

    def answered() -> None:
        if watch.now % 20 == 0:
            watch.channel.outbufs = [Begun()]

    assert not watch.after(10 * IDLE_S, answered)


def test_who_does_not_read_is_ended_and_who_reads_slowly_has_minutes() -> None:
    stalls, reads = Watch(), Watch()
    for watch in (stalls, reads):
        watch.channel.total_outbufs_len = 10**8
        watch.channel.last_activity = watch.now
    assert not stalls.after(STALL_S)
    assert stalls.after(2)

    def moves() -> None:
        reads.channel.last_activity = reads.now

    assert not reads.after(SEND_S, moves)
    assert reads.after(2, moves), "but not for ever"


def test_who_waits_for_our_work_is_never_ended() -> None:
    watch = Watch()
    watch.channel.requests = [Begun()]
    watch.channel.request = Begun()  # another one behind it
    assert not watch.after(10 * SEND_S)


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The real server, which looks each second, with deadlines of half a second."""
    for name in ("RECEIVE_S", "IDLE_S", "STALL_S"):
        monkeypatch.setattr(deadlines, name, 0.5)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number = int(found.getsockname()[1])
    settings = Settings(
        home=tmp_path,
        port=number,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="http://127.0.0.1",
    )
    app = Flask("small")
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000
    app.add_url_rule("/", view_func=lambda: "x" * 30_000_000)
    app.add_url_rule("/slow", view_func=lambda: (time.sleep(2.5), "hello")[1], endpoint="slow")
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=serve, args=(app, settings, stop, ready))
    thread.start()
    assert ready.wait(10)
    yield number
    stop.set()
    thread.join(40)


def closed(connection: socket.socket, drip: bytes, seconds: float = 15.0) -> bool:
    """Whether the server ends the connection on which we send a byte now and then and read nothing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if drip:
                connection.sendall(drip)
            connection.setblocking(False)
            if connection.recv(1, socket.MSG_PEEK) == b"":
                return True
        except BlockingIOError:
            pass
        except OSError:
            return True
        finally:
            connection.setblocking(True)
        time.sleep(0.1)
    return False


def test_the_server_ends_them(port: int) -> None:
    """Half a head, half a body, blank lines, and nobody who reads; a slow answer of ours comes all the same."""
    ways = {
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ": b"x",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n": b"x",
        b"\r\n": b"\r\n",
    }
    slow = socket.create_connection(("127.0.0.1", port))
    slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    for begin, drip in ways.items():
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(begin)
        assert closed(connection, drip), begin
        connection.close()
    assert slow.recv(15) == b"HTTP/1.1 200 OK"
    slow.close()
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", port))
    deaf.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            deaf.sendall(b"G")  # a connection that was ended gives an error once we send on it
        except OSError:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("it was not ended")
    deaf.close()
