"""The mails of questions on a tile: to the team when a client asks, to the client when somebody answers."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import policy
from dashapp.access.standing import share_works
from dashapp.access.viewer import load_member
from dashapp.agencies.accounts import user_by_email
from dashapp.config import Settings
from dashapp.db.on_tiles import QuestionMessage, TileQuestion
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import AgencyMember, User, Workspace, WorkspaceMember
from dashapp.mail import outbox
from dashapp.mail.posting import Post
from dashapp.mail_server import one_address
from dashapp.sharing import answering, mailing, questions
from dashapp.sharing.links import share_url
from dashapp.sharing.opening import dress_of
from dashapp.sharing.viewers import viewer_url
from dashapp.ui.language.say import say, speaking
from dashapp.ui.letters import Letter

_FORGOTTEN: Final = "The question was removed before the mail was sent."
_KEY: Final = re.compile(r"question (message|answer) (\d+)")


def tell_team(session: Session, settings: Settings, question: TileQuestion, text: str) -> int:
    """One mail for a message of the client's to whoever made the link, else to the owners; how many."""
    workspace = session.get_one(Workspace, question.workspace_id)
    last = session.scalars(
        select(QuestionMessage.id)
        .where(QuestionMessage.question_id == question.id)
        .order_by(QuestionMessage.id.desc())
        .limit(1)
    ).one()
    written = 0
    for user in _team(session, workspace, question):
        with speaking(user.language or question.language):
            letter = question_letter(settings, workspace, question, text)
        written += _put(session, workspace, f"question message {last}: {user.id}", user.email, letter)
    return written


def question_letter(settings: Settings, workspace: Workspace, question: TileQuestion, text: str) -> Letter:
    """What the team reads."""
    who = f"{question.name} <{question.email}>" if question.name else question.email
    return Letter(
        _subject(
            say("{workspace}: question about {tile}", workspace=workspace.name, tile=question.tile_title)
        ),
        (say("{who} asks about “{tile}” in the portal:", who=who, tile=question.tile_title), text),
        (
            (
                say("Answer on the desk"),
                f"{settings.public_url}/w/{workspace.slug}/questions?question={question.id}",
            ),
        ),
        say("An answer by mail to this address reaches nobody; write it on the desk."),
        sender=dress_of(workspace).name,
        brand=dress_of(workspace).brand,
    )


def tell_client(
    session: Session,
    settings: Settings,
    workspace: Workspace,
    question: TileQuestion,
    message: QuestionMessage,
) -> bool:
    """The answer, with the way back to the tile as long as the link they came by works."""
    if not one_address(question.email):  # the asker was erased meanwhile
        return False
    first = questions.messages_of(session, [question])[question.id][0]
    with speaking(question.language):
        letter = answer_letter(
            workspace, question, first.text, message.text, way_back(session, settings, question)
        )
    return bool(_put(session, workspace, f"question answer {message.id}", question.email, letter))


def why_not(session: Session, post: Post) -> str:
    """Why a mail about a question may not go when its turn comes, as a sentence; "" when it may.

    The team's goes while they work there; the client's while the way back in it leads somewhere.
    """
    found = _KEY.match(post.key)
    message = session.get(QuestionMessage, int(found[2])) if found else None
    question = None if message is None else session.get(TileQuestion, message.question_id)
    if found is None or question is None:
        return _FORGOTTEN
    if found[1] == "message":
        workspace = session.get_one(Workspace, question.workspace_id, populate_existing=True)
        return "" if workspace.enabled and mailing.works_there(session, workspace, post.to) else mailing.LEFT
    if "thread=" not in post.text:
        return ""
    viewer_id = question.viewer_id
    viewer = "" if viewer_id is None else mailing.barred(mailing.viewer_of(session, viewer_id))
    return viewer or mailing.ended(session, question.share_id)


def answer_letter(
    workspace: Workspace, question: TileQuestion, asked: str, answered: str, way: str | None
) -> Letter:
    """What the client reads."""
    return Letter(
        _subject(say("Answer to your question about {tile}", tile=question.tile_title)),
        (answered, say("You asked: {text}", text=asked)),
        () if way is None else ((say("Open the tile with the answer"), way),),
        say(
            "You get this mail because somebody asked this with your address in a report for {workspace}. "
            "If it was not you, do nothing.",
            workspace=workspace.name,
        ),
        sender=dress_of(workspace).name,
        brand=dress_of(workspace).brand,
    )


def way_back(session: Session, settings: Settings, question: TileQuestion) -> str | None:
    """The address of the tile with the thread; None when the link they came by, or its questions, ended.

    A link that was given a new address since is never told to who had the old one.
    """
    link = answering.came_by(session, question)
    if link is None or not question.share.questions or not share_works(session, question.share):
        return None
    base = viewer_url(settings, link) if isinstance(link, ShareViewer) else share_url(settings, link)
    place = f"views/{question.view_id}/" if question.tab and question.view_id is not None else ""
    asked = f"{question.period}&" if question.period else ""
    thread = questions.thread_token(settings, question)
    return f"{base}{place}tiles/{question.tile_id}/questions?{asked}thread={thread}"


def _team(session: Session, workspace: Workspace, question: TileQuestion) -> list[User]:
    """Who made the link, while they may answer; else the agency's owners, else the workspace's."""
    maker = user_by_email(session, question.share.created_by)
    if maker is not None and _may_answer(session, workspace, maker):
        return [maker]
    agency_id = workspace.managing_agency_id
    owners = (
        select(User)
        .join(AgencyMember, AgencyMember.user_id == User.id)
        .where(AgencyMember.agency_id == agency_id, AgencyMember.role == "owner")
        if agency_id is not None
        else select(User)
        .join(WorkspaceMember, WorkspaceMember.user_id == User.id)
        .where(WorkspaceMember.workspace_id == workspace.id, WorkspaceMember.role == "owner")
    )
    return list(session.scalars(owners.where(User.active).order_by(User.id)))


def _may_answer(session: Session, workspace: Workspace, user: User) -> bool:
    member = load_member(session, user.id)
    return member is not None and policy.allowed(
        member, "share.manage", workspace.managing_agency_id, workspace.id
    )


def _subject(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[: outbox.LONGEST_SUBJECT]


def _put(session: Session, workspace: Workspace, key: str, to: str, letter: Letter) -> int:
    return outbox.put(
        session,
        key=key,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        to=to,
        from_name=outbox.sender_name(letter.sender),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )
