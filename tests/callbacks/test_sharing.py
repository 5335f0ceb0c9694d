"""The share dialog: who may, one link for one press, and never another workspace's link."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Workspace
from dashapp.views.schema import View, dump_view

HARBOUR = "/w/harbour-coffee/analytics"


def count(running: Any) -> int:
    with running.reading() as session:
        return session.scalar(select(func.count(Share.id)))


def state(running: Any, share_id: int) -> str:
    with running.reading() as session:
        return session.get(Share, share_id).state


def test_one_press_makes_one_link_and_two_make_two(alice: Any, call: Any, running: Any) -> None:
    before = count(running)
    first = call(alice, "share-create", 1, HARBOUR, None, None, None).json["response"]
    second = call(alice, "share-create", 2, HARBOUR, "", "", "").json["response"]
    assert count(running) == before + 2
    urls = {first["share-new"]["data"], second["share-new"]["data"]}
    assert len(urls) == 2
    for url in urls:
        assert alice.get(url.removeprefix(running.settings.public_url)).status_code == 200


def a_view(running: Any, workspace_id: int, name: str) -> int:
    """The id of a new view of that workspace alone, with nothing on it."""
    with running.session() as session:
        workspace = session.get_one(Workspace, workspace_id)
        made = StoredView(
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            slug=name.lower(),
            name=name,
            body=dump_view(View(name=name, tiles=[])),
        )
        session.add(made)
        session.flush()
        return made.id


def test_a_link_shows_the_view_that_was_chosen_and_the_list_names_it(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    mine = a_view(running, world.ids["harbour"], "Board")
    answer = call(alice, "share-create", 1, HARBOUR, None, None, str(mine)).json["response"]
    assert "Shows Board" in str(answer["share-made"])
    path = answer["share-new"]["data"].removeprefix(running.settings.public_url)
    assert "data-tile" not in alice.get(path).text, "the chosen view is empty, the first one is not"
    assert "Shows Board" in str(call(alice, "share-open", 1, HARBOUR).json["response"]["share-list"])


def test_a_view_of_charlies_or_of_nobody_makes_no_link(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    before = count(running)
    theirs = a_view(running, world.ids["colossus"], "Theirs")
    for view in (theirs, 999_999):
        assert call(alice, "share-create", 1, HARBOUR, None, None, str(view)).status_code == 404
    assert count(running) == before


def test_the_link_shows_in_a_field_that_can_only_be_read(alice: Any, call: Any) -> None:
    answer = call(alice, "share-create", 1, HARBOUR, None, None, None).json["response"]
    text = str(answer["share-made"])
    assert answer["share-new"]["data"] in text
    assert "'readOnly': True" in text


def test_opening_lists_the_links_of_this_workspace_only(alice: Any, call: Any, world: Any) -> None:
    answer = call(alice, "share-open", 1, HARBOUR).json["response"]
    assert answer["share-dialog"]["is_open"] is True
    assert world.harbour_token in str(answer)
    assert world.colossus_token not in str(answer)


@pytest.mark.parametrize("name", ["dora", "charlie"])
def test_who_may_not_share_gets_404_and_makes_nothing(
    browser: Any, call: Any, running: Any, world: Any, name: str
) -> None:
    who, before = browser(name), count(running)
    assert call(who, "share-open", 1, HARBOUR).status_code == 404
    assert call(who, "share-create", 1, HARBOUR, None, None, None).status_code == 404
    change = {"act": "revoke", "id": world.ids["harbour_share"], "at": 1}
    assert call(who, "share-act", change, HARBOUR).status_code == 404
    assert count(running) == before
    assert state(running, world.ids["harbour_share"]) == "active"


def test_pause_resume_revoke(alice: Any, call: Any, running: Any, world: Any) -> None:
    share, path = world.ids["harbour_share"], f"/p/{world.harbour_token}/"
    for act, after, status in [
        ("pause", "paused", 404),
        ("resume", "active", 200),
        ("revoke", "revoked", 404),
    ]:
        assert call(alice, "share-act", {"act": act, "id": share, "at": 1}, HARBOUR).status_code == 200
        assert state(running, share) == after
        assert alice.get(path).status_code == status
    again = {"act": "resume", "id": share, "at": 2}
    assert call(alice, "share-act", again, HARBOUR).status_code == 404


def test_alice_cannot_revoke_charlies_link_through_her_workspace(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    change = {"act": "revoke", "id": world.ids["colossus_share"], "at": 1}
    assert call(alice, "share-act", change, HARBOUR).status_code == 404
    assert state(running, world.ids["colossus_share"]) == "active"


def test_a_short_password_is_told_and_makes_nothing(alice: Any, call: Any, running: Any) -> None:
    before = count(running)
    answer = call(alice, "share-create", 1, HARBOUR, "short", None, None).json["response"]
    assert "8 to" in str(answer["share-made"])
    assert "share-new" not in answer
    assert count(running) == before


@pytest.mark.parametrize(("day", "told"), [("2020-01-31", "future"), ("2026-02-30", "calendar")])
def test_a_last_day_that_is_over_or_none_is_told(alice: Any, call: Any, day: str, told: str) -> None:
    assert told in call(alice, "share-create", 1, HARBOUR, None, day, None).text


def test_the_last_day_ends_in_the_workspaces_zone(alice: Any, call: Any, running: Any) -> None:
    call(alice, "share-create", 1, HARBOUR, "correct horse battery", "2099-07-01", None)
    with running.reading() as session:
        made = session.scalars(select(Share).order_by(Share.id.desc()).limit(1)).one()
    assert made.expires_at.isoformat() == "2099-07-01T21:59:59.999999+00:00"  # Madrid is UTC+2 in July
    assert made.password_hash is not None


@pytest.mark.parametrize(
    "values",
    [
        (0, HARBOUR, None, None, None),
        (None, HARBOUR, None, None, None),
        ("1", HARBOUR, None, None, None),
        (1, ["x"], None, None, None),
        (1, HARBOUR, {"$ne": 1}, None, None),
        (1, HARBOUR, None, "tomorrow", None),
        (1, HARBOUR, "x" * 201, None, None),
        (1, HARBOUR, None, None, "../1"),
        (1, HARBOUR, None, None, 7),
    ],
)
def test_a_wrong_type_is_400_and_makes_nothing(alice: Any, call: Any, running: Any, values: Any) -> None:
    before = count(running)
    assert call(alice, "share-create", *values).status_code == 400
    assert count(running) == before


@pytest.mark.parametrize(
    "change",
    [
        None,
        "revoke",
        {"act": "delete", "id": 1, "at": 1},
        {"act": "revoke", "id": "1", "at": 1},
        {"act": "revoke", "id": True, "at": 1},
        {"act": "revoke", "id": 2**40, "at": 1},
        {"act": "revoke", "id": 1, "at": 1, "workspace": "colossus"},
        {"act": "revoke", "id": 1},
    ],
)
def test_a_wrong_change_is_400(alice: Any, call: Any, change: Any) -> None:
    assert call(alice, "share-act", change, HARBOUR).status_code == 400
