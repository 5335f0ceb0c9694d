"""The endpoint of a delivery: pausing, rotating or another provider counts from the very next request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.tenants import Source, Workspace
from dashapp.sources import registry as sources
from dashapp.sources.delivery import SourceEndpoint, find_endpoint


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings(
        home=tmp_path,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="https://reports.example.com",
    )


class Postmark:
    """Alice's source of the workspace Harbour, asked for as a delivery does."""

    def __init__(self, engine: Any, settings: Settings, workspace_id: int) -> None:
        self.engine, self.settings = engine, settings
        with Session(engine) as session, session.begin():
            harbour = session.get_one(Workspace, workspace_id)
            source, path, _ = sources.create_source(session, settings, harbour, "postmark", "first word")
            self.id, self.key = source.id, path.rpartition("/")[2]

    def endpoint(self, provider: str = "postmark", key: str | None = None) -> SourceEndpoint | None:
        return find_endpoint(
            self.engine, self.settings.secret_key, provider, self.key if key is None else key
        )

    def accepted(self, at: datetime) -> tuple[str, str | None]:
        endpoint = self.endpoint()
        assert endpoint is not None
        secrets = endpoint.secrets_at(at)
        return secrets.current, secrets.previous


def test_an_endpoint_tells_whose_it_is_and_what_opens_it(engine, north, south, settings) -> None:
    harbour = Postmark(engine, settings, north.harbour)
    charlies = Postmark(engine, settings, south.colossus)
    endpoint = harbour.endpoint()
    assert endpoint is not None
    assert (endpoint.source_id, endpoint.workspace_id, endpoint.provider) == (
        harbour.id,
        north.harbour,
        "postmark",
    )
    assert endpoint.secrets_at(now()).current == "first word"
    other = charlies.endpoint()
    assert other is not None
    assert other.workspace_id == south.colossus


@pytest.mark.parametrize(
    "key", ["", "x" * 43, "../../etc/passwd", "' OR 1=1 --", "a" * 10_000, "\x00", "é" * 43]
)
def test_a_key_nobody_has_opens_nothing(engine, north, settings, key: str) -> None:
    assert Postmark(engine, settings, north.harbour).endpoint(key=key) is None


def test_another_providers_door_is_none(engine, north, settings) -> None:
    assert Postmark(engine, settings, north.harbour).endpoint("sendgrid") is None


def test_a_source_switched_off_is_closed_at_the_next_delivery(engine, north, settings) -> None:
    """Its decrypted secret is kept in memory: that must not keep it open."""
    harbour = Postmark(engine, settings, north.harbour)
    assert harbour.endpoint() is not None
    with Session(engine) as session, session.begin():
        session.get_one(Source, harbour.id).active = False
    assert harbour.endpoint() is None


def test_a_rotated_secret_is_accepted_to_the_end_of_its_time_and_no_longer(engine, north, settings) -> None:
    harbour = Postmark(engine, settings, north.harbour)
    assert harbour.accepted(now()) == ("first word", None)
    with Session(engine) as session, session.begin():
        sources.set_secret(
            session, settings, session.get_one(Source, harbour.id), "second word", actor="alice"
        )
    assert harbour.accepted(now()) == ("second word", "first word")
    assert harbour.accepted(now() + sources.OVERLAP + timedelta(seconds=1)) == ("second word", None)
