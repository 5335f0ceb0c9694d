"""One house for each test, over SQLite, and a guest's browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.support.portal_house import House


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str) -> Iterator[House]:
    built = House(tmp_path, sqlite_url)
    yield built
    built.services.engine.dispose()


@pytest.fixture
def guest(house: House) -> FlaskClient:
    return house.app.test_client()
