"""Contacts: who becomes one, what is known of them, what Alice may change and take back. Charlie is a stranger."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select

from dashapp.crm import calls, deals, fields, listing, merging
from dashapp.crm import contacts as crm
from dashapp.crm.files import imports, tables
from dashapp.crm.filters import SORTS, Filters, filters_of
from dashapp.crm.folding import fold, name_of
from dashapp.crm.listing import contacts
from dashapp.db.base import now
from dashapp.db.contacts import DEAL, STAGES, Contact, ContactChange, ContactConsent, ContactKey
from dashapp.db.security import AuditEntry
from dashapp.errors import NotFound, Refused
from data.errors import NotInScope
from data.people.history import history_of, is_web_address
from data.people.reply import part_of
from data.scope import Scope
from jobs.intake.people import catch_up
from tests.support.people_house import ELODIE, GEORGE, NOON, STRANGER, People, at


def one(session, people: People, key: str = ELODIE) -> Contact:
    actor = people.alice(session)
    found = crm.contact_by_key(session, actor.scope, actor.workspace_id, key)
    assert found is not None
    return found


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


def test_a_reply_of_400_kilobytes_is_shown_a_part_at_a_time(people: People) -> None:
    people.take_in(
        people.north.harbour,
        [{"event": "replied", "message_id": "m1", "lead": ELODIE, "reply_text": "long " * 80_000,
          "occurred_at": at(8), "event_id": "long", "user": "bob@north.example"}],
    )  # fmt: skip
    people.take_in(
        people.south.colossus,
        [{"event": "replied", "message_id": "x", "lead": STRANGER, "reply_text": "theirs", "event_id": "long"}
         | {"occurred_at": at(8)}],
    )  # fmt: skip
    with people.writing() as session:
        alice = people.alice(session)
        history = history_of(people.lake, alice.scope, alice.workspace_id, [ELODIE])
        reply = next(one for one in history.events if one.event == "replied")
        assert (reply.reply_text, reply.reply_length) == ("long " * 4_000, 400_000)
        assert one(session, people).replied == 1
        workspace_id = alice.workspace_id
    parts, start = [reply.reply_text], 20_000
    while start is not None:
        part = part_of(people.lake, alice.scope, workspace_id, "long", start)
        assert part is not None
        assert len(part.text) == 20_000
        parts, start = [*parts, part.text], part.next
    assert "".join(parts) == "long " * 80_000
    assert not part.cut
    beyond = part_of(people.lake, alice.scope, workspace_id, "long", 400_000)
    assert beyond is not None
    assert (beyond.text, beyond.next) == ("", None)
    assert part_of(people.lake, alice.scope, workspace_id, "long", 10**17) is None
    for event_id in ("none", "m1", ""):
        assert part_of(people.lake, alice.scope, workspace_id, event_id, 0) is None
    scopes = {
        user: Scope(alice.scope.workspace_ids, user=user) for user in ("bob@north.example", "al@x.example")
    }
    seen = {user: part_of(people.lake, scope, workspace_id, "long", 0) for user, scope in scopes.items()}
    assert seen["bob@north.example"] is not None
    assert seen["al@x.example"] is None, "a colleague's"
    with pytest.raises(NotInScope):
        part_of(people.lake, people.charlie(session).scope, workspace_id, "long", 0)


def test_of_a_reply_beyond_all_limits_the_beginning_is_kept_and_that_is_told(people: People) -> None:
    people.take_in(
        people.north.harbour,
        [{"event": "replied", "message_id": "m1", "lead": ELODIE, "reply_text": "é" * 600_000, "event_id": "long"}
         | {"occurred_at": at(8)}],
    )  # fmt: skip
    with people.writing() as session:
        alice = people.alice(session)
    last = part_of(people.lake, alice.scope, people.north.harbour, "long", 490_000)
    assert last is not None
    assert (len(last.text), last.next, last.cut) == (10_000, None, True)


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
