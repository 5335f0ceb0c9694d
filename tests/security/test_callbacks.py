"""Every callback of the desk: it has a policy, checks what it is sent, shows only what is the caller's."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from dash import Dash, Input, Output, State
from flask import Flask
from sqlalchemy import func, select

from callbacks.guard import Args, Guard, NoArgs
from dashapp.access import policy
from dashapp.db.reports import Share
from dashapp.db.tenants import Source
from tests.security.bodies import body_of, server_callbacks
from tests.support.examples import many

ADDRESS = "/_dash-update-component"


def unwrapped(function: Any) -> Any:
    """The registered function below Dash's wrappers."""
    while hasattr(function, "__wrapped__") and not hasattr(function, "__policy__"):
        function = function.__wrapped__
    return function


def test_every_callback_has_a_policy(app) -> None:
    desk = app.extensions["vitrine_desk"]
    assert len(server_callbacks(desk)) >= 3
    for key, spec in server_callbacks(desk).items():
        assert getattr(unwrapped(spec["callback"]), "__policy__", None) in policy.VERBS, key


def test_no_callback_has_a_door_of_its_own(app) -> None:
    desk = app.extensions["vitrine_desk"]
    assert desk.callback_api_paths == {}
    assert not any(spec.get("background") for spec in desk.callback_map.values())
    assert not any("mcp" in rule.rule for rule in app.url_map.iter_rules())


@pytest.mark.parametrize("name", ["alice", "bob", "carla", "dora", "charlie"])
def test_nobody_reaches_into_another_agency(app, browser, running, name) -> None:
    """Each callback with each workspace: what is not theirs is 404 or an empty page, never a name of it."""
    theirs = {
        "alice": {"harbour-coffee", "pine-dental"},
        "bob": {"harbour-coffee", "pine-dental"},
        "carla": {"harbour-coffee"},
        "dora": {"harbour-coffee"},
        "charlie": {"colossus"},
    }[name]
    names = {"harbour-coffee": "Harbour Coffee", "pine-dental": "Pine Dental", "colossus": "Colossus"}
    person = browser(name)
    before = _shares_and_sources(running)
    for key, spec in server_callbacks(app.extensions["vitrine_desk"]).items():
        for slug in names.keys() - theirs:
            for page in ("analytics", "sources"):
                for search in ("", "?pathname=/w/colossus/analytics&slug=colossus"):
                    body = body_of(key, spec, url_pathname=f"/w/{slug}/{page}", url_search=search)
                    answer = person.post(ADDRESS, json=body)
                    assert answer.status_code < 500, (key, slug, answer.text)
                    for foreign in names.keys() - theirs:
                        assert names[foreign] not in answer.text, (key, slug)
    assert _shares_and_sources(running) == before


def _shares_and_sources(running) -> tuple[int, int]:
    with running.reading() as session:
        return (
            session.scalar(select(func.count()).select_from(Share)),
            session.scalar(select(func.count()).select_from(Source)),
        )


def test_a_nul_is_400_wherever_it_stands(app, browser) -> None:
    """PostgreSQL takes it in no text; in an id, a value and deep in one."""
    alice = browser("alice")
    for key, spec in server_callbacks(app.extensions["vitrine_desk"]).items():
        for bad in ("harbour\0", ["harbour\0"], {"sql": {"text": "\0"}}):
            body = body_of(key, spec)
            for sent in (*body["inputs"], *body.get("state", [])):
                (sent[0] if isinstance(sent, list) else sent)["value"] = bad
            assert alice.post(ADDRESS, json=body).status_code == 400, key


def test_whoever_may_only_look_makes_no_link_and_no_source(app, browser, running) -> None:
    dora = browser("dora")
    before = _shares_and_sources(running)
    for key, spec in server_callbacks(app.extensions["vitrine_desk"]).items():
        if unwrapped(spec["callback"]).__policy__ in {"share.manage", "source.manage"}:
            assert dora.post(ADDRESS, json=body_of(key, spec)).status_code == 404, key
    assert _shares_and_sources(running) == before


