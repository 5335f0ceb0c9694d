"""`view list|show|export|import|schema`: agency templates and workspace views as JSON, so that they live in git."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashapp.cli.command import Answer, Group, nearest
from dashapp.cli.installation import open_house, workspace_of
from dashapp.errors import NotFound, Refused

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.reports import StoredView
    from dashapp.db.tenants import Agency, Workspace

_agency = click.option("--agency", "agency_slug", metavar="A", help="The agency's templates.")
_workspace = click.option("--workspace", "workspace_slug", metavar="W", help="The workspace's views.")


@click.group(cls=Group)
def view() -> None:
    """Views: arrangements of tiles; an agency's templates and a workspace's own."""


@view.command("list")
@_agency
@_workspace
def listed(agency_slug: str | None, workspace_slug: str | None) -> Answer:
    """List the views a workspace can show, or an agency's templates."""
    from dashapp.views.store import default_view_id, list_templates, list_views

    with open_house().reading() as session:
        place = _place(session, agency_slug, workspace_slug)
        if workspace_slug:
            workspace = _as_workspace(place)
            found, starred = list_views(session, workspace), default_view_id(session, workspace)
        else:
            found = list_templates(session, _as_agency(place))
            starred = next((one.id for one in found if one.is_default), None)
        rows = [
            {
                "slug": one.slug,
                "name": one.name,
                "of": "workspace" if one.workspace_id else "agency",
                "default": one.id == starred,
                "version": one.version,
                "draft": one.draft_revision is not None,
                "rollout": one.rollout is not None,
            }
            for one in found
        ]
    lines = [
        f"{'*' if row['default'] else ' '} {row['slug']:<30} {row['of']:<10} {row['name']}" for row in rows
    ]
    return Answer({"views": rows}, "\n".join(lines) or "There are no views yet.")


@view.command("show")
@click.argument("slug", metavar="V")
@_agency
@_workspace
def show(slug: str, agency_slug: str | None, workspace_slug: str | None) -> Answer:
    """Show a view as it is drawn: in a workspace a template with what the workspace changed in it."""
    from dashapp.views.resolve import differs_sentence, problem_sentence
    from dashapp.views.schema import dump_view, parse_view
    from dashapp.views.store import list_templates, list_views, shown

    with open_house().reading() as session:
        place = _place(session, agency_slug, workspace_slug)
        if not workspace_slug:
            stored = _named(list_templates(session, _as_agency(place)), slug)
            text = dump_view(parse_view(stored.body))
            return Answer(json.loads(text), text)
        workspace = _as_workspace(place)
        stored = _named(list_views(session, workspace), slug)
        found = shown(session, workspace, stored.id).resolved
    text = dump_view(found.view)
    said = [f"{one.placed.id}: {differs_sentence(one)}" for one in found.tiles if one.source != "template"]
    said += [f"{one.id}: Hidden in this workspace." for one in found.hidden]
    said += [problem_sentence(one) for one in found.problems]
    for line in said:
        click.echo(line, err=True)
    return Answer(json.loads(text), text)


@view.command("export")
@click.argument("slug", metavar="[V]", required=False)
@_agency
@_workspace
@click.option("--to", metavar="DIR", type=click.Path(path_type=Path), help="One file V.json for each view.")
def export(slug: str | None, agency_slug: str | None, workspace_slug: str | None, to: Path | None) -> Answer:
    """Print one view's JSON, or write one or all into a folder."""
    from dashapp.views.exchange import own_views
    from dashapp.views.schema import dump_view, parse_view

    if slug is None and to is None:
        raise click.UsageError("Name a view, or give a folder with --to to export all of them.")
    with open_house().reading() as session:
        found = own_views(session, _place(session, agency_slug, workspace_slug))
        if slug is not None:
            found = [_named(found, slug)]
        texts = {one.slug: dump_view(parse_view(one.body)) for one in found}
    if to is None:
        (text,) = texts.values()
        return Answer(json.loads(text), text)
    to.mkdir(parents=True, exist_ok=True)
    files = []
    for name, text in texts.items():
        path = to / f"{name}.json"
        path.write_text(text + "\n", encoding="utf-8")
        files.append(str(path))
    return Answer({"files": files}, "\n".join(files) or "There are no views yet.")


@view.command("import")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True)
@_agency
@_workspace
@click.option("--slug", metavar="V", help="The view's short name; without it the file's name.")
def bring(
    paths: tuple[str, ...], agency_slug: str | None, workspace_slug: str | None, slug: str | None
) -> Answer:
    """Make views look like files ("-" is standard input): all of them, or none when one is wrong."""
    from dashapp.views.exchange import import_view
    from dashapp.views.schema import parse_view

    if slug and len(paths) > 1:
        raise click.UsageError("--slug names one view: give one file with it.")
    if "-" in paths and not slug:
        raise click.UsageError("A view from standard input needs a --slug.")
    given = []
    for path in paths:
        with _about(path):
            given.append((path, slug or Path(path).stem, parse_view(_read(path))))
    with open_house().session() as session:
        place = _place(session, agency_slug, workspace_slug)
        done = []
        for path, name, made in given:
            with _about(path):
                done.append(import_view(session, place, name, made, "cli"))
        rows = [
            {"slug": one.stored.slug, "version": one.stored.version, "change": one.change} for one in done
        ]
    return Answer({"views": rows}, "\n".join(f"{row['slug']}: {row['change']}" for row in rows))


@view.command("schema")
def schema() -> Answer:
    """Print the JSON Schema of a view."""
    from dashapp.views.published_schema import schema_text, view_schema

    return Answer(view_schema(), schema_text().rstrip("\n"))


@contextmanager
def _about(path: str) -> Iterator[None]:
    """A refusal within is about this file."""
    try:
        yield
    except Refused as error:
        raise Refused(f"{path}: {error}") from error


def _place(session: Session, agency_slug: str | None, workspace_slug: str | None) -> Agency | Workspace:
    from dashapp.agencies.accounts import agency_by_slug, only_agency

    if agency_slug and workspace_slug:
        raise click.UsageError("Give either --agency or --workspace.")
    if workspace_slug:
        return workspace_of(session, workspace_slug)[0]
    return agency_by_slug(session, agency_slug) if agency_slug else only_agency(session)


def _named(known: list[StoredView], slug: str) -> StoredView:
    for one in known:
        if one.slug == slug:
            return one
    raise NotFound(f"There is no view {slug!r} here.{nearest(slug, [one.slug for one in known])}")


def _read(path: str) -> str:
    """A file's text; 400 kB are four times what a view may have."""
    try:
        data = sys.stdin.buffer.read(400_001) if path == "-" else Path(path).read_bytes()[:400_001]
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("This is not a text file.") from error


def _as_workspace(place: Agency | Workspace) -> Workspace:
    from dashapp.db.tenants import Workspace

    assert isinstance(place, Workspace)
    return place


def _as_agency(place: Agency | Workspace) -> Agency:
    from dashapp.db.tenants import Agency

    assert isinstance(place, Agency)
    return place
