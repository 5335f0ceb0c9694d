"""Deals with fields of the workspace's own: who changed what, stale saves, files, and what is deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dashapp.crm import contacts as crm
from dashapp.crm import deals, fields, find
from dashapp.crm.erasure.sweep import named_in, sweep
from dashapp.crm.files import deal_imports
from dashapp.db.base import now
from dashapp.db.contacts import DEAL, Deal, DealChange
from dashapp.errors import NotFound, Refused
from data.lake.markers import Person
from tests.support.people_house import ELODIE, People


def with_fields(people: People) -> None:
    """Harbour's deals get a plan, a number of seats and a day to renew; Colossus' get a plan."""
    with people.writing() as session:
        harbour, colossus = people.alice(session).workspace, people.charlie(session).workspace
        fields.add(session, harbour, "Plan", "choice", "Gold\nSilver", actor="alice", subject=DEAL)
        fields.add(session, harbour, "Seats", "number", actor="alice", subject=DEAL)
        fields.add(session, harbour, "Renewal", "date", actor="alice", subject=DEAL)
        fields.add(session, colossus, "Plan", "text", actor="charlie", subject=DEAL)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("field.plan", "Bronze"),
        ("field.seats", "many"),
        ("field.renewal", "2026-02-30"),
        ("field.renewal", "soon"),
        ("field.none", "x"),
        ("field.", "x"),
        ("fields", "x"),
        ("field.plan", "x" * 201),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(people: People, field: str, value: str) -> None:
    with_fields(people)
    with people.writing() as session:
        alice = people.alice(session)
        deal = deals.create(session, alice, {"title": "Menu", "field.seats": "12"})
        with pytest.raises(Refused):
            deals.update(session, alice, deal.id, {field: value}, 1)
        assert deal.fields == {"seats": "12"}


def test_a_field_changed_meanwhile_shows_both_and_another_field_is_kept(people: People) -> None:
    with_fields(people)
    with people.writing() as session:
        alice = people.alice(session)
        bob = crm.Actor("bob@north.example", alice.workspace, alice.scope)
        deal = deals.create(session, alice, {"title": "Menu", "field.plan": "Gold"})
        deals.update(session, bob, deal.id, {"field.plan": "Silver"}, 1)
        with pytest.raises(crm.Stale) as stale:
            deals.update(session, alice, deal.id, {"title": "Menus", "field.plan": ""}, 1)
        assert (stale.value.field, stale.value.theirs, stale.value.who) == ("field.plan", "Silver", bob.name)
        deals.update(session, alice, deal.id, {"title": "Menus", "value": "9"}, 1)
        deals.update(session, alice, deal.id, {"field.plan": ""}, stale.value.version)
        assert (deal.title, deal.value, deal.fields, deal.version) == ("Menus", 900, {}, 4)
        told = [(one.actor[:3], one.field, one.old, one.new) for one in deals.history_of(session, deal)]
        assert told == [
            ("ali", "field.plan", "Silver", ""),
            ("ali", "value", "0", "9"),
            ("ali", "title", "Menu", "Menus"),
            ("bob", "field.plan", "Gold", "Silver"),
            ("ali", "created", "", "Menu"),
        ]
        with pytest.raises(NotFound):
            deals.update(session, people.charlie(session), deal.id, {"field.plan": "x"}, 4)


def test_the_same_file_twice_is_once_and_every_row_is_accounted_for(people: People) -> None:
    with_fields(people)
    rows = [
        {"Deal": "Menu", "Amount": "1,200", "Contact": ELODIE, "PLAN": "Gold", "Country": "Peru"},
        {"Deal": "Hampers", "Amount": "", "Contact": "", "PLAN": "", "Country": ""},
        {"Deal": "", "Amount": "7", "Contact": "", "PLAN": "", "Country": ""},
        {"Deal": "Lost", "Amount": "", "Contact": "nobody@x.example", "PLAN": "", "Country": ""},
        {"Deal": "Odd", "Amount": "", "Contact": "", "PLAN": "Bronze", "Country": ""},
    ]
    mapping = deal_imports.guess(list(rows[0]))
    assert mapping == {
        "Deal": "title", "Amount": "value", "Contact": "contact", "PLAN": "custom", "Country": "custom"
    }  # fmt: skip
    with people.writing() as session:
        alice = people.alice(session)
    counts = []
    for dry in (True, False, False):
        told = deal_imports.load(people.writing, alice, rows, mapping, dry=dry)
        counts.append((told.read, told.new, told.changed, told.same, len(told.refused)))
    assert counts == [(5, 2, 0, 0, 3), (5, 2, 0, 0, 3), (5, 0, 0, 2, 3)]
    assert [one.where for one in told.refused] == ["deals row 3", "deals row 4", "deals row 5"]
    told = deal_imports.load(people.writing, alice, [{**rows[0], "Amount": "9"}], mapping)
    assert (told.new, told.changed) == (0, 1)
    with people.writing() as session:
        harbour = {one.title: one for one in deals.deals(session, alice.scope, alice.workspace_id)}
        assert set(harbour) == {"Menu", "Hampers"}
        assert (harbour["Menu"].value, harbour["Menu"].fields) == (900, {"plan": "Gold", "country": "Peru"})
        labels = [one.label for one in fields.fields_of(session, alice.workspace_id, DEAL)]
        assert labels == ["Plan", "Seats", "Renewal", "Country"], "no second field for PLAN"
        assert fields.fields_of(session, alice.workspace_id) == [], "contacts have none of them"
        hits = find.find(session, alice.scope, alice.workspace_id, "peru")
        assert [(one.kind, one.title) for one in hits] == [("deal", "Menu")]
        charlie = people.charlie(session)
        assert find.find(session, charlie.scope, charlie.workspace_id, "peru") == []


def test_what_was_deleted_31_days_ago_is_gone_and_29_days_ago_can_be_restored(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        old, new = (deals.create(session, alice, {"title": title}) for title in ("Old", "New"))
        for deal, days in ((old, 31), (new, 29)):
            deals.remove(session, alice, deal.id)
            deal.deleted_at = now() - timedelta(days=days)
        session.flush()
        assert deals.purge(session) == 1
        deals.restore(session, alice, new.id)
        with pytest.raises(NotFound):
            deals.restore(session, alice, old.id)
        assert session.scalars(select(Deal.title)).all() == ["New"]
        assert set(session.scalars(select(DealChange.deal_id))) == {new.id}


def test_an_erased_persons_name_leaves_a_deals_fields_and_history(people: People) -> None:
    with_fields(people)
    with people.writing() as session:
        alice = people.alice(session)
        fields.add(session, alice.workspace, "Decided by", "text", actor="alice", subject=DEAL)
        deal = deals.create(session, alice, {"title": "Menu", "field.decided_by": f"ask {ELODIE}"})
        deals.update(session, alice, deal.id, {"field.decided_by": f"again {ELODIE}"}, 1)
        session.flush()
        person = Person(alice.workspace_id, (ELODIE,), ("Élodie Martin",), b"k" * 32)
        sweep(session.connection(), person)
        session.expire_all()
        assert ELODIE not in str(deal.fields)
        tables = [Deal.__table__, DealChange.__table__]
        assert named_in(session.connection(), person, tables) == []  # type: ignore[arg-type]


def test_deals_are_filtered_and_sorted_by_own_fields_page_by_page(people: People) -> None:
    with_fields(people)
    own = (("A", "Gold", "9,5"), ("B", "Silver", "10"), ("C", "", ""), ("d", "Gold", "-3"), ("E", "", "100"))
    with people.writing() as session:
        alice = people.alice(session)
        for title, plan, seats in own:
            deals.create(session, alice, {"title": title, "field.plan": plan, "field.seats": seats})
        deals.create(session, people.charlie(session), {"title": "Z", "field.plan": "Gold"})
        known = fields.fields_of(session, alice.workspace_id, DEAL)

        def walked(search: dict[str, str]) -> str:
            found, after, pages = [], "", 0
            while pages < 9:
                asked = deals.deal_filters_of({**search, "after": after}, known)
                rows, more = deals.deal_page(session, alice.scope, alice.workspace_id, asked, known, limit=2)
                found += [one.title for one in rows]
                if more is None:
                    return "".join(found)
                after, pages = more, pages + 1
            raise AssertionError(found)

        assert walked({"sort": "f.seats"}) == "dABEC", "numbers by their value, those without one last"
        assert walked({"sort": "-f.seats"}) == "EBAdC"
        assert walked({"sort": "f.plan", "f.plan": "Gold"}) == "Ad"
        assert walked({"sort": "title"}) == "ABCdE"
        assert walked({}) == walked({"sort": "f.nothing"}) == "EdCBA", "newest first"
        assert walked({"f.plan": "Bronze"}) == walked({"f.nothing": "x"}) == ""
        assert walked({"f.seats": "10", "sort": "-value"}) == "EB"
        for sort in (*deals.SORTS, "f.seats", "f.plan", "f.renewal"):
            for way in ("", "-"):
                assert sorted(walked({"sort": way + sort})) == sorted("ABCdE"), sort
        narrow = deals.narrowed_to(
            session, alice.workspace_id, deals.deal_filters_of({"f.plan": "Gold"}, known)
        )
        lead = deals.board(session, alice.scope, alice.workspace_id, narrow)[0]
        assert ([one.title for one in lead.deals], lead.count) == (["d", "A"], 2)


@pytest.mark.parametrize(
    "after", ["x", "[]", "[1]", '["a", 1]', "[1e300, 1]", "[NaN, 1]", "[1, -1]", "[" * 5_000]
)
def test_a_page_of_deals_that_is_none_is_refused(people: People, after: str) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        for sort in ("value", "created", "close"):
            asked = deals.DealFilters(sort=sort, after=after)
            with pytest.raises(Refused):
                deals.deal_page(session, alice.scope, alice.workspace_id, asked, [])