MUTATIONS: list[Any] = [
    None,
    1,
    "x",
    [],
    {},
    [[]],
    {"id": {}},
    True,
    "A" * 1000,
    -1,
    {"id": 1, "property": 2},
]
MUTATIONS += [
    1e300,
    "..x..",
    {"type": "Iframe"},
    ["/w/colossus/analytics"],
    {"$ne": 1},
    "\0",
    "/w/colossus/analytics",
]


def mutated(body: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """A copy with one thing removed or replaced somewhere."""
    body = copy.deepcopy(body)
    here: Any = body
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return body
        key = dice.choice(keys)
        if isinstance(here[key], (dict, list)) and dice.random() < 0.6:
            here = here[key]
            continue
        if dice.random() < 0.3 and isinstance(here, dict):
            del here[key]
        else:
            here[key] = dice.choice(MUTATIONS)
        return body


@pytest.mark.more
def test_thousands_of_bent_bodies_and_no_server_error(app, alice) -> None:
    dice = random.Random(1)
    callbacks = server_callbacks(app.extensions["vitrine_desk"])
    bodies = [body_of(key, spec) for key, spec in callbacks.items()]
    counts: dict[int, int] = {}
    tries = 4_000 if many() else 600
    for _ in range(tries):
        body = dice.choice(bodies)
        for _ in range(dice.randint(1, 3)):
            body = mutated(body, dice)
        answer = alice.post(ADDRESS, json=body)
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, json.dumps(body)
    assert counts[400] > tries / 4, counts


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"null",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b'{"output": NaN}',
        b'{"output":"page.children","inputs":Infinity}',
        b"[" * 100_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"output":"__proto__"}',
        b'{"output":["a"]}',
    ],
)
def test_what_is_no_envelope_is_refused(alice, body) -> None:
    answer = alice.post(ADDRESS, data=body, content_type="application/json")
    assert answer.status_code in {400, 404}


def test_a_query_string_is_refused(alice) -> None:
    assert alice.post(f"{ADDRESS}?cancelJob=1&job=2", json={"output": "x.y"}).status_code == 400


def test_the_unbent_bodies_work(app, alice) -> None:
    for key, spec in server_callbacks(app.extensions["vitrine_desk"]).items():
        answer = alice.post(ADDRESS, json=body_of(key, spec))
        assert answer.status_code < 500, (key, answer.text)
        if unwrapped(spec["callback"]).__policy__ == "workspace.read":
            assert answer.status_code in {200, 204}, (key, answer.text)


class Two(Args):
    """A number and a text."""

    n: int | None
    text: str


@pytest.fixture
def guard(running) -> Guard:
    """A guard over a Dash app of its own."""
    return Guard(Dash("guarded", server=Flask("guarded"), use_pages=False, pages_folder=""), running)


def test_the_guard_refuses_a_wrong_registration(guard) -> None:
    out, inp, state = Output("o", "children"), Input("i", "n_clicks"), State("s", "value")
    with pytest.raises(ValueError, match="not a verb"):
        guard.callback(out, inp, verb="workspace.raed", args=NoArgs)
    with pytest.raises(TypeError, match="1 inputs and states"):
        guard.callback(out, inp, verb="workspace.read", args=Two)
    with pytest.raises(TypeError, match="then the states"):
        guard.callback(out, state, inp, verb="workspace.read", args=Two)
    with pytest.raises(TypeError, match="one by one"):
        guard.callback([out], [inp], verb="workspace.read", args=NoArgs)
    for option in ("background", "api_endpoint", "mcp_enabled", "websocket"):
        with pytest.raises(ValueError, match=option):
            guard.callback(out, inp, state, verb="workspace.read", args=Two, **{option: True})
        with pytest.raises(ValueError, match=option):
            guard.clientside("function(){}", out, inp, **{option: True})


@pytest.mark.parametrize(
    ("n", "text"), [("1", "x"), (1.5, "x"), (True, "x"), (1, 1), (1, None), (1, ["x"]), ({}, "x")]
)
def test_arguments_are_taken_as_they_are_or_not_at_all(n, text) -> None:
    from callbacks.guard import _parse
    from dashapp.errors import Refused

    assert _parse(Two, ["n", "text"], (1, "x")) == Two(n=1, text="x")
    with pytest.raises(Refused):
        _parse(Two, ["n", "text"], (n, text))
