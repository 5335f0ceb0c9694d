"""`refresh --engine spark`: what it builds and says, and one sentence for each way in which it cannot begin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.engines import spark
from tests.cli.conftest import Run
from tests.data.engines.test_spark import SMALL

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none")
SENT = {
    "event": "sent",
    "occurred_at": "2026-02-02T09:00:00Z",
    "message_id": "m1",
    "lead": "ann@client.example",
}
OPENED = {"event": "opened", "occurred_at": "2026-02-03T09:00:00Z", "message_id": "m1"}


@pytest.fixture
def loaded(acme: str, answer: Callable[..., Any], tmp_path: Path) -> str:
    """Alice's workspace with one e-mail sent and opened: in the marts; and a second one that is not yet."""
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in (SENT, OPENED)))
    answer("ingest", str(file), "--workspace", acme)
    answer("refresh")
    file.write_text(json.dumps({**SENT, "message_id": "m2"}))
    answer("ingest", str(file), "--workspace", acme)
    return acme


def _versions(home: Path) -> list[tuple[Any, ...]]:
    import sqlite3

    connection = sqlite3.connect(home / "vitrine.db")
    try:
        return connection.execute("SELECT workspace_id, version, events FROM mart_version").fetchall()
    finally:
        connection.close()


def _refused(vitrine: Run, tmp_path: Path) -> str:
    """The one sentence of a refused build; nothing is published, and nothing is left lying about."""
    before = _versions(tmp_path / "home")
    result = vitrine("refresh", "--engine", "spark", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert _versions(tmp_path / "home") == before == [(1, 1, 2)]
    assert list((tmp_path / "home" / "lake" / "spill").glob("spark-*")) == []
    (sentence,) = result.stderr.strip().splitlines()
    return sentence


def test_a_cluster_that_does_not_answer(
    loaded: str, vitrine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_SPARK_URL", "spark://127.0.0.1:1")
    told = _refused(vitrine, tmp_path)
    assert told == (
        "Error: VITRINE_SPARK_URL names spark://127.0.0.1:1, which does not answer (Connection refused); "
        "is the cluster running?"
    )


def test_no_java(loaded: str, vitrine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert "Spark needs Java 17 or newer, and there is no `java`" in _refused(vitrine, tmp_path)


def test_too_old_a_java(loaded: str, vitrine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "java8" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\necho 'java.lang.UnsupportedClassVersionError: org/apache/spark' >&2\nexit 1\n"
    )
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(java.parent.parent))
    assert "the `java` found is older" in _refused(vitrine, tmp_path)


def test_no_pyspark(loaded: str, vitrine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    assert "needs pyspark, which is not installed; install Vitrine with the extra 'spark'" in _refused(
        vitrine, tmp_path
    )


@needs_java
@pytest.mark.long
def test_it_builds_anew_and_says_so(loaded: str, answer: Callable[..., Any], tmp_path: Path) -> None:
    """As a process of its own, for what the JVM says goes past Python: stderr must be empty all the same."""
    quick = tmp_path / "conf" / "spark-defaults.conf"
    quick.parent.mkdir()
    quick.write_text("".join(f"{name} {value}\n" for name, value in SMALL.items() if "memory" not in name))
    done = subprocess.run(
        [sys.executable, "-m", "dashapp", "refresh", "--engine", "spark"],
        env={**os.environ, "VITRINE_SPARK_URL": "local[2]", "SPARK_CONF_DIR": str(quick.parent)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    # messages, journeys, combos, units, cohorts (one was opened), activity
    assert done.stdout == "3 events, 6 files written: built anew on Spark.\n"
    assert _versions(tmp_path / "home") == [(1, 2, 3)]
    opened = answer(
        "query", "rate", "--workspace", loaded, "--data-type", "open", "--as-of", "2026-03-01T00:00:00Z"
    )
    assert (opened["n"], opened["base"]) == (1, 2)
    assert list((tmp_path / "home" / "lake" / "spill").glob("spark-*")) == []
