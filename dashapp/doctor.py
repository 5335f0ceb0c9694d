"""What `vitrine doctor` checks, in order; each finding says what to do.

It changes nothing: no migration, no repair. Files are read whole and held against their checksums.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, select, text

from dashapp.agencies import domains, names_on_the_net
from dashapp.agencies.names_on_the_net import Network
from dashapp.config import Settings, load
from dashapp.db import migrate
from dashapp.db.engine import make_engine, reading
from dashapp.db.jobs import DEAD, LEADER, JobRun, Lease
from dashapp.db.security import WorkerBeat
from dashapp.db.shares import PortalDomain
from dashapp.db.tenants import Workspace
from dashapp.errors import BadSetting, Busy
from dashapp.file_modes import open_to_others
from dashapp.reports.paper import press
from dashapp.ui import format
from data.building import failures
from data.cubes import unattributed
from data.cubes.warehouse import READ_ERRORS
from data.errors import LakeUnavailable
from data.intake import refusals
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import utc
from data.lake.store import Named, Store, open_store
from data.lake.tables import inbox, layer_file, parked, segment, segment_part, workspace_layer
from data.marts.layer_files import is_whole

#: Free space below both of these is told.
FREE_BYTES, FREE_SHARE = 2 * 2**30, 0.10
#: What is acknowledged is in the marts long before this; older means that nobody folds it in.
BACKLOG = timedelta(minutes=10)
#: A worker beats every few seconds.
SILENCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Check:
    """One finding. `todo`: what to do, for the person who can; empty when all is well."""

    check: str
    ok: bool
    found: str
    todo: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


def examine() -> Iterator[Check]:
    """Every check, in order; the first that makes the rest pointless is the last."""
    try:
        settings = load()
    except BadSetting as error:
        yield Check("settings", False, str(error), "Correct the environment and run this again.")
        return
    yield Check("settings", True, f"VITRINE_HOME is {settings.home}")
    yield file_modes(settings)
    engine = make_engine(settings.database_url)
    try:
        database = _database(engine)
        yield database
        try:
            store = open_store(settings.lake_url, settings.home / "cache", settings.cache_mb * 2**20)
        except ValueError as error:
            yield Check("lake", False, f"VITRINE_LAKE_URL {error}", "Correct it and run this again.")
            return
        lake = _lake(store)
        yield lake
        yield _paper()
        yield _fonts()
        if not database.ok or (store.remote and not lake.ok):
            return
        # To read all files may take long, and a transaction sees the moment it began: each check has its own.
        yield _marts(engine, store)
        with reading(engine).connect() as connection:
            yield _checks(connection)
        yield _segments(engine, store)
        for check in (_backlog, _parked, _refused):
            with reading(engine).connect() as connection:
                yield check(connection)
        with reading(engine).connect() as connection:
            yield _unattributed(connection, Lake(engine, store))
        with reading(engine).connect() as connection:
            named = _named(connection)
        yield _domains(settings, named)
        for check in (_worker, _jobs):
            with reading(engine).connect() as connection:
                yield check(connection)
    finally:
        engine.dispose()


def file_modes(settings: Settings) -> Check:
    """Whether other accounts of this machine can read or change what the installation keeps."""
    found = open_to_others(settings)
    if not found:
        return Check("modes", True, f"{settings.home} is closed to other accounts of this machine")
    first = found[0]
    more = f" and {format.integer(len(found) - 1)} more" if len(found) > 1 else ""
    folders = " ".join(shlex.quote(str(path)) for path in dict.fromkeys(one.root for one in found))
    return Check(
        "modes",
        False,
        f"{first.path} (mode {first.mode:o}){more} can be read or changed by other accounts of this machine",
        f"Run `chmod -R go= {folders}`.",
    )


def _database(engine: Engine) -> Check:
    from sqlalchemy.exc import SQLAlchemyError

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


def _named(connection: Connection) -> list[tuple[str, str]]:
    """(host, token) of the names in use."""
    rows = select(PortalDomain.verified_host, PortalDomain.token).where(
        PortalDomain.verified_host.is_not(None)
    )
    return [
        (str(host), token) for host, token in connection.execute(rows.order_by(PortalDomain.verified_host))
    ]


def _domains(settings: Settings, named: Sequence[tuple[str, str]], network: Network | None = None) -> Check:
    """Whether the names of agencies' portals still lead here, with a certificate."""
    if not named:
        return Check("domains", True, "no agency has a name of its own for its portals")
    wrong = []
    for host, token in named:
        found = domains.examine(settings, host, token, network or names_on_the_net.network())
        if (problem := next((one for one in found.values() if one), None)) is not None:
            wrong.append(f"{host}: {problem}")
    if not wrong:
        return Check("domains", True, f"{format.integer(len(named))} names of portals lead here")
    todo = (
        "Put the DNS records right and give the proxy a certificate; until then the agency can remove the name, "
        "and its links begin with VITRINE_PUBLIC_URL."
    )
    return Check("domains", False, "; ".join(wrong[:5]), todo)


