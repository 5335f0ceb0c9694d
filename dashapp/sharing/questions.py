"""Questions on a tile of a portal: asked without an account, and read again by whoever asked.

How the team answers them is in `answering.py`.

A thread is read by the link's own viewer who began it, by whoever has the thread's token (it is in the mail with
the answer), and by nobody else, unless the agency shows it to everybody with this share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, delete, or_, select
from sqlalchemy.orm import Session

from dashapp.access import attempts, audit, tokens
from dashapp.access.networks import network_of
from dashapp.access.viewer import guest_actor
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.on_tiles import QuestionMessage, TileQuestion
from dashapp.errors import NotFound, Refused
from dashapp.mail_server import one_address
from dashapp.services import Services
from dashapp.sharing.opening import Opening

KIND: Final = "question"
LONGEST_TEXT: Final = 2_000
LONGEST_NAME: Final = 80
#: Of one link: questions an hour from one network, and a day from all of them.
PER_NETWORK, NETWORK_S = 5, 3_600
PER_LINK, LINK_S = 60, 86_400
#: A thread holds an address: it is kept as long as the log of who looked.
KEPT: Final = timedelta(days=396)
#: Threads of one tile that a page shows.
MOST_SHOWN: Final = 20


#: It waits for an answer, has one, or was closed without one.
State = Literal["waits", "answered", "closed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the form says it. `thread`: the token of the thread it belongs to, when it is not a new one."""

    text: str
    email: str
    name: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """The tile it is about. `view_id` None: the view the share shows first; `period`: the page's query."""

    tile_id: str
    title: str
    view_id: int | None
    tab: bool
    period: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as a reader of the portal sees it. `mine`: they may write on in it."""

    question: TileQuestion
    messages: Sequence[QuestionMessage]
    mine: bool


def count_question(services: Services, share_id: int, ip: str) -> None:
    """Count one try to ask. Raises TooMany past the limits of a network or of the link."""
    attempts.attempt(services.engine, "question", f"{share_id}|{network_of(ip)}", PER_NETWORK, NETWORK_S)
    attempts.attempt(services.engine, "question-all", str(share_id), PER_LINK, LINK_S)


def clean_text(text: str, most: int) -> str:
    """A message as it is kept: lines stay, other control characters go. Raises Refused."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text).strip()
    if not text:
        raise Refused("Write something first.")
    if len(text) > most:
        raise Refused(f"A message has at most {most} characters; this one has {len(text)}.")
    return text


def ask(
    session: Session,
    settings: Settings,
    link: Opening,
    about: About,
    asked: Asked,
    language: str,
    *,
    ip: str = "",
) -> TileQuestion:
    """Keep a question, or one more message of the reader's own thread. Raises Refused; nothing is kept then."""
    text = clean_text(asked.text, LONGEST_TEXT)
    if asked.thread:
        question = _own_thread(session, link, asked.thread)
    else:
        question = _new(session, settings, link, about, asked, language)
    session.add(QuestionMessage(question_id=question.id, by_client=True, text=text))
    question.waits, question.updated_at = True, now()
    session.flush()
    audit.record(
        session,
        guest_actor(link.id),
        "question.ask",
        agency_id=link.agency_id,
        workspace_id=link.workspace_id,
        detail=f"question {question.id}: {question.tile_title}",
        ip=ip,
    )
    return question


def _new(
    session: Session, settings: Settings, link: Opening, about: About, asked: Asked, language: str
) -> TileQuestion:
    email, name = asked.email.strip().lower(), " ".join(asked.name.split())
    if not one_address(email):
        raise Refused("Give the e-mail address that the answer is to go to.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"A name is one line of at most {LONGEST_NAME} characters.")
    question = TileQuestion(
        workspace_id=link.workspace_id,
        share_id=link.id,
        viewer_id=link.viewer_id,
        asked_hash=link.token_hash,
        nonce=tokens.new_nonce(),
        # Derived from the id, which the database gives: until then a fingerprint nobody has the token of.
        token_hash=tokens.fingerprint(tokens.random_token()),
        view_id=about.view_id,
        tab=about.tab,
        tile_id=about.tile_id,
        tile_title=about.title[:120],
        period=about.period[:200],
        name=name,
        email=email,
        language=language,
    )
    session.add(question)
    session.flush()
    question.token_hash = tokens.fingerprint(thread_token(settings, question))
    return question


def _own_thread(session: Session, link: Opening, token: str) -> TileQuestion:
    found = session.scalars(
        select(TileQuestion).where(
            TileQuestion.share_id == link.id,
            TileQuestion.token_hash == tokens.fingerprint(token if tokens.looks_like_token(token) else ""),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such question.")
    return found


def thread_token(settings: Settings, question: TileQuestion) -> str:
    """The thread's token, derived again."""
    return tokens.derive(settings.secret_key, KIND, question.id, question.nonce)


def threads_for(
    session: Session, link: Opening, tile_id: str, view_id: int | None, thread: str = ""
) -> list[Thread]:
    """The threads of a tile that this reader of the share may see, oldest first."""
    token = tokens.fingerprint(thread) if tokens.looks_like_token(thread) else None
    mine: ColumnElement[bool] = TileQuestion.token_hash == token if token else TileQuestion.id.is_(None)
    if link.viewer_id is not None:
        mine = or_(mine, TileQuestion.viewer_id == link.viewer_id)
    same_view = TileQuestion.view_id.is_(None) if view_id is None else TileQuestion.view_id == view_id
    rows = session.scalars(
        select(TileQuestion)
        .where(
            TileQuestion.share_id == link.id,
            TileQuestion.tile_id == tile_id,
            same_view,
            or_(mine, TileQuestion.for_all),
        )
        .order_by(TileQuestion.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    messages = messages_of(session, rows)
    return [
        Thread(
            row,
            messages[row.id],
            row.token_hash == token or (link.viewer_id is not None and row.viewer_id == link.viewer_id),
        )
        for row in reversed(rows)
    ]


def messages_of(session: Session, questions: Sequence[TileQuestion]) -> dict[int, list[QuestionMessage]]:
    """The messages of each thread, oldest first."""
    found: dict[int, list[QuestionMessage]] = {one.id: [] for one in questions}
    rows = select(QuestionMessage).where(QuestionMessage.question_id.in_(found)).order_by(QuestionMessage.id)
    for row in session.scalars(rows):
        found[row.question_id].append(row)
    return found


def state_of(question: TileQuestion, messages: Sequence[QuestionMessage]) -> State:
    """Where a thread stands; `messages`: all of it, oldest first. In a closed one the client's word is the last."""
    if question.waits:
        return "waits"
    return "closed" if messages and messages[-1].by_client else "answered"


def forget(connection: Connection, at: datetime) -> int:
    """Remove threads in which nothing was written for 13 months, with who asked; how many."""
    old = select(TileQuestion.id).where(TileQuestion.updated_at < at - KEPT)
    connection.execute(delete(QuestionMessage).where(QuestionMessage.question_id.in_(old)))
    return connection.execute(delete(TileQuestion).where(TileQuestion.updated_at < at - KEPT)).rowcount
