"""What one does in an incident, on the command line, beside the running app: it counts at the next request.

Charlie, the stranger, owns South: nothing done to North's people, links and sources touches his.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dashapp.access.trail import trail
from dashapp.cli import main
from dashapp.db.security import AuditEntry, LoginSession
from dashapp.portal.openings import openings
from dashapp.services import Services
from tests.support.world import EMAILS, HTML, PASSWORD, Browser, World, log_in

PAGE = "/w/harbour-coffee/analytics"
NEW = "a quite different sentence, hers"
Ask = Callable[..., Any]


@pytest.fixture
def vitrine(running: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`vitrine WORDS…` on the installation the app runs on; `stdin` is what is typed or piped in."""
    monkeypatch.setenv("VITRINE_HOME", str(running.settings.home))
    monkeypatch.setenv("VITRINE_SECRET_KEY", running.settings.secret_key)

    def run(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, list(words), input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def answer(vitrine: Callable[..., Result]) -> Ask:
    """The document of a command that went well."""

    def ask(*words: str, stdin: str | None = None) -> Any:
        result = vitrine(*words, "--json", stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return ask


def verbs(running: Services) -> list[tuple[str, str, str]]:
    """What the command line wrote into the trail, in order."""
    with running.reading() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.actor == "cli").order_by(AuditEntry.id))
        return [(row.actor, row.verb, row.detail) for row in rows][-1:]


def test_a_disabled_person_is_out_at_the_next_request(browser, running, answer: Ask) -> None:
    bob, charlie = browser("bob"), browser("charlie")
    assert bob.get(PAGE).status_code == 200
    assert answer("user", "disable", EMAILS["bob"].upper()) == {"user": EMAILS["bob"], "active": False}
    assert verbs(running) == [("cli", "user.disable", EMAILS["bob"])]
    assert bob.get(PAGE).status_code == 401
    assert log_in(bob.client, EMAILS["bob"]).status_code == 401
    assert charlie.get("/").status_code == 200
    assert answer("user", "enable", EMAILS["bob"]) == {"user": EMAILS["bob"], "active": True}
    assert bob.get(PAGE).status_code == 401  # the old session stays ended
    assert log_in(bob.client, EMAILS["bob"]).status_code == 303
    assert bob.get(PAGE).status_code == 200


def test_ended_sessions_end_and_the_password_stays(browser, app, running, answer: Ask) -> None:
    phone, laptop, charlie = browser("alice"), browser("alice"), browser("charlie")
    assert answer("user", "end-sessions", EMAILS["alice"]) == {"user": EMAILS["alice"], "ended": 2}
    assert verbs(running) == [("cli", "sessions.end", f"{EMAILS['alice']}: 2")]
    assert [person.get("/").status_code for person in (phone, laptop, charlie)] == [401, 401, 200]
    turned_away = phone.get(PAGE, headers=HTML)
    assert (turned_away.status_code, turned_away.location) == (302, f"/login?next={PAGE}")
    assert Browser(app, "alice").response.status_code == 303
    assert answer("user", "end-sessions", EMAILS["bob"])["ended"] == 0


def test_a_new_password_comes_through_stdin_and_ends_every_session(
    browser, app, running, answer: Ask, vitrine
) -> None:
    def log_in_with(password: str) -> int:
        return log_in(app.test_client(), EMAILS["alice"], password).status_code

    alice = browser("alice")
    assert answer("user", "set-password", EMAILS["alice"], "--password-stdin", stdin=NEW + "\n") == {
        "user": EMAILS["alice"]
    }
    assert verbs(running) == [("cli", "password.set", EMAILS["alice"])]
    assert alice.get("/").status_code == 401
    assert [log_in_with(password) for password in (PASSWORD, NEW)] == [401, 303]
    with running.reading() as session:
        assert NEW not in "".join(session.scalars(select(AuditEntry.detail)))
    for words, stdin, why in (
        (("--password-stdin",), "short\n", "12 to 128 characters"),
        (("--password-stdin",), "\n", "no password on stdin"),
        ((), "", "no terminal"),
        (("--password-stdin",), "alice-north-2026\n", "among the first that are guessed"),
    ):
        refused = vitrine("user", "set-password", EMAILS["alice"], *words, stdin=stdin)
        assert (refused.exit_code, why in refused.stderr) == (1, True), refused.stderr
    as_argument = vitrine("user", "set-password", EMAILS["alice"], "--password", NEW)
    assert as_argument.exit_code == 2  # there is no such option
    assert log_in_with(NEW) == 303  # what was refused changed nothing


