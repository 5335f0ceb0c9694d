"""The keys of known events, converted and back: an event of a year ago is still known, on both databases."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text

from dashapp.db import migrate
from dashapp.db.engine import make_engine
from data.events.canonical import canonical
from data.intake.delivery import Receipt
from data.intake.identity import legacy_key as key_of
from data.intake.inbox import Inbox

NOON = datetime(2024, 9, 2, 12, 0, tzinfo=UTC)
#: Ids whose keys hold both letters in which base64 for addresses differs from the other.
IDS = ["a", "b", "señor 😀", *(f"e{n}" for n in range(300))]


def text_key(identity: str) -> str:
    """As revision 0011 kept it."""
    return urlsafe_b64encode(blake2b(identity.encode(), digest_size=16).digest()).decode()[:22]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old(request: pytest.FixtureRequest, tmp_path) -> Iterator[Engine]:
    """A database of before, that knows all IDS in Alice's workspace 1 and "a" in Charlie's 987,654,321."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        engine = make_engine(request.getfixturevalue("postgres_url"))
    migrate.upgrade(engine, "0011")
    rows = [{"w": 1, "k": text_key(name)} for name in IDS] + [{"w": 987_654_321, "k": text_key("a")}]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO event_key (workspace_id, key) VALUES (:w, :k)"), rows)
    yield engine
    engine.dispose()


def downgrade(engine: Engine, revision: str) -> None:
    config = migrate._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def sent(name: str):
    record = {
        "event_id": name,
        "event": "sent",
        "occurred_at": "2024-09-02T10:00:00Z",
        "message_id": f"m-{name}",
        "lead": "ann@x.example",
    }
    return canonical(record, received_at=NOON)


def test_the_ids_hold_what_makes_the_two_alphabets_differ() -> None:
    keys = "".join(text_key(name) for name in IDS)
    assert "-" in keys
    assert "_" in keys


def test_every_key_is_converted_and_known(old: Engine) -> None:
    migrate.upgrade(old)
    with old.connect() as connection:
        rows = connection.execute(text("SELECT workspace_id, key FROM event_key")).all()
    assert {(row.workspace_id, bytes(row.key)) for row in rows} == {
        *((1, key_of(name)) for name in IDS),
        (987_654_321, key_of("a")),
    }
    assert len(rows) == len(IDS) + 1
    door = Inbox(old)
    assert door.put(1, None, [sent(name) for name in (*IDS, "new")], received_at=NOON) == Receipt(
        1, len(IDS), 0
    )
    assert door.put(987_654_321, None, [sent("a"), sent("b")], received_at=NOON) == Receipt(1, 1, 0)


def test_down_again_no_key_is_lost_not_those_in_the_log(old: Engine) -> None:
    migrate.upgrade(old)
    Inbox(old).put(1, None, [sent("new"), sent("newer")], received_at=NOON)
    Inbox(old).put(2, None, [sent("a")], received_at=NOON)
    downgrade(old, "0011")
    expected = {(1, text_key(name)) for name in IDS} | {(987_654_321, text_key("a"))}
    with old.connect() as connection:
        rows = connection.execute(text("SELECT workspace_id, key FROM event_key")).all()
        schema = connection.scalar(text("SELECT current_schema()")) if old.dialect.name != "sqlite" else None
        assert "event_key_log" not in inspect(connection).get_table_names(schema)
    added = {tuple(row) for row in rows} - expected
    assert len(rows) == len(expected) + len(added)
    assert (
        sorted(workspace for workspace, _ in added) == [1] * 4 + [2] * 2
    )  # of their contents and of their ids
    migrate.upgrade(old)
    assert Inbox(old).put(2, None, [sent("a")], received_at=NOON) == Receipt(0, 1, 0)
