"""`serve` and `worker`: the two processes of an installation."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, cast

import click

from dashapp.cli.frame import Answer, Command
from dashapp.cli.house import open_house, settings_for

if TYPE_CHECKING:
    from types import FrameType

#: Requests under way at SIGTERM get this long, in seconds.
DRAIN_S = 30.0
THREADS = 12


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of VITRINE_PORT.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when stdin closes (used by `demo`).")
def serve(port: int | None, with_parent: bool) -> Answer:
    """Run the web server: desk, portals, webhooks. SIGTERM lets requests under way finish."""
    from waitress.server import create_server

    from dashapp.app import create_app

    settings = settings_for(port)
    stop = _stop_on_signal(with_parent=with_parent)
    open_house(settings).engine.dispose()
    app = create_app(settings)
    # 20 slow clients must not keep the others waiting (SECURITY §4): many connections, polled.
    make_server: Any = create_server  # waitress has no types
    server = make_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        connection_limit=2000,
        channel_timeout=30,
        asyncore_use_poll=True,
        ident=None,
    )
    click.echo(f"Vitrine answers at {settings.public_url}", err=True)
    _run_until(server, stop)
    return Answer(None)


def _run_until(server: Any, stop: threading.Event) -> None:
    """Serve; on `stop` take no new connection, finish what is under way, end."""
    from waitress import wasyncore

    channels, loop = server.active_channels, cast(Any, wasyncore.loop)
    while not stop.is_set():
        loop(timeout=0.5, use_poll=True, map=server._map, count=1)
    server.del_channel()
    server.socket.close()
    end = time.monotonic() + DRAIN_S
    while time.monotonic() < end and any(c.requests or c.total_outbufs_len for c in channels.values()):
        loop(timeout=0.05, use_poll=True, map=server._map, count=1)
    server.task_dispatcher.shutdown(timeout=1)


@click.command(cls=Command)
@click.option("--with-parent", is_flag=True, hidden=True, help="End when stdin closes (used by `demo`).")
def worker(with_parent: bool) -> Answer:
    """Run the background jobs: fold in what came in, collect what is no longer needed."""
    from jobs.worker import run

    stop = _stop_on_signal(with_parent=with_parent)
    services = open_house()
    click.echo("The worker runs.", err=True)
    run(services.lake, stop)
    return Answer(None)


def _stop_on_signal(*, with_parent: bool = False) -> threading.Event:
    """An event that SIGTERM and Ctrl-C set; with `with_parent` the end of the parent process sets it, too."""
    stop = threading.Event()

    def told(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    if with_parent:
        threading.Thread(target=_watch_parent, daemon=True).start()
    return stop


def _watch_parent() -> None:
    """Read stdin until it closes: it does when the parent is gone, however it went.

    By its number: a thread inside `sys.stdin` would hold its lock when the interpreter ends, and abort it.
    """
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
