"""A full build spills before it holds more than its bound, and what it writes does not depend on that.

Alice's Harbour Coffee and Charlie's Colossus share one build of some 45,000 events.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from data.building import build
from data.engines.duckdb import DuckDBPyConnection
from data.lake import manifest
from data.lake.lake import Lake
from data.marts import layer_files
from tests.bench.generate import fill

EVENTS = 45_000
SPILLS_MB, TOO_LITTLE_MB = 48, 4


@pytest.fixture
def filled(lake: Lake, north: Any, south: Any, capsys: pytest.CaptureFixture[str]) -> Lake:
    fill(lake, [south.colossus, north.harbour], EVENTS, end=datetime(2024, 9, 4, 12, tzinfo=UTC))
    capsys.readouterr()
    return lake


def files_of(lake: Lake, workspace_id: int) -> dict[str, str]:
    """Mart to the digest of its file in a workspace's only layer."""
    with lake.engine.begin() as connection:
        (layer,) = manifest.current(connection, [workspace_id])[workspace_id].layers
    return {mart: file.sha256 for mart, file in layer.files.items()}


@pytest.mark.postgres_long
def test_a_build_that_has_to_spill_writes_the_same_files(
    filled: Lake, north: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "data.building.build")
    spilt: list[bool] = []
    write = layer_files.write

    def watched(lake: Lake, connection: DuckDBPyConnection, **options: Any) -> layer_files.LayerFiles:
        spilt.append(connection.execute("FROM duckdb_temporary_files()").fetchall() != [])
        return write(lake, connection, **options)

    monkeypatch.setattr(layer_files, "write", watched)
    assert build.refresh(filled, full=True).workspaces == 2
    roomy = files_of(filled, north.harbour)
    assert {"messages", "journeys", "units"} <= roomy.keys()
    monkeypatch.setattr(build, "BUILD_MB", SPILLS_MB)
    assert build.refresh(filled, full=True).workspaces == 2
    assert (spilt, caplog.text) == ([False, True], "")
    assert files_of(filled, north.harbour) == roomy
    monkeypatch.setattr(build, "BUILD_MB", TOO_LITTLE_MB)
    assert build.refresh(filled, full=True).workspaces == 2
    assert files_of(filled, north.harbour) == roomy
    assert "needs more than 4 MB" in caplog.text
