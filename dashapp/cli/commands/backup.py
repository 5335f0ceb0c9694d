"""`backup` and `restore`: the whole installation as one folder, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.installation import open_house

if TYPE_CHECKING:
    from dashapp.backup.layout import Contents


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> Answer:
    """Copy everything into FOLDER, which must not exist yet. Web and worker may run meanwhile."""
    from dashapp.backup.layout import SECRET
    from dashapp.backup.make import make_backup

    contents = make_backup(open_house(), folder)
    key = "The secret key is in it: keep the folder where nobody else can read it."
    if not (folder / SECRET).exists():
        key = "VITRINE_SECRET_KEY is not in it, and restoring needs it: keep that, too."
    figures = _count(contents, "marts/")
    if contents.left_out:
        figures += f"; {len(contents.left_out)} were gone and are built anew after a restore"
    return _told(
        ("database", f"{_rows(contents)}, schema {contents.revision}"),
        ("key", key),
        ("events", _count(contents, "segments/")),
        ("figures", figures),
        ("backup", f"{folder.resolve()} is whole"),
    )


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(folder: Path) -> Answer:
    """Restore FOLDER into an installation that is empty: another VITRINE_HOME, or an empty database."""
    from dashapp.backup.restore import restore_backup

    contents = restore_backup(open_house(), folder)
    return _told(
        ("backup", f"{folder.resolve()} is whole, made at {contents.made_at:%Y-%m-%d %H:%M} UTC"),
        ("events", _count(contents, "segments/")),
        ("figures", _count(contents, "marts/")),
        ("database", _rows(contents)),
    )


def _rows(contents: Contents) -> str:
    from dashapp.ui import format

    return f"{format.integer(sum(table.rows for table in contents.tables))} rows"


def _count(contents: Contents, below: str) -> str:
    from dashapp.ui import format

    found = [file.bytes for file in contents.files if file.path.startswith(below)]
    return f"{format.integer(len(found))} files, {format.size(sum(found))}"


def _told(*checks: tuple[str, str]) -> Answer:
    """What was done, in order, as `doctor` tells it."""
    from dashapp.doctor import Check

    document = {"ok": True, "checks": [Check(name, True, found).as_dict() for name, found in checks]}
    return Answer(document, "\n".join(f"ok      {name:<9} {found}" for name, found in checks))
