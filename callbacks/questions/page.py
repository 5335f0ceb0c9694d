"""Questions of clients are answered, closed, and shown to everybody with a share or not."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callbacks.fields import At, Path, RowId
from callbacks.guard import Args, Caller, Guard
from callbacks.page_acts import redraws_its_body
from dashapp.errors import NotFound
from dashapp.services import Services
from dashapp.sharing import answering
from dashapp.ui import question_mails
from dashapp.ui.language.say import say
from pages.frame.address import slug_at
from pages.questions.listing import body, rows_of
from pages.questions.page import VERB


class Answer(Args):
    """An answer was sent."""

    op: Literal["answer"]
    at: At
    id: RowId
    text: Annotated[str, Field(max_length=1_500_000)]


class Row(Args):
    """A button of one thread."""

    op: Literal["close", "show", "hide"]
    at: At
    id: RowId


class Act(Args):
    """Something on the page was sent."""

    #: None when the page has just come: the rail is there before it, so Dash asks.
    act: Annotated[Answer | Row, Field(discriminator="op")] | None
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the page."""
    redraws_its_body(guard, "questions", VERB, Act, act, counted="questions")


def act(caller: Caller, asked: Act) -> str:
    """Carry it out; errors are sentences for whoever sent it."""
    workspace, _ = caller.workspace(slug_at(asked.path, "questions"))
    session, one, actor = caller.session, asked.act, caller.viewer.actor
    if one is None:
        raise NotFound("There is no such question.")
    question = answering.question_of(session, workspace, one.id)
    if isinstance(one, Answer):
        message = answering.answer(session, workspace, question, one.text, actor=actor)
        question_mails.tell_client(session, caller.services.settings, workspace, question, message)
        said = say("Answered. A mail to {address} is on its way.", address=question.email)
    elif one.op == "close":
        answering.close(session, workspace, question, actor=actor)
        said = say("Saved.")
    else:
        answering.show_to_all(session, workspace, question, shown=one.op == "show", actor=actor)
        said = say("Saved. The client sees it at once.")
    return str(body(rows_of(session, workspace, one.id), said))
