"""What a running process holds: one bundle, handed to whoever needs it (`app.extensions["vitrine"]`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property

from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.engine import make_engine, reading
from dashapp.db.once import shared_info
from dashapp.errors import BadSetting
from dashapp.seats import Seats
from data.answer_cache import KeptAnswers
from data.intake.inbox import Inbox
from data.lake import erased
from data.lake.lake import Lake, open_lake
from data.lake.read_only import ReadOnlyStore
from data.lake.store import Store, open_store

EXTENSION = "vitrine"
#: The session a request's reads share, while they do.
_look: ContextVar[Session | None] = ContextVar("look", default=None)


@dataclass(frozen=True)
class Services:
    """Settings, the app database, the lake, the door for events and the seats of this process."""

    settings: Settings
    engine: Engine
    lake: Lake
    inbox: Inbox
    seats: Seats = field(default_factory=Seats)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that writes: committed at the end of the block, rolled back by any error.

        On SQLite it holds the write lock from its first statement: keep the block short.
        """
        self.end_look()  # what is read after a write sees it
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @cached_property
    def reader(self) -> Engine:
        """The engine for transactions that only read; made once, because making it costs as much as a query."""
        return reading(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: no write lock, never committed. What it loaded stays usable.

        Within a look (`begin_look`) it is the look's.
        """
        shared = _look.get()
        if shared is not None and shared.get_bind() is self.reader:
            yield shared
            return
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    def begin_look(self) -> None:
        """From here on all that reads in this request shares one session: one transaction, one moment, each row
        once. A write ends it, and so does `end_look`."""
        self.end_look()
        _look.set(Session(self.reader, expire_on_commit=False, info=shared_info()))

    def end_look(self) -> None:
        """Let go of the shared session; does nothing where there is none."""
        shared = _look.get()
        if shared is not None:
            _look.set(None)
            shared.info.clear()
            shared.expunge_all()  # what it loaded stays usable
            shared.close()


def open_services(settings: Settings, *, web: bool = False) -> Services:
    """The services of these settings; the schema is not touched (`db/migrate.upgrade` does that).

    `web`: of the web server and the processes it starts, which with `web_lake` "read" change nothing in the lake.
    Of object storage nothing is asked yet: `lake.store.check()` does. Raises BadSetting.
    """
    try:
        store: Store = open_store(settings.lake_url, settings.home / "cache", settings.cache_mb * 2**20)
    except ValueError as error:
        raise BadSetting(f"VITRINE_LAKE_URL is wrong: it {error}.") from error
    if web and settings.web_lake == "read":
        store = ReadOnlyStore(store)
    engine = make_engine(settings.database_url).execution_options(**{erased.KEY: settings.erasing_key})
    return Services(settings, engine, open_lake(engine, store, KeptAnswers()), Inbox(engine))


def services() -> Services:
    """The services of the current Flask app."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found
