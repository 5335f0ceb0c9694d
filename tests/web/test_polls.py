"""Open pages that ask whether anything is new share a "no" for a moment, and nothing but that."""

from __future__ import annotations

from typing import Any

import pytest

from dashapp.sharing import links
from dashapp.web.middleware.polls import AT_MOST, FRESH, Polls, question_of

LIVE = "/p/token/live"


class App:
    """Answers as told, and counts."""

    def __init__(self) -> None:
        self.status, self.headers, self.asked, self.during = "304 NOT MODIFIED", [("ETag", '"a"')], 0, None

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        self.asked += 1
        if self.during is not None:
            self.during()
        start(self.status, self.headers)
        return [] if self.status.startswith("304") else [b"figures"]


class Door:
    """The middleware with a clock of our own."""

    def __init__(self) -> None:
        self.app, self.at = App(), 100.0
        self.polls = Polls(self.app, clock=lambda: self.at)

    def ask(self, path: str = LIVE, **headers: str) -> tuple[str, bytes]:
        said: list[str] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_IF_NONE_MATCH": '"a"'}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        body = b"".join(self.polls(environ, lambda status, headers, *more: said.append(status)))
        return said[0], body


def test_who_asks_the_same_within_a_moment_costs_nothing() -> None:
    door = Door()
    for _ in range(500):
        assert door.ask() == ("304 NOT MODIFIED", b"")
    assert door.app.asked == 1
    door.at += FRESH
    door.ask()
    assert door.app.asked == 2


@pytest.mark.parametrize(
    "other",
    [
        {"cookie": "vitrine_pass=x"},
        {"if_none_match": '"b"'},
        {"host": "other.example"},
        {"accept_language": "fr"},
        {"user_agent": "Slackbot"},
        {"path": "/p/other/live"},
    ],
)
def test_another_question_is_asked(other: dict[str, str]) -> None:
    door = Door()
    door.ask()
    door.ask(**other)
    assert door.app.asked == 2
    door.ask(x_forwarded_for="10.0.0.1")  # the same reader elsewhere
    assert door.app.asked == 2


def test_figures_refusals_and_cookies_are_never_given_twice() -> None:
    door = Door()
    for status in ("200 OK", "404 NOT FOUND", "503 SERVICE UNAVAILABLE"):
        door.app.status = status
        before = door.app.asked
        assert [door.ask()[0], door.ask()[0]] == [status, status]
        assert door.app.asked == before + 2
    door.app.status, door.app.headers = "304 NOT MODIFIED", [("Set-Cookie", "a=b")]
    before = door.app.asked
    door.ask()
    door.ask()
    assert door.app.asked == before + 2


def test_while_one_asks_anew_the_others_have_the_answer_of_before_and_not_for_long() -> None:
    door = Door()
    door.ask()
    door.at += FRESH
    seen: list[str] = []

    def meanwhile() -> None:
        door.app.during = None
        seen.append(door.ask()[0])
        door.at += AT_MOST
        before = door.app.asked
        door.ask()
        assert door.app.asked == before + 1, "whoever asks anew has died, or takes too long"

    door.app.during = meanwhile
    door.ask()
    assert seen == ["304 NOT MODIFIED"]


def test_only_open_pages_are_asked_so() -> None:
    told = {"REQUEST_METHOD": "GET", "PATH_INFO": LIVE, "HTTP_IF_NONE_MATCH": '"a"'}
    assert question_of(told) is not None
    for change in (
        {"REQUEST_METHOD": "POST"},
        {"PATH_INFO": "/p/token/"},
        {"HTTP_IF_NONE_MATCH": ""},
        {"HTTP_X": "x" * 9_000},
    ):
        assert question_of(told | change) is None


def test_a_revoked_link_says_so_within_the_moment(client: Any, running: Any, world: Any) -> None:
    """Guest's page is open; its poll is 304 until the moment is over, and then 404 as everywhere."""
    path = f"/p/{world.harbour_token}/"
    tag = client.get(f"{path}live").headers["ETag"]
    app = client.application.wsgi_app
    at = [100.0]
    app._clock = lambda: at[0]
    assert client.get(f"{path}live", headers={"If-None-Match": tag}).status_code == 304
    with running.session() as session:
        link = links.open_share(session, world.harbour_token)
        assert link is not None
        links.revoke(session, link)
    assert client.get(f"{path}live").status_code == 404
    assert client.get(path).status_code == 404
    at[0] += AT_MOST
    assert client.get(f"{path}live", headers={"If-None-Match": tag}).status_code == 404
