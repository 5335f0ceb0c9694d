"""What is done when the desk's script asks for an act: each is a function of `dashapp/crm/`, told in a sentence."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from dashapp.crm import campaigns as flows
from dashapp.crm import contacts as people
from dashapp.crm import fields, merging
from dashapp.crm.files import deal_imports, imports, tables
from dashapp.errors import NotFound, Refused
from dashapp.ui.language.say import say, say_error
from dashapp.ui.language.spoken import integer
from pages.contacts import act_models as m
from pages.contacts import instant, lists
from pages.contacts.doing import Answer, Doing
from pages.listing import words


def do(doing: Doing, act: Any) -> Answer:
    """Do it; `said` is one sentence about it, `undo` the act that takes it back."""
    if isinstance(act, m.Columns):
        return lists.columns(doing, act)
    if isinstance(act, m.Call):
        return instant.call(doing, act)
    if isinstance(act, m.Campaign):
        return _campaign(doing, act)
    if isinstance(act, m.TaskCreate | m.TaskComplete | m.TaskUndo | m.TaskMove):
        return instant.task(doing, act)
    if isinstance(act, m.SendMail):
        return instant.mail(doing, act)
    if isinstance(act, m.Erase):
        return instant.erase(doing, act)
    if isinstance(act, m.WasErased):
        return instant.was_erased(doing, act)
    if isinstance(act, m.Import | m.DealImport):
        return _import(doing, act)
    with doing.writing() as session:
        return _within(session, doing.actor(session), act)


def _within(session: Session, actor: people.Actor, act: Any) -> Answer:
    match act:
        case m.Create():
            row = people.create(session, actor, act.model_dump(exclude={"op"}))
            return {"said": say("Contact added."), "id": row.id}
        case m.Edit():
            row = people.edit(session, actor, act.id, act.field, act.value, act.version)
            return {"said": say("Saved."), "version": row.version}
        case m.Bulk():
            batch, count = people.bulk(session, actor, act.ids, act.field, act.value)
            said = say("{n} contacts changed.", n=integer(count)) if count != 1 else say("1 contact changed.")
            return {"said": said, "undo": {"op": "undo", "batch": batch} if count else None}
        case m.Undo():
            back, stayed = people.undo(session, actor, act.batch)
            said = say("Undone.")
            if stayed:
                said = say("{n} undone; {m} were changed again and stay.", n=back, m=stayed)
            return {"said": said}
        case m.Remove():
            batch, count = people.remove(session, actor, act.ids)
            said = say("{n} contacts deleted.", n=integer(count)) if count != 1 else say("Contact deleted.")
            return {"said": said, "undo": {"op": "undo", "batch": batch}, "gone": True}
        case m.Restore():
            people.restore(session, actor, act.id)
            return {"said": say("Restored.")}
        case m.Note():
            people.add_note(session, actor, act.id, act.text, of_company=act.of_company)
            return {"said": say("Note added.")}
        case m.Consent():
            people.set_consent(session, actor, act.id, act.kind, act.given)
            return {"said": say("Consent recorded.") if act.given else say("Consent withdrawn.")}
        case m.Merge():
            other = people.contact_by_key(session, actor.scope, actor.workspace_id, act.key)
            if other is None:
                raise NotFound("There is no contact with this address.")
            row_ = merging.merge(session, actor, act.kept, other.id)
            return {"said": say("Merged."), "undo": {"op": "unmerge", "merge": row_.id}}
        case m.Unmerge():
            merging.unmerge(session, actor, act.merge)
            return {"said": say("The merge is undone.")}
        case m.LeaveCampaign():
            flows.leave(session, actor, act.id, act.campaign)
            return {"said": say("Taken out of {campaign}.", campaign=act.campaign)}
        case m.AddField():
            fields.add(
                session, actor.workspace, act.label, act.kind, "\n".join(act.choices), actor=actor.name
            )
            return {"said": say("Field added.")}
        case m.SaveFilter() | m.DropFilter():
            return lists.saved(session, actor, act)
    return lists.deal(session, actor, act)


def _campaign(doing: Doing, act: m.Campaign) -> Answer:
    with doing.writing() as session:
        actor = doing.actor(session)
        good, bad = flows.admissible(session, actor, act.ids, act.campaign)
        flows.add(session, actor, good, act.campaign)
        workspace_id, scope = actor.workspace_id, actor.scope
    flows.plan(doing.services.lake, scope, workspace_id, good, act.campaign)
    if not good:
        raise bad[0][1] if bad else Refused("Nobody was added.")
    said = say("{n} added to {campaign}.", n=integer(len(good)), campaign=act.campaign)
    if bad:
        said += " " + say("{n} were not: {why}", n=integer(len(bad)), why=say_error(bad[0][1]))
    return {"said": said}


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("The request is not in the format this address expects.") from error


def _import(doing: Doing, act: m.Import | m.DealImport) -> Answer:
    of_deals = isinstance(act, m.DealImport)
    guess, targets = (
        (deal_imports.guess, deal_imports.TARGETS) if of_deals else (imports.guess, imports.TARGETS)
    )
    columns, rows = tables.parse_workbook(_decoded(act.xlsx)) if act.xlsx else tables.parse_csv(act.text)
    mapping = act.mapping or guess(columns)
    if set(mapping.values()) - set(targets):
        raise Refused("The request is not in the format this address expects.")
    with doing.services.reading() as session:
        actor = doing.actor(session)
        session.expunge_all()

    @contextmanager
    def writing() -> Iterator[Session]:
        with doing.writing() as session:
            doing.actor(session)  # a long file: who may no longer do this writes no further batch
            yield session

    load = deal_imports.load if of_deals else imports.load
    told = load(writing, actor, rows, mapping, dry=act.dry)
    said = say(
        "{read} rows: {new} new, {changed} changed, {same} as they were, {refused} refused.",
        read=integer(told.read),
        new=integer(told.new),
        changed=integer(told.changed),
        same=integer(told.same),
        refused=integer(len(told.refused)),
    )
    if not act.dry:
        with doing.writing() as session:
            counts = f"{told.new} new, {told.changed} changed, {len(told.refused)} refused"
            doing.actor(session).note(session, f"{'deal' if of_deals else 'contact'}.import", counts)
    refused: Sequence[Any] = told.refused[: imports.MOST_TOLD]
    return {
        "columns": [{"name": name, "target": mapping.get(name, "ignore")} for name in columns],
        "targets": [[name, say(words.TARGET[name])] for name in targets],
        "sample": [[row[name][:60] for name in columns] for row in rows[:3]],
        "read": told.read,
        "new": told.new,
        "changed": told.changed,
        "same": told.same,
        "refused": len(told.refused),
        "reasons": [f"{one.where}: {one.why}" for one in refused],
        "said": "" if act.dry else said,
    }
