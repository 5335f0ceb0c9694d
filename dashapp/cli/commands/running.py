"""`serve` and `worker`: the two processes of an installation."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import TYPE_CHECKING

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.ending import end_despite
from dashapp.cli.installation import open_house, settings_for
from data.errors import LakeUnreachable

if TYPE_CHECKING:
    from types import FrameType

    from dashapp.services import Services

log = logging.getLogger("vitrine")
#: How much the worker stands back on a busy machine: who looks, and who delivers events, comes first.
BEHIND_WEB = 15


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of VITRINE_PORT.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when stdin closes (used by `demo`).")
@click.option("--styleguide", is_flag=True, hidden=True, help="Development: /styleguide (used by `demo`).")
def serve(port: int | None, with_parent: bool, styleguide: bool) -> Answer:
    """Run the web server: desk, portals, webhooks. SIGTERM lets requests under way finish."""
    from dashapp.app import create_app
    from dashapp.web import serve as web
    from dashapp.web.middleware.failures import RedactingFormatter

    settings = settings_for(port)
    stop = _stop_on_signal(with_parent=with_parent)
    services = open_house(settings, web=True)
    _try_the_lake(services)
    services.engine.dispose()
    for handler in logging.getLogger().handlers:  # no token of a link or a hook ever reaches a log
        handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    app = create_app(settings, development=styleguide)
    click.echo(f"Vitrine answers at {settings.public_url}", err=True)
    _tell_set_up(services)
    end_despite(web.serve(app, settings, stop))
    return Answer(None)


@click.command(cls=Command)
@click.option("--with-parent", is_flag=True, hidden=True, help="End when stdin closes (used by `demo`).")
def worker(with_parent: bool) -> Answer:
    """Run the background jobs: fold in what came in, collect what is no longer needed."""
    from jobs.worker import run

    stop = _stop_on_signal(with_parent=with_parent)
    services = open_house()
    _try_the_lake(services)
    os.nice(BEHIND_WEB)
    click.echo("The worker runs.", err=True)
    end_despite(run(services.lake, stop, services.settings))
    return Answer(None)


def _tell_set_up(services: Services) -> None:
    """Print where the first owner is made, while there is none. Who reads the terminal may be them."""
    from dashapp.people.sign_up import setup_address

    with services.reading() as session:
        address = setup_address(session, services.settings)
    if address is not None:
        click.echo(f"Nobody owns this installation yet. Set it up at {address}", err=True)


def _try_the_lake(services: Services) -> None:
    """A wrong folder, bucket or key stops the start, before a visitor meets it; a server that is away does not."""
    try:
        services.lake.store.check()
    except LakeUnreachable as error:
        log.warning("%s Events are taken meanwhile, and figures already here are shown.", error)


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
