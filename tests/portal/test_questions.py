"""Questions on a tile: Guest asks without an account, Alice answers, and nobody else reads the thread."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from dashapp.agencies import accounts
from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import QuestionMessage, TileQuestion
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.sharing import answering, links, questions, rotation, viewers
from dashapp.sharing.content import Content
from dashapp.ui import question_mails
from pages.questions.listing import rows_of
from tests.support.portal_house import House

PATH = "tiles/open/questions"
ASKED = {"text": "Why did opens fall?\nIn week 3.", "email": "Erin@Client.example", "name": "Erin"}


@pytest.fixture
def asked_house(house: House) -> House:
    """Alice owns North, Charlie South; Harbour has sent five e-mails."""
    with house.services.session() as session:
        for slug, email in (("north", "alice@north.example"), ("south", "charlie@south.example")):
            agency = session.scalars(select(Agency).where(Agency.slug == slug)).one()
            accounts.create_user(session, email, agency=agency, agency_role="owner")
    house.send(house.harbour, "m", 5)
    return house


def rows(house: House, kind: Any) -> list[Any]:
    with house.services.reading() as session:
        return list(session.scalars(select(kind).order_by(kind.id)))


def post(house: House, path: str, **form: str) -> Any:
    return house.app.test_client().post(f"{path}{PATH}?period=28", data={**ASKED, **form})


def get(house: House, path: str, more: str = "") -> str:
    return house.app.test_client().get(f"{path}{PATH}{more}").text


def answer(house: House, text: str = "A holiday in Madrid.") -> None:
    (question,) = rows(house, TileQuestion)
    with house.services.session() as session:
        row = session.get_one(TileQuestion, question.id)
        workspace = session.merge(house.harbour, load=True)
        session.refresh(workspace)
        message = answering.answer(session, workspace, row, text, actor="alice@north.example")
        question_mails.tell_client(session, house.settings, workspace, row, message)


def test_a_guest_asks_alice_answers_and_the_link_leads_back(asked_house: House) -> None:
    house = asked_house
    share_id, path = house.share(house.harbour)
    assert f'href="{PATH}?' in house.app.test_client().get(path).text
    form = get(house, path)
    assert "Open rate" in form
    assert 'name="email"' in form
    sent = post(house, path)
    assert sent.status_code == 303
    (question,) = rows(house, TileQuestion)
    assert (question.email, question.name, question.share_id) == ("erin@client.example", "Erin", share_id)
    (told,) = rows(house, Mail)
    assert (told.to, told.agency_id) == ("alice@north.example", house.north_id)
    assert "Why did opens fall?" in told.text
    assert f"http://localhost/w/harbour/questions?question={question.id}" in told.text
    assert path not in told.text

    answer(house)
    mail = rows(house, Mail)[1]
    assert mail.to == "erin@client.example"
    assert "A holiday in Madrid." in mail.text
    way = re.search(r"http://localhost(/p/\S+)", mail.text)
    assert way is not None
    shown = house.app.test_client().get(way[1]).text
    assert "Why did opens fall?" in shown
    assert "A holiday in Madrid." in shown
    assert "alice@north.example" not in shown  # the agency's name stands for its people
    # Whoever has only the link sees no thread.
    assert "holiday" not in get(house, path)
    assert "erin@client.example" not in get(house, path)


def test_a_thread_is_the_askers_until_it_is_shown_to_the_share(asked_house: House) -> None:
    house = asked_house
    share_id, path = house.share(house.harbour)
    _, other = house.share(house.harbour)
    with house.services.session() as session:
        share = session.get_one(Share, share_id)
        made = viewers.add_viewers(
            session, house.settings, share, ["erin@client.example", "frank@client.example"]
        )
        erin, frank = (
            viewers.viewer_url(house.settings, one).removeprefix("http://localhost") for one in made
        )
    post(house, erin)
    answer(house)
    assert "holiday" in get(house, erin)
    for stranger in (frank, path, other):
        assert "holiday" not in get(house, stranger)
    with house.services.session() as session:
        row = session.scalars(select(TileQuestion)).one()
        workspace = session.merge(house.harbour)
        answering.show_to_all(session, workspace, row, shown=True, actor="alice@north.example")
    for reader in (frank, path):
        shown = get(house, reader)
        assert "holiday" in shown
        assert "Erin" not in shown  # to the others it is a client's
        assert "Write more" not in shown
    assert "holiday" not in get(house, other)


def test_the_asker_writes_on_in_their_own_thread_alone(asked_house: House) -> None:
    house = asked_house
    _, path = house.share(house.harbour)
    _, other = house.share(house.harbour)
    thread = re.search(r"thread=([\w-]{43})", post(house, path).headers["Location"])
    assert thread is not None
    answer(house)
    assert post(house, path, thread=thread[1], text="Thanks!").status_code == 303
    (question,) = rows(house, TileQuestion)
    assert question.waits
    assert [one.text for one in rows(house, QuestionMessage)][-1] == "Thanks!"
    assert post(house, other, thread=thread[1], text="Not mine").status_code == 404
    assert post(house, path, thread="x" * 43, text="Not mine").status_code == 404
    assert len(rows(house, QuestionMessage)) == 3


@pytest.mark.parametrize(
    "form",
    [
        {"email": "erin@client.example\r\nBcc: x@y.example"},
        {"email": "a@b.example, c@d.example"},
        {"email": " ".join(f"v{n}@client.example" for n in range(10_000))},
        {"email": ""},
        {"text": ""},
        {"text": "\x00\x07"},
        {"text": "x" * 2_001},
        {"text": "x" * 1_000_000},
        {"name": "x" * 81},
        {"name": "two\x1blines"},
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(asked_house: House, form: dict[str, str]) -> None:
    house = asked_house
    _, path = house.share(house.harbour)
    refused = post(house, path, **form)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert rows(house, TileQuestion) == rows(house, Mail) == []


def test_a_program_that_fills_in_everything_tells_nobody(asked_house: House) -> None:
    _, path = asked_house.share(asked_house.harbour)
    assert post(asked_house, path, website="http://spam.example").status_code == 303
    assert rows(asked_house, TileQuestion) == rows(asked_house, Mail) == []


def test_the_sixth_question_of_an_hour_has_to_wait(asked_house: House) -> None:
    _, path = asked_house.share(asked_house.harbour)
    assert [post(asked_house, path).status_code for _ in range(5)] == [303] * 5
    refused = post(asked_house, path)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert len(rows(asked_house, TileQuestion)) == 5


@pytest.mark.parametrize("state", ["paused", "revoked"])
def test_a_link_that_ended_takes_no_question(asked_house: House, state: str) -> None:
    house = asked_house
    share_id, path = house.share(house.harbour)
    post(house, path)
    house.set_share(share_id, state=state)
    page = house.app.test_client().get(f"{path}{PATH}")
    unknown = house.app.test_client().get(f"/p/{'x' * 43}/{PATH}")
    assert (page.status_code, page.data) == (unknown.status_code, unknown.data) == (404, unknown.data)
    assert post(house, path).status_code == 404
    answer(house)  # the answer still arrives, without an address that leads nowhere
    assert "/p/" not in rows(house, Mail)[1].text


def test_a_new_address_is_not_told_to_who_had_the_old_one(asked_house: House) -> None:
    house = asked_house
    share_id, path = house.share(house.harbour)
    post(house, path)
    with house.services.session() as session:
        rotation.rotate(session, house.settings, session.get_one(Share, share_id))
    answer(house)
    assert "/p/" not in rows(house, Mail)[1].text


def test_a_barred_viewer_gets_no_way_back(asked_house: House) -> None:
    house = asked_house
    share_id, _ = house.share(house.harbour)
    with house.services.session() as session:
        share = session.get_one(Share, share_id)
        (erin,) = viewers.add_viewers(session, house.settings, share, ["erin@client.example"])
        path = viewers.viewer_url(house.settings, erin).removeprefix("http://localhost")
    post(house, path)
    with house.services.session() as session:
        session.get_one(ShareViewer, erin.id).state = "barred"
    assert post(house, path).status_code == 404
    answer(house)
    assert "/p/" not in rows(house, Mail)[1].text


def test_what_the_share_does_not_show_cannot_be_asked_about(asked_house: House) -> None:
    house = asked_house
    _, path = house.share(house.harbour)
    client = house.app.test_client()
    for wrong in (
        "tiles/nothing/questions",
        "views/999999/tiles/open/questions",
        "tiles/hot-leads/questions",
    ):
        assert client.get(f"{path}{wrong}").status_code == 404
        assert client.post(f"{path}{wrong}", data=ASKED).status_code == 404
    assert rows(house, TileQuestion) == []


def test_a_password_comes_first(asked_house: House) -> None:
    house = asked_house
    _, path = house.share(house.harbour, password="a client's own word")
    client = house.app.test_client()
    asked = client.get(f"{path}{PATH}?period=28")
    assert asked.status_code == 303
    assert "questions" in asked.headers["Location"]
    assert client.post(f"{path}{PATH}", data=ASKED).status_code == 303
    assert rows(house, TileQuestion) == []
    client.post(f"{path}unlock", data={"password": "a client's own word"})
    assert "Ask about this tile" in client.get(f"{path}{PATH}").text


def test_charlie_finds_no_question_of_harbours(asked_house: House) -> None:
    house = asked_house
    _, path = house.share(house.harbour)
    post(house, path)
    (question,) = rows(house, TileQuestion)
    with house.services.session() as session:
        colossus, pine = session.merge(house.colossus), session.merge(house.pine)
        for workspace in (colossus, pine):
            session.refresh(workspace)
            assert answering.questions_of(session, workspace) == []
            for wrong in (question.id, 999_999, -1, True, "1"):
                with pytest.raises(NotFound, match="no such question"):
                    answering.question_of(session, workspace, wrong)  # type: ignore[arg-type]


def test_a_thread_goes_with_its_address_after_13_months(asked_house: House) -> None:
    house = asked_house
    _, path = house.share(house.harbour)
    for text in ("Old", "Young"):
        post(house, path, text=text)
    old, young = rows(house, TileQuestion)
    at = now()
    with house.services.session() as session:
        session.get_one(TileQuestion, old.id).updated_at = at - timedelta(days=397)
        session.get_one(TileQuestion, young.id).updated_at = at - timedelta(days=395)
    with house.services.engine.begin() as connection:
        assert questions.forget(connection, at) == 1
    assert [one.id for one in rows(house, TileQuestion)] == [young.id]
    assert [one.text for one in rows(house, QuestionMessage)] == ["Young"]


def test_the_desk_reads_many_threads_with_few_statements(asked_house: House) -> None:
    house = asked_house

    def statements() -> int:
        counted: list[str] = []

        def count(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            counted.append(statement)

        with house.services.reading() as session:
            workspace = session.get_one(Workspace, house.harbour.id)
            engine = session.get_bind()
            event.listen(engine, "before_cursor_execute", count)
            try:
                found = rows_of(session, workspace)
            finally:
                event.remove(engine, "before_cursor_execute", count)
        assert len({row.link for row in found}) == len(found)  # each came by a viewer's link of another share
        return len(counted)

    def ask_by_a_viewer(n: int) -> None:
        share_id, _ = house.share(house.harbour, name=f"Link {n}")
        with house.services.session() as session:
            row = session.get_one(Share, share_id)
            (viewer,) = viewers.add_viewers(session, house.settings, row, [f"v{n}@client.example"])
            token = viewers.viewer_token(house.settings, viewer)
        assert post(house, f"/p/{token}/").status_code == 303

    ask_by_a_viewer(1)
    one = statements()
    for n in (2, 3, 4):
        ask_by_a_viewer(n)
    assert statements() == one


def test_a_share_without_questions_has_none_at_the_next_request(asked_house: House) -> None:
    """Neither link nor page nor form, on an open page, behind a thread's link, and in a further view."""
    house = asked_house
    share_id, path = house.share(house.harbour)
    _, other = house.share(house.harbour)
    guest = house.app.test_client()
    tag = guest.get(f"{path}live").headers["ETag"]
    post(house, path)
    answer(house)
    thread = re.search(r"thread=\S+", rows(house, Mail)[1].text)
    assert thread is not None
    with house.services.session() as session:
        share = session.get_one(Share, share_id)
        content = Content(questions=False)
        links.edit_share(session, share, name="", content=content, actor="alice@north.example")
    assert "/questions?" not in guest.get(path).text
    changed = guest.get(f"{path}live", headers={"If-None-Match": tag})
    assert (changed.status_code, "/questions?" in changed.text) == (200, False)
    gone = guest.get(f"/p/{'x' * 43}/").data
    for address in (PATH, f"{PATH}?{thread[0]}", f"views/1/{PATH}"):
        assert (guest.get(path + address).status_code, guest.get(path + address).data) == (404, gone)
    assert (post(house, path).status_code, len(rows(house, TileQuestion))) == (404, 1)
    with house.services.reading() as session:
        question = session.scalars(select(TileQuestion)).one()
        assert question_mails.way_back(session, house.settings, question) is None
    assert "/questions?" in guest.get(other).text
