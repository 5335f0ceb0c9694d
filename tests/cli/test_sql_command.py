"""`vitrine sql`: one statement over an agency's marts, behind the same walls as in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select

from dashapp.cli.installation import open_house
from dashapp.db.security import AuditEntry

Run = Callable[..., Result]
Ask = Callable[..., Any]
COUNT = "SELECT workspace, count(*) AS n FROM messages GROUP BY ALL ORDER BY 1"


@pytest.fixture
def both(answer: Ask, acme: str, tmp_path: Path) -> str:
    """Alice's Acme with 3 e-mails and Bolt with 1; Charlie's Colossus with 7,919."""
    word = ("--password", "lively-harbor-42-stones")
    answer("workspace", "create", "Bolt", "--agency", "north")
    answer("agency", "create", "South", "--owner", "charlie@south.example", *word)
    answer("workspace", "create", "Colossus", "--agency", "south")
    for slug, number in ((acme, 3), ("bolt", 1), ("colossus", 7_919)):
        lines = [
            {"event": "sent", "event_id": f"{slug}{n}", "message_id": f"{slug}{n}", "lead": f"l{n}@x.example"}
            | {"campaign": f"{slug} campaign", "occurred_at": "2026-11-02T09:00:00Z"}
            for n in range(number)
        ]
        (tmp_path / f"{slug}.jsonl").write_text("\n".join(map(json.dumps, lines)))
        answer("ingest", str(tmp_path / f"{slug}.jsonl"), "--workspace", slug)
    answer("refresh")
    return acme


def test_sql_answers_for_one_agency(vitrine: Run, answer: Ask, both: str) -> None:
    found = answer("sql", COUNT, "--agency", "north")
    assert found["rows"] == [["acme-co", 3], ["bolt", 1]]
    assert found["columns"] == [{"name": "workspace", "type": "VARCHAR"}, {"name": "n", "type": "BIGINT"}]
    assert found["truncated"] is False
    assert answer("sql", COUNT, "--agency", "north", "--workspace", "bolt")["rows"] == [["bolt", 1]]
    assert answer("sql", COUNT, "--agency", "south")["rows"] == [["colossus", 7_919]]
    cut = answer("sql", "SELECT message_id FROM messages", "--agency", "south")
    assert (len(cut["rows"]), cut["truncated"]) == (1_000, True)
    text = vitrine("sql", COUNT, "--agency", "north")
    assert text.stdout.splitlines() == [
        "workspace  n",
        "---------  -",
        "acme-co    3",
        "bolt       1",
        "2 rows",
    ]
    with open_house().reading() as session:
        notes = session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.sql")).all()
    assert {note.actor for note in notes} == {"cli"}
    assert len(notes) == 5


def test_sql_refuses_with_a_sentence(vitrine: Run, both: str) -> None:
    for words, code, said in (
        (
            ("sql", "SELECT * FROM read_text('/etc/passwd')", "--agency", "north"),
            2,
            "read_text is not available",
        ),
        (("sql", "DROP TABLE messages", "--agency", "north"), 2, "Only reading is possible"),
        (("sql", "SELEC", "--agency", "north"), 2, "syntax error"),
        (("sql", "SELECT 1", "--agency", "nort"), 1, "There is no agency 'nort'."),
        (
            ("sql", "SELECT 1", "--agency", "north", "--workspace", "colossus"),
            1,
            "has no workspace 'colossus'",
        ),
        (("sql", "SELECT 1"), 2, "--agency"),
    ):
        result = vitrine(*words)
        assert result.exit_code == code, result.stderr
        assert said in result.stderr
        assert result.stdout == ""
