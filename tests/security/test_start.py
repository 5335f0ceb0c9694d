"""What stops the start, in a process of its own as an operator meets it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dashapp.config import load
from dashapp.errors import BadSetting

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "a secret of more than thirty-two bytes"
START = "from dashapp.config import load; load()"


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """A clean environment with a home."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VITRINE_", "DASH_"))}
    return {**clean, "VITRINE_HOME": str(tmp_path / "home"), **more}


@pytest.mark.parametrize(
    "name", ["DASH_MCP_ENABLED", "DASH_DEBUG", "DASH_URL_BASE_PATHNAME", "DASH_ANYTHING"]
)
def test_any_dash_variable_stops_the_start(tmp_path, name) -> None:
    with pytest.raises(BadSetting, match=name):
        load({"VITRINE_HOME": str(tmp_path), name: "true"})


def test_the_process_ends_with_the_sentence(tmp_path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env=environment(tmp_path, DASH_MCP_ENABLED="true"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "DASH_MCP_ENABLED is set" in result.stderr


@pytest.mark.parametrize(
    "secret", ["", "change-me", "CHANGE-ME", "x" * 64, "ab" * 40, "only thirty-one bytes of secret"]
)
def test_weak_secrets_stop_the_start(tmp_path, secret) -> None:
    with pytest.raises(BadSetting, match="VITRINE_SECRET_KEY"):
        load({"VITRINE_HOME": str(tmp_path), "VITRINE_SECRET_KEY": secret})


def test_postgres_without_a_secret_stops_the_start(tmp_path) -> None:
    with pytest.raises(BadSetting, match="VITRINE_SECRET_KEY is required"):
        load({"VITRINE_HOME": str(tmp_path), "VITRINE_DATABASE_URL": "postgresql://u@h/d"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VITRINE_PORT", "http"),
        ("VITRINE_PORT", "70000"),
        ("VITRINE_PUBLIC_URL", "reports.example.com"),
        ("VITRINE_PUBLIC_URL", "javascript:alert(1)"),
        ("VITRINE_DATABASE_URL", "mysql://h/d"),
        ("VITRINE_LAKE_URL", "gs://bucket"),
        ("VITRINE_SPARK_URL", "the-cluster:7077"),
        ("VITRINE_SPARK_URL", "sc://cluster:15002"),
        ("VITRINE_TRUSTED_PROXY", ""),
        ("VITRINE_TRUSTED_PROXY", "*"),
        ("VITRINE_TRUSTED_PROXY", "proxy.example"),
        ("VITRINE_TRUSTED_PROXY", "127.0.0.1, 10.0.0.2"),
        ("VITRINE_TRUSTED_PROXY", "10.0.0.0/8"),
        ("VITRINE_METRICS_TOKEN", ""),
        ("VITRINE_METRICS_TOKEN", "short"),
        ("VITRINE_METRICS_TOKEN", "one with blanks and of length"),
        ("VITRINE_POTR", "8050"),
    ],
)
def test_a_bad_setting_is_named(tmp_path, name, value) -> None:
    with pytest.raises(BadSetting, match=name):
        load({"VITRINE_HOME": str(tmp_path), "VITRINE_SECRET_KEY": KEY, name: value})


def test_the_key_is_made_once_and_only_ours_to_read(tmp_path) -> None:
    first = load({"VITRINE_HOME": str(tmp_path)})
    assert load({"VITRINE_HOME": str(tmp_path)}).secret_key == first.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert first.secret_key not in repr(first)


def test_a_new_installation_has_nobody_in_it(tmp_path) -> None:
    from sqlalchemy import func, select

    from dashapp.db import migrate
    from dashapp.db.engine import make_engine
    from dashapp.db.reports import Share
    from dashapp.db.tenants import Agency, Source, User

    engine = make_engine(load({"VITRINE_HOME": str(tmp_path)}).database_url)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        for table in (User, Agency, Share, Source):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
    engine.dispose()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_package_has_its_hash(name: str) -> None:
    """And none comes from an address of its own."""
    text = (Path(__file__).resolve().parents[2] / name).read_text()
    packages = re.split(
        r"\n(?=[A-Za-z0-9])",
        "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")),
    )
    assert len(packages) > 30
    for package in packages:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==", package), package[:80]
        assert "--hash=sha256:" in package, package[:80]
        assert "://" not in package, package[:80]
