"""`doctor`: everything checked, in order, with what to do."""

from __future__ import annotations

import click

from dashapp.cli.command import Answer, Command


@click.command(cls=Command)
def doctor() -> Answer:
    """Check settings, database, lake, files, backlog and worker; change nothing."""
    from dashapp.doctor import examine

    checks = list(examine())
    bad = [check for check in checks if not check.ok]
    lines = []
    for check in checks:
        lines.append(f"{'ok    ' if check.ok else 'not ok'}  {check.check:<9} {check.found}")
        if check.todo:
            lines.append(f"{'':<18}→ {check.todo}")
    document = {"ok": not bad, "checks": [check.as_dict() for check in checks]}
    problem = f"{bad[0].check} is not ok: {bad[0].found.rstrip('.')}. {bad[0].todo}" if bad else None
    return Answer(document, "\n".join(lines), problem)
