"""Questions on tiles as the team sees them: which wait, and what is done about each."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from dashapp.access import audit
from dashapp.access.standing import managing_link_id, standing, stands
from dashapp.db.base import now
from dashapp.db.on_tiles import QuestionMessage, TileQuestion
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.sharing.questions import clean_text

LONGEST_ANSWER: Final = 5_000
#: Threads the desk lists.
MOST_LISTED: Final = 200


def questions_of(session: Session, workspace: Workspace) -> list[TileQuestion]:
    """The threads of a workspace, those that wait first, then the newest; none of an agency that ended."""
    rows = (
        select(TileQuestion)
        .join(Share, Share.id == TileQuestion.share_id)
        .where(
            TileQuestion.workspace_id == workspace.id,
            standing(Share, workspace.managing_link_id),
        )
        .options(contains_eager(TileQuestion.share))
        .order_by(TileQuestion.waits.desc(), TileQuestion.updated_at.desc(), TileQuestion.id.desc())
        .limit(MOST_LISTED)
    )
    return list(session.scalars(rows))


def question_of(session: Session, workspace: Workspace, question_id: int) -> TileQuestion:
    """One thread of this workspace. Raises NotFound for any other."""
    plausible = type(question_id) is int and 0 < question_id < 2**31
    found = session.get(TileQuestion, question_id) if plausible else None
    if found is None or found.workspace_id != workspace.id:
        raise NotFound("There is no such question.")
    if not stands(found.share, workspace):
        raise NotFound("There is no such question.")
    return found


def waiting_by_tile(workspace_id: int) -> Select[str, int]:
    """(tile, how many threads about it wait for an answer), whichever view the tile is on."""
    return (
        select(TileQuestion.tile_id, func.count(TileQuestion.id))
        .join(Share, Share.id == TileQuestion.share_id)
        .where(
            TileQuestion.workspace_id == workspace_id,
            TileQuestion.waits,
            standing(Share, managing_link_id(workspace_id)),
        )
        .group_by(TileQuestion.tile_id)
    )


def answer(
    session: Session, workspace: Workspace, question: TileQuestion, text: str, *, actor: str
) -> QuestionMessage:
    """Keep an answer; the mail is written by `ui/question_mails.py`. Raises Refused."""
    message = QuestionMessage(
        question_id=question.id, by_client=False, author=actor, text=clean_text(text, LONGEST_ANSWER)
    )
    session.add(message)
    question.waits, question.updated_at = False, now()
    session.flush()
    _audit(session, workspace, question, "question.answer", actor)
    return message


def close(session: Session, workspace: Workspace, question: TileQuestion, *, actor: str) -> None:
    """It waits no more, without an answer."""
    question.waits = False
    session.flush()
    _audit(session, workspace, question, "question.close", actor)


def show_to_all(
    session: Session, workspace: Workspace, question: TileQuestion, *, shown: bool, actor: str
) -> None:
    """Everybody with this share reads the thread, or only who began it."""
    question.for_all = shown
    session.flush()
    _audit(session, workspace, question, "question.show" if shown else "question.hide", actor)


def came_by(session: Session, question: TileQuestion) -> Share | ShareViewer | None:
    """The link the asker came by, if its address is still the same and it is not barred; else None."""
    if question.viewer_id is not None:
        viewer = session.get(ShareViewer, question.viewer_id)
        fits = viewer is not None and viewer.state == "active" and viewer.token_hash == question.asked_hash
        return viewer if fits else None
    return question.share if question.share.token_hash == question.asked_hash else None


def _audit(session: Session, workspace: Workspace, question: TileQuestion, verb: str, actor: str) -> None:
    audit.record(
        session,
        actor,
        verb,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"question {question.id}: {question.tile_title}",
    )
