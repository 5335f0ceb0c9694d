"""Migrations are the question here: every database runs them."""

from __future__ import annotations

import pytest

from dashapp.db import migrate
from tests.support.databases import upgrade_step_by_step


@pytest.fixture(autouse=True)
def _step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "upgrade", upgrade_step_by_step)
