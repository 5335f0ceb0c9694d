"""Opening the house for a command: settings, the database at its newest schema, the lake, the inbox."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dashapp.cli.command import nearest
from dashapp.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.config import Settings
    from dashapp.db.tenants import Workspace
    from dashapp.services import Services
    from data.scope import Scope


def settings_for(port: int | None = None) -> Settings:
    """The settings, with another port when a command was given one; the address people use follows it."""
    from dashapp.config import load

    settings = load()
    if port is None or port == settings.port:
        return settings
    changes: dict[str, object] = {"port": port}
    if settings.public_url == f"http://{settings.host}:{settings.port}":
        changes["public_url"] = f"http://{settings.host}:{port}"
    return settings.model_copy(update=changes)


def open_house(settings: Settings | None = None, *, web: bool = False) -> Services:
    """The services of this process, after bringing the database up to date when it is behind. `web`: it serves."""
    from dashapp.access import limits
    from dashapp.db.migrate import upgrade
    from dashapp.services import open_services

    services = open_services(settings or settings_for(), web=web)
    limits.install(services.settings)
    _close_home(services.settings.home)
    upgrade(services.engine)
    return services


def _close_home(home: Path) -> None:
    """A home made by an earlier version, which others may look into, is closed to them. A folder that only was
    chosen as home and holds no key of ours stays as it is; `vitrine doctor` tells.
    """
    mode = home.stat().st_mode
    if mode & 0o077 and (home / "secret_key").exists() and home.stat().st_uid == os.getuid():
        home.chmod(mode & 0o700)


def workspace_of(session: Session, slug: str) -> tuple[Workspace, Scope]:
    """A workspace by its slug and the Scope to read it. Raises NotFound, naming what was perhaps meant."""
    from dashapp.access.scopes import cli_scope

    try:
        return cli_scope(session, slug)
    except NotFound as error:
        hint = nearest(slug, _slugs(session))
        raise NotFound(f"{error}{hint}") from error


@cache
def _slugs(session: Session) -> tuple[str, ...]:
    from sqlalchemy import select

    from dashapp.db.tenants import Workspace

    return tuple(session.scalars(select(Workspace.slug)))
