"""Notes on days are made, changed and removed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from callbacks.fields import At, Day, Path, RowId
from callbacks.guard import Args, Caller, Guard
from callbacks.page_acts import redraws_its_body
from dashapp.access.scopes import by_own_role
from dashapp.campaigns.figures import names_in
from dashapp.errors import Refused
from dashapp.services import Services
from dashapp.sharing import day_notes
from dashapp.sharing.day_notes import Written
from dashapp.ui.language.say import say
from pages.annotations.listing import body, form_for, rows_of
from pages.annotations.page import VERB
from pages.frame.address import slug_at


class Fields(Args):
    """What the form says."""

    at: At
    first: Day
    last: Day
    text: Annotated[str, Field(max_length=1_500_000)]
    campaign: Annotated[str, Field(max_length=2_000)]
    for_clients: bool
    revision: Annotated[str, Field(pattern=r"^\d{1,9}$")]


class Add(Fields):
    """A new note."""

    op: Literal["add"]
    id: Literal[0]


class Edit(Fields):
    """Another text, other days, other readers. `revision`: as it was seen."""

    op: Literal["edit"]
    id: RowId


class Remove(Args):
    """The note is removed."""

    op: Literal["remove"]
    at: At
    id: RowId


class Act(Args):
    """Something on the page was sent."""

    act: Annotated[Add | Edit | Remove, Field(discriminator="op")]
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the page."""
    redraws_its_body(guard, "notes", VERB, Act, act)


def act(caller: Caller, asked: Act) -> str:
    """Carry it out; errors are sentences for whoever sent it."""
    workspace, scope = caller.workspace(slug_at(asked.path, "annotations"))
    session, one, actor = caller.session, asked.act, caller.viewer.actor
    campaigns = names_in(caller.services.lake, scope, workspace.id)
    if isinstance(one, Add):
        own = by_own_role(caller.viewer, caller.verb, workspace)
        day_notes.add(session, workspace, _written(one, campaigns), own=own, actor=actor)
    else:
        note = day_notes.note_of(session, workspace, one.id)
        if isinstance(one, Edit):
            known = [*campaigns, *([note.campaign] if note.campaign else [])]
            day_notes.edit(session, workspace, note, int(one.revision), _written(one, known), actor=actor)
        else:
            day_notes.remove(session, workspace, note, actor=actor)
    return str(body(rows_of(session, workspace), form_for(session, workspace, {}), campaigns, say("Saved.")))


def _written(one: Fields, campaigns: list[str]) -> Written:
    if one.campaign and one.campaign not in campaigns:
        raise Refused("There is no campaign of this name.")
    try:
        first, last = date.fromisoformat(one.first), date.fromisoformat(one.last)
    except ValueError as error:
        raise Refused("This day does not exist in the calendar.") from error
    return Written(first, last, one.text, one.for_clients, one.campaign or None)
