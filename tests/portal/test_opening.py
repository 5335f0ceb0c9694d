"""What a token opens, in one statement, on both databases: as the careful way through the models says it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Workspace
from dashapp.sharing import links
from dashapp.sharing.opening import Dress, Opening, open_link


@pytest.fixture
def settings(tmp_path, database_url) -> Settings:
    return Settings(
        home=tmp_path,
        database_url=database_url,
        lake_url=str(tmp_path / "lake"),
        secret_key="0123456789abcdef-a-test-key-of-enough-length",
        public_url="http://localhost",
    )


def look(engine: Engine, token: str) -> Opening | None:
    with reading(engine).connect() as connection:
        return open_link(connection, token)


def test_a_token_opens_its_link_and_no_other(engine, north, south, settings) -> None:
    with Session(engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        colossus = session.get_one(Workspace, south.colossus)
        guests, _, token = links.create_share(session, settings, harbour, password="a client's word")
        _, _, theirs = links.create_share(session, settings, colossus)
        expected = (guests.id, 1, guests.token_hash, guests.password_hash)
    found, other = look(engine, token), look(engine, theirs)
    assert found is not None
    assert other is not None
    assert (found.id, found.version, found.token_hash, found.password_hash) == expected
    assert (found.workspace_id, found.workspace) == (north.harbour, "Harbour Coffee")
    assert found.dress == Dress("North", "#0f766e", None)
    assert (other.workspace_id, other.workspace) == (south.colossus, "Colossus")
    for wrong in ("", "x", token[:-1], token + "A", token[::-1], "%", None, 5):
        assert look(engine, wrong) is None


def test_what_does_not_work_now_opens_nothing(engine, north, settings) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        share, _, token = links.create_share(
            session, settings, harbour, expires_at=now() + timedelta(hours=1)
        )
    assert look(engine, token) is not None
    for change, works in (
        ({"state": "paused"}, False),
        ({"state": "active"}, True),
        ({"expires_at": now() - timedelta(seconds=1)}, False),
        ({"expires_at": None}, True),
        ({"state": "revoked"}, False),
    ):
        with Session(engine) as session, session.begin():
            row = session.get_one(Share, share.id)
            for name, value in change.items():
                setattr(row, name, value)
        assert (look(engine, token) is not None) is works, change
        with Session(engine) as session:
            assert (links.open_share(session, token) is not None) is works


def test_the_stamp_moves_with_every_view_it_could_show_and_no_other(engine, north, south, settings) -> None:
    with Session(engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        _, _, token = links.create_share(session, settings, harbour)
    seen = [_stamp(engine, token)]

    def step(change) -> bool:
        with Session(engine) as session, session.begin():
            change(session)
        seen.append(_stamp(engine, token))
        return seen[-1] != seen[-2]

    def add(slug: str, agency: int, workspace: int | None):
        row = {"slug": slug, "name": slug, "body": "{}", "agency_id": agency, "workspace_id": workspace}
        return lambda session: session.add(StoredView(**row))

    def edit(slug: str, **values):
        def change(session) -> None:
            row = session.query(StoredView).filter_by(slug=slug).one()
            for name, value in values.items():
                setattr(row, name, value)

        return change

    assert step(add("own", north.agency, north.harbour))
    assert step(add("template", north.agency, None))
    assert step(edit("own", version=2, body='{"x": 1}'))
    assert step(edit("template", is_default=True))
    assert step(lambda s: (edit("template", is_default=False)(s), edit("own", is_default=True)(s)))
    assert step(lambda s: s.delete(s.query(StoredView).filter_by(slug="template").one()))
    assert step(add("template", north.agency, None))  # may get the removed one's id again
    assert not step(add("pines", north.agency, north.pine))
    assert not step(add("theirs", south.agency, None))
    assert not step(edit("theirs", version=9, is_default=True))
    assert len(set(seen)) == 8


def _stamp(engine: Engine, token: str) -> str:
    found = look(engine, token)
    assert found is not None
    return found.views
