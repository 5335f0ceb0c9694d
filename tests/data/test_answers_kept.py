"""What is kept in memory between questions is never old, never later than asked for, and never somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import data
from data.answers import answers, whole
from data.question import NAMES
from tests.data.product import Product

AS_OF = datetime(2024, 9, 8, 12, 0, tzinfo=UTC)


def _sent(n: int, at: str = "2024-09-02T08:00:00Z") -> dict[str, Any]:
    who = {"message_id": f"m{n}", "lead": f"l{n}@x.io", "campaign": "Autumn"}
    return {"event_id": f"s{n}", "event": "sent", "occurred_at": at, **who}


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


def test_a_second_question_reads_no_file(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, [_sent(1)])
    assert _contacts(product, workspace) == 1

    def never(*_: object) -> None:
        raise AssertionError("the segments were read again")

    monkeypatch.setattr(whole, "_take_in", never)
    assert _contacts(product, workspace) == 1


def test_an_earlier_moment_sees_nothing_later(product: Product) -> None:
    workspace = product.workspace("UTC")
    product.take_in(workspace, [_sent(1), _sent(2, "2024-09-07T08:00:00Z")])
    assert _contacts(product, workspace) == 2
    assert _contacts(product, workspace, datetime(2024, 9, 6, 12, 0, tzinfo=UTC)) == 1
    assert _contacts(product, workspace) == 2


def test_what_is_kept_has_a_bound(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six rows at most: three workspaces of four rows each cannot all be kept, and all are answered."""
    monkeypatch.setattr(whole, "KEPT_ROWS", 10)
    monkeypatch.setattr(whole, "_kept", type(whole._kept)())
    workspaces = [product.workspace("UTC") for _ in range(3)]
    product.take_in_all({workspace: [_sent(1)] for workspace in workspaces})
    assert [_contacts(product, workspace) for workspace in workspaces] == [1, 1, 1]
    assert 0 < sum(kept.rows for kept in whole._kept.values()) <= 10


def test_answers_cannot_name_what_no_scope_was_put_on() -> None:
    """Only the relations themselves are made of `whole_…`; every other file sees the narrowed names."""
    folder = Path(data.__path__[0]) / "answers"
    made_of_whole = {path.stem for path in folder.glob("*.sql") if "whole_" in path.read_text()}
    assert made_of_whole == {"actions", "happenings", "journey_users"}


def test_every_name_is_answered_somewhere() -> None:
    assert set(NAMES) - set(answers()) == {"cohort", "rate", "sent_emails", "week1"}
