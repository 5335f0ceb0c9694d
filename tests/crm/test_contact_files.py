"""Contacts from files: every row accounted for, in few statements, two files at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import event, func, select

from dashapp.crm import contacts as crm
from dashapp.crm.files import imports, tables
from dashapp.db.contacts import Contact, ContactKey
from tests.support.people_house import GEORGE, People, one


def test_an_import_accounts_for_every_row_and_a_dry_run_keeps_nothing(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        session.expunge_all()
    text = (
        "\ufeffE-mail;Prénom;Nom de famille;Société;Région\r\nnew@x.example;Ana;Ruiz;Acme;Sur\r\n"
        f"{GEORGE};George;;Oak;\r\n{GEORGE};George;;Oak;\r\nnot-an-address@;;;;\r\n;;;;\r\n"
    )
    columns, rows = tables.parse_csv(text)
    assert imports.guess(columns) == {
        "E-mail": "email", "Prénom": "first_name", "Nom de famille": "last_name", "Société": "company",
        "Région": "custom",
    }  # fmt: skip
    for dry in (True, False):
        told = imports.load(people.writing, alice, rows, dry=dry)
        assert (told.read, told.new, told.changed, told.same, len(told.refused)) == (5, 1, 1, 1, 2)
        with people.writing() as session:
            assert (session.scalar(select(func.count(Contact.id))) == 3) is dry
    again = imports.load(people.writing, alice, rows)
    assert (again.new, again.changed, again.same) == (0, 0, 3)
    with people.writing() as session:
        ana = one(session, people, "new@x.example")
        crm.edit(session, people.alice(session), ana.id, "status", "do_not_contact", ana.version)
    no = imports.load(people.writing, alice, [{"email": "new@x.example", "status": "new"}])
    assert (no.changed, no.same) == (0, 1)
    with people.writing() as session:
        assert one(session, people, "new@x.example").status == "do_not_contact"
    with people.writing() as session:
        ana = one(session, people, "new@x.example")
        assert (ana.name, ana.company.name, ana.fields) == ("Ana Ruiz", "Acme", {"region": "Sur"})


def test_a_batch_of_a_file_is_written_together(people: People) -> None:
    """No question is asked for a row, whatever company it names and whoever is in the file twice."""
    with people.writing() as session:
        alice = people.alice(session)
        session.expunge_all()

    def statements(count: int, domain: str) -> int:
        rows = [
            {"email": f"p{n}@{domain}", "name": f"P {n}", "company": f"Firm {n} of {domain}"}
            for n in range(count)
        ]
        rows.append({"email": f"p0@{domain}", "name": "Twice", "company": ""})
        asked: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        event.listen(people.lake.engine, "before_cursor_execute", note)
        told = imports.load(people.writing, alice, rows)
        event.remove(people.lake.engine, "before_cursor_execute", note)
        assert (told.read, told.new, told.changed) == (count + 1, count, 1)
        return len(asked)

    few, many = statements(4, "few.example"), statements(404, "many.example")
    assert many <= few + 2 * 400 + 4, "its own row and that of a new company, nothing is asked for it"


@pytest.mark.postgres_long
def test_two_files_with_the_same_new_people_at_once_make_each_contact_once(people: People) -> None:
    """Both have read that nobody is there when the first writes: the second waits, and finds them."""
    with people.writing() as session:
        alice = people.alice(session)
        session.expunge_all()
    rows = [{"email": f"p{n}@twice.example", "company": f"Firm {n % 7}"} for n in range(300)]
    told: list[imports.Loaded] = []
    failed: list[BaseException] = []
    start = threading.Barrier(2)

    def load(given: list[dict[str, str]]) -> None:
        try:
            start.wait(10)
            told.append(imports.load(people.writing, alice, given))
        except BaseException as error:  # a thread's failure is the test's
            failed.append(error)

    threads = [threading.Thread(target=load, args=(given,)) for given in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert sum(one.new for one in told) == 300
    assert sum(one.same for one in told) == 300
    with people.writing() as session:
        there = select(func.count(Contact.id)).where(Contact.key.like("%@twice.example"))
        keys = select(func.count()).select_from(ContactKey).where(ContactKey.key.like("%@twice.example"))
        assert (session.scalar(there), session.scalar(keys)) == (300, 300)
