"""`backup` and `restore`: an installation on one machine, copied while it runs, and put back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.installation import settings_for

if TYPE_CHECKING:
    from dashapp.doctor import Check


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def backup(folder: Path) -> Answer:
    """Copy database, key and lake to an empty folder; the installation may go on running."""
    from dashapp.backup import back_up

    return _told(back_up(settings_for(), folder.resolve()), f"The backup is in {folder.resolve()}.")


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(folder: Path) -> Answer:
    """Put a backup into an empty VITRINE_HOME, after every file was held against its checksum."""
    from dashapp.backup import restore as put_back

    return _told(put_back(settings_for(), folder.resolve()), "Run `vitrine doctor`, then `vitrine serve`.")


def _told(checks: Iterable[Check], after: str) -> Answer:
    done = list(checks)
    bad = [check for check in done if not check.ok]
    lines = []
    for check in done:
        lines.append(f"{'ok    ' if check.ok else 'not ok'}  {check.check:<9} {check.found}")
        if check.todo:
            lines.append(f"{'':<18}→ {check.todo}")
    if not bad:
        lines.append(after)
    document = {"ok": not bad, "checks": [check.as_dict() for check in done]}
    problem = f"{bad[0].check} is not ok: {bad[0].found.rstrip('.')}. {bad[0].todo}" if bad else None
    return Answer(document, "\n".join(lines), problem)
