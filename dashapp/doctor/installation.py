"""What Vitrine stands on: file modes, database, lake, printing, and the names of portals."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dashapp.agencies import domains, names_on_the_net
from dashapp.agencies.names_on_the_net import Network
from dashapp.config import Settings
from dashapp.db import migrate
from dashapp.db.engine import reading
from dashapp.db.shares import PortalDomain
from dashapp.doctor.check import Check
from dashapp.errors import Busy
from dashapp.file_modes import open_to_others
from dashapp.reports.paper import press
from dashapp.ui import format
from data.errors import LakeUnavailable
from data.lake.store import Store

#: Free space below both of these is told.
FREE_BYTES, FREE_SHARE = 2 * 2**30, 0.10


def file_modes(settings: Settings) -> Check:
    """Whether other accounts of this machine can read or change what the installation keeps."""
    found = open_to_others(settings)
    if not found:
        return Check("modes", True, f"{settings.home} is closed to other accounts of this machine")
    first = found[0]
    more = f" and {format.integer(len(found) - 1)} more" if len(found) > 1 else ""
    folders = " ".join(shlex.quote(str(path)) for path in dict.fromkeys(file.root for file in found))
    return Check(
        "modes",
        False,
        f"{first.path} (mode {first.mode:o}){more} can be read or changed by other accounts of this machine",
        f"Run `chmod -R go= {folders}`.",
    )


def database(engine: Engine) -> Check:
    """Whether the database answers, is sound, and has the schema of this version."""
    name = engine.url.render_as_string(hide_password=True)
    try:
        with reading(engine).connect() as connection:
            if engine.dialect.name == "sqlite":
                said = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
                if said != "ok":
                    return Check("database", False, f"{name}: {said}", "Put back a backup of the database.")
            at, newest = migrate.current(connection), migrate.head()
            superuser = engine.dialect.name == "postgresql" and bool(
                connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
            )
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        todo = "Start the database or correct VITRINE_DATABASE_URL."
        return Check("database", False, f"{name} does not answer: {reason}", todo)
    if at != newest:
        found = f"{name} is at schema {at or 'none'}, this version needs {newest}"
        return Check("database", False, found, "Start `vitrine serve` once: it brings the schema up to date.")
    if superuser:
        hint = (
            "Use a role that owns these tables alone; dashapp/db/postgresql_worker_role.sql makes a worker's."
        )
        return Check("database", True, f"{name}, schema {at}, as a superuser", hint)
    return Check("database", True, f"{name}, schema {at}")


def names_in_use(connection: Connection) -> list[PortalDomain]:
    """The names in use, with the looks at them."""
    with Session(connection, expire_on_commit=False) as session:
        return domains.in_use(session)


def domains_of_portals(
    settings: Settings, named: Sequence[PortalDomain], network: Network | None = None
) -> Check:
    """Whether the names of agencies' portals lead here, with a certificate, now and when they were last right."""
    if not named:
        return Check("domains", True, "no agency has a name of its own for its portals")
    wrong, silent = [], []
    for domain in named:
        look = domains.examine(settings, domain.host, domain.token, network or names_on_the_net.network())
        problem = next((one for one in look.problems.values() if one), None)
        if look.verdict == "wrong":
            wrong.append(f"{domain.host}: {problem}{_history(domain)}")
        elif look.verdict == "unknown":
            silent.append(domain.host)
    if not wrong:
        found = f"{format.integer(len(named) - len(silent))} names of portals lead here"
        if silent:
            found += f"; no answer just now about {', '.join(silent[:5])}"
        return Check("domains", True, found)
    todo = (
        "Put the DNS records right and give the proxy a certificate; until then the agency can remove the name, "
        "and its links begin with VITRINE_PUBLIC_URL."
    )
    return Check("domains", False, "; ".join(wrong[:5]), todo)


def _history(domain: PortalDomain) -> str:
    """Since when, how often, and when the name was last right; "" where it never was looked at."""
    right = next((one["at"] for one in domain.looks if one["verdict"] == "right"), None)
    said = []
    if domain.wrong_since is not None:
        said.append(f"wrong {domain.wrong_looks} times since {domain.wrong_since:%Y-%m-%d %H:%M} UTC")
    if right is not None:
        said.append(f"last right {datetime.fromisoformat(right):%Y-%m-%d %H:%M} UTC")
    return f" ({', '.join(said)})" if said else ""


def watched_folder(settings: Settings) -> Check | None:
    """Whether the watched folder is there and can be written to; None: there is to be none."""
    folder = settings.watched_folder
    if folder is None:
        return None
    if not folder.is_dir():
        return Check(
            "folder", False, f"{folder} is no folder", f"Make it: `mkdir -p {shlex.quote(str(folder))}`."
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check(
            "folder",
            False,
            f"{folder} cannot be written to by this account",
            "Give the worker’s account the right to read and write there: it moves the files it has read.",
        )
    return Check("folder", True, f"{folder} is watched by the worker")


def lake(store: Store) -> Check:
    """Written to, read from and deleted from; the disk is the one that files, or copies of them, lie on."""
    try:
        store.check()
        usage = shutil.disk_usage(store.root)
    except LakeUnavailable as error:
        todo = "Give the user that runs Vitrine the right to write there."
        if store.remote:
            todo = "Correct VITRINE_LAKE_URL, AWS_ENDPOINT_URL_S3 or the credentials; webhooks are taken meanwhile."
        return Check("lake", False, str(error).rstrip("."), todo)
    free = f"{format.integer(usage.free // 2**20)} MB free"
    if usage.free < FREE_BYTES and usage.free < FREE_SHARE * usage.total:
        return Check(
            "lake", False, f"{store.root}: only {free}", "Make room; with a full disk webhooks answer 503."
        )
    return Check("lake", True, f"{store.place} can be written, read and deleted from, {free}")


def paper() -> Check:
    """Without it everything works but PDF and PNG, so it is told and no fault."""
    try:
        return Check("paper", True, press.ready())
    except press.Unavailable:
        return Check("paper", True, "reports cannot be printed as PDF and PNG", press.TO_INSTALL)
    except Busy as error:
        return Check("paper", False, str(error), "Look into the log.")


def fonts() -> Check:
    """Names in a script without a font are printed as boxes: told, and no fault of the installation."""
    missing = press.missing_scripts()
    if not missing:
        return Check("fonts", True, "every script that is looked for can be printed")
    return Check("fonts", True, f"reports cannot print {', '.join(missing)}", press.FONTS_TO_INSTALL)
