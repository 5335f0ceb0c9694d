"""Five hundred pieces of SQL in every option of every question: each is text, or is refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from data.errors import BadQuery
from data.query.ask import ask_all
from data.question import ALLOWED, NAMES, Query, parse
from data.scope import Scope
from tests.support.product import Product

AS_OF = datetime(2026, 1, 4, tzinfo=UTC)
_STATEMENTS = (
    "OR 1=1",
    "OR ''=''",
    "OR campaign IS NOT NULL",
    "UNION SELECT * FROM units",
    "UNION ALL SELECT current_setting('lock_configuration')",
    "; DROP TABLE units",
    "; DELETE FROM workspaces",
    "; ATTACH '/etc/passwd'",
    "; COPY units TO '/tmp/units'",
    "AND (SELECT count(*) FROM read_text('/etc/passwd')) > 0",
    "|| (SELECT name FROM agencies LIMIT 1) ||",
    "IS NULL OR TRUE",
    "LIKE '%'",
    "IN (SELECT slug FROM workspaces)",
    "= any(array['Autumn'])",
    "{workspace_id}",
    "$workspace_id",
    ":workspace_id",
    "?",
    "%s",
)
_OPENINGS = (
    "",
    "'",
    '"',
    "Autumn' ",
    'Autumn" ',
    "Autumn') ",
    "1 ",
    "'; ",
    "\\' ",
    "`",
    "\u2019 ",
    "$$",
    "Autumn\n",
)
_ENDINGS = ("", " --")
CORPUS = [f"{opening}{told}{ending}" for opening in _OPENINGS for told in _STATEMENTS for ending in _ENDINGS]
#: Free texts; every other option has values of its own.
_TEXTS = ("campaign", "user")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Product, int]]:
    """Alice's client has three e-mails of the campaign Autumn, one of them opened; Charlie's has many."""
    product = Product.open(tmp_path_factory.mktemp("values"))
    mine, charlies = product.workspace("Europe/Madrid"), product.charlies()
    told = {"campaign": "Autumn", "user": "alice@north.example", "sender": "a@north.example"}
    events: list[dict[str, Any]] = [
        {
            **told,
            "event": "sent",
            "message_id": f"m{n}",
            "lead": f"l{n}@x.example",
            "occurred_at": f"2026-01-02T1{n}:00:00Z",
        }
        for n in range(3)
    ]
    events.append({"event": "opened", "message_id": "m1", "occurred_at": "2026-01-03T10:00:00Z"})
    product.take_in_all(
        {mine: events, charlies: [{**event, "message_id": f"c{event['message_id']}"} for event in events] * 3}
    )
    yield product, mine
    product.lake.engine.dispose()


def test_five_hundred_there_are() -> None:
    assert len(set(CORPUS)) == len(CORPUS) >= 500


@pytest.mark.parametrize("name", NAMES)
def test_an_option_with_values_of_its_own_refuses_each_in_a_sentence(name: str) -> None:
    needed = {"campaign": "Autumn"} if name in {"campaign_report", "audience"} else {}
    for option in set(ALLOWED[name]) - set(_TEXTS):
        for hostile in CORPUS:
            with pytest.raises(BadQuery) as refused:
                parse(name, {**needed, option: hostile})
            assert str(refused.value).endswith((".", "?"))


@pytest.mark.parametrize("option", _TEXTS)
def test_a_name_that_is_sql_is_a_name_nobody_has(house: tuple[Product, int], option: str) -> None:
    product, mine = house

    def answers(queries: dict[str, Query]) -> dict[str, dict[str, Any]]:
        return dict(ask_all(product.lake, Scope(frozenset({mine})), mine, queries))

    found = answers({text: parse("rate", {option: text, "as_of": AS_OF}) for text in CORPUS})
    for text, answer in found.items():
        told = text.strip().lower() if option == "user" else text.strip()
        assert (answer["n"], answer["base"], answer[option]) == (0, 0, told)
    for name in (name for name in NAMES if option in ALLOWED[name] and name not in {"rate", "future_emails"}):
        report = option != "campaign" and name in {"campaign_report", "audience"}
        more = {"campaign": "Autumn", "as_of": AS_OF} if report else {"as_of": AS_OF}
        few = ["nobody", *CORPUS[:: len(CORPUS) // 6]]
        found = answers({text: parse(name, {**more, option: text}) for text in few})
        empty = {key: value for key, value in found["nobody"].items() if key != option}
        for text, answer in found.items():
            assert {key: value for key, value in answer.items() if key != option} == empty, (name, text)
    here = answers({"all": parse("rate", {"as_of": AS_OF})})["all"]
    assert (here["n"], here["base"]) == (1, 3)
