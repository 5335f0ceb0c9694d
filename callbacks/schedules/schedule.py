"""One scheduled report: edit it, send it now, send the last one again, pause, resume and delete it."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.guard import Args, Caller, Guard
from callbacks.schedules.form import Form, states, wanted_of
from callbacks.shares.form import Path
from dashapp.access.scopes import scope_for_share
from dashapp.db.reports import Share
from dashapp.db.schedules import SENT, Schedule
from dashapp.db.tenants import Workspace
from dashapp.errors import Conflict, NotFound, Refused
from dashapp.schedules import keeping, planning, recipients
from dashapp.schedules.frozen import Facts, sent_of, still_shown
from dashapp.schedules.letter import send_to
from dashapp.schedules.reasons import reason_words
from dashapp.schedules.running import Link, why_not
from dashapp.services import Services
from dashapp.ui.language.say import say
from pages.frame.page_spec import page_at
from pages.schedules import schedule as page
from pages.shares.share import told


class Save(Form):
    """The save button was pressed. `revision`: of what the form was filled with."""

    revision: Annotated[int, Field(ge=1, lt=2**31)]


class Change(Args):
    """What to do; `id`: of the recipient it is about. `at` makes two equal changes different ones for Dash."""

    act: Literal["now", "pause", "resume", "delete", "resend"]
    id: Annotated[int, Field(ge=0, lt=2**31)]
    at: int


class Act(Args):
    """A button was pressed; without a change the page was just drawn, which Dash tells of, too."""

    change: Change | None
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the page. Everything in it needs "share.manage" in the workspace of the address."""
    common: dict[str, Any] = {"verb": "share.manage", "writes": True, "prevent_initial_call": True}

    @guard.callback(
        Output("plan-saved", "children"),
        Output("schedule-state", "children", allow_duplicate=True),
        Output("plan-revision", "data"),
        Input("plan-save", "n_clicks"),
        State("url", "pathname"),
        *states("plan"),
        State("plan-revision", "data"),
        args=Save,
        **common,
    )
    def _save(caller: Caller, asked: Save) -> Any:
        return save(caller, asked)

    @guard.callback(
        Output("schedule-state", "children", allow_duplicate=True),
        Output("schedule-told", "children"),
        Output("title", "data", allow_duplicate=True),
        Input("schedule-act", "data"),
        State("url", "pathname"),
        args=Act,
        **common,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)


def found(caller: Caller, path: str) -> tuple[Workspace, Schedule, Share]:
    """The schedule of the address. Raises NotFound for another page, workspace or schedule."""
    at = page_at(path)
    if at is None or at[0].name != "schedule":
        raise NotFound("There is no such schedule.")
    workspace, _ = caller.workspace(at[1]["slug"])
    key = page.schedule_id_of(at[1]["schedule"])
    return workspace, *keeping.schedule_of(caller.session, workspace, key)


def save(caller: Caller, asked: Save) -> tuple[Any, Any, Any]:
    """Everything the form says, at once, unless somebody else saved meanwhile."""
    workspace, schedule, share = found(caller, asked.path)
    try:
        with caller.session.begin_nested():
            keeping.edit(
                caller.session,
                caller.services.settings,
                schedule,
                wanted_of(asked),
                actor=caller.viewer.actor,
                revision=asked.revision,
            )
    except (Refused, Conflict) as error:
        return told(str(error), problem=True), no_update, no_update
    state = page.state_section(caller.session, caller.services.settings, workspace, schedule, share)
    return told(say("Saved. It holds from the next mail on.")), state, schedule.revision


def act(caller: Caller, asked: Act) -> tuple[Any, Any, Any]:
    """One press of a button outside the form."""
    if asked.change is None:
        return no_update, no_update, no_update
    workspace, schedule, share = found(caller, asked.path)
    actor, change = caller.viewer.actor, asked.change
    said = no_update
    if change.act == "delete":
        keeping.remove(caller.session, schedule, actor=actor)
        return no_update, no_update, {"go": f"/w/{workspace.slug}/schedules"}
    if change.act == "pause":
        keeping.pause(caller.session, schedule, actor=actor)
    elif change.act == "resume":
        keeping.resume(caller.session, schedule, actor=actor)
    elif change.act == "now":
        if planning.ask_now(caller.session, schedule, actor=actor):
            keeping.note(caller.session, schedule, "schedule.run", actor)
    else:
        return no_update, resend(caller, schedule, share, change.id), no_update
    state = page.state_section(caller.session, caller.services.settings, workspace, schedule, share)
    return state, said, no_update


def resend(caller: Caller, schedule: Schedule, share: Share, recipient_id: int) -> Any:
    """The last report that was sent, once more to one recipient; NotFound for another schedule's."""
    recipient = recipients.recipient_of(caller.session, schedule, recipient_id)
    reason = why_not(caller.session, schedule, share)
    if reason and reason != "paused":
        return told(reason_words(reason), problem=True)
    if not recipient.gets_mail:
        return told(say("They have unsubscribed, or are barred."), problem=True)
    runs = planning.runs_of(caller.session, [schedule.id], 50)
    last = next((run for run in runs if run.state == SENT), None)
    sent = None if last is None else sent_of(caller.session, last.id)
    if sent is None:
        return told(say("Nothing was sent yet."), problem=True)
    guest, _, scope = scope_for_share(caller.session, Link(share.id))
    if not still_shown(sent, guest, scope) or (Facts.read(sent.facts).pdf and not guest.downloads):
        return told(say("The link shows less than when this was sent. Send a new report."), problem=True)
    send_to(
        caller.session,
        caller.services.settings,
        schedule,
        sent,
        recipient,
        again=secrets.token_hex(6),
    )
    keeping.note(caller.session, schedule, "schedule.resend", caller.viewer.actor, recipient.viewer.email)
    return told(say("The mail to {email} is on its way.", email=recipient.viewer.email))
