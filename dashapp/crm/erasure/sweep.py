"""What goes from the app database when a person is erased, table by table (tables.py)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, String, Table, cast, delete, func, or_, select, text, update

from dashapp.crm.erasure.tables import (
    AUDIT,
    CLEANED,
    NOTES,
    OTHERS,
    OWN,
    SEARCHED,
    TEAM,
    table_of,
)
from dashapp.db.contacts import (
    Contact,
    ContactCampaign,
    ContactChange,
    ContactConsent,
    ContactKey,
    ContactMerge,
    ContactNote,
    ContactTouch,
    Deal,
)
from dashapp.db.crm import TaskRow
from dashapp.db.crm_search import FTS
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import Annotation, AnnotationChange, QuestionMessage, TileQuestion
from data.intake.pending_events import pending_event
from data.lake.markers import Marker, Person
from data.lake.reply_overrides import reply_override
from data.plans import tables as plans

#: Mails to one person of a workspace: the beginning of their keys (dashapp/crm/single_mail.py).
SINGLE_MAIL: Final = "single:{workspace_id}:"


def remove(connection: Connection, person: Person, contact_ids: Sequence[int]) -> Counter[str]:
    """The contact with everything that hangs on it; gives the rows removed by table."""
    done: Counter[str] = Counter()
    ids = list(contact_ids)
    merge = table_of(ContactMerge)
    done["contact_merge"] += connection.execute(
        delete(merge).where(or_(merge.c.kept_id.in_(ids), merge.c.merged_id.in_(ids)))
    ).rowcount
    for mapped in (ContactKey, ContactCampaign, ContactChange, ContactNote, ContactConsent):
        table = table_of(mapped)
        done[table.name] += connection.execute(delete(table).where(table.c.contact_id.in_(ids))).rowcount
    deal = table_of(Deal)
    connection.execute(update(deal).where(deal.c.contact_id.in_(ids)).values(contact_id=None))
    contact = table_of(Contact)
    done["contact"] += connection.execute(delete(contact).where(contact.c.id.in_(ids))).rowcount
    touch = table_of(ContactTouch)
    done["contact_touch"] += connection.execute(
        delete(touch).where(touch.c.workspace_id == person.workspace_id, touch.c.key.in_(person.keys))
    ).rowcount
    return done


def sweep(connection: Connection, person: Person) -> Counter[str]:
    """Everything else that names them; gives the rows changed or removed by table. Safe to do again."""
    done: Counter[str] = Counter()
    own = table_of(TaskRow)
    for key, stands in person.pseudonyms.items():
        theirs = (own.c.workspace_id == person.workspace_id, own.c.lead == key)
        done["task"] += connection.execute(update(own).where(*theirs).values(lead=stands, note="")).rowcount
        journey = plans.plan_journey
        done["plan_journey"] += connection.execute(
            update(journey)
            .where(journey.c.workspace_id == person.workspace_id, journey.c.lead == key)
            .values(lead=stands)
        ).rowcount
    if done["plan_journey"]:
        plans.changed(connection, person.workspace_id)
    for table, columns in CLEANED:
        done[table.name] += _clean(connection, table, columns, person)
    for table, columns in OWN:
        for row in _naming(connection, table, columns, person, person.in_texts):
            done[table.name] += connection.execute(delete(table).where(table.c.id == row["id"])).rowcount
    done["contact"] += _clear_email(connection, person)
    for table, columns in OTHERS:
        done[table.name] += _clean(connection, table, columns, person, person.addresses)
    done["annotation"] += _clean_notes(connection, person)
    done["question_message"] += _clean_messages(connection, person)
    done["pending_event"] += _clean_pending(connection, person)
    done["reply_override"] += _clean_ids(connection, person)
    done["mail"] += _drop_mails(connection, person)
    return Counter({name: count for name, count in done.items() if count})


def sweep_audit(connection: Connection, person: Person) -> int:
    """The audit trail: who did what stays, to whom does not. Only for who may read and change it (`may_sweep`)."""
    return _clean(connection, *AUDIT, person)


def may_sweep(connection: Connection, table: Table) -> bool:
    """Whether this process has the right to read and change a table: a worker on PostgreSQL may have a role of its
    own (dashapp/db/postgresql_worker_role.sql)."""
    if connection.dialect.name != "postgresql":
        return True
    asked = select(*(func.has_table_privilege(table.name, right) for right in ("SELECT", "UPDATE")))
    return all(connection.execute(asked).one())


def _naming(
    connection: Connection, table: Table, columns: Sequence[str], person: Person, marker: Marker
) -> list[dict[str, Any]]:
    """The rows of the workspace that name the person in one of these columns."""
    keys = [column for column in table.primary_key.columns if column.name not in columns]
    query = select(*keys, *(table.c[name] for name in columns)).where(
        table.c.workspace_id == person.workspace_id, _may_name([table.c[name] for name in columns], person)
    )
    found = []
    for row in connection.execute(query).mappings():
        values = {name: row[table.c[name]] for name in columns}
        if any(value and marker.search(_text(value)) for value in values.values()):
            found.append({**{column.name: row[column] for column in keys}, **values})
    return found


def _text(value: Any) -> str:
    """What is searched of a column: a text, or JSON as one."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _may_name(columns: Iterable[ColumnElement[Any]], person: Person) -> ColumnElement[bool]:
    """What every row that names the person fulfils; whether it does is settled by their pattern."""
    return or_(
        *(
            cast(column, String).icontains(fragment, autoescape=True)
            for column in columns
            for fragment in person.fragments
        )
    )


