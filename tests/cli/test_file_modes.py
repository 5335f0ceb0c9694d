"""What an installation writes is closed to the other accounts of the machine, whatever the shell's umask is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from dashapp.cli import COMMANDS

Run = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """As most shells have it: new files can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_files(home: Path) -> list[str]:
    """What others can get at, by name."""
    return sorted(str(path) for path in [home, *home.rglob("*")] if path.lstat().st_mode & 0o077)


def modes(answer_or_result: Any) -> dict[str, Any]:
    """What doctor says of the modes."""
    return next(check for check in answer_or_result["checks"] if check["check"] == "modes")


def test_nothing_that_is_written_is_open_to_others(acme: str, answer: Ask, tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(
        '{"event": "sent", "message_id": "m", "lead": "a@b.example", "occurred_at": 1770000000}\n'
    )
    answer("ingest", str(file), "--workspace", acme)
    answer("refresh")
    home = tmp_path / "home"
    assert len(list(home.rglob("*"))) > 5  # the database, the key, segments, marts
    assert open_files(home) == []
    assert modes(answer("doctor"))["ok"]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_starts_closed(vitrine: Run, command: str) -> None:
    assert vitrine(command, "--help").exit_code == 0
    assert os.umask(0o022) == 0o077


def test_an_older_home_is_told_by_doctor_and_closed_by_the_next_command(
    acme: str, answer: Ask, vitrine: Run, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.chmod(0o755)
    (home / "vitrine.db").chmod(0o644)
    found = modes(json.loads(vitrine("doctor", "--json").stdout))
    assert not found["ok"]
    assert str(home) in found["found"]
    assert found["todo"] == f"Run `chmod -R go= {home}`."
    assert home.stat().st_mode & 0o777 == 0o755  # doctor changes nothing
    answer("share", "list")
    assert home.stat().st_mode & 0o777 == 0o700
    assert modes(answer("doctor"))["ok"]  # nobody gets to the file that still is 644


def test_a_folder_that_was_only_chosen_as_home_is_not_changed(
    vitrine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key comes from the environment, so nothing in it says that it is ours alone."""
    home = tmp_path / "home"
    home.mkdir(0o755)
    monkeypatch.setenv("VITRINE_SECRET_KEY", "0123456789abcdef-a-key-of-enough-length")
    assert vitrine("share", "list").exit_code == 0
    assert home.stat().st_mode & 0o777 == 0o755
    assert not modes(json.loads(vitrine("doctor", "--json").stdout))["ok"]


def test_a_lake_elsewhere_is_looked_at_too(
    acme: str, answer: Ask, vitrine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "elsewhere"
    lake.mkdir(0o700)
    monkeypatch.setenv("VITRINE_LAKE_URL", str(lake))
    assert modes(answer("doctor"))["ok"]
    lake.chmod(0o750)
    found = modes(json.loads(vitrine("doctor", "--json").stdout))
    assert (found["ok"], str(lake) in found["found"]) == (False, True)
