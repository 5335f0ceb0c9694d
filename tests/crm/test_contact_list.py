"""The list of contacts: search, pages in every order, and what is no page. Alice's; Charlie is a stranger."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event

from dashapp.crm import contacts as crm
from dashapp.crm import fields, listing
from dashapp.crm.filters import SORTS, Filters, filters_of
from dashapp.crm.find import find
from dashapp.crm.listing import contacts
from dashapp.db.contacts import DEAL, Contact, ContactChange, ContactKey
from dashapp.errors import Refused
from tests.support.people_house import ELODIE, GEORGE, People


@pytest.mark.parametrize(
    ("query", "found", "guessed"),
    [
        ("elodie", [ELODIE], False),
        ("ÉLODIE", [ELODIE], False),
        ("marti", [ELODIE], False),
        ("el", [ELODIE], False),
        ("cafe mart", [ELODIE], False),
        ("elodei", [ELODIE], True),
        ("goerge", [GEORGE], True),
        ("nobody", [], False),
        ("zed", [], False),  # a stranger's
        ('"; DROP', [], False),
        ("%", [], False),
    ],
)
def test_search_finds_words_parts_and_typing_errors(
    people: People, query: str, found: list[str], guessed: bool
) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        page = contacts(session, alice.scope, alice.workspace_id, Filters(q=query))
        assert ([c.key for c in page.rows], page.guessed) == (found, guessed)


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("descending", [True, False])
def test_pages_by_key_show_every_contact_once_in_every_order(
    people: People, sort: str, descending: bool
) -> None:
    """Seven contacts, some without a value in the column, three a page."""
    with people.writing() as session:
        alice = people.alice(session)
        for n in range(5):
            values = {"email": f"n{n}@x.example", "name": f"N {n % 2}", "company": "Acme" if n % 2 else ""}
            row = crm.create(session, alice, values)
            row.engagement, row.owner = n % 3, None if n == 2 else row.owner
        seen: list[int] = []
        filters = Filters(sort=sort, descending=descending)
        values = []
        for _ in range(4):
            page = contacts(session, alice.scope, alice.workspace_id, filters, limit=3)
            seen += [row.id for row in page.rows]
            values += [listing.value_of(row, sort) for row in page.rows]
            if page.after is None:
                break
            filters = filters_of({"sort": filters.order, "after": page.after})
        assert len(seen) == len(set(seen)) == 7
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=descending)
        assert values[: len(known)] == known  # those without a value stand last


@pytest.mark.parametrize(
    "after", ["x", "[]", "[1]", '["a", "b"]', "[null, -1]", "[{}, 1]", "[1e400, 1]", "[" * 5_000]
)
def test_a_page_that_is_none_is_refused(people: People, after: str) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        with pytest.raises(Refused):
            contacts(session, alice.scope, alice.workspace_id, Filters(after=after))


def test_a_filter_of_ten_thousand_characters_is_refused() -> None:
    with pytest.raises(Refused, match="300 characters"):
        filters_of({"q": "x" * 10_000})


def test_a_page_goes_on_after_a_row_that_is_gone(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        ids = [
            crm.create(session, alice, {"email": f"n{n}@x.example", "name": f"N {n}"}).id for n in range(4)
        ]
        filters = filters_of({"sort": "name", "q": "x.example"})
        page = contacts(session, alice.scope, alice.workspace_id, filters, limit=2)
        assert [row.id for row in page.rows] == ids[:2]
        crm.remove(session, alice, [ids[1]])
        session.execute(delete(ContactChange).where(ContactChange.contact_id == ids[1]))
        session.execute(delete(ContactKey).where(ContactKey.contact_id == ids[1]))
        session.execute(delete(Contact).where(Contact.id == ids[1]))
        after = filters_of({"sort": "name", "q": "x.example", "after": str(page.after)})
        later = contacts(session, alice.scope, alice.workspace_id, after, limit=2)
        assert [row.id for row in later.rows] == ids[2:]


def test_a_word_of_two_letters_begins_a_word_anywhere_and_every_other_place_does_not_count(
    people: People,
) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        george = crm.contact_by_key(session, alice.scope, alice.workspace_id, GEORGE)
        assert george is not None
        crm.edit(session, alice, george.id, "name", "Ño De Vries", george.version)
        session.flush()

        def found(query: str) -> list[str]:
            return [c.key for c in contacts(session, alice.scope, alice.workspace_id, Filters(q=query)).rows]

        assert found("no") == found("de") == found("vr no") == found("de vri") == [GEORGE]
        assert found("ri") == found("es") == found('""') == found("e*") == []


def test_contacts_are_found_by_their_own_fields_which_say_so_everywhere(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        charlie = people.charlie(session)
        for one in (alice, charlie):
            fields.add(session, one.workspace, "Favourite crème", "text", actor="alice")
        fields.add(session, alice.workspace, "Sector", "choice", "Hotels\nCafés", actor="alice", subject=DEAL)
        fields.add(session, alice.workspace, "Sector", "text", actor="alice")
        key = fields.fields_of(session, alice.workspace_id)[0].key
        for field, value in ((f"field.{key}", "Pistâche 42"), ("field.sector", "Hotels and cafés")):
            george = crm.contact_by_key(session, alice.scope, alice.workspace_id, GEORGE)
            assert george is not None
            crm.edit(session, alice, george.id, field, value, george.version)
        session.flush()

        def details(who: crm.Actor, query: str) -> list[str]:
            hits = find(session, who.scope, who.workspace_id, query)
            return [one.detail for one in hits if one.kind == "contact"]

        assert details(alice, "pistache") == details(alice, "42") == ["Favourite crème: Pistâche 42"]
        assert details(alice, "george pist") == ["Favourite crème: Pistâche 42"]
        assert details(alice, "george") == [GEORGE], "found by the name: its usual second line"
        assert details(charlie, "pistache") == []
        # A deal's field of the same name is a choice, and does not decide how a contact's is compared.
        page = contacts(session, alice.scope, alice.workspace_id, Filters(fields=(("sector", "hotels"),)))
        assert [c.key for c in page.rows] == [GEORGE]
        crm.edit(session, alice, george.id, f"field.{key}", "", george.version)
        session.flush()
        assert details(alice, "pistache") == []


def test_a_search_by_own_fields_asks_one_statement_more(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        fields.add(session, alice.workspace, "Colour", "text", actor="alice")
        george = crm.contact_by_key(session, alice.scope, alice.workspace_id, GEORGE)
        assert george is not None
        crm.edit(session, alice, george.id, "field.colour", "vermilion", george.version)
        session.flush()

        def asked(query: str) -> int:
            statements: list[str] = []

            def note(_c: object, _u: object, statement: str, *_: object) -> None:
                statements.append(statement)

            engine = session.get_bind()
            event.listen(engine, "before_cursor_execute", note)
            try:
                assert len(find(session, alice.scope, alice.workspace_id, query)) == 1
            finally:
                event.remove(engine, "before_cursor_execute", note)
            return len(statements)

        assert asked("vermilion") == asked("elodie") + 1
