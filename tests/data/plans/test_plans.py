"""Reference data (docs/events.md): files in, rows by their key, and a sentence for each row that cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from data.errors import BadRecord
from data.plans import load as plans
from data.plans.rows import checked, weekdays
from data.plans.tables import KINDS
from tests.support.product import Product


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.open(tmp_path)


def _rows(product: Product, kind: str, workspace: int) -> list[dict[str, Any]]:
    table = KINDS[kind]
    query = select(table).where(table.c.workspace_id == workspace).order_by(*table.primary_key.columns)
    with product.lake.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", "12345"),
        ("Monday, Wednesday", "13"),
        ("1-5", "12345"),
        ("sat-mon", "167"),
        ([7, "tue"], "27"),
        ("1,2,3,4,5", "12345"),
        ('["mon", "tue"]', "12"),
    ],
)
def test_sending_days_as_people_write_them(written: object, days: str) -> None:
    assert weekdays(written) == days


def test_rows_as_they_are_kept() -> None:
    journey = {"lead": "Ann@X.io", "campaign": 7, "state": "Paused until", "next_step_at": "2024-09-06"}
    assert checked("journeys", journey, 1) == {
        "campaign": "7",
        "lead": "ann@x.io",
        "state": "paused_until",
        "next_step_at": None,
        "next_step_on": date(2024, 9, 6),
        "user": None,
    }
    at = {**journey, "next_step_at": "2024-09-06T10:00:00+02:00"}
    assert checked("journeys", at, 1)["next_step_at"] == datetime(2024, 9, 6, 8, tzinfo=UTC)
    mailbox = {"sender": "A@N.io", "daily_limit": "40", "sending_window": "9:00-17:30", "sending_days": ""}
    assert checked("mailboxes", mailbox, 1) == {
        "sender": "a@n.io",
        "provider": None,
        "daily_limit": 40,
        "sending_days": "1234567",
        "window_end": "17:30",
        "user": None,
    }
    assert checked("steps", {"campaign": "A", "step": "intro", "wait_days": "2.5"}, 4)["position"] == 4
    assert checked("steps", {"campaign": "A", "step": "10"}, 4)["position"] == 10
    campaign = checked("campaigns", {"name": "A", "status": "Active", "owner": "Bob@N.io", "budget": 3}, 1)
    assert campaign == {"campaign": "A", "status": "active", "user": "bob@n.io"}


@pytest.mark.parametrize(
    ("kind", "record", "why"),
    [
        ("journeys", {"campaign": "A", "state": "running"}, "lead is missing"),
        (
            "journeys",
            {"campaign": "A", "lead": "x", "state": "lost"},
            "state 'lost' is none of in_trigger, not_started, running, paused_until, finished",
        ),
        (
            "journeys",
            {"campaign": "A", "lead": "x", "state": "running", "next_step_at": "soon"},
            "next_step_at 'soon' is no time that can be read",
        ),
        (
            "mailboxes",
            {"sender": "a", "daily_limit": -1},
            "daily_limit: input should be greater than or equal to 0",
        ),
        (
            "mailboxes",
            {"sender": "a", "sending_days": "mon-holiday"},
            "sending_days: 'holiday' is no weekday; use mon to sun, or 1 to 7",
        ),
        (
            "mailboxes",
            {"sender": "a", "sending_window": "morning"},
            "sending_window 'morning' is not of the form 09:00-17:00",
        ),
        ("steps", {"campaign": "A", "step": "1", "channel": "fax"}, "unknown channel 'fax'"),
        *[
            ("steps", {"campaign": "A", "step": step}, f"step '{step}' is no number that can be put in order")
            for step in ("nan", "NaN", "inf", "-Infinity", "1e999")
        ],
    ],
)
def test_what_cannot_be_is_told(kind: str, record: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRecord) as refused:
        checked(kind, record, 1)
    assert str(refused.value) == why


def test_a_step_that_is_no_number_in_order_is_parked_and_the_others_go_on(product: Product) -> None:
    """SQLite takes "nan" for no number at all and refused the whole file; PostgreSQL kept it, after all others."""
    alices = product.workspace("UTC")
    steps = [{"campaign": "A", "step": step} for step in ("1", "nan", "2", "inf", "nanna")]
    told = plans.load(product.lake, alices, "steps", steps)
    assert (told.read, told.new) == (5, 3)
    assert [row.why for row in told.parked] == [
        "step 'nan' is no number that can be put in order",
        "step 'inf' is no number that can be put in order",
    ]
    positions = {row["step"]: row["position"] for row in _rows(product, "steps", alices)}
    assert positions == {"1": 1.0, "2": 2.0, "nanna": 5.0}


def test_a_file_again_changes_nothing_and_a_row_replaces_its_own(product: Product, tmp_path: Path) -> None:
    """Alice's and Charlie's rows of the same keys stand apart."""
    alices, charlies = product.workspace("UTC"), product.workspace("UTC")
    file = tmp_path / "mailboxes.csv"
    file.write_text(
        "sender,daily_limit,sending_days\na@n.io,10,mon-fri\nb@n.io,20,\nc@n.io,many,\na@n.io,10,mon-fri\n"
    )
    told = plans.load_file(product.lake, alices, "mailboxes", file)
    assert (told.read, told.new, told.duplicate) == (4, 2, 1)
    assert [(row.where, row.why.split(":")[0]) for row in told.parked] == [("mailboxes.csv:4", "daily_limit")]
    again = plans.load_file(product.lake, alices, "mailboxes", file)
    assert (again.new, again.duplicate, len(again.parked)) == (0, 3, 1)
    plans.load(product.lake, charlies, "mailboxes", [{"sender": "a@n.io", "daily_limit": 9_999_999}])
    changed = plans.load(product.lake, alices, "mailboxes", [{"sender": "A@n.io", "daily_limit": 11}])
    assert (changed.new, changed.duplicate) == (1, 0)
    limits = [(row["sender"], row["daily_limit"]) for row in _rows(product, "mailboxes", alices)]
    assert limits == [("a@n.io", 11), ("b@n.io", 20)]
    assert [row["daily_limit"] for row in _rows(product, "mailboxes", charlies)] == [9_999_999]


def test_many_rows_at_once(product: Product) -> None:
    workspace = product.workspace("UTC")
    many = [
        {
            "lead": f"l{n}@x.io",
            "campaign": "A",
            "state": "not_started",
            "next_step_at": "2024-09-03T08:00:00Z",
        }
        for n in range(1_001)
    ]
    assert plans.load(product.lake, workspace, "journeys", many).new == 1_001
    again = plans.load(product.lake, workspace, "journeys", many)
    assert (again.new, again.duplicate) == (0, 1_001)


def test_which_files_of_a_folder_are_reference_data(tmp_path: Path) -> None:
    for name in ("events.jsonl", "Campaigns.csv", "steps.jsonl", "notes.txt", "deals.csv", "steps.txt"):
        (tmp_path / name).write_text("")
    assert [(kind, path.name) for kind, path in plans.files_in(tmp_path)] == [
        ("campaigns", "Campaigns.csv"),
        ("steps", "steps.jsonl"),
    ]
    assert plans.files_in(tmp_path / "events.jsonl") == []
