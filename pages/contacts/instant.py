"""Instant actions of a contact's card: a call, an e-mail, a task, and erasing the person."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashapp.access import current
from dashapp.crm import calls, completing, single_mail, tasks
from dashapp.crm import contacts as people
from dashapp.crm.erasure import asking
from dashapp.errors import NotAllowed, NotFound, Refused
from dashapp.ui.language.say import say
from pages.contacts import act_models as m
from pages.contacts import erased
from pages.contacts.doing import Answer, Doing
from pages.frame.team import desk_of


def call(doing: Doing, act: m.Call) -> Answer:
    """A call that has just ended."""
    with doing.writing() as session:
        actor = doing.actor(session)
        record = calls.call_event(session, actor, act.id, act.disposition, act.ref)
        workspace_id = actor.workspace_id
    calls.put(doing.services.inbox, workspace_id, record)
    return {"said": say("Call logged; the timeline shows it in a moment."), "soon": True}


def mail(doing: Doing, act: m.SendMail) -> Answer:
    """One e-mail; sending it again with the same `ref` changes nothing."""
    if doing.services.settings.mail_server is None:
        raise Refused("No mail server is set up: whoever runs the server sets VITRINE_SMTP_URL.")
    with doing.writing() as session:
        single_mail.send(session, doing.actor(session), act.id, act.subject, act.text, act.ref)
    return {"said": say("E-mail on its way; the timeline shows it once it is sent."), "soon": True}


def task(doing: Doing, act: Any) -> Answer:
    """A task about the contact: made, completed, taken back, moved."""
    with doing.writing() as session:
        actor = doing.actor(session, "task.work")
        desk = desk_of(doing.viewer, actor.workspace, actor.scope)
        if desk is None:
            raise NotFound("There is no such task.")
        match act:
            case m.TaskCreate():
                contact = people.contact_of(session, actor.scope, actor.workspace_id, act.id)
                made = tasks.create(
                    session,
                    desk,
                    channel=act.channel,
                    title=act.title,
                    due_on=_day(act.due_on),
                    lead=contact.key,
                )
                answer: Answer = {"said": say("Task added.")}
            case m.TaskComplete():
                made = completing.complete(
                    session, desk, act.task, note=act.note, disposition=act.disposition or None
                )
                answer = {"said": say("Completed: {title}", title=made.title), "soon": True}
                answer["undo"] = {"op": "task_undo", "task": made.id}
            case m.TaskUndo():
                made = completing.undo(session, desk, act.task)
                answer = {"said": say("The task is open again.")}
            case _:
                made = tasks.change(session, desk, act.task, act.revision, due_on=_day(act.due_on))
                answer = {"said": say("Task moved.")}
        actor.note(session, f"task.{act.op.removeprefix('task_')}", f"task {made.id}")
    return answer


def erase(doing: Doing, act: m.Erase) -> Answer:
    """Erase the person for good. NotAllowed until whoever asks has proved again who they are."""
    with doing.services.reading() as session:
        doing.actor(session, asking.VERB)  # 404 before a question is asked
    if not current.confirmed_recently():
        raise NotAllowed("Prove again who you are, then repeat what you were about to do.")
    with doing.writing() as session:
        actor = doing.actor(session, asking.VERB)
        asking.ask(session, actor, act.id, act.typed, doing.services.settings.secret_key)
    return {
        "said": say("Erased. Events and figures follow within minutes; the proof stands under Erased."),
        "gone": True,
    }


def was_erased(doing: Doing, act: m.WasErased) -> Answer:
    """Whether the person with an address was erased here."""
    with doing.services.reading() as session:
        actor = doing.actor(session, asking.VERB)
        row = asking.erasure_by_address(session, actor.workspace_id, act.typed)
        if row is None:
            return {"said": say("Nobody with this address was erased here.")}
        return {"said": erased.told(row, actor.workspace.timezone)}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("There is no such day.") from error
