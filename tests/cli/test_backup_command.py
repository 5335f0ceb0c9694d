"""`vitrine backup` and `restore`: what is restored answers, shares and counts on as before, on either database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import func, select

from dashapp.backup import make, restore
from dashapp.backup.layout import BackupError
from dashapp.cli.installation import open_house
from dashapp.db.tenants import Agency
from data.events.canonical import canonical
from data.lake.tables import inbox

Run = Callable[..., Result]
Ask = Callable[..., Any]

FEED = """\
event,occurred_at,message_id,lead
sent,2026-09-01T10:00:00Z,m1,alice@x.example
opened,2026-09-01T11:00:00Z,m1,alice@x.example
sent,2026-09-02T10:00:00Z,m2,bob@x.example
sent,2026-09-02T10:00:00Z,m3,charlie@x.example
"""
#: Three e-mails, one opened.
OPENED = {"n": 1, "base": 3}


@pytest.fixture
def acme_with_mail(tmp_path: Path, acme: str, answer: Ask) -> str:
    """Alice's workspace with three e-mails, and a stranger's agency beside it."""
    answer(
        "agency",
        "create",
        "South",
        "--owner",
        "charlie@south.example",
        "--password",
        "a-river-of-87-lanterns",
    )
    (tmp_path / "feed.csv").write_text(FEED)
    assert answer("ingest", str(tmp_path / "feed.csv"), "--workspace", acme)["new"] == 4
    return acme


def opened(answer: Ask, workspace: str) -> dict[str, Any]:
    asked = ("--from", "2026-09-01", "--to", "2026-09-30", "--as-of", "2026-11-01T00:00:00Z")
    found = answer("query", "rate", "--workspace", workspace, *asked)
    return {name: found[name] for name in OPENED}


def another_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("VITRINE_HOME", str(home))


def test_a_restored_installation_answers_and_shares_as_before(
    tmp_path: Path, answer: Ask, vitrine: Run, acme_with_mail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer("refresh")
    link = answer("share", "create", "--workspace", acme_with_mail, "--name", "For Acme")
    secret = open_house().settings.secret_key
    told = answer("backup", str(tmp_path / "kept"))
    assert [check["check"] for check in told["checks"]] == ["database", "key", "events", "figures", "backup"]
    assert (tmp_path / "kept" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert opened(answer, acme_with_mail) == OPENED

    another_home(monkeypatch, tmp_path / "elsewhere")
    again = answer("restore", str(tmp_path / "kept"))
    assert [check["check"] for check in again["checks"]] == ["backup", "events", "figures", "database"]
    assert opened(answer, acme_with_mail) == OPENED
    shares = answer("share", "list")["shares"]
    assert [share["id"] for share in shares] == [link["id"]]
    assert open_house().settings.secret_key == secret, "links are derived from it"
    again = answer("ingest", str(tmp_path / "feed.csv"), "--workspace", acme_with_mail)
    assert (again["new"], again["duplicate"]) == (0, 4)
    twice = vitrine("restore", str(tmp_path / "kept"))
    assert (twice.exit_code, "restore into an empty one" in twice.stderr) == (1, True)


@pytest.mark.postgres
def test_from_sqlite_to_postgres_and_back(
    tmp_path: Path, answer: Ask, acme_with_mail: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer("backup", str(tmp_path / "from-sqlite"))
    with monkeypatch.context() as patch:
        another_home(patch, tmp_path / "two")
        patch.setenv("VITRINE_DATABASE_URL", postgres_url)
        patch.setenv("VITRINE_SECRET_KEY", (tmp_path / "from-sqlite" / "secret_key").read_text().strip())
        answer("restore", str(tmp_path / "from-sqlite"))
        assert opened(answer, acme_with_mail) == OPENED
        assert answer("workspace", "create", "Beta", "--agency", "north") == {"workspace": "beta"}, (
            "counters go on"
        )
        assert "VITRINE_SECRET_KEY is not in it" in str(answer("backup", str(tmp_path / "from-postgres")))
        assert not (tmp_path / "from-postgres" / "secret_key").exists()
    another_home(monkeypatch, tmp_path / "three")
    monkeypatch.setenv("VITRINE_SECRET_KEY", (tmp_path / "from-sqlite" / "secret_key").read_text().strip())
    answer("restore", str(tmp_path / "from-postgres"))
    assert opened(answer, acme_with_mail) == OPENED


def test_what_was_given_out_is_never_given_out_again(
    tmp_path: Path, acme_with_mail: str, answer: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inbox is empty after a drain; its numbers go on nevertheless."""
    answer("refresh")
    answer("backup", str(tmp_path / "kept"))
    another_home(monkeypatch, tmp_path / "elsewhere")
    answer("restore", str(tmp_path / "kept"))
    house = open_house()
    at = datetime(2026, 9, 3, tzinfo=UTC)
    sent = {"event": "sent", "message_id": "m4", "lead": "dan@x.example", "occurred_at": at.isoformat()}
    house.inbox.put(1, None, [canonical(sent, received_at=at)], received_at=at)
    with house.reading() as session:
        assert session.scalar(select(func.min(inbox.c.seq))) > 1