def _clean(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    person: Person,
    marker: Marker | None = None,
) -> int:
    marker = marker or person.in_texts
    rows = _naming(connection, table, columns, person, marker)
    keys = [column for column in table.primary_key.columns if column.name not in columns]
    for row in rows:
        values = {name: _without(row[name], marker) for name in columns if row[name]}
        mine = [column == row[column.name] for column in keys]
        connection.execute(update(table).where(*mine).values(**values))
    return len(rows)


def _without(value: Any, marker: Marker) -> Any:
    """A text, or what JSON holds, without the person."""
    if isinstance(value, str):
        return marker.replace(value)
    return json.loads(marker.replace(json.dumps(value, ensure_ascii=False)))


def _clear_email(connection: Connection, person: Person) -> int:
    """Their address on somebody else's card."""
    contact = table_of(Contact)
    theirs = (contact.c.workspace_id == person.workspace_id, func.lower(contact.c.email).in_(person.keys))
    return connection.execute(
        update(contact).where(*theirs).values(email=None, version=contact.c.version + 1)
    ).rowcount


def _clean_notes(connection: Connection, person: Person) -> int:
    """Notes on days and what they said before; a note's revision tells pages that show it."""
    note, change = table_of(Annotation), table_of(AnnotationChange)
    rows = _naming(connection, *NOTES, person, person.in_texts)
    for row in rows:
        values = {name: person.clean(row[name])[:280] for name in NOTES[1] if row[name]}
        connection.execute(
            update(note).where(note.c.id == row["id"]).values(**values, revision=note.c.revision + 1)
        )
    mine = select(note.c.id).where(note.c.workspace_id == person.workspace_id)
    earlier = select(change.c.id, change.c.text, change.c.campaign).where(
        change.c.annotation_id.in_(mine), _may_name([change.c.text, change.c.campaign], person)
    )
    for id_, said, campaign in connection.execute(earlier).all():
        values = {"text": person.clean(said)[:280], "campaign": campaign and person.clean(campaign)[:280]}
        if values != {"text": said, "campaign": campaign}:
            connection.execute(update(change).where(change.c.id == id_).values(**values))
    return len(rows)