def test_a_role_changed_or_taken_away_counts_at_the_next_request(browser, running, answer: Ask) -> None:
    bob = browser("bob")
    pines = "/w/pine-dental/analytics"
    assert [bob.get(page).status_code for page in (PAGE, pines)] == [200, 200]
    only_pine = ("user", "role", EMAILS["bob"], "--workspace", "pine-dental", "--role", "client")
    assert answer(*only_pine) == {"user": EMAILS["bob"], "place": "pine-dental", "role": "client"}
    removed = answer("user", "role", EMAILS["bob"], "--agency", "north", "--remove")
    assert removed == {"user": EMAILS["bob"], "place": "north", "role": None}
    assert verbs(running) == [("cli", "role.set", f"{EMAILS['bob']}: None")]
    assert [bob.get(page).status_code for page in (PAGE, pines)] == [404, 200]
    roles = answer("user", "list", "--agency", "north")["users"]
    assert {person["user"]: [role["role"] for role in person["roles"]] for person in roles} == {
        EMAILS["alice"]: ["owner"],
        EMAILS["bob"]: ["client"],
        EMAILS["carla"]: ["manager"],
        EMAILS["dora"]: ["client"],
    }
    assert next(person for person in roles if person["user"] == EMAILS["bob"])["sessions"] == 1


