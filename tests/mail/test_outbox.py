"""The outbox against a real SMTP server that refuses, dies and is slow: nothing lost, at most one duplicate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.errors import Refused
from dashapp.mail import outbox
from dashapp.mail.posting import SmtpSender
from dashapp.mail_server import mail_server

ALICE, BOB, CHARLIE = "alice@north.example", "bob@north.example", "charlie@south.example"


def later(engine: Engine, by: timedelta, *, older: bool = False) -> None:
    """Time goes by for every mail; with `older` also since it was written, which its Message-ID tells."""
    with Session(engine) as session, session.begin():
        for row in session.scalars(select(Mail)):
            row.created_at -= by if older else timedelta()
            row.next_try_at -= by
            if row.claimed_at is not None:
                row.claimed_at -= by


def test_a_mail_goes_to_one_person_with_an_id_of_its_row(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any
) -> None:
    write(ALICE, BOB)
    assert outbox.send_due(engine, sender) == {"sent": 2, "failed": 0}
    assert [recipients for recipients, _ in office.taken] == [[ALICE], [BOB]]
    mail = office.taken[0][1]
    kept = rows()[ALICE]
    assert (mail["To"], mail["From"], mail["Subject"]) == (ALICE, "reports@north.example", "Hello")
    assert mail["Message-ID"].startswith(f"<mail-{kept.id}.")
    assert mail["Message-ID"].endswith("@reports.north.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == "Hello.\n"
    assert (kept.state, kept.tries, kept.unsure, kept.claim) == ("sent", 1, 0, None)
    assert outbox.send_due(engine, sender) == {"failed": 0}, "what is sent is not sent again"


def test_what_is_refused_for_a_while_is_tried_again_with_growing_pauses(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any
) -> None:
    write(ALICE)
    office.rcpt = lambda address: "451 come again"
    waits = []
    for _ in range(8):
        before = now()
        assert outbox.send_due(engine, sender) == {"queued": 1, "failed": 0}
        wait = rows()[ALICE].next_try_at - before
        waits.append(round(wait.total_seconds() / 60))
        assert outbox.send_due(engine, sender) == {"failed": 0}, "not before its time"
        later(engine, wait + timedelta(seconds=1))
    assert waits == [1, 2, 4, 8, 16, 30, 60, 60]
    assert rows()[ALICE].last_error == "451 come again"
    office.rcpt = lambda address: None
    assert outbox.send_due(engine, sender)["sent"] == 1
    assert office.to == [ALICE]
    assert rows()[ALICE].tries == 9


def test_what_cannot_be_sent_in_a_day_is_failed_and_says_why(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any
) -> None:
    write(ALICE)
    office.data = lambda: "452 the disk is full"
    outbox.send_due(engine, sender)
    later(engine, timedelta(hours=23), older=True)
    outbox.send_due(engine, sender)
    assert (rows()[ALICE].state, rows()[ALICE].unsure) == ("queued", 0), (
        "the server answered: it is not there"
    )
    later(engine, timedelta(hours=1, minutes=1), older=True)
    assert outbox.send_due(engine, sender) == {"failed": 1}
    assert rows()[ALICE].last_error == "It could not be sent within 24 hours. 452 the disk is full"
    assert office.taken == []


def test_a_recipient_that_does_not_exist_fails_and_the_others_get_theirs(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any
) -> None:
    write(ALICE, BOB, CHARLIE)
    office.rcpt = lambda address: "550 no such person" if address == BOB else None
    assert outbox.send_due(engine, sender) == {"sent": 2, "failed": 1}
    assert office.to == [ALICE, CHARLIE]
    assert (rows()[BOB].state, rows()[BOB].last_error) == ("failed", "550 no such person")


def test_a_server_that_dies_with_the_mail_makes_one_duplicate_at_most_and_it_is_marked(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any
) -> None:
    write(ALICE)
    office.dies_after_data = 1
    assert outbox.send_due(engine, sender) == {"queued": 1, "failed": 0}
    assert rows()[ALICE].unsure == 1
    later(engine, timedelta(minutes=2))
    assert outbox.send_due(engine, sender)["sent"] == 1
    assert (rows()[ALICE].state, rows()[ALICE].unsure) == ("sent", 1), "marked: it may have come twice"
    assert office.to == [ALICE, ALICE]
    assert office.taken[0][1]["Message-ID"] == office.taken[1][1]["Message-ID"]


def test_a_server_that_dies_with_the_mail_again_does_not_get_it_a_third_time(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any
) -> None:
    write(ALICE)
    office.dies_after_data = 9
    outbox.send_due(engine, sender)
    later(engine, timedelta(minutes=2))
    assert outbox.send_due(engine, sender)["failed"] == 1
    later(engine, timedelta(hours=2))
    assert outbox.send_due(engine, sender) == {"failed": 0}
    assert office.to == [ALICE, ALICE]
    assert "has probably arrived" in rows()[ALICE].last_error


class Killed(BaseException):
    """As if the process ended here: no handler of ours runs."""


@pytest.mark.parametrize(("when", "copies", "unsure"), [("before", 1, 0), ("after", 2, 1)])
def test_a_worker_killed_while_it_sends_loses_nothing(
    engine: Engine,
    office: Any,
    sender: SmtpSender,
    write: Any,
    rows: Any,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    copies: int,
    unsure: int,
) -> None:
    write(ALICE)

    def dies(*_: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_mark" if when == "before" else "_end", dies)
        with pytest.raises(Killed):
            outbox.send_due(engine, sender)
    assert outbox.send_due(engine, sender) == {"failed": 0}, "somebody may still be sending it"
    later(engine, outbox.CLAIM_LASTS + timedelta(seconds=1))
    assert outbox.send_due(engine, sender)["sent"] == 1
    assert office.to == [ALICE] * copies
    assert (rows()[ALICE].state, rows()[ALICE].unsure) == ("sent", unsure)


def test_a_worker_that_was_paused_does_not_send_what_another_one_has_sent(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(ALICE)
    mark: Callable[..., bool] = outbox._mark

    def paused(*given: Any) -> bool:
        monkeypatch.setattr(outbox, "_mark", mark)
        later(engine, outbox.CLAIM_LASTS + timedelta(seconds=1))
        assert outbox.send_due(engine, sender)["sent"] == 1
        return mark(*given)

    monkeypatch.setattr(outbox, "_mark", paused)
    assert outbox.send_due(engine, sender)["overtaken"] == 1
    assert office.to == [ALICE]
    assert rows()[ALICE].state == "sent"


def test_two_workers_at_once_send_each_mail_once(
    engine: Engine, office: Any, sender: SmtpSender, write: Any, rows: Any
) -> None:
    people = [f"person{n}@north.example" for n in range(20)]
    write(*people)
    slow = office.rcpt

    def rcpt(address: str) -> str | None:
        time.sleep(0.005)
        return slow(address)

    office.rcpt = rcpt
    together = threading.Barrier(3)
    errors: list[BaseException] = []

    def work() -> None:
        together.wait()
        try:
            outbox.send_due(engine, sender)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(office.to) == sorted(people)
    assert {row.state for row in rows().values()} == {"sent"}


def test_a_server_that_is_away_is_asked_once_and_holds_nobody_up(
    engine: Engine, port: int, sender: SmtpSender, office: Any, write: Any, rows: Any
) -> None:
    write(ALICE, BOB, CHARLIE)
    nobody = SmtpSender(mail_server("smtp://127.0.0.1:1"), "http://x.example", timeout_s=2)
    assert outbox.send_due(engine, nobody) == {"queued": 1, "failed": 0}
    assert sorted(row.tries for row in rows().values()) == [0, 0, 1]
    assert rows()[ALICE].last_error.startswith("The mail server cannot be reached:")
    assert outbox.send_due(engine, sender)["sent"] == 2, "the others go as soon as it is back"
    later(engine, timedelta(minutes=1))
    outbox.send_due(engine, sender)
    assert office.to == [BOB, CHARLIE, ALICE]


def test_a_key_is_written_once_and_with_what_its_transaction_writes(engine: Engine, north: Any) -> None:
    said = {"key": "late:1:began:1", "agency_id": north.agency, "to": ALICE, "subject": "s", "text": "t"}
    with Session(engine) as session:
        assert outbox.put(session, **said)
        session.rollback()
    with Session(engine) as session, session.begin():
        assert outbox.put(session, **said)
        assert not outbox.put(session, **{**said, "text": "another"})
    with Session(engine) as session:
        assert session.scalars(select(Mail.text)).all() == ["t"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", "alice@north.example\r\nBcc: charlie@south.example"),
        ("to", "alice@north.example, charlie@south.example"),
        ("to", "alice@north.example\n"),
        ("to", "Alice <alice@north.example>"),
        ("to", "alice"),
        ("to", ""),
        ("subject", "Hello\r\nBcc: charlie@south.example"),
        ("subject", "Hello\nthere"),
        ("subject", "Hello\x0bthere"),
        ("subject", " "),
        ("subject", "x" * 201),
        ("text", ""),
        ("text", "a\0b"),
    ],
)
def test_what_does_not_belong_into_a_mail_is_refused(engine: Engine, field: str, value: str) -> None:
    said: dict[str, Any] = {"key": "k", "agency_id": None, "to": ALICE, "subject": "s", "text": "t"}
    with Session(engine) as session, session.begin(), pytest.raises(Refused):
        outbox.put(session, **{**said, field: value})
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_a_clock_that_was_set_back_holds_no_mail_for_long(
    engine: Engine, office: Any, sender: SmtpSender, write: Any
) -> None:
    write(ALICE)
    with engine.begin() as connection:
        connection.execute(update(Mail).values(next_try_at=now() + timedelta(days=30)))
    assert outbox.send_due(engine, sender)["sent"] == 1
