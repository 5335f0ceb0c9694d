"""`vitrine ingest leads.csv`: people with names and companies; every row is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

HEAD = "email,name,company,owner,status,created_at,region\n"
ANA = "ana@x.example,Ana Ruiz,Acme,bob@north.example,interested,2026-10-01T09:00:00+02:00,Sur\n"


@pytest.mark.parametrize("inside", [True, False])
def test_leads_become_contacts_and_the_same_file_again_adds_nothing(
    vitrine: Callable[..., Result], answer: Callable[..., Any], acme: str, tmp_path: Path, inside: bool
) -> None:
    """One good row and one without a domain; the file by its name, and in a folder of reference data."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "leads.csv").write_text(f"{HEAD}{ANA}broken@,,,,,,\n")
    path = folder if inside else folder / "leads.csv"
    first = answer("ingest", str(path), "--workspace", acme)
    assert [first[name] for name in ("read", "new", "duplicate", "parked")] == [2, 1, 0, 1]
    assert "is no e-mail address" in first["parked_rows"][0]["why"]
    again = answer("ingest", str(path), "--workspace", acme)
    assert [again[name] for name in ("read", "new", "duplicate", "parked")] == [2, 0, 1, 1]
    parked = vitrine("events", "--workspace", acme, "--parked")
    assert parked.stdout.count("is no e-mail address") == 1  # kept once, whole


def test_tasks_come_in_by_file(acme: str, answer: Callable[..., Any], tmp_path: Path) -> None:
    rows = (
        "title,type,owner,due_on\nCall Lou,phone,a@b.example,2026-03-12\nBad,pigeon,a@b.example,2026-03-12\n"
    )
    (tmp_path / "tasks.csv").write_text(rows)
    told = answer("ingest", str(tmp_path / "tasks.csv"), "--workspace", acme)
    assert {name: told[name] for name in ("read", "new", "duplicate", "parked")} == {
        "read": 2, "new": 1, "duplicate": 0, "parked": 1
    }  # fmt: skip
    again = answer("ingest", str(tmp_path / "tasks.csv"), "--workspace", acme)
    assert (again["new"], again["duplicate"]) == (0, 1)
