"""`demo`: a believable installation in one command; run again, it keeps what is there and goes on to now."""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import Answer, Command, wants_json
from dashapp.cli.installation import open_house, settings_for
from dashapp.errors import BadSetting

if TYPE_CHECKING:
    from types import FrameType

    from dashapp.config import Settings

START_S = 60.0


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of VITRINE_PORT; 0: any free one.")
def demo(port: int | None) -> Answer:
    """Load the demo through the real door, start web and worker, print the log-ins and a portal link."""
    from dashapp.cli.supervisor import Child, Supervisor
    from dashapp.demo.cast import cast, portal_url
    from dashapp.demo.feed import Feed, FeedPlayer
    from dashapp.demo.history import SHOWN

    stop = _stop_on_signal()
    settings = settings_for(port)
    if settings.port == 0:
        settings = settings_for(_free_port(settings.host))
    _refuse_taken(settings)
    services = open_house(settings)
    places = cast(services)
    feed = Feed(services, places)
    new = feed.load(datetime.now(UTC), _progress())
    new += feed.people(datetime.now(UTC))
    log = settings.home / "log"
    arguments = ("serve", "--port", str(settings.port), "--styleguide")
    supervisor = Supervisor(
        [Child("web", arguments, log / "web.log"), Child("worker", ("worker",), log / "worker.log")]
    )
    try:
        supervisor.start()
        supervisor.await_answer(settings.host, settings.port, START_S)
        _announce(settings, portal_url(services, places), new)
        clockwork = FeedPlayer(feed, next(place for place in places if place.client is SHOWN))
        while not stop.wait(1.0):
            supervisor.watch()
            clockwork.turn()
    finally:
        supervisor.stop()
    return Answer(None)


def _announce(settings: Settings, portal: str, new: int) -> None:
    from dashapp.demo.accounts import PEOPLE
    from dashapp.demo.cast import password_of
    from dashapp.demo.history import AGENCIES, CLIENT_LOGIN
    from dashapp.ui import format

    def log_in(email: str) -> dict[str, str]:
        return {"email": email, "password": password_of(settings.secret_key, email)}

    owner, client, account = log_in(AGENCIES[0].owner), log_in(CLIENT_LOGIN), log_in(PEOPLE[0][0])
    document: dict[str, Any] = {
        "url": settings.public_url,
        "owner": owner,
        "client": client,
        "portal_url": portal,
    }
    if wants_json():
        click.echo(json.dumps(document))
        sys.stdout.flush()
        return
    loaded = f"{format.integer(new)} new events came in." if new else "Everything was there already."
    lines = [
        "",
        f"  Vitrine is ready. {loaded}",
        "",
        f"  Desk     {settings.public_url}",
        f"  Owner    {owner['email']}   {owner['password']}",
        f"  Account  {account['email']}   {account['password']}",
        f"  Client   {client['email']}   {client['password']}",
        f"  Portal   {portal}",
        "",
        "  The portal needs no log-in and changes while you look. Ctrl-C stops everything.",
        "",
    ]
    click.echo("\n".join(lines))


def _progress() -> Any:
    """A line on stderr that tells a person how far the first load is."""
    from dashapp.ui import format

    shown = sys.stderr.isatty()

    def said(done: int, total: int) -> None:
        if shown and total > 5_000:
            share = format.percent_short(done / total)
            end = "\n" if done == total else ""
            sys.stderr.write(f"\r  Loading the demo: {share} of {format.integer(total)} events {end}")
            sys.stderr.flush()

    return said


def _stop_on_signal() -> threading.Event:
    stop = threading.Event()

    def told(number: int, frame: FrameType | None) -> None:
        if not stop.is_set():
            click.echo("Stopping …", err=True)
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    return stop


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _refuse_taken(settings: Settings) -> None:
    """Say at once that the port is taken, not after the load."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise BadSetting(
                f"Port {settings.port} cannot be used ({error.strerror}); choose another with --port."
            ) from error
