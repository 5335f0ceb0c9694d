"""Contacts: who becomes one, what is known of them, what Alice may change and take back. Charlie is a stranger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from dashapp.crm import calls, deals, fields
from dashapp.crm import contacts as crm
from dashapp.crm.files import imports
from dashapp.crm.filters import Filters
from dashapp.crm.folding import fold, name_of
from dashapp.crm.listing import contacts
from dashapp.db.base import now
from dashapp.db.contacts import CONTACT, DEAL, STAGES, Contact, ContactChange, ContactConsent
from dashapp.db.security import AuditEntry
from dashapp.errors import NotFound, Refused
from data.errors import NotInScope
from data.people.history import history_of, is_web_address
from data.scope import Scope
from jobs.intake.people import catch_up
from pages.contacts import exports
from tests.support.people_house import ELODIE, GEORGE, NOON, STRANGER, People, at, one


def test_people_of_events_become_contacts_of_their_workspace_only(people: People) -> None:
    with people.writing() as session:
        alice, charlie = people.alice(session), people.charlie(session)
        assert {c.key for c in contacts(session, alice.scope, alice.workspace_id, Filters()).rows} == {
            ELODIE,
            GEORGE,
        }
        assert [c.key for c in contacts(session, charlie.scope, charlie.workspace_id, Filters()).rows] == [
            STRANGER
        ]
        with pytest.raises(NotInScope):
            contacts(session, charlie.scope, alice.workspace_id, Filters())
        with pytest.raises(NotFound):
            crm.contact_of(session, charlie.scope, charlie.workspace_id, one(session, people).id)


def test_what_the_marts_say_of_a_contact(people: People) -> None:
    """One e-mail, opened and clicked by a person; the bounced one to George counts for nothing."""
    with people.writing() as session:
        elodie, george = one(session, people), one(session, people, GEORGE)
        assert (elodie.sent, elodie.opened, elodie.clicked, elodie.replied, elodie.engagement) == (
            1,
            1,
            1,
            0,
            1,
        )
        assert (elodie.first_activity_at, elodie.last_activity_at) == (NOON, NOON + timedelta(hours=5))
        assert (elodie.status, elodie.owner) == ("contacted", "bob@north.example")
        assert (george.sent, george.status, george.engagement) == (0, "new", 0)


def test_first_response_is_from_the_first_incoming_mail_to_the_first_human_action(people: People) -> None:
    """Élodie wrote at 15:00; Bob called at 17:00. The campaign's e-mail before is no human action."""
    with people.writing() as session:
        assert one(session, people).first_response_s == 2 * 3_600
        assert one(session, people, GEORGE).first_response_s is None