def test_a_kill_leaves_no_backup_and_no_half_restored_installation(
    tmp_path: Path, acme_with_mail: str, answer: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    answer("refresh")
    house, kept = open_house(), tmp_path / "kept"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(make, "_copied", die)
        make.make_backup(house, kept)
    assert not kept.exists()
    make.make_backup(house, kept)

    another_home(monkeypatch, tmp_path / "elsewhere")
    empty = open_house()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(restore.rows, "continue_from", die)
        restore.restore_backup(empty, kept)
    with empty.reading() as session:
        assert session.scalar(select(func.count(Agency.id))) == 0
    restore.restore_backup(empty, kept)
    with empty.reading() as session:
        assert session.scalar(select(func.count(Agency.id))) == 2
    assert opened(answer, acme_with_mail) == OPENED


def _without_a_file(folder: Path) -> str:
    next((folder / "lake").rglob("*.parquet")).unlink()
    return "is missing"


def _with_a_changed_table(folder: Path) -> str:
    path = folder / "database" / "workspace.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    return "is not as it was written"


def _of_another_schema(folder: Path) -> str:
    path = folder / "backup.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"revision": "0001"}))
    return "Restore it with that version"


def _that_reaches_outside(folder: Path) -> str:
    path = folder / "backup.json"
    told = json.loads(path.read_text())
    told["files"][0]["path"] = "../database/user.parquet"
    path.write_text(json.dumps(told))
    return "lies outside of the backup"


def _cut_short(folder: Path) -> str:
    path = folder / "backup.json"
    path.write_text(path.read_text()[:100])
    return "cannot be read"


def _without_its_key(folder: Path) -> str:
    (folder / "secret_key").unlink()
    return "another secret key"


@pytest.mark.parametrize(
    "spoil",
    [
        _without_a_file,
        _with_a_changed_table,
        _of_another_schema,
        _that_reaches_outside,
        _cut_short,
        _without_its_key,
        lambda folder: shutil.rmtree(folder / "database") or "is missing",
        lambda folder: (folder / "backup.json").unlink() or "is not a whole backup",
    ],
)
def test_a_spoilt_backup_is_refused_before_anything_is_changed(
    tmp_path: Path,
    acme_with_mail: str,
    answer: Ask,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], str],
) -> None:
    answer("refresh")
    answer("backup", str(tmp_path / "kept"))
    why = spoil(tmp_path / "kept")
    another_home(monkeypatch, tmp_path / "elsewhere")
    house = open_house()
    with pytest.raises(BackupError, match=why):
        restore.restore_backup(house, tmp_path / "kept")
    with house.reading() as session:
        assert session.scalar(select(func.count(Agency.id))) == 0


def test_a_folder_in_use_and_lost_events_are_refused_and_lost_marts_are_told(
    tmp_path: Path, acme_with_mail: str, answer: Ask, vitrine: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer("refresh")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a letter.txt").write_text("do not touch")
    refused = vitrine("backup", str(tmp_path / "full"))
    assert (refused.exit_code, "is there already" in refused.stderr) == (1, True)
    for mart in (tmp_path / "home" / "lake" / "marts").rglob("*.parquet"):
        mart.unlink()
    assert "built anew after a restore" in str(answer("backup", str(tmp_path / "without-marts")))
    segment = next((tmp_path / "home" / "lake" / "segments").rglob("*.parquet"))
    segment.write_bytes(b"not what was written")
    refused = vitrine("backup", str(tmp_path / "kept"))
    assert (refused.exit_code, "is damaged" in refused.stderr) == (1, True)
    segment.unlink()
    refused = vitrine("backup", str(tmp_path / "kept"))
    assert (refused.exit_code, "is gone" in refused.stderr) == (1, True)
    assert not (tmp_path / "kept").exists()
    another_home(monkeypatch, tmp_path / "elsewhere")
    answer("restore", str(tmp_path / "without-marts"))
    assert opened(answer, acme_with_mail) == OPENED, "figures are made of events"
