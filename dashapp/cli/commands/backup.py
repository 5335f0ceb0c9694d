"""`backup` and `restore`: the whole installation as one folder, and back."""

from __future__ import annotations

from pathlib import Path

import click

from dashapp.cli.command import Answer, Command
from dashapp.cli.installation import open_house


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> Answer:
    """Copy everything into FOLDER, which must not exist yet. Web and worker may run meanwhile."""
    from dashapp.backup.make import make_backup

    contents = make_backup(open_house(), folder)
    document = {
        "folder": str(folder.resolve()),
        "made_at": contents.made_at.isoformat(),
        "rows": sum(table.rows for table in contents.tables),
        "files": len(contents.files),
        "bytes": sum(file.bytes for file in contents.files),
        "secret_key": (folder / "secret_key").exists(),
    }
    lines = [f"Backed up into {document['folder']}: {document['rows']:,} rows, {document['files']:,} files."]
    if document["secret_key"]:
        lines.append("It holds the secret key: keep it where nobody else can read it.")
    else:
        lines.append("It does not hold VITRINE_SECRET_KEY, which restoring needs: keep that one, too.")
    return Answer(document, "\n".join(lines))


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(folder: Path) -> Answer:
    """Restore FOLDER into an installation that is empty: another VITRINE_HOME, or an empty database."""
    from dashapp.backup.restore import restore_backup

    contents = restore_backup(open_house(), folder)
    document = {
        "made_at": contents.made_at.isoformat(),
        "rows": sum(table.rows for table in contents.tables),
        "files": len(contents.files),
        "bytes": sum(file.bytes for file in contents.files),
    }
    when = f"{contents.made_at:%Y-%m-%d %H:%M} UTC"
    return Answer(document, f"Restored as of {when}: {document['rows']:,} rows, {document['files']:,} files.")
