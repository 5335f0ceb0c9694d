"""What `vitrine doctor` checks, in order; each finding says what to do.

It changes nothing: no migration, no repair. `installation` is what Vitrine stands on, `files` the lake's files,
`events` what is on its way into figures, `worker` who brings it there.
"""

from __future__ import annotations

from collections.abc import Iterator

from dashapp.config import load
from dashapp.db.engine import make_engine, reading
from dashapp.doctor import events, files, installation, worker
from dashapp.doctor.check import Check
from dashapp.errors import BadSetting
from data.lake.lake import Lake
from data.lake.store import open_store

__all__ = ["Check", "examine"]


def examine() -> Iterator[Check]:
    """Every check, in order; the first that makes the rest pointless is the last."""
    try:
        settings = load()
    except BadSetting as error:
        yield Check("settings", False, str(error), "Correct the environment and run this again.")
        return
    yield Check("settings", True, f"VITRINE_HOME is {settings.home}")
    yield installation.file_modes(settings)
    if (folder := installation.watched_folder(settings)) is not None:
        yield folder
    engine = make_engine(settings.database_url)
    try:
        database = installation.database(engine)
        yield database
        try:
            store = open_store(settings.lake_url, settings.home / "cache", settings.cache_mb * 2**20)
        except ValueError as error:
            yield Check("lake", False, f"VITRINE_LAKE_URL {error}", "Correct it and run this again.")
            return
        lake = installation.lake(store)
        yield lake
        yield installation.paper()
        yield installation.fonts()
        if not database.ok or (store.remote and not lake.ok):
            return
        # To read all files may take long, and a transaction sees the moment it began: each check has its own.
        yield files.marts(engine, store)
        with reading(engine).connect() as connection:
            yield events.failed_checks(connection)
        yield files.segments(engine, store)
        for check in (events.backlog, events.parked_records, events.refused):
            with reading(engine).connect() as connection:
                yield check(connection)
        with reading(engine).connect() as connection:
            yield events.unattributed_events(connection, Lake(engine, store))
        with reading(engine).connect() as connection:
            names = installation.names_in_use(connection)
        yield installation.domains_of_portals(settings, names)
        for check in (worker.beating, worker.jobs):
            with reading(engine).connect() as connection:
                yield check(connection)
    finally:
        engine.dispose()
