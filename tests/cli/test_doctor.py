"""`doctor` finds what is broken, says what to do, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]
ORDER = [
    "settings",
    "modes",
    "database",
    "lake",
    "paper",
    "fonts",
    "marts",
    "checks",
    "segments",
    "backlog",
    "parked",
    "refused",
    "unattributed",
    "domains",
    "worker",
    "jobs",
]


@pytest.fixture
def loaded(acme: str, answer: Ask, tmp_path: Path) -> Path:
    """A home with one event in the marts; gives its lake."""
    file = tmp_path / "one.jsonl"
    file.write_text(
        '{"event": "sent", "message_id": "m", "lead": "a@b.example", "occurred_at": 1770000000}\n'
    )
    answer("ingest", str(file), "--workspace", acme)
    answer("refresh")
    return tmp_path / "home" / "lake"


def _bad(result: Result) -> list[str]:
    document = json.loads(result.stdout)
    assert document["ok"] is False
    return [check["check"] for check in document["checks"] if not check["ok"]]


def test_all_is_well(loaded: Path, answer: Ask) -> None:
    document = answer("doctor")
    assert document["ok"] is True
    assert [check["check"] for check in document["checks"]] == ORDER


def test_a_failed_check_is_told_with_its_workspace_and_what_to_do(
    loaded: Path, vitrine: Run, acme: str
) -> None:
    from sqlalchemy import select

    from dashapp.config import load
    from dashapp.db.engine import make_engine
    from dashapp.db.tenants import Workspace
    from data.building import failures
    from data.marts.checks import Finding

    engine = make_engine(load().database_url)
    with engine.connect() as connection:
        workspace = connection.scalar(select(Workspace.id).where(Workspace.slug == acme)) or 0
    wrong, todo = "Two tiles would disagree.", "Look at the units."
    found = {workspace: [Finding(workspace, "units", "adds_up", 3, ('{"n": 3}',), wrong, todo)]}
    failures.record(engine, found, "refresh", {workspace: 1})
    engine.dispose()
    result = vitrine("doctor", "--json")
    assert _bad(result) == ["checks"]
    (check,) = (one for one in json.loads(result.stdout)["checks"] if one["check"] == "checks")
    assert check["found"].startswith(f"units.adds_up fails in {acme} (3 bad rows, since ")
    assert check["found"].endswith("which stays at version 1: Two tiles would disagree")
    assert check["todo"] == f"Run `vitrine refresh --full --workspace {acme}`. Look at the units."
    assert vitrine("refresh", "--full", "--workspace", acme).exit_code == 0
    assert json.loads(vitrine("doctor", "--json").stdout)["ok"] is True


def test_a_damaged_mart_is_told_with_the_way_out_and_mended(loaded: Path, vitrine: Run, acme: str) -> None:
    victim = next(path for path in (loaded / "marts").rglob("*.parquet") if path.name.startswith("units"))
    victim.write_bytes(victim.read_bytes()[:100])
    result = vitrine("doctor", "--json")
    assert result.exit_code == 1
    assert _bad(result) == ["marts"]
    assert f"vitrine refresh --full --workspace {acme}" in result.stderr
    assert vitrine("refresh", "--full", "--workspace", acme).exit_code == 0
    assert vitrine("doctor").exit_code == 0


def test_a_missing_segment_is_told(loaded: Path, vitrine: Run) -> None:
    for path in (loaded / "segments").rglob("*.parquet"):
        path.unlink()
    result = vitrine("doctor", "--json")
    assert result.exit_code == 1
    assert _bad(result) == ["segments"]


def test_a_database_that_was_never_made_is_told_and_left_alone(vitrine: Run, tmp_path: Path) -> None:
    result = vitrine("doctor", "--json")
    assert result.exit_code == 1
    assert _bad(result) == ["database"]
    assert "schema none" in result.stderr


def test_a_bad_setting_is_the_first_finding(vitrine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_PORT", "eighty")
    result = vitrine("doctor", "--json")
    assert result.exit_code == 1
    assert _bad(result) == ["settings"]
    assert "VITRINE_PORT" in result.stderr


def test_parked_records_are_mentioned_but_no_fault(
    loaded: Path, vitrine: Run, acme: str, tmp_path: Path
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("no json\n")
    vitrine("ingest", str(file), "--workspace", acme)
    result = vitrine("doctor")
    assert result.exit_code == 0
    assert f"1 records are parked, 1 in {acme}" in result.stdout


def test_a_file_that_is_replaced_while_it_is_read_is_no_fault(
    loaded: Path, vitrine: Run, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker publishes, and what was published before goes away, after the doctor has read the names of files."""
    from dashapp.config import load
    from dashapp.services import open_services
    from data.building.build import refresh
    from data.lake.manifest import KEEP_VERSIONS
    from data.lake.store import FolderStore

    services = open_services(load())
    whole, published = FolderStore.damaged, []

    def after_a_worker(self: FolderStore, files: Any) -> set[str]:
        named = list(files)
        if not published:
            published.extend(refresh(services.lake, full=True).workspaces for _ in range(KEEP_VERSIONS + 1))
        return whole(self, named)

    monkeypatch.setattr(FolderStore, "damaged", after_a_worker)
    assert json.loads(vitrine("doctor", "--json").stdout)["ok"] is True
    assert published == [1] * (KEEP_VERSIONS + 1)
