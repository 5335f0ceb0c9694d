"""What the desk's script asks of contacts, as a browser does, and a contact to ask it of."""

from __future__ import annotations

from typing import Any

import pytest

HARBOUR, COLOSSUS = "/w/harbour-coffee", "/w/colossus"


def act(who: Any, op: str, slug: str = HARBOUR, **values: Any) -> Any:
    return who.post(f"{slug}/acts", json={"op": op, **values}, headers={"Accept": "application/json"})


@pytest.fixture
def ana(alice: Any) -> int:
    """A contact Alice made by hand."""
    answer = act(alice, "create", email="Ana@x.example", name="Ana Ruiz", company="Acme")
    assert answer.status_code == 200, answer.text
    return int(answer.json["id"])
