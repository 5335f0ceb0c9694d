"""The migrations make exactly the mapped tables, on both databases, once, however many start at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from dashapp.db import crm_search, migrate
from dashapp.db.base import Base
from dashapp.db.engine import make_engine


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path) -> Iterator[Engine]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        engine = make_engine(request.getfixturevalue("postgres_url"))
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_the_mapped_one(empty: Engine) -> None:
    with empty.connect() as connection:
        assert migrate.current(connection) is None
    migrate.upgrade(empty)
    with empty.connect() as connection:
        assert migrate.current(connection) == MigrationContext.configure(connection).get_current_revision()
        schema = (
            connection.scalar(text("SELECT current_schema()")) if empty.dialect.name != "sqlite" else None
        )
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": False,
                "include_name": lambda name, kind, _: (
                    not ((kind == "table" and name in crm_search.TABLES) or name == "ix_contact_search_trgm")
                ),
            },
        )
        differences = compare_metadata(context, Base.metadata)
        assert differences == []
        made = set(inspect(connection).get_table_names(schema)) - crm_search.TABLES
        assert made == {*Base.metadata.tables, "alembic_version"}


def test_the_head_is_what_alembic_says() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    assert migrate.head() == ScriptDirectory.from_config(config).get_current_head()


def test_a_second_upgrade_changes_nothing(empty: Engine) -> None:
    assert not migrate.is_current(empty)
    migrate.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO worker_beat (name, at) VALUES ('w', CURRENT_TIMESTAMP)"))
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
    with empty.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM worker_beat")) == 1


def test_five_processes_starting_at_once_agree(empty: Engine) -> None:
    url = empty.url.render_as_string(hide_password=False)
    errors: list[BaseException] = []
    together = threading.Barrier(5)

    def start() -> None:
        engine = make_engine(url)
        together.wait()
        try:
            migrate.upgrade(engine)
        except BaseException as error:
            errors.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert migrate.is_current(empty)


def test_who_waits_for_migrations_has_more_patience_than_who_writes(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice's process migrates on a slow disk for longer than any other write may wait; Bob's waits for it."""
    monkeypatch.setattr("dashapp.db.engine.BUSY_TIMEOUT_MS", 50)
    url = empty.url.render_as_string(hide_password=False)
    alice, bob = make_engine(url), make_engine(url)
    waiting = threading.Thread(target=migrate.upgrade, args=(bob,))

    @event.listens_for(alice, "after_cursor_execute")
    def slow(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith("CREATE TABLE") and not waiting.ident:
            waiting.start()
            waiting.join(0.5)  # ten times what Bob's other writes would wait
            assert waiting.is_alive()

    migrate.upgrade(alice)
    waiting.join(60)
    assert not waiting.is_alive()
    assert migrate.is_current(bob)
    bob.dispose()
    alice.dispose()


@pytest.mark.parametrize("stop_after", [1, 5, 12, 20])
def test_an_upgrade_that_breaks_off_leaves_nothing(empty: Engine, stop_after: int) -> None:
    seen = 0

    @event.listens_for(empty, "after_cursor_execute")
    def _break(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == stop_after + 3:  # the first ones only look
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate.upgrade(empty)
    event.remove(empty, "after_cursor_execute", _break)
    with empty.connect() as connection:
        schema = (
            connection.scalar(text("SELECT current_schema()")) if empty.dialect.name != "sqlite" else None
        )
        assert inspect(connection).get_table_names(schema) == []
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
