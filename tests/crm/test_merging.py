"""Two contacts that are one person: merged with both histories, and apart again."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from dashapp.crm import contacts as crm
from dashapp.crm import deals, listing, merging
from dashapp.db.base import now
from dashapp.errors import NotFound, Refused
from tests.support.people_house import ELODIE, GEORGE, People, one


def test_what_came_apart_again_outlives_the_one_it_was_merged_into(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        elodie, george = one(session, people), one(session, people, GEORGE)
        merge = merging.merge(session, alice, elodie.id, george.id)
        merging.unmerge(session, alice, merge.id)
        crm.remove(session, alice, [elodie.id])
        elodie.deleted_at = now() - timedelta(days=31)
        session.flush()
        assert crm.purge(session) == 1
        assert one(session, people, GEORGE).key == GEORGE


def test_two_contacts_merge_with_both_histories_and_come_apart_again(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        elodie, george = one(session, people), one(session, people, GEORGE)
        crm.add_note(session, alice, george.id, "He is she.")
        deals.create(session, alice, {"title": "D", "contact": george.id})
        merge = merging.merge(session, alice, elodie.id, george.id)
        assert crm.keys_of(session, elodie) == [ELODIE, GEORGE]
        assert listing.campaigns_of(session, [elodie.id]) == {elodie.id: ["Autumn", "Winter"]}
        assert [note.text for note in crm.notes_of(session, elodie)] == ["He is she."]
        assert one(session, people, GEORGE).id == elodie.id
        crm.edit(session, alice, elodie.id, "name", "Élodie", elodie.version)
        merging.unmerge(session, alice, merge.id)
        session.expire_all()
        assert one(session, people, GEORGE).id == george.id
        assert listing.campaigns_of(session, [elodie.id]) == {elodie.id: ["Autumn"]}
        assert [note.text for note in crm.notes_of(session, one(session, people, GEORGE))] == ["He is she."]
        assert elodie.name == "Élodie"  # edited since: it stays
        with pytest.raises(NotFound):
            merging.unmerge(session, alice, merge.id)
        with pytest.raises(Refused):
            merging.merge(session, alice, elodie.id, elodie.id)


def test_two_people_who_merge_both_ways_at_once_leave_one_contact(people: People) -> None:
    told: list[type[BaseException] | None] = []

    def the_other_way_round() -> None:
        try:
            with people.writing() as session:
                bob = people.alice(session)
                merging.merge(session, bob, ids[GEORGE], ids[ELODIE])
            told.append(None)
        except NotFound:
            told.append(NotFound)

    with people.writing() as session:
        ids = {key: one(session, people, key).id for key in (ELODIE, GEORGE)}
    with people.writing() as session:
        merging.merge(session, people.alice(session), ids[ELODIE], ids[GEORGE])
        second = threading.Thread(target=the_other_way_round)
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits for the first"
    second.join(60)
    assert told == [NotFound]
    with people.writing() as session:
        assert one(session, people, ELODIE).id == one(session, people, GEORGE).id == ids[ELODIE]


def test_a_contact_that_was_merged_while_edited_is_there_no_more(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        elodie, george = one(session, people), one(session, people, GEORGE)
        seen = george.version
        merging.merge(session, alice, elodie.id, george.id)
        with pytest.raises(NotFound):
            crm.edit(session, alice, george.id, "name", "George", seen)