def _clean_messages(connection: Connection, person: Person) -> int:
    """What clients asked about a figure, and the answers."""
    message, question = table_of(QuestionMessage), table_of(TileQuestion)
    mine = select(question.c.id).where(question.c.workspace_id == person.workspace_id)
    rows = select(message.c.id, message.c.text).where(
        message.c.question_id.in_(mine), _may_name([message.c.text], person)
    )
    changed = 0
    for id_, said in connection.execute(rows).all():
        if (cleaned := person.clean(said)) != said:
            connection.execute(update(message).where(message.c.id == id_).values(text=cleaned))
            changed += 1
    return changed


def _clean_pending(connection: Connection, person: Person) -> int:
    own = pending_event.c.workspace_id == person.workspace_id
    changed = 0
    for row in connection.execute(select(pending_event).where(own)).mappings().all():
        events = json.loads(row["body"])
        cleaned = [{k: v for k, v in person.clean_event(one).items() if v is not None} for one in events]
        if cleaned == events:
            continue
        connection.execute(
            update(pending_event)
            .where(own, pending_event.c.event_id == row["event_id"])
            .values(body=json.dumps(cleaned), event_id=person.clean_id(row["event_id"]))
        )
        changed += 1
    return changed


def _clean_ids(connection: Connection, person: Person) -> int:
    own = reply_override.c.workspace_id == person.workspace_id
    changed = 0
    names = ("event_id", "message_id")
    for row in connection.execute(
        select(reply_override.c.id, *(reply_override.c[name] for name in names)).where(own)
    ).mappings():
        was = {name: row[name] for name in names}
        cleaned = {name: said and person.clean_id(said) for name, said in was.items()}
        if cleaned != was:
            connection.execute(
                update(reply_override).where(reply_override.c.id == row["id"]).values(**cleaned)
            )
            changed += 1
    return changed


def _drop_mails(connection: Connection, person: Person) -> int:
    """Single e-mails to them, sent or not; others of the workspace that name them, too."""
    mail = table_of(Mail)
    of = mail.c.key.like(SINGLE_MAIL.format(workspace_id=person.workspace_id) + "%")
    rows = connection.execute(select(mail.c.id, mail.c.to, mail.c.subject, mail.c.text).where(of)).all()
    ids = [row.id for row in rows if any(person.in_texts.search(value) for value in row[1:])]
    return connection.execute(delete(mail).where(mail.c.id.in_(ids))).rowcount if ids else 0


def named_in(connection: Connection, person: Person, tables: Iterable[Table]) -> list[str]:
    """The tables in which some text of the workspace names the person still.

    Where texts are cleaned, as `sweep` does; elsewhere by their whole address: a namesake is somebody else. Who of
    the team did something is not looked at.
    """
    found = []
    cleaned = {table.name: frozenset(columns) for table, columns in (*CLEANED, *OWN, NOTES, AUDIT)}
    for table in tables:
        columns = [
            c
            for c in table.columns
            if (isinstance(c.type, String) or c.type.__class__.__name__ == "JSON") and c.name not in TEAM
        ]
        mine = (table.c.workspace_id == person.workspace_id, _may_name(columns, person))
        rows = connection.execute(select(*(cast(column, String) for column in columns)).where(*mine))
        everywhere = table.name in SEARCHED
        markers = [
            person.marker(c.name) if everywhere or c.name in cleaned.get(table.name, ()) else person.addresses
            for c in columns
        ]
        if any(value and one.search(value) for row in rows for one, value in zip(markers, row, strict=True)):
            found.append(table.name)
    return found


def merge_search_index(connection: Connection) -> bool:
    """Let SQLite's index forget what was deleted, a piece at a time; False when there is nothing left to do."""
    if connection.dialect.name != "sqlite":
        return False
    before = connection.execute(text("SELECT total_changes()")).scalar_one()
    connection.execute(text(f"INSERT INTO {FTS}({FTS}, rank) VALUES('merge', 500)"))
    after = connection.execute(text("SELECT total_changes()")).scalar_one()
    return bool(after - before >= 2)
