"""The folders reports are printed in: none stays behind, whoever was killed."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from dashapp.errors import Busy
from dashapp.reports.paper import press


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for such things."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


JOB: dict[str, Any] = {"kind": "pdf", "html": "<p>hello</p>", "css": "", "assets": {}, "colours": {}}


def test_a_job_that_ends_and_one_that_is_killed_leave_no_folder(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert press.run(JOB).startswith(b"%PDF-")
    assert list(temporary.iterdir()) == []
    monkeypatch.setattr(press, "BY_THE_CLOCK", 0)  # killed at once
    with pytest.raises(Busy):
        press.run(JOB)
    assert list(temporary.iterdir()) == []


def test_what_a_killed_server_left_is_swept_at_the_next_start(temporary: Path) -> None:
    """Of those an hour ago, ours; not the one that is used now, and nothing with another name."""
    names = ("vitrine-paper-old", "vitrine-paper-now", "vitrine-pg-old")
    for name in names:
        (temporary / name).mkdir()
        (temporary / name / "page").write_text("x")
    for name in ("vitrine-paper-old", "vitrine-pg-old"):
        os.utime(temporary / name, (time.time() - 3_600,) * 2)
    (temporary / "vitrine-paper-link").symlink_to(temporary / "vitrine-pg-old")
    press.sweep()
    left = {one.name for one in temporary.iterdir()}
    assert left == {"vitrine-paper-now", "vitrine-pg-old", "vitrine-paper-link"}
    assert (temporary / "vitrine-pg-old" / "page").exists()
