"""An installation is backed up while it runs, and put back into another home with the same figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

ROWS = "event,occurred_at,message_id,lead\n" + "".join(
    f"sent,2026-09-01T10:00Z,m{n},p{n}@x.example\nopened,2026-09-01T11:00Z,m{n},p{n}@x.example\n"
    for n in range(4)
)


@pytest.fixture
def made(tmp_path: Path, answer: Callable[..., Any], acme: str) -> Path:
    """A backup of an installation with four e-mails in its marts, and one event that still waits."""
    file = tmp_path / "events.csv"
    file.write_text(ROWS)
    answer("ingest", str(file), "--workspace", acme)
    answer("refresh")
    late = tmp_path / "late.csv"
    late.write_text("event,occurred_at,message_id,lead\nsent,2026-09-02T10:00Z,m9,p9@x.example\n")
    answer("ingest", str(late), "--workspace", acme)
    told = answer("backup", str(tmp_path / "backup"))
    assert told["ok"]
    assert [check["check"] for check in told["checks"]] == ["database", "key", "events", "figures", "listing"]
    return tmp_path / "backup"


def test_what_was_backed_up_is_there_again_in_another_home(
    made: Path, tmp_path: Path, answer: Callable[..., Any], acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answer("query", "rate", "--workspace", acme)
    assert (before["n"], before["base"]) == (4, 5)
    link = answer("share", "create", "--workspace", acme)["url"]
    assert (made.stat().st_mode & 0o777, (made / "secret_key").stat().st_mode & 0o777) == (0o700, 0o600)
    monkeypatch.setenv("VITRINE_HOME", str(tmp_path / "other"))
    told = answer("restore", str(made))
    assert [check["check"] for check in told["checks"]] == ["files", "lake", "database"]
    after = answer("query", "rate", "--workspace", acme)
    assert (after["n"], after["base"]) == (4, 5)
    assert answer("share", "list", "--workspace", acme)["shares"] == []  # made after the backup
    assert link
    assert (tmp_path / "other" / "secret_key").read_text() == (made / "secret_key").read_text()


def test_a_figure_s_file_that_is_gone_is_built_anew_and_an_event_s_is_told(
    made: Path, tmp_path: Path, vitrine: Callable[..., Result], answer: Callable[..., Any], acme: str
) -> None:
    lake = tmp_path / "home" / "lake"
    for file in lake.glob("marts/**/*.parquet"):
        file.unlink()
    told = answer("backup", str(tmp_path / "second"))
    assert "built anew after a restore" in str(told)
    for file in lake.glob("segments/**/*.parquet"):
        file.unlink()
    ended = vitrine("backup", str(tmp_path / "third"))
    assert (ended.exit_code, "nothing else holds these events" in ended.stderr) == (1, True)


def test_a_changed_file_stops_the_restore_before_anything_is_written(
    made: Path, tmp_path: Path, vitrine: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = next((made / "lake").glob("**/*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    monkeypatch.setenv("VITRINE_HOME", str(tmp_path / "other"))
    ended = vitrine("restore", str(made))
    assert (ended.exit_code, "is not as it was written" in ended.stderr) == (1, True)
    assert not (tmp_path / "other" / "vitrine.db").exists()


def test_what_is_in_the_way_is_told_in_a_sentence(
    made: Path, tmp_path: Path, vitrine: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = vitrine("backup", str(made))
    assert (again.exit_code, "has something in it" in again.stderr) == (1, True)
    over = vitrine("restore", str(made))
    assert (over.exit_code, "There is an installation in" in over.stderr) == (1, True)
    monkeypatch.setenv("VITRINE_HOME", str(tmp_path / "other"))
    (tmp_path / "empty").mkdir()
    assert "is no backup of Vitrine" in vitrine("restore", str(tmp_path / "empty")).stderr
    listing = json.loads((made / "backup.json").read_text())
    for files in (
        [{"path": "../../etc/passwd", "bytes": 1, "sha256": "x"}],
        [{"path": "lake/../../x", "bytes": 1, "sha256": "x"}],
    ):
        (made / "backup.json").write_text(json.dumps({**listing, "files": files}))
        assert vitrine("restore", str(made)).exit_code == 1
    (made / "backup.json").write_text("{")
    assert "cannot be read" in vitrine("restore", str(made)).stderr
    monkeypatch.setenv("VITRINE_DATABASE_URL", "postgresql://u@localhost/x")
    monkeypatch.setenv("VITRINE_SECRET_KEY", "k3y" * 20 + "abcdefgh")
    assert "pg_dump" in vitrine("backup", str(tmp_path / "new")).stderr
