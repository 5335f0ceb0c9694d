"""The desk's pages of clients' questions and of notes on days: who may, what each press does, never another's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import Annotation, TileQuestion
from dashapp.portal.openings import openings
from dashapp.sharing import questions
from tests.callbacks.test_alerts import HARBOUR, forty, rows

__all__ = ["forty"]
QUESTIONS, NOTES = f"{HARBOUR}/questions", f"{HARBOUR}/annotations"
YESTERDAY = (now().date() - timedelta(days=1)).isoformat()


def look(who: Any, call: Any, path: str, search: str = "") -> str:
    return call(who, "url", path, search).text


@pytest.fixture
def asked(client: Any, world: Any) -> None:
    """Guest asked about the open rate of Harbour."""
    form = {"text": "Why did opens fall?", "email": "erin@client.example"}
    path = f"/p/{world.harbour_token}/tiles/open/questions"
    assert client.post(path, data=form).status_code == 303


@pytest.mark.usefixtures("forty", "asked")
def test_alice_sees_and_answers_a_question(
    alice: Any, call: Any, running: Any, client: Any, world: Any
) -> None:
    assert "(1 waiting)" in look(alice, call, QUESTIONS)
    assert "1 question" in look(alice, call, f"{HARBOUR}/analytics", "?period=28")
    (question,) = rows(running, TileQuestion)
    page = look(alice, call, QUESTIONS, f"?question={question.id}")
    assert "Why did opens fall?" in page
    answer = {"op": "answer", "id": question.id, "at": 1.0, "text": "A holiday."}
    assert "on its way" in call(alice, "questions-act", answer, QUESTIONS).text
    with running.reading() as session:
        mail = session.scalars(select(Mail).where(Mail.to == "erin@client.example")).one()
    assert "A holiday." in mail.text
    assert "(1 waiting)" not in look(alice, call, QUESTIONS)
    path = f"/p/{world.harbour_token}/tiles/open/questions"
    assert "A holiday." not in client.get(path).text
    call(alice, "questions-act", {"op": "show", "id": question.id, "at": 2.0}, QUESTIONS)
    assert "A holiday." in client.get(path).text
    call(alice, "questions-act", {"op": "hide", "id": question.id, "at": 3.0}, QUESTIONS)
    assert "A holiday." not in client.get(path).text
    for text in ("", " \n", "x" * 5_001):
        wrong = call(alice, "questions-act", {**answer, "text": text}, QUESTIONS)
        assert wrong.status_code == 400


@pytest.mark.usefixtures("forty", "asked")
def test_a_question_closed_without_an_answer_reads_so_and_never_as_answered(
    alice: Any, call: Any, running: Any, client: Any, world: Any
) -> None:
    (question,) = rows(running, TileQuestion)
    thread = questions.thread_token(running.settings, question)
    path = f"/p/{world.harbour_token}/tiles/open/questions"
    once, twice = "closed this question without an answer.", "Not answered yet"

    def press(op: str, at: float, **more: Any) -> str:
        return call(alice, "questions-act", {"op": op, "id": question.id, "at": at, **more}, QUESTIONS).text

    assert twice in client.get(f"{path}?thread={thread}").text
    assert "(1 waiting)" in look(alice, call, QUESTIONS)
    closed = press("close", 1.0)
    assert "Closed without an answer" in closed
    assert "Questions" in closed, "the rail comes with it"
    assert "waiting)" not in closed
    assert "Answered" not in closed
    shown = client.get(f"{path}?thread={thread}").text
    assert (once in shown, twice in shown) == (True, False)
    with running.reading() as session:
        assert not session.scalars(select(Mail).where(Mail.to == "erin@client.example")).all()
    # Everybody else with the link reads the thread, and not where it stands.
    press("show", 2.0)
    assert once not in client.get(path).text
    # The client writes again: it waits; an answer is one, and closing an answered one changes nothing.
    more = {"text": "Still?", "thread": thread}
    assert client.post(path, data=more).status_code == 303
    assert "Waits for an answer" in look(alice, call, QUESTIONS)
    press("answer", 3.0, text="Yes.")
    assert "Answered" in press("close", 4.0)
    shown = client.get(f"{path}?thread={thread}").text
    assert (once in shown, twice in shown) == (False, False)


@pytest.mark.usefixtures("asked")
def test_questions_are_not_there_for_strangers(browser: Any, call: Any, running: Any) -> None:
    (question,) = rows(running, TileQuestion)
    answer = {"op": "answer", "id": question.id, "at": 1.0, "text": "Hello"}
    for name in ("charlie", "dora"):
        assert "This page does not exist" in look(browser(name), call, QUESTIONS)
        assert call(browser(name), "questions-act", answer, QUESTIONS).status_code == 404
    charlie = browser("charlie")
    own = call(charlie, "questions-act", answer, "/w/colossus/questions")
    unknown = call(charlie, "questions-act", {**answer, "id": 999_999}, "/w/colossus/questions")
    assert (own.status_code, own.json["detail"]) == (unknown.status_code, unknown.json["detail"])
    assert own.status_code == 404
    assert "erin@client.example" not in look(charlie, call, "/w/colossus/questions")


def note(**changes: Any) -> dict[str, Any]:
    filled = {"op": "add", "id": 0, "at": 1.0, "first": YESTERDAY, "last": YESTERDAY, "campaign": ""}
    return {**filled, "text": "New domain warmed up", "for_clients": False, "revision": "0", **changes}


@pytest.mark.usefixtures("forty")
def test_a_note_is_for_the_team_until_clients_may_see_it(
    alice: Any, browser: Any, call: Any, running: Any, client: Any, world: Any
) -> None:
    assert "New note" in look(alice, call, NOTES)
    assert "Team only" in call(alice, "notes-act", note(), NOTES).text
    analytics, portal = f"{HARBOUR}/analytics", f"/p/{world.harbour_token}/"
    assert "warmed up (team only)" in look(alice, call, analytics, "?period=28")
    for text in (look(browser("dora"), call, analytics, "?period=28"), client.get(portal).text):
        assert "warmed up" not in text
    (kept,) = rows(running, Annotation)
    edit = note(op="edit", id=kept.id, revision="1", for_clients=True)
    assert "Clients, too" in call(alice, "notes-act", edit, NOTES).text
    for text in (look(browser("dora"), call, analytics, "?period=28"), client.get(portal).text):
        assert "New domain warmed up" in text
    assert call(alice, "notes-act", edit, NOTES).status_code == 409  # as it was seen before
    for name, path in (("charlie", NOTES), ("dora", NOTES), ("charlie", "/w/colossus/annotations")):
        for deed in (edit, {"op": "remove", "id": kept.id, "at": 1.0}):
            assert call(browser(name), "notes-act", deed, path).status_code == 404
    assert "No note yet" in call(alice, "notes-act", {"op": "remove", "id": kept.id, "at": 2.0}, NOTES).text
    assert "warmed up" not in client.get(portal).text


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "x" * 281},
        {"text": ""},
        {"first": "2026-02-30"},
        {"first": "tomorrow"},
        {"last": "2020-01-01"},
        {"campaign": "Nobody's"},
        {"for_clients": "yes"},
        {"revision": "x"},
        {"id": 5},
    ],
)
def test_a_wrong_note_is_400_and_nothing_is_made(alice: Any, call: Any, running: Any, changes: Any) -> None:
    assert call(alice, "notes-act", note(**changes), NOTES).status_code == 400
    assert rows(running, Annotation) == []


def test_the_client_sees_who_saw_their_data(
    app: Any, browser: Any, call: Any, client: Any, world: Any
) -> None:
    """Dora, the client, and Alice read the log on the account's page; Charlie's has nothing of it."""
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
    client.get(f"/p/{world.harbour_token}/", headers={"User-Agent": agent})
    with app.app_context():
        openings().flush()
    for name in ("dora", "alice"):
        page = look(browser(name), call, f"{HARBOUR}/account")
        assert "Who looked" in page
        assert "127.0.0.0" in page
    assert "127.0.0.0" not in look(browser("charlie"), call, "/w/colossus/account")
    assert "This page does not exist" in look(browser("charlie"), call, f"{HARBOUR}/account")
