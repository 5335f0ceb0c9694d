"""How SQLite finds the contacts of a list: counted work instead of a clock. Alice has two contacts.

With no statistics SQLite takes a workspace for a handful of rows; with a million of them a list that walks all to
find a few takes seconds.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from dashapp.crm import contacts as crm
from dashapp.crm.filters import filters_of
from dashapp.crm.find import find
from dashapp.crm.listing import contacts
from tests.support.people_house import ELODIE, GEORGE, People


def _plans(session: Any, run: Any) -> dict[str, str]:
    """What each statement about contacts does, by its first words."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "FROM contact" in " ".join(statement.split()):
            asked.append((statement, values))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked
    connection = session.connection()
    return {
        statement: " / ".join(
            row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        )
        for statement, values in asked
    }


def _employed(session: Any, people: People) -> Any:
    """Alice, whose Élodie and George work for Heron Labs."""
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps statistics of its own")
    alice = people.alice(session)
    for key in (ELODIE, GEORGE):
        one = crm.contact_by_key(session, alice.scope, alice.workspace_id, key)
        assert one is not None
        crm.edit(session, alice, one.id, "company", "Heron Labs", one.version)
    session.flush()
    return alice


@pytest.mark.parametrize("asked", [{"company": "Heron Labs"}, {"q": "heron"}, {"q": "heron", "sort": "name"}])
def test_a_few_contacts_are_found_by_what_names_them(people: People, asked: dict[str, str]) -> None:
    with people.writing() as session:
        alice = _employed(session, people)
        found = contacts(session, alice.scope, alice.workspace_id, filters_of(asked))
        assert {one.key for one in found.rows} == {ELODIE, GEORGE}

        def ask() -> None:
            contacts(session, alice.scope, alice.workspace_id, filters_of(asked))

        for statement, plan in _plans(session, ask).items():
            assert "ix_contact_workspace_" not in plan, (statement, plan)
            assert "SCAN contact " not in f"{plan} ", (statement, plan)


@pytest.mark.parametrize("sort", ["company", "-company"])
def test_by_company_nothing_is_sorted(people: People, sort: str) -> None:
    with people.writing() as session:
        alice = _employed(session, people)

        def ask() -> None:
            page = contacts(session, alice.scope, alice.workspace_id, filters_of({"sort": sort}))
            assert {one.key for one in page.rows} == {ELODIE, GEORGE}

        listed = [plan for statement, plan in _plans(session, ask).items() if "ORDER BY company" in statement]
        assert listed
        for plan in listed:
            assert "ix_contact_company_id" in plan
            assert "B-TREE" not in plan, plan


def test_search_everywhere_counts_contacts_of_the_companies_found_only(people: People) -> None:
    with people.writing() as session:
        alice = _employed(session, people)

        def ask() -> None:
            hits = find(session, alice.scope, alice.workspace_id, "heron")
            assert ("company", "Heron Labs", "2") in {(one.kind, one.title, one.detail) for one in hits}

        for statement, plan in _plans(session, ask).items():
            if "GROUP BY company" in statement:
                assert "ix_contact_company_id" in plan, plan
