"""The command line as a person uses it: arguments in, exit code, stdout and stderr out, on a fresh home."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dashapp.cli import main

Run = Callable[..., Result]


@pytest.fixture
def vitrine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `vitrine WORDS…` with VITRINE_HOME in a fresh folder."""
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
