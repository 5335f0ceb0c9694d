"""What is counted wrongly elsewhere, taken in by processes that are killed at any moment and begun again."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults import awkward_process
from tests.faults.nursery import alive, nursery
from tests.support.awkward import AS_OF, CASES
from tests.support.product import Product

pytestmark = pytest.mark.faults

KILLS = 25
#: Of the last attempt, which nobody kills.
LONGEST_S = 120.0


def test_whatever_is_killed_the_figures_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    product = Product.open(tmp_path)
    rooms = {case.name: product.workspace("UTC") for case in CASES}
    charlies = product.charlies()
    chance = random.Random(15)
    done = tmp_path / "done"
    arguments = [f"sqlite:///{tmp_path / 'vitrine.db'}", str(tmp_path / "lake"), json.dumps(rooms)]
    with nursery(awkward_process.__file__) as begin:
        for _ in range(KILLS):
            pid = begin(arguments)
            time.sleep(chance.uniform(0.0, 0.4))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            while alive(pid):
                time.sleep(0.001)
        done.unlink(missing_ok=True)
        begin(arguments)
        deadline = time.monotonic() + LONGEST_S
        while not done.exists():
            assert time.monotonic() < deadline, "the last attempt did not end"
            time.sleep(0.05)
    product.rebuild([*rooms.values(), charlies])
    assert product.ask(charlies, {"name": "sent_emails"}, AS_OF)["total"] == 0
    for case in CASES:
        asked = [({"name": "rate", "data_type": data_type}, AS_OF) for data_type in case.right]
        answers = product.ask_all(rooms[case.name], asked)
        rates = {
            kind: (answer["n"], answer["base"]) for kind, answer in zip(case.right, answers, strict=True)
        }
        assert rates == case.right, case.name
        if case.sent is not None:
            answer = product.ask(rooms[case.name], {"name": "sent_emails", "from": "2026-10-01"}, AS_OF)
            assert answer["total"] == case.sent, case.name
