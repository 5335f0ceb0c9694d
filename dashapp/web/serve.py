"""Serving with waitress: slow clients cannot block it, and a stop lets running requests finish."""

from __future__ import annotations

import ctypes
import gc
import logging
import threading
import time
from contextlib import suppress
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

from dashapp.config import Settings
from dashapp.errors import BadSetting
from dashapp.reports.paper import press
from dashapp.seats import DESK
from dashapp.web.hooks import MAX_BODY
from dashapp.web.middleware.big_bodies import Channel
from dashapp.web.middleware.deadlines import Deadlines

log = logging.getLogger("vitrine.web")
#: How long running requests may take to finish after the stop.
DRAIN_S = 30
#: Heavy work, under way or waiting, keeps 16 of these at most, and the desk with all it does 32
#: (dashapp/seats.py): so 8 are always left for portals, hooks and the health check.
THREADS = DESK.at_once + 8
#: New objects before the youngest are looked through, and how often the older ones are (Python's own: 700, 10, 10).
_COLLECT = (20_000, 10, 10)
#: glibc's M_ARENA_MAX (malloc.h).
_ARENAS = -8
#: What the names of waitress's own threads begin with, and ours of its loop.
_NAME = "waitress"


def serve(
    app: Flask,
    settings: Settings,
    stop: threading.Event,
    ready: threading.Event | None = None,
) -> list[str]:
    """Serve `app` on the settings' host and port until `stop` is set; then drain.

    Gives the names of the threads whose requests outlast that.

    Measured: 20 half-sent requests block gunicorn's workers, waitress answers on in 2 ms; its
    default limit of 100 connections does not. `ready` is set once the port is open. Raises BadSetting when
    the port cannot be opened.
    """
    few_arenas()
    server = open_server(app, settings)
    collect_rarely()
    press.sweep()
    loop = threading.Thread(target=server.run, name=_NAME, daemon=True)
    loop.start()
    if ready is not None:
        ready.set()
    log.info("serving on %s:%s", settings.host, settings.port)
    # The kernel may give a signal to another thread, which does not wake this one: so it looks by itself, too.
    deadlines = Deadlines()
    while not stop.wait(timeout=1):
        deadlines.look(_channels(server))
    drain(server)
    loop.join(timeout=5)
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(_NAME)]


def collect_rarely() -> None:
    """What stands now stands to the end: a collection that looks through all of it stops every page for 0.1 s.

    And a page makes some hundred thousand small things: a look for cycles after every 700 is a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)


def few_arenas() -> None:
    """Let all threads take memory from few places. glibc gives each its own, up to sixteen on two processors, and
    what one has freed no other can use: a tenth of the process. Elsewhere than on glibc nothing happens.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENAS, 2)


def open_server(app: Flask, settings: Settings) -> Any:
    """A waitress server that listens already and does not answer yet. Raises BadSetting.

    Who asks is the last address the trusted proxy names, the one it saw itself: what stands before that came
    from the client. Of anybody else, and without the setting, these headers are dropped. X-Forwarded-Host always
    is: links are made from VITRINE_PUBLIC_URL.
    """
    proxy: dict[str, Any] = {}
    if settings.trusted_proxy is not None:
        proxy = {
            "trusted_proxy": settings.trusted_proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            connection_limit=2000,
            asyncore_use_poll=True,
            channel_timeout=30,
            max_request_body_size=max(MAX_BODY, app.config["MAX_CONTENT_LENGTH"])
            + 65_536,  # but see big_bodies
            max_request_header_size=32_768,
            ident=None,
            clear_untrusted_proxy_headers=True,
            **proxy,
        )
        for listening in [server, *getattr(server, "map", {}).values()]:
            if hasattr(listening, "channel_class"):
                listening.channel_class = Channel
        return server
    except OSError as error:
        raise BadSetting(
            f"VITRINE_PORT: {settings.host}:{settings.port} cannot be opened ({error.strerror}); "
            "another program may be using it."
        ) from error


def _channels(server: Any) -> list[Any]:
    """The connections of clients that are open now."""
    return [one for one in list(_sockets(server).values()) if isinstance(one, HTTPChannel)]


def _sockets(server: Any) -> dict[int, Any]:
    return getattr(server, "map", None) or server._map


def drain(server: Any, limit_s: float = DRAIN_S) -> None:
    """Take no new connection, let the requests under way finish and their answers leave, then close."""
    sockets = _sockets(server)
    for listening in list(sockets.values()):
        if hasattr(listening, "active_channels"):
            listening.accepting = False
            listening.socket.close()  # else the kernel goes on taking connections nobody answers
    limit = time.monotonic() + limit_s
    while time.monotonic() < limit and _busy(server, sockets):
        time.sleep(0.02)
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
    wasyncore.close_all(sockets, ignore_all=True)


def _busy(server: Any, sockets: dict[int, Any]) -> bool:
    dispatcher = server.task_dispatcher
    if dispatcher.queue or dispatcher.active_count:
        return True
    return any(getattr(channel, "total_outbufs_len", 0) for channel in list(sockets.values()))
