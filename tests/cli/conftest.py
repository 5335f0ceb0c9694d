"""The command line as a person uses it: arguments in, exit code, stdout and stderr out, on a fresh home."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from dashapp.cli import main
from dashapp.db import migrate
from dashapp.db.engine import make_engine

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed SQLite file that every migration made."""
    path = tmp_path_factory.mktemp("migrated") / "vitrine.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def vitrine(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `vitrine WORDS…` with VITRINE_HOME in a fresh folder.

    A new database on SQLite begins as a copy of one that was migrated; tests/db has the migrations themselves.
    """
    upgrade = migrate.upgrade

    def upgraded(engine: Engine, revision: str = "head") -> None:
        file = Path(engine.url.database or "")
        if engine.dialect.name == "sqlite" and not file.exists():
            shutil.copyfile(migrated, file)
        upgrade(engine, revision)

    monkeypatch.setattr(migrate, "upgrade", upgraded)
    monkeypatch.setenv("VITRINE_HOME", str(tmp_path / "home"))
    runner = CliRunner()

    def run(*words: str) -> Result:
        return runner.invoke(main, list(words), catch_exceptions=False)

    return run


@pytest.fixture
def answer(vitrine: Run) -> Callable[..., Any]:
    """Run it with --json, insist on exit 0, and give the document."""

    def run(*words: str) -> Any:
        result = vitrine(*words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return run


@pytest.fixture
def acme(answer: Callable[..., Any]) -> str:
    """Alice's agency North with the workspace acme-co."""
    answer(
        "agency", "create", "North", "--owner", "alice@north.example", "--password", "lively-harbor-42-stones"
    )
    return str(answer("workspace", "create", "Acme Co", "--timezone", "Europe/Paris")["workspace"])
