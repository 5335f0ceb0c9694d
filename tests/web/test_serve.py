"""The real server: it answers beside slow clients, and a stop finishes what is under way."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask import request as asking

from dashapp.config import Settings
from dashapp.errors import BadSetting
from dashapp.web.serve import serve


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a free port, and the trusted proxy a test names."""
    return Settings(
        home=tmp_path,
        port=free_port(),
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="http://127.0.0.1",
        trusted_proxy=getattr(request, "param", None),
    )


@pytest.fixture
def small() -> Flask:
    """An app with a slow page."""
    app = Flask("small")
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000
    app.add_url_rule("/", view_func=lambda: "hello")
    app.add_url_rule("/slow", view_func=lambda: (time.sleep(1.0), "x" * 300_000)[1], endpoint="slow")
    app.add_url_rule("/who", view_func=_who)
    app.add_url_rule("/hooks/a/b", view_func=_taken, methods=["POST"])
    return app


def _taken() -> str:
    """The length it was told, and the length it got."""
    asking.max_content_length = None
    return f"{asking.content_length} {len(asking.environ['wsgi.input'].read())}"


def _who() -> dict[str, str | None]:
    """Whom the app takes the asker for, and how it thinks it was called."""
    return {
        "address": asking.remote_addr,
        "url": asking.host_url,
        "chain": asking.headers.get("X-Forwarded-For"),
        "host": asking.headers.get("X-Forwarded-Host"),
    }


@pytest.fixture
def stop(small: Flask, settings: Settings) -> Iterator[threading.Event]:
    """The running server's stop."""
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=serve, args=(small, settings, stop, ready))
    thread.start()
    assert ready.wait(10)
    yield stop
    stop.set()
    thread.join(15)
    assert not thread.is_alive()


def get(settings: Settings, path: str) -> tuple[int, int]:
    """(status, bytes) of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    size = len(answer.read())
    assert answer.getheader("Server") is None
    connection.close()
    return answer.status, size


def test_half_sent_requests_do_not_block_the_others(settings, stop) -> None:
    slow = [socket.create_connection(("127.0.0.1", settings.port)) for _ in range(60)]
    for one in slow:
        one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    begun = time.monotonic()
    assert get(settings, "/") == (200, 5)
    assert time.monotonic() - begun < 2
    for one in slow:
        one.close()


def test_a_stop_finishes_the_request_under_way_and_takes_no_other(settings, stop) -> None:
    answers: list[tuple[int, int]] = []
    asking = threading.Thread(target=lambda: answers.append(get(settings, "/slow")))
    asking.start()
    time.sleep(0.4)
    stop.set()
    time.sleep(0.2)
    with pytest.raises(OSError):
        get(settings, "/")
    asking.join(10)
    assert answers == [(200, 300_000)]


def test_a_port_in_use_is_a_sentence(small, settings, stop) -> None:
    with pytest.raises(BadSetting, match=f"{settings.port} cannot be opened"):
        serve(small, settings, threading.Event())


BOB, FORGED = "198.51.100.7", "203.0.113.66"


def who(settings: Settings, **headers: str) -> dict[str, str | None]:
    """What /who says to a request with these headers, that comes from 127.0.0.1."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
    sent = {f"X-Forwarded-{name}": value for name, value in headers.items()}
    connection.request("GET", "/who", headers={"Host": "reports.example.com", **sent})
    told: dict[str, str | None] = json.loads(connection.getresponse().read())
    connection.close()
    return told


OURSELVES = {"address": "127.0.0.1", "url": "http://reports.example.com/", "chain": None, "host": None}


@pytest.mark.parametrize("settings", [None, "10.0.0.9", "::1"], indirect=True)
def test_whoever_is_not_the_trusted_proxy_cannot_name_an_address(settings, stop) -> None:
    assert who(settings) == OURSELVES
    assert who(settings, For=FORGED, Proto="https", Host="evil.example", By="x", Port="1") == OURSELVES


@pytest.mark.parametrize("settings", ["127.0.0.1"], indirect=True)
def test_the_trusted_proxy_is_believed_by_one_hop(settings, stop) -> None:
    assert who(settings) == OURSELVES
    bob = {**OURSELVES, "address": BOB, "url": "https://reports.example.com/", "chain": BOB}
    assert who(settings, For=BOB, Proto="https") == bob
    # Charlie writes a chain of his own; the proxy appends whom it sees.
    for chain in (f"{FORGED}, {BOB}", f"127.0.0.1, {FORGED},{BOB}", f"evil, , {BOB}"):
        assert who(settings, For=chain, Proto="https", Host="evil.example") == bob
    assert who(settings, For=f"{FORGED}, 2001:db8::7")["address"] == "2001:db8::7"


def test_only_hooks_take_large_bodies_and_none_larger_than_a_mail(
    small: Flask, settings: Settings, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashapp.web.middleware import big_bodies

    def ask(path: str, size: int, sent: int) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=20)
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        for _ in range(sent // 1_000_000):
            connection.send(b"x" * 1_000_000)
        answer = connection.getresponse()
        return answer.status, answer.read()

    read = "3000000 3000000"
    assert ask("/hooks/a/b", 3_000_000, 3_000_000) == (200, read.encode())
    assert ask("/elsewhere", 3_000_000, 0)[0] == 413
    # Not read, but heard of: the app can say why, and to whom.
    assert ask("/hooks/a/b", 60_000_000, 0) == (200, b"60000000 0")
    monkeypatch.setattr(big_bodies, "MOST_HELD", 0)
    assert ask("/hooks/a/b", 3_000_000, 0)[0] == 503
    assert ask("/hooks/a/b", 1_000_000, 1_000_000)[0] == 200
