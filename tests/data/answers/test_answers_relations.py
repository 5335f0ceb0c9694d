"""What an answer is counted from: one version, never later than asked for, and never somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import data
from data.answers import answers
from data.answers import relations as unscoped
from data.engines.duckdb import DuckDBPyConnection, cursor
from data.question import NAMES
from tests.support.product import Product

AS_OF = datetime(2024, 9, 8, 12, 0, tzinfo=UTC)


def _sent(n: int, at: str = "2024-09-02T08:00:00Z") -> dict[str, Any]:
    who = {"message_id": f"m{n}", "lead": f"l{n}@x.io", "campaign": "Autumn"}
    return {"event_id": f"s{n}", "event": "sent", "occurred_at": at, **who}


def _opened(n: int) -> dict[str, Any]:
    return _sent(n, "2024-09-02T09:00:00Z") | {"event_id": f"o{n}", "event": "opened"}


@contextmanager
def relations(product: Product, workspace: int) -> Iterator[DuckDBPyConnection]:
    """The relations before any scope, as of AS_OF."""
    connection = cursor(product.lake.root)
    try:
        unscoped.relate(connection, product.lake, unscoped.files_of(product.lake, workspace, AS_OF), AS_OF)
        yield connection
    finally:
        connection.close()


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.open(tmp_path)


def _contacts(product: Product, workspace: int, as_of: datetime = AS_OF) -> int:
    return int(product.ask(workspace, {"name": "engagement_overview"}, as_of)["contacts"])


def test_an_event_more_is_in_the_next_answer(product: Product) -> None:
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    product.take_in_all({alices: [_sent(1)], charlies: [_sent(n) for n in range(900)]})
    assert [_contacts(product, alices), _contacts(product, charlies), _contacts(product, alices)] == [
        1,
        900,
        1,
    ]
    product.take_in(alices, [_sent(2)])
    assert _contacts(product, alices) == 2


def test_events_a_version_has_not_taken_in_wait_for_the_next(product: Product) -> None:
    """Messages and events of one answer are of the same version: none is counted twice, or half."""
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    product.take_in_all({alices: [_sent(1)], charlies: [_sent(n) for n in range(900)]})
    with relations(product, alices) as before:
        product.take_in(alices, [_sent(2), _opened(2)])
        assert before.execute("SELECT count(*) FROM whole_happenings").fetchone() == (1,)
        assert before.execute("SELECT count(*) FROM whole_mails").fetchone() == (1,)
    with relations(product, alices) as after:
        assert after.execute("SELECT count(*) FROM whole_happenings").fetchone() == (3,)
        assert after.execute("SELECT count(*) FROM whole_mails").fetchone() == (2,)


def test_no_message_is_made_anew_where_a_version_has_it(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, [_sent(1)])

    def never(*_: object) -> None:
        raise AssertionError("the messages were derived from all events")

    monkeypatch.setattr(unscoped, "_make_sends", never)
    assert _contacts(product, workspace) == 1
    with pytest.raises(AssertionError, match="derived from all events"):  # an earlier moment has no version
        _contacts(product, workspace, datetime(2024, 9, 1, 12, 0, tzinfo=UTC))


def test_an_earlier_moment_sees_nothing_later(product: Product) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, [_sent(1), _sent(2, "2024-09-07T08:00:00Z")])
    assert _contacts(product, workspace) == 2
    assert _contacts(product, workspace, datetime(2024, 9, 6, 12, 0, tzinfo=UTC)) == 1
    assert _contacts(product, workspace) == 2


def test_answers_cannot_name_what_no_scope_was_put_on() -> None:
    """Only the relations themselves are made of `whole_…`; every other file sees the narrowed names."""
    folder = Path(data.__path__[0]) / "answers"
    made_of_whole = {path.stem for path in folder.glob("*.sql") if "whole_" in path.read_text()}
    assert made_of_whole == {"actions", "by_lead", "happenings", "journey_users", "other_actions"}


def test_every_name_is_answered_somewhere() -> None:
    assert set(NAMES) - set(answers()) == {
        "cohort",
        "hours",
        "rate",
        "reply_categories",
        "sent_emails",
        "top_links",
        "week1",
    }
