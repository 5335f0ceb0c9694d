"""`sql`: one statement over the marts of an agency, as its owners ask it in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from dashapp.cli.command import Answer, Command, nearest
from dashapp.cli.installation import open_house
from dashapp.errors import NotFound

#: Characters of a value in the text form; `--json` has it whole.
WIDEST = 60


@click.command(cls=Command)
@click.argument("statement")
@click.option("--agency", "agency_slug", required=True, metavar="A", help="Whose workspaces.")
@click.option("--workspace", "workspace_slug", metavar="W", help="Only this one of them.")
def sql(statement: str, agency_slug: str, workspace_slug: str | None) -> Answer:
    """Ask in SQL: one SELECT over segments and marts, at most 10 s and 1,000 rows; DESCRIBE tells the columns."""
    from dashapp.access.scopes import cli_agency_scope
    from dashapp.data_team.statements import ask

    services = open_house()
    with services.reading() as session:
        agency, workspaces, scope = cli_agency_scope(session, agency_slug)
        slugs = {one.id: one.slug for one in workspaces}
        agency_id = agency.id
    if workspace_slug is not None:
        hint = nearest(workspace_slug, slugs.values())
        slugs = {one: slug for one, slug in slugs.items() if slug == workspace_slug}
        if not slugs:
            raise NotFound(f"Agency {agency_slug!r} has no workspace {workspace_slug!r}.{hint}")
    found = ask(services, "cli", agency_id, scope, slugs, statement)
    document = {
        "columns": [{"name": name, "type": kind} for name, kind in found.columns],
        "rows": [list(row) for row in found.rows],
        "truncated": found.more,
        "seconds": found.seconds,
    }
    return Answer(document, _text([name for name, _ in found.columns], found.rows, more=found.more))


def _text(names: Sequence[str], rows: Sequence[Sequence[Any]], *, more: bool) -> str:
    cells = [list(names), *[[_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[n]) for row in cells) for n in range(len(names))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    told = f"{len(rows)} rows" + (" shown, there are more." if more else "")
    return "\n".join([*(line.rstrip() for line in lines), told])


def _cell(value: Any) -> str:
    text = "–" if value is None else " ".join(str(value).split())
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"