def test_first_response_of_a_lead_whose_creation_is_known_starts_there(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        session.expunge_all()
    row = {"email": ELODIE, "created_at": at(4)}
    assert imports.load(people.writing, alice, [row]).changed == 1
    with people.writing() as session:
        assert one(session, people).first_response_s == 3_600


def test_looking_at_the_same_segments_again_changes_nothing(people: People) -> None:
    assert catch_up(people.lake) == 0
    from dashapp.db.contacts import ContactSegment

    with people.writing() as session:
        before = one(session, people).engagement
        session.query(ContactSegment).delete()
    assert catch_up(people.lake) == 3
    with people.writing() as session:
        assert one(session, people).engagement == before
        assert session.scalar(select(func.count(Contact.id))) == 3


def test_a_reply_moves_the_status_and_a_person_has_the_last_word(people: People) -> None:
    reply = {"event": "replied", "message_id": "m1", "reply_category": "interested", "occurred_at": at(9)}
    with people.writing() as session:
        crm.edit(session, people.alice(session), one(session, people, GEORGE).id, "status", "lost", 1)
    people.take_in(people.north.harbour, [reply, {**reply, "message_id": "m2"}])
    with people.writing() as session:
        assert one(session, people).status == "interested"
        assert one(session, people, GEORGE).status == "lost"
        told = session.execute(
            select(ContactChange.actor, ContactChange.old, ContactChange.new)
            .where(ContactChange.contact_id == one(session, people).id)
            .order_by(ContactChange.id)
        ).all()
        assert [tuple(row) for row in told] == [
            ("rule", "new", "contacted"),
            ("rule", "contacted", "interested"),
        ]


def test_who_unsubscribes_has_withdrawn_consent_and_is_not_contacted(people: People) -> None:
    gone = {"event": "unsubscribed", "lead": ELODIE, "occurred_at": at(9), "event_id": "u1"}
    people.take_in(people.north.harbour, [gone])
    with people.writing() as session:
        elodie, alice = one(session, people), people.alice(session)
        assert elodie.status == "do_not_contact"
        consent = session.scalars(select(ContactConsent)).one()
        assert (consent.given, consent.ref, consent.at) == (False, "u1", NOON + timedelta(hours=9))
        with pytest.raises(Refused, match="not to be contacted"):
            calls.call_event(session, alice, elodie.id, "booked")


def test_a_stale_edit_of_the_same_field_shows_both_and_of_another_field_is_kept(people: People) -> None:
    with people.writing() as session:
        alice, id_ = people.alice(session), one(session, people).id
        crm.edit(session, alice, id_, "name", "Élodie Martin", 1)
        crm.edit(
            session, alice, id_, "phone", "+33 1", 1
        )  # Bob saw version 1, too, but changes another field
        with pytest.raises(crm.Stale) as stale:
            crm.edit(session, alice, id_, "name", "Elodie", 1)
        assert (stale.value.theirs, stale.value.version, stale.value.who) == (
            "Élodie Martin",
            3,
            "alice@north.example",
        )
        crm.edit(session, alice, id_, "name", "Elodie", 3)
        audited = session.scalars(select(AuditEntry.verb)).all()
        assert audited.count("contact.edit") == 3


def test_a_bulk_change_is_undone_but_for_what_somebody_changed_since(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        ids = [one(session, people).id, one(session, people, GEORGE).id]
        stranger = session.scalars(select(Contact.id).where(Contact.key == STRANGER)).one()
        batch, count = crm.bulk(session, alice, [*ids, stranger], "status", "meeting")
        assert count == 2
        crm.edit(session, alice, ids[1], "status", "won", 2)
        assert crm.undo(session, alice, batch) == (1, 1)
        assert [session.get_one(Contact, id_).status for id_ in ids] == ["contacted", "won"]
        assert session.get_one(Contact, stranger).status == "contacted"
        with pytest.raises(NotFound):
            crm.undo(session, alice, batch)
        with pytest.raises(NotFound):
            crm.undo(session, people.charlie(session), batch)


def test_a_deleted_contact_is_restored_within_30_days_and_gone_after(people: People) -> None:
    with people.writing() as session:
        alice, elodie = people.alice(session), one(session, people)
        crm.remove(session, alice, [elodie.id])
        assert contacts(session, alice.scope, alice.workspace_id, Filters()).count == 1
        assert contacts(session, alice.scope, alice.workspace_id, Filters(deleted=True)).count == 1
        with pytest.raises(NotFound):
            crm.contact_of(session, alice.scope, alice.workspace_id, elodie.id)
        crm.restore(session, alice, elodie.id)
        crm.remove(session, alice, [elodie.id])
        elodie.deleted_at = now() - timedelta(days=29)
        session.flush()
        assert crm.purge(session) == 0
        elodie.deleted_at = now() - timedelta(days=31)
        session.flush()
        assert crm.purge(session) == 1
        assert session.scalar(select(func.count(Contact.id))) == 2


def test_a_member_sees_only_their_own(people: People) -> None:
    """Bob owns Élodie; what a scope with his name shows is her, and of her what he sent."""
    with people.writing() as session:
        alice = people.alice(session)
        bobs = Scope(alice.scope.workspace_ids, user="bob@north.example")
        assert [c.key for c in contacts(session, bobs, alice.workspace_id, Filters()).rows] == [ELODIE]
        with pytest.raises(NotFound):
            crm.contact_of(session, bobs, alice.workspace_id, one(session, people, GEORGE).id)
        bob = crm.Actor("bob@north.example", alice.workspace, bobs)
        assert crm.bulk(session, bob, [one(session, people, GEORGE).id], "status", "won")[1] == 0
    mine = history_of(people.lake, bobs, people.north.harbour, [ELODIE])
    assert {e.event for e in mine.events} == {"sent", "opened", "clicked", "call_back"}
    assert history_of(people.lake, bobs, people.north.harbour, [GEORGE]).events == []


@pytest.mark.parametrize(
    "field", ["status", "email", "owner", "tags", "no_such", "field.none", "deleted", "version"]
)
def test_a_wrong_value_or_field_is_refused(people: People, field: str) -> None:
    with people.writing() as session, pytest.raises(Refused):
        crm.edit(session, people.alice(session), one(session, people).id, field, "no such thing", 1)


def test_a_note_of_a_megabyte_is_refused_with_its_limit(people: People) -> None:
    with people.writing() as session, pytest.raises(Refused, match="20,000 characters"):
        crm.add_note(session, people.alice(session), one(session, people).id, "x" * 1_000_000)


def test_deals_move_through_the_stages(people: People) -> None:
    with people.writing() as session:
        alice, charlie = people.alice(session), people.charlie(session)
        deal = deals.create(
            session, alice, {"title": "Menu", "value": "12.500,50", "contact": one(session, people).id}
        )
        assert deal.value == 1_250_050
        deals.edit(session, alice, deal.id, "stage", "won", 1)
        with pytest.raises(crm.Stale):
            deals.edit(session, alice, deal.id, "stage", "lost", 1)
        with pytest.raises(NotFound):
            deals.edit(session, charlie, deal.id, "stage", "lost", 2)
        board = {
            s.name: (s.count, dict(s.worth)) for s in deals.board(session, alice.scope, alice.workspace_id)
        }
        assert board == {**dict.fromkeys(STAGES, (0, {})), "won": (1, {"EUR": 1_250_050})}
        assert sum(s.count for s in deals.board(session, charlie.scope, charlie.workspace_id)) == 0


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12,500", 1_250_000),
        ("12.500,5", 1_250_050),
        ("12 500", 1_250_000),
        ("0.99", 99),
        ("7", 700),
        ("1,234,567.89", 123_456_789),
    ],
)
def test_amounts_as_people_write_them(text: str, cents: int) -> None:
    assert deals.cents_of(text) == cents