def _lake(store: Store) -> Check:
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


def _paper() -> Check:
    """Without it everything works but PDF and PNG, so it is told and no fault."""
    try:
        return Check("paper", True, press.ready())
    except press.Unavailable:
        return Check("paper", True, "reports cannot be printed as PDF and PNG", press.TO_INSTALL)
    except Busy as error:
        return Check("paper", False, str(error), "Look into the log.")


def _fonts() -> Check:
    """Names in a script without a font are printed as boxes: told, and no fault of the installation."""
    missing = press.missing_scripts()
    if not missing:
        return Check("fonts", True, "every script that is looked for can be printed")
    return Check("fonts", True, f"reports cannot print {', '.join(missing)}", press.FONTS_TO_INSTALL)


def _looked_through(engine: Engine, store: Store, query: Select[Any]) -> tuple[Sequence[Row[Any]], set[str]]:
    """(the rows of the files that count, the paths of those that are damaged or missing).

    A worker replaces and removes files while they are read: a file is at fault only if it still counts after it
    was found so.
    """
    rows = _rows(engine, query)
    bad = store.damaged({row.path: Named(row.path, row.bytes, row.sha256) for row in rows}.values())
    if bad:
        rows = _rows(engine, query)
    return rows, bad & {row.path for row in rows}


def _rows(engine: Engine, query: Select[Any]) -> Sequence[Row[Any]]:
    with reading(engine).connect() as connection:
        return connection.execute(query).all()


def _marts(engine: Engine, store: Store) -> Check:
    """Every file of the version of each workspace that is served now."""
    rows, bad = _looked_through(
        engine,
        store,
        select(
            Workspace.slug,
            layer_file.c.path,
            layer_file.c.bytes,
            layer_file.c.sha256,
            layer_file.c.quarantined,
        )
        .join(workspace_layer, workspace_layer.c.workspace_id == Workspace.id)
        .join(layer_file, layer_file.c.layer_id == workspace_layer.c.layer_id)
        .where(workspace_layer.c.until.is_(None))
        .order_by(Workspace.slug, layer_file.c.path),
    )
    files = {row.path for row in rows}
    bad |= {row.path for row in rows if row.quarantined}
    damaged: dict[str, str] = {}
    for row in rows:
        if row.path in bad:
            damaged.setdefault(row.slug, row.path)
    if damaged:
        slug, path = next(iter(damaged.items()))
        more = f" and {len(damaged) - 1} more workspaces" if len(damaged) > 1 else ""
        found = f"{path} of workspace {slug}{more} is damaged or missing; the previous version is served"
        return Check("marts", False, found, f"Run `vitrine refresh --full --workspace {slug}`.")
    return Check("marts", True, f"{format.integer(len(files))} files are whole")


def _checks(connection: Connection) -> Check:
    """Checks of the marts' contracts that do not hold; each workspace keeps the version it has."""
    found = failures.failures(connection)
    if not found:
        return Check("checks", True, "every check of the marts holds")
    one = found[0]
    slug = connection.scalar(select(Workspace.slug).where(Workspace.id == one.workspace_id)) or "a workspace"
    rest = len({other.workspace_id for other in found}) - 1
    more = f"; {format.integer(rest)} more workspaces fail one" if rest else ""
    said = (
        f"{one.mart}.{one.check} fails in {slug} ({format.integer(one.rows)} bad rows, since "
        f"{one.found_at:%Y-%m-%d %H:%M} UTC), which stays at version {one.version}: {one.wrong.rstrip('.')}{more}"
    )
    return Check("checks", False, said, f"Run `vitrine refresh --full --workspace {slug}`. {one.todo}")


def _segments(engine: Engine, store: Store) -> Check:
    rows, bad = _looked_through(
        engine, store, select(segment.c.path, segment.c.bytes, segment.c.sha256, segment.c.events)
    )
    damaged = [row for row in rows if row.path in bad]
    if damaged:
        events = sum(row.events for row in damaged)
        found = f"{len(damaged)} files with {format.integer(events)} events are damaged: {damaged[0].path}"
        todo = "Put the files back from a backup; the figures stand as they are until a full refresh."
        return Check("segments", False, found, todo)
    return Check("segments", True, f"{format.integer(len(rows))} files are whole")


def _backlog(connection: Connection) -> Check:
    events, oldest = connection.execute(select(func.sum(inbox.c.events), func.min(inbox.c.received_at))).one()
    unmerged = connection.execute(
        select(func.sum(segment_part.c.events), func.min(segment.c.created_at))
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .where(segment_part.c.merged_version.is_(None))
    ).one()
    waiting = int(events or 0) + int(unmerged[0] or 0)
    since = min((moment for moment in (utc(oldest), utc(unmerged[1])) if moment), default=None)
    if since is not None and datetime.now(UTC) - since > BACKLOG:
        found = f"{format.integer(waiting)} events wait since {since:%Y-%m-%d %H:%M} UTC"
        return Check("backlog", False, found, "Start `vitrine worker`, or run `vitrine refresh` once.")
    return Check("backlog", True, f"{format.integer(waiting)} events wait to be folded in")


