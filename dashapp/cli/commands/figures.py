"""`refresh` and `query`: bring the marts up to date, and ask them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.installation import open_house, workspace_of
from dashapp.cli.progress import bar
from dashapp.errors import Refused
from data.figures.registry import rates

if TYPE_CHECKING:
    from dashapp.services import Services
    from data.building.engine import Builder


@click.command(cls=Command)
@click.option(
    "--workspace", "workspace_slug", metavar="W", help="Only this one; without it all that have news."
)
@click.option("--full", is_flag=True, help="Build anew from every segment.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="spark always builds anew: in this machine, or by the cluster at VITRINE_SPARK_URL.",
)
def refresh(workspace_slug: str | None, full: bool, engine: str) -> Answer:
    """Take what came in into the marts."""
    from dashapp.ui import format
    from data.building import build
    from data.lake import segments

    services = open_house()
    wanted: int | None = None
    if workspace_slug:
        with services.reading() as session:
            wanted = workspace_of(session, workspace_slug)[0].id
    with (
        bar("Building on Spark" if engine == "spark" else "Building") as tell,
        _engine(services, engine) as builder,
    ):
        segments.drain_all(services.lake, wanted)
        anew = full or builder is not None
        ids = None if wanted is None else [wanted]
        done = build.refresh(services.lake, ids, full=anew, builder=builder, tell=tell, tries=TRIES)
    if done.failed:
        raise Refused(
            f"{format.integer(done.events)} events were taken in; {_workspaces(len(done.failed))} the version "
            "before, for newer events failed a check: see `vitrine doctor`."
        )
    if done.overtaken and anew:
        raise Refused(
            f"{_workspaces(len(done.overtaken))} the version that a worker or web server published meanwhile, "
            f"each of {TRIES} times: stop them, or run this again when less comes in."
        )
    document = {"events": done.events, "files_written": done.files_written, "seconds": round(done.seconds, 3)}
    text = f"{format.integer(done.events)} events, {done.files_written} files written"
    return Answer(document, f"{text}: built anew on Spark." if builder else f"{text}.")


@contextmanager
def _engine(services: Services, engine: str) -> Iterator[Builder | None]:
    """Who builds instead of DuckDB in this process. Spark starts first, so nothing is half done."""
    if engine != "spark":
        yield None
        return
    from data.building.spark import spark_builder

    with spark_builder(services.lake, services.settings.spark_url) as builder:
        yield builder


def _workspaces(count: int) -> str:
    return "one workspace keeps" if count == 1 else f"{count} workspaces keep"


#: How often a workspace is built anew that others publish at the same time.
TRIES = 3
#: docs/interfaces.md: every option of a query; what they may be is said once, in data/cubes/options.py.
_OPTIONS = {
    "data_type": f"{', '.join(list(rates())[:-1])} or {list(rates())[-1]}",
    "attribution": "email or lead",
    "clock": "calendar or elapsed",
    "engagement": "human or all",
    "sender_provider": "any, gmail, outlook or custom",
    "recipient_provider": "any, gmail, outlook or other",
    "campaign": "one campaign by its name",
    "user": "one sender by e-mail",
    "from": "first day, in the workspace's time zone",
    "to": "last day",
    "by": "day, week, campaign, step, variation, user, sender, sender_provider or recipient_provider",
    "sort": "rate or count (top_campaigns)",
    "limit": "how many rows",
    "event": "opened, clicked, replied, bounced, …: which event is counted (hours, audience)",
    "as_of": "only what is stamped at or before this moment exists; without an offset, in the workspace's zone",
}


def _query_options(function: Any) -> Any:
    for name, text in reversed(_OPTIONS.items()):
        flag = f"--{name.replace('_', '-')}"
        function = click.option(flag, f"{name}_" if name == "from" else name, metavar="…", help=text)(
            function
        )
    return function


@click.command(cls=Command)
@click.argument("name")
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@_query_options
def query(name: str, workspace_slug: str, **options: str | None) -> Answer:
    """Ask for a metric by its name; the answer tells what it counts."""
    from dashapp.cli.figure_text import text_of
    from data.building import refresh_on_view
    from data.query.ask import ask, parse

    given = {key.rstrip("_"): value for key, value in options.items() if value is not None}
    parse(name, given)  # a slip is told before anything is opened
    services = open_house()
    with services.reading() as session:
        workspace, scope = workspace_of(session, workspace_slug)
        workspace_id, timezone = workspace.id, workspace.timezone
    question = parse(name, given, timezone)
    refresh_on_view.ensure(services.lake, workspace_id)
    answer = ask(services.lake, scope, workspace_id, question)
    for option in ("campaign", "user"):
        if (named := getattr(question, option)) is not None:
            sent = parse("rate", {"data_type": "bounce", "by": option, "as_of": question.as_of})
            known = [one["key"] for one in ask(services.lake, scope, workspace_id, sent)["groups"]]
            if named not in known:
                click.echo(_never_sent(option, named, known), err=True)
    return Answer(answer, text_of(question, answer))


def _never_sent(option: str, named: str, known: Sequence[str]) -> str:
    """What a slip of the pen is told beside its zeros. (No error: other channels have campaigns of their own.)"""
    close = get_close_matches(named, known, n=3, cutoff=0.6)
    near = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"No e-mail of this workspace was sent with the {option} '{named[:80]}'.{near}"
