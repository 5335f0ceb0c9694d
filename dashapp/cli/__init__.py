"""The command line `vitrine`. A command's module is imported when it is run: `--help` is quick."""

from __future__ import annotations

import difflib
import importlib
import os

import click

#: command → (module, what it does). The text is said here so that `vitrine --help` imports nothing.
COMMANDS = {
    "demo": ("demo", "Start a believable demo: data, web and worker in one go."),
    "serve": ("running", "Run the web server."),
    "worker": ("running", "Run the background jobs."),
    "agency": ("accounts", "Agencies: create."),
    "workspace": ("accounts", "Workspaces, one per client: create."),
    "user": ("users", "People: create, list, roles, disable, passwords, end sessions."),
    "source": ("sources", "Webhook addresses of providers: create, list, pause, resume, rotate, close."),
    "ingest": ("intake", "Take in files of events."),
    "events": ("intake", "What came in, newest first; what was parked and why."),
    "unattributed": ("unattributed", "Replies that belong to no message: list, assign."),
    "refresh": ("figures", "Bring the marts up to date."),
    "query": ("figures", "Ask for a metric by name."),
    "sql": ("sql", "Ask the marts of an agency in SQL, read only."),
    "view": ("views", "Views as JSON: list, show, export, import, schema."),
    "share": ("sharing", "Portal links: create, list, pause, resume, rotate, passwords, revoke."),
    "schedule": ("schedules", "Reports mailed on a schedule: list, run now."),
    "incident": ("incident", "What was accessed, by whom, since when: from the audit trail."),
    "erasure": ("incident", "People who are to be erased for good: ask, list, check."),
    "jobs": ("jobs", "Background jobs: list, run now, dead letters, retry."),
    "outbox": ("outbox", "Mails: what was sent, what waits, what failed and why."),
    "openapi": ("api", "Print the document that describes the API."),
    "backup": ("backup", "Copy everything into a folder, also while it runs."),
    "restore": ("backup", "Restore such a folder into an empty installation."),
    "doctor": ("doctor", "Check everything, in order, and say what to do."),
}


class Lazy(click.Group):
    """The commands by name, loaded one at a time; a mistyped name is answered with the nearest ones."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"dashapp.cli.commands.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a hint."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            near = difflib.get_close_matches(name, COMMANDS, n=2, cutoff=0.5)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"There is no command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of `vitrine --help`."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vitrine", prog_name="vitrine")
def main() -> None:
    """Vitrine: outreach analytics for agencies, with white-label portals for their clients."""
    os.umask(0o077)  # whatever a command writes is for the user that runs it, and nobody else of this machine