def _parked(connection: Connection) -> Check:
    """Parked records are no fault of the installation, but somebody should know."""
    rows = connection.execute(
        select(Workspace.slug, func.count(parked.c.id))
        .join(parked, parked.c.workspace_id == Workspace.id)
        .group_by(Workspace.slug)
        .order_by(func.count(parked.c.id).desc())
    ).all()
    if not rows:
        return Check("parked", True, "nothing is parked")
    slug, most = rows[0]
    found = (
        f"{format.integer(sum(row[1] for row in rows))} records are parked, {format.integer(most)} in {slug}"
    )
    return Check("parked", True, found, f"See why with `vitrine events --parked --workspace {slug}`.")


def _refused(connection: Connection) -> Check:
    """Deliveries that were not taken in the last day: the sender tries again, or has given up."""
    rows = refusals.repeating(connection, datetime.now(UTC) - timedelta(days=1), 1)
    if not rows:
        return Check("refused", True, "no delivery was refused in the last day")
    worst = max(rows, key=lambda one: one.count)
    slug = connection.scalar(select(Workspace.slug).where(Workspace.id == worst.workspace_id)) or "?"
    total, most = (format.integer(n) for n in (sum(one.count for one in rows), worst.count))
    where = f"source {worst.source_id} of {slug}: {worst.reason}"
    found = f"{total} deliveries were refused in the last day, {most} at {where}"
    repeated = worst.count >= refusals.REPEATED
    todo = f"See /w/{slug}/sources; with a wrong signature, compare the secret with the provider's."
    return Check("refused", not repeated, found, todo)


def _unattributed(connection: Connection, lake: Lake) -> Check:
    """Replies and unsubscribes that belong to no message: no fault, but figures leave them out."""
    ids = connection.execute(
        select(workspace_layer.c.workspace_id)
        .join(layer_file, layer_file.c.layer_id == workspace_layer.c.layer_id)
        .where(layer_file.c.mart == "lead_events", workspace_layer.c.until.is_(None))
        .distinct()
    ).scalars()
    counts: dict[str, int] = {}
    for state in manifest.current(connection, sorted(ids)).values():
        if not is_whole(state):
            continue
        try:
            counts[state.slug] = len(unattributed.rows(lake, state.workspace_id, state.layers))
        except READ_ERRORS:
            continue  # told by the check of the marts
    if not (total := sum(counts.values())):
        return Check("unattributed", True, "every reply and unsubscribe belongs to an e-mail")
    slug = max(counts, key=lambda name: (counts[name], name))
    found = (
        f"{format.integer(total)} replies or unsubscribes belong to no e-mail, "
        f"{format.integer(counts[slug])} in {slug}"
    )
    return Check(
        "unattributed", True, found, f"See them with `vitrine unattributed list --workspace {slug}`."
    )


def _worker(connection: Connection) -> Check:
    """Without a worker figures are still fresh for whoever looks; a backlog is told by its own check."""
    last = utc(connection.execute(select(func.max(WorkerBeat.at))).scalar_one())
    if last is None or datetime.now(UTC) - last > SILENCE:
        since = f"none since {last:%Y-%m-%d %H:%M} UTC" if last else "none beats"
        return Check(
            "worker",
            True,
            f"no worker runs ({since})",
            "Start `vitrine worker` to keep all workspaces fresh.",
        )
    return Check("worker", True, f"beat at {last:%H:%M:%S} UTC")


def _jobs(connection: Connection) -> Check:
    """Dead letters, and a leader that is missing although workers run: without one nothing is ever due."""
    letters = connection.execute(
        select(func.count(), func.min(JobRun.job), func.min(JobRun.detail)).where(JobRun.state == DEAD)
    ).one()
    if letters[0]:
        found = f"{format.integer(letters[0])} runs failed at every try, such as {letters[1]}: {letters[2]}"
        return Check("jobs", False, found, "See `vitrine jobs dead`, then `vitrine jobs retry ID`.")
    beat = utc(connection.execute(select(func.max(WorkerBeat.at))).scalar_one())
    renewed = connection.execute(
        select(Lease.renewed_at).where(Lease.name == LEADER, Lease.holder != "")
    ).scalar_one_or_none()
    at = datetime.now(UTC)
    if beat is not None and at - beat <= SILENCE and (renewed is None or at - renewed > SILENCE):
        return Check("jobs", False, "workers run but none of them leads", "Look into the workers' logs.")
    return Check("jobs", True, "no run has failed for good")