def test_an_agency_keeps_an_owner_who_can_log_in(vitrine, answer: Ask) -> None:
    """Alice is North's only owner; with Bob beside her she may go, and then Bob is the one who stays."""
    alone = (
        ("user", "disable", EMAILS["alice"]),
        ("user", "role", EMAILS["alice"], "--agency", "north", "--remove"),
        ("user", "role", EMAILS["alice"], "--agency", "north", "--role", "admin"),
    )
    for words in alone:
        refused = vitrine(*words)
        assert (refused.exit_code, "keeps at least one owner" in refused.stderr) == (1, True), refused.stderr
    answer("user", "role", EMAILS["bob"], "--agency", "north", "--role", "owner")
    answer("user", "disable", EMAILS["alice"])
    for words in (
        ("user", "disable", EMAILS["bob"]),
        ("user", "role", EMAILS["bob"], "--agency", "north", "--remove"),
    ):
        assert vitrine(*words).exit_code == 1  # Alice owns it still, but cannot log in
    answer("user", "enable", EMAILS["alice"])
    answer("user", "disable", EMAILS["bob"])


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("user", "disable", "nobody@north.example"), 1, "There is no account of 'nobody@north.example'."),
        (("user", "role", EMAILS["bob"], "--role", "admin"), 2, "either --agency or --workspace"),
        (("user", "role", EMAILS["bob"], "--agency", "north"), 2, "either --role or --remove"),
        (
            ("user", "role", EMAILS["bob"], "--agency", "north", "--role", "god"),
            1,
            "is not a role in an agency",
        ),
        (("user", "role", EMAILS["bob"], "--agency", "nowhere", "--role", "admin"), 1, "no agency 'nowhere'"),
        (("source", "pause", "999"), 1, "There is no source 999"),
        (("share", "set-password", "999", "--remove"), 1, "There is no link 999"),
        (("incident", "--since", "yesterday"), 2, "is no moment"),
        (("incident", "--since", "7d", "--until", "8d"), 2, "--until lies before --since"),
        (("incident", "--since", "7d", "--share", "1", "--agency", "north"), 2, "Give one of"),
        (("incident", "--since", "7d", "--share", "999"), 1, "There is no link 999"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(vitrine, words: tuple[str, ...], code: int, why: str) -> None:
    result = vitrine(*words)
    assert (result.exit_code, why in result.stderr) == (code, True), result.stderr


def delivered(client: Any, path: str, secret: str) -> int:
    """The status of one signed canonical event."""
    from tests.web.test_hooks import deliver, event

    return int(deliver(client, path, secret, [event(1)]).status_code)


def test_a_source_is_paused_resumed_rotated_and_closed_for_good(
    client, world: World, running, answer: Ask, vitrine
) -> None:
    number = str(world.ids["harbour_source"])
    theirs = (world.colossus_hook, world.colossus_secret)
    assert delivered(client, world.harbour_hook, world.harbour_secret) == 200
    assert answer("source", "pause", number) == {"id": int(number), "state": "paused"}
    assert delivered(client, world.harbour_hook, world.harbour_secret) == 404
    answer("source", "resume", number)
    assert delivered(client, world.harbour_hook, world.harbour_secret) == 200

    slowly = answer("source", "rotate", number)
    assert (slowly["id"], slowly["url"]) == (int(number), world.harbour_hook)
    assert delivered(client, world.harbour_hook, world.harbour_secret) == 200  # for another 24 hours
    assert delivered(client, world.harbour_hook, slowly["secret"]) == 200
    leaked = answer("source", "rotate", number, "--at-once", "--new-address")
    assert leaked["url"] != world.harbour_hook
    assert delivered(client, world.harbour_hook, leaked["secret"]) == 404
    assert [delivered(client, leaked["url"], s) for s in (world.harbour_secret, slowly["secret"])] == [
        401,
        401,
    ]
    assert delivered(client, leaked["url"], leaked["secret"]) == 200

    assert answer("source", "close", number) == {"id": int(number), "state": "closed"}
    assert verbs(running) == [("cli", "source.close", f"source {number} (canonical)")]
    assert delivered(client, leaked["url"], leaked["secret"]) == 404
    assert vitrine("source", "resume", number).exit_code == 1
    assert delivered(client, *theirs) == 200
    assert [row["workspace"] for row in answer("source", "list")["sources"]] == ["colossus"]
    everything = answer("source", "list", "--closed")["sources"]
    assert [(row["workspace"], row["state"]) for row in everything] == [
        ("harbour-coffee", "closed"),
        ("colossus", "active"),
    ]
    assert "secret" not in json.dumps(everything).replace("old_secret_until", "")


def test_a_provider_that_makes_the_secret_must_be_asked_for_the_new_one(answer: Ask, vitrine) -> None:
    made = answer(
        "source", "create", "--workspace", "harbour-coffee", "--provider", "mailgun", "--secret", "key-1"
    )
    refused = vitrine("source", "rotate", str(made["id"]))
    assert (refused.exit_code, "a key of its own" in refused.stderr) == (1, True)
    again = answer("source", "rotate", str(made["id"]), "--secret-stdin", stdin="key-2\n")
    assert again["secret"] == "key-2"


def test_a_links_password_is_changed_and_removed_at_the_next_request(
    client, world: World, answer: Ask, vitrine
) -> None:
    number, path = str(world.ids["harbour_share"]), f"/p/{world.harbour_token}/"
    locked = 'name="password"'
    assert locked not in client.get(path).text
    answer("share", "set-password", number, "--password-stdin", stdin="three blue doors\n")
    assert locked in client.get(path).text
    assert client.post(f"{path}unlock", data={"password": "three blue doors"}).status_code == 303
    assert locked not in client.get(path).text
    answer("share", "set-password", number, "--password-stdin", stdin="four green doors\n")
    assert locked in client.get(path).text  # the pass of the old password is over
    weak = vitrine("share", "set-password", number, "--password-stdin", stdin="password\n")
    assert (weak.exit_code, "among the first that are guessed" in weak.stderr) == (1, True)
    own = vitrine("share", "set-password", number, "--password-stdin", stdin="harbour-2026\n")
    assert (own.exit_code, "among the first that are guessed" in own.stderr) == (1, True)
    assert answer("share", "set-password", number, "--remove") == {"id": int(number), "password": False}
    assert locked not in client.get(path).text


def test_a_password_as_an_argument_still_works_and_is_warned_about(vitrine) -> None:
    words = ("user", "create", "erin@north.example")
    warned = vitrine(*words, "--password", NEW, "--json")
    assert (warned.exit_code, json.loads(warned.stdout)) == (0, {"user": "erin@north.example"})
    assert "other users of this machine can see" in warned.stderr
    piped = vitrine("user", "create", "frank@north.example", "--password-stdin", "--json", stdin=NEW + "\n")
    assert (piped.exit_code, piped.stderr) == (0, "")
    both = vitrine("user", "create", "gus@north.example", "--password", NEW, "--password-stdin", stdin=NEW)
    assert both.exit_code == 2


def test_an_incident_tells_who_looked_at_what(app, browser, client, world: World, answer: Ask) -> None:
    """Charlie tries North's pages with his session; Guest opens Harbour's link three times, Bob looks once."""
    bob, charlie = browser("bob"), browser("charlie")
    assert bob.get(PAGE).status_code == 200
    assert [charlie.get(PAGE).status_code for _ in range(3)] == [404] * 3
    assert [client.get(f"/p/{world.harbour_token}/").status_code for _ in range(3)] == [200] * 3
    with app.app_context():
        trail().flush()
        openings().flush()

    everybody = {one["actor"]: one for one in answer("incident", "--since", "1h")["actors"]}
    guest = f"guest:{world.ids['harbour_share']}"
    assert everybody[EMAILS["charlie"]]["verbs"] == {"denied": 3, "login": 1}
    assert everybody[EMAILS["bob"]]["verbs"] == {"login": 1, "workspace.open": 1}
    assert everybody[guest]["verbs"] == {"share.open": 3}
    assert everybody[guest]["workspaces"] == ["harbour-coffee"]
    assert everybody[guest]["addresses"] == ["127.0.0.1"]

    north = answer("incident", "--since", "1h", "--agency", "north")
    assert {one["actor"] for one in north["actors"]} >= {EMAILS["bob"], EMAILS["charlie"], guest}
    denied = [entry for entry in north["entries"] if entry["verb"] == "denied"]
    assert sum(entry["n"] for entry in denied) == 3
    assert {(entry["workspace"], entry["detail"]) for entry in denied} == {
        ("harbour-coffee", f"404 GET {PAGE}")
    }
    south = answer("incident", "--since", "1h", "--agency", "south")
    did = {one["actor"]: one["verbs"] for one in south["actors"]}
    assert did[EMAILS["charlie"]] == {"login": 1}  # and nothing of North's
    assert set(did) == {EMAILS["charlie"], "cli"}  # which made the agency

    his = answer("incident", "--since", "1h", "--user", EMAILS["bob"])
    assert {one["actor"]: one["verbs"] for one in his["actors"]} == {
        EMAILS["bob"]: {"login": 1, "workspace.open": 1},
        "cli": {"user.create": 1, "password.set": 1, "role.set": 1},
    }
    assert [one["ip"] for one in his["sessions"]] == ["127.0.0.1"]
    link = answer("incident", "--since", "2020-01-01", "--share", str(world.ids["harbour_share"]))
    assert link["state"] == "active"
    assert {entry["verb"] for entry in link["entries"]} == {"share.create", "share.open"}
    few = answer("incident", "--since", "1h", "--limit", "1")
    assert (len(few["entries"]), few["truncated"]) == (1, True)
    assert answer("incident", "--since", "2020-01-01", "--until", "2020-01-02")["actors"] == []


def test_the_text_of_an_incident_is_for_a_person(browser, vitrine, answer: Ask) -> None:
    browser("bob")
    answer("user", "end-sessions", EMAILS["bob"])
    told = vitrine("incident", "--since", "24h", "--user", EMAILS["bob"]).stdout
    assert "The account is active; 0 sessions are open." in told
    assert "sessions.end" in told


def test_sessions_are_gone_from_the_database(browser, running, answer: Ask) -> None:
    browser("alice"), browser("charlie")
    answer("user", "end-sessions", EMAILS["alice"])
    with running.reading() as session:
        left = session.scalars(select(LoginSession.user_id)).all()
    assert len(left) == 1
