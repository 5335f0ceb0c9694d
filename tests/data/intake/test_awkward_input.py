"""What is counted wrongly elsewhere: once, twice, at once, and with the answer or the whole attempt lost.

Alice's clients get every case of tests/support/awkward.py in each of these ways, and the figures are the same.
Charlie's client gets nothing, and has nothing. Inputs that people collected (a folder `shared/cases` beside the
project, where there is one) are told by no figures here, but have to come to the same events in each way.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from data.errors import DataError, InboxBusy
from data.intake.inbox import Inbox, Receipt
from data.lake.segments import drain
from data.lake.tables import inbox, parked
from tests.support.awkward import AS_OF, CASES, Case, take_in
from tests.support.product import Product

HANDS = 4
Way = Callable[[Product, int, Case, Path], None]


class Interrupted(Inbox):
    """Every other commit fails: in turn before anything is kept, and after all is kept but nobody heard of it."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self._turn = count()

    def _store(self, group: Any) -> list[Receipt]:
        turn = next(self._turn) % 4
        if turn == 0:
            raise InboxBusy("killed before the commit")
        receipts = super()._store(group)
        if turn == 2:
            raise InboxBusy("killed after the commit")
        return receipts


def events_of(path: Path) -> list[Case]:
    """The collected inputs of a folder as cases without figures."""
    cases = []
    for file in sorted(path.iterdir()):
        if file.suffix in (".csv", ".tsv", ".txt", ".jsonl"):
            cases.append(Case(f"{path.name}/{file.name}", "file", (file,)))
        elif file.name == "input.json":
            told = json.loads(file.read_text(encoding="utf-8"))
            postmark = any("RecordType" in one or "FromFull" in one for one in told if isinstance(one, dict))
            batches = told if postmark or isinstance(told[0], list) else [told]
            cases.append(Case(f"{path.name}/input", "postmark" if postmark else "sendgrid", tuple(batches)))
    return cases


COLLECTED = Path(__file__).resolve().parents[4] / "shared" / "cases"
INPUTS = [case for folder in sorted(COLLECTED.glob("[0-9]*")) for case in events_of(folder)]


def once(product: Product, workspace: int, case: Case, folder: Path) -> None:
    door = Inbox(product.lake.engine)
    for body in case.bodies:
        take_in(product.lake, door, workspace, case, body, folder)


def twice(product: Product, workspace: int, case: Case, folder: Path) -> None:
    once(product, workspace, case, folder)
    door = Inbox(product.lake.engine)
    for body in case.bodies:
        receipt = take_in(product.lake, door, workspace, case, body, folder)
        assert (receipt.new, receipt.clashes) == (0, 0)


def at_once(product: Product, workspace: int, case: Case, folder: Path) -> None:
    """Four hands deliver all of it at the same time, each in an order of its own, two of them in one process."""
    doors = [Inbox(product.lake.engine) for _ in range(HANDS // 2)]
    errors: list[BaseException] = []

    def deliver(hand: int) -> None:
        bodies = list(case.bodies)
        if case.provider != "postmark":  # a mail that answers a campaign comes after it was sent
            random.Random(hand).shuffle(bodies)
        own = folder / str(hand)
        own.mkdir(exist_ok=True)
        try:
            for body in bodies:
                take_in(product.lake, doors[hand % 2], workspace, case, body, own)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=deliver, args=(hand,)) for hand in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error


def interrupted(product: Product, workspace: int, case: Case, folder: Path) -> None:
    door = Interrupted(product.lake.engine)
    for body in case.bodies:
        for _ in range(4):
            try:
                take_in(product.lake, door, workspace, case, body, folder)
                break
            except InboxBusy:
                continue
        else:
            pytest.fail("it was never taken")


WAYS: dict[str, Way] = {"once": once, "twice": twice, "at once": at_once, "interrupted": interrupted}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """(case, way) → what the product says: one refresh for all of them."""
    folder = tmp_path_factory.mktemp("awkward")
    product = Product.open(folder)
    charlies = product.charlies()
    rooms = {(case.name, way): product.workspace("UTC") for case in CASES for way in WAYS}
    for case in CASES:
        for way, take in WAYS.items():
            take(product, rooms[case.name, way], case, folder)
    drain(product.lake)
    product.rebuild([*rooms.values(), charlies])
    assert product.ask(charlies, {"name": "sent_emails"}, AS_OF)["total"] == 0
    found = {}
    for case in CASES:
        asked = [
            *({"name": "rate", "data_type": data_type} for data_type in case.right),
            {"name": "sent_emails", "from": "2026-10-01", "to": "2026-11-30"},
            {"name": "top_links", "from": "2026-10-01", "to": "2026-11-30"},
        ]
        for way in WAYS:
            answers = product.ask_all(rooms[case.name, way], [(query, AS_OF) for query in asked])
            rates = {
                kind: (answer["n"], answer["base"]) for kind, answer in zip(case.right, answers, strict=False)
            }
            found[case.name, way] = {
                "rates": rates,
                "sent": answers[-2]["total"],
                "links": len(answers[-1]["rows"]),
            }
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_figures_are_those_worked_out_by_hand_however_it_comes(
    told: dict[tuple[str, str], dict[str, Any]], case: Case
) -> None:
    for way in WAYS:
        answer = told[case.name, way]
        assert answer["rates"] == case.right, way
        assert case.sent is None or answer["sent"] == case.sent, way
        assert case.links is None or answer["links"] == case.links, way


@pytest.mark.skipif(not INPUTS, reason="no collected inputs beside the project")
def test_collected_inputs_come_to_the_same_events_however_they_come(tmp_path: Path) -> None:
    product = Product.open(tmp_path)
    for case in INPUTS:
        found = {way: _kept(product, take, case, tmp_path) for way, take in WAYS.items()}
        assert len({repr(kept) for kept in found.values()}) == 1, (case.name, found)


def _kept(product: Product, take: Way, case: Case, folder: Path) -> tuple[list[str], int] | str:
    """What a client has of the case then: what happened, and how much is parked; or why the file is refused."""
    room = product.workspace("UTC")
    try:
        take(product, room, case, folder)
    except DataError as error:
        return str(error)
    with product.lake.engine.connect() as connection:
        bodies = connection.scalars(select(inbox.c.body).where(inbox.c.workspace_id == room)).all()
        held = connection.scalar(select(func.count()).where(parked.c.workspace_id == room))
    happened = [
        " ".join(str(event.get(name)) for name in ("event", "occurred_at", "message_id", "lead", "url"))
        for body in bodies
        for event in json.loads(body)
    ]
    return sorted(happened), held or 0