@pytest.mark.parametrize("text", ["", "-1", "NaN", "1e30", "ten", "99999999999999999"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        deals.cents_of(text)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "https://u:p@x.example/",
     " https://x.example", "https://x.example/\n", "https://", "ftp://x.example"],
)  # fmt: skip
def test_only_web_addresses_are_opened(url: str) -> None:
    assert not is_web_address(url)
    assert is_web_address("https://x.example/a?b=c")


def test_names_and_folding() -> None:
    assert fold("  Élodie   SØRENSEN ") == "elodie sorensen"
    assert name_of("", "georgia.lambert@x.example") == "Georgia Lambert"
    assert name_of("", "info@x.example") == "info@x.example"
    assert name_of("Ana", "x@y.example") == "Ana"
    assert datetime.now(UTC)


def test_a_custom_field_is_not_named_as_what_every_contact_has(people: People) -> None:
    """An export with two columns of one name could not be read back."""
    assert set(exports.CONTACT_COLUMNS) == fields.OWN_NAMES[CONTACT]
    assert set(exports.DEAL_COLUMNS) == fields.OWN_NAMES[DEAL]
    with people.writing() as session:
        alice = people.alice(session)
        for name in ("email", "Owner", " EMAILS_SENT "):
            with pytest.raises(Refused, match="of that name already"):
                fields.add(session, alice.workspace, name, "text", actor=alice.name)
        field = fields.add(session, alice.workspace, "Currency", "text", actor=alice.name)
        with pytest.raises(Refused, match="of that name already"):
            fields.change(session, alice.workspace, field.id, "Email", "", actor=alice.name)
        with pytest.raises(Refused, match="of that name already"):
            fields.add(session, alice.workspace, "Expected close", "date", actor=alice.name, subject=DEAL)


def test_the_201st_custom_field_is_refused(people: People) -> None:
    with people.writing() as session:
        alice = people.alice(session)
        for n in range(200):
            fields.add(session, alice.workspace, f"Field {n}", "text", actor=alice.name)
        with pytest.raises(Refused, match="at most 200 fields of its own"):
            fields.add(session, alice.workspace, "One more", "text", actor=alice.name)
        fields.add(session, alice.workspace, "One more", "text", actor=alice.name, subject=DEAL)
        charlie = people.charlie(session)
        fields.add(session, charlie.workspace, "One more", "text", actor=charlie.name)
