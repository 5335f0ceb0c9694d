"""The sources page: one door for one press, for those who may manage them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.tenants import Source
from data.events.canonical import canonical
from data.lake.segments import drain
from tests.support.signers import public

HARBOUR = "/w/harbour-coffee/sources"


def test_alice_connects_sendgrid_and_sees_the_address(alice: Any, call: Any) -> None:
    key = public("alice")
    answer = call(alice, "source-create", 1, HARBOUR, "sendgrid", key, None).json["response"]
    assert "/hooks/sendgrid/" in str(answer["source-made"])
    assert key not in str(answer)
    assert "/hooks/sendgrid/" in str(answer["sources-list"])


def test_a_secret_we_make_is_shown_once(alice: Any, call: Any) -> None:
    answer = call(alice, "source-create", 1, HARBOUR, "canonical", "", None).json["response"]
    assert "Secret, shown only now" in str(answer["source-made"])
    page = call(alice, "url", HARBOUR, "").text
    assert "shown only now" not in page


def test_an_unknown_provider_is_told(alice: Any, call: Any) -> None:
    answer = call(alice, "source-create", 1, HARBOUR, "carrier-pigeon", None, None).json["response"]
    assert "is not a provider" in str(answer["source-made"])


@pytest.mark.parametrize("name", ["bob", "dora", "charlie"])
def test_who_may_not_gets_404(browser: Any, call: Any, name: str) -> None:
    who = browser(name)
    assert call(who, "source-create", 1, HARBOUR, "canonical", None, None).status_code == 404
    title = call(who, "url", HARBOUR, "").json["response"]["title"]["data"]
    assert title == f"Not found · {'North' if name == 'dora' else 'Vitrine'}"


@pytest.mark.parametrize(
    "values",
    [
        (1, HARBOUR, ["canonical"], None, None),
        (1, HARBOUR, "canonical", 5, None),
        (0, HARBOUR, "canonical", None, None),
        (1, HARBOUR, "canonical", None, "yes"),
    ],
)
def test_a_wrong_type_is_400(alice: Any, call: Any, values: Any) -> None:
    assert call(alice, "source-create", *values).status_code == 400


def test_mailgun_needs_a_key_of_its_own(alice: Any, call: Any) -> None:
    answer = call(alice, "source-create", 1, HARBOUR, "mailgun", "", None).json["response"]
    assert "Paste what Mailgun signs with" in str(answer["source-made"])
    assert "sources-list" not in answer
    asked = call(alice, "source-provider", "mailgun").json["response"]
    assert asked["source-secret-label"]["children"] == "HTTP webhook signing key"


def test_a_new_source_waits_and_receives_once_an_event_came(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    answer = call(alice, "source-create", 1, HARBOUR, "postmark", "a password", None).json["response"]
    assert "is connected" not in str(answer)
    assert "Waiting for the first event" in str(answer["sources-list"])
    id_ = _newest(running, world.ids["harbour"])
    assert "nothing has arrived yet" in str(_act(alice, call, "test", id_)["source-told"])
    at = datetime.now(UTC)
    sent = canonical(
        {
            "event_id": "e1",
            "event": "sent",
            "occurred_at": at,
            "message_id": "m",
            "lead": "ann@client.example",
        },
        received_at=at,
    )
    running.inbox.put(world.ids["harbour"], id_, [sent], received_at=at)
    tested = _act(alice, call, "test", id_)
    assert "Working: the address answers" in str(tested["source-told"])
    assert "1 in the last 24 hours" in str(tested["sources-list"])
    drain(running.lake)
    assert "1 in the last 24 hours" in str(_act(alice, call, "test", id_)["sources-list"])


def test_pause_resume_rotate_and_delete(alice: Any, call: Any, running: Any, world: Any) -> None:
    made = call(alice, "source-create", 1, HARBOUR, "canonical", "", None).json["response"]["source-made"]
    id_ = _newest(running, world.ids["harbour"])
    assert "Paused" in str(_act(alice, call, "pause", id_)["sources-list"])
    assert "is paused" in str(_act(alice, call, "test", id_)["source-told"])
    assert "Resumed" in str(_act(alice, call, "resume", id_)["source-told"])
    rotated = _act(alice, call, "rotate", id_)
    fresh = re.findall(r"whsec_[\w+/=]+", json.dumps(rotated["source-told"]))
    assert fresh
    assert fresh[0] not in json.dumps(made)
    assert "accepted until" in str(rotated["sources-list"])
    assert "no longer works" in str(_act(alice, call, "close", id_)["source-told"])
    assert call(alice, "source-act", {"act": "resume", "id": id_, "at": 1}, HARBOUR).status_code == 404


def test_a_source_of_mailgun_takes_no_secret_of_ours(alice: Any, call: Any, running: Any, world: Any) -> None:
    call(alice, "source-create", 1, HARBOUR, "mailgun", "their key", None)
    id_ = _newest(running, world.ids["harbour"])
    told = str(_act(alice, call, "rotate", id_)["source-told"])
    assert "signs with a key of its own" in told
    told = str(_act(alice, call, "rotate", id_, secret="their next key")["source-told"])
    assert "new key is saved" in told
    assert "their next key" not in told


@pytest.mark.parametrize("act", ["test", "pause", "rotate", "close"])
def test_charlies_source_is_not_there_for_alice_nor_hers_for_others(
    browser: Any, alice: Any, call: Any, running: Any, world: Any, act: str
) -> None:
    theirs = _newest(running, world.ids["colossus"])
    missing = call(alice, "source-act", {"act": act, "id": 2**31 - 1, "at": 1}, HARBOUR)
    stranger = call(alice, "source-act", {"act": act, "id": theirs, "at": 1}, HARBOUR)
    assert stranger.status_code == missing.status_code == 404
    assert stranger.json["detail"] == missing.json["detail"]
    ours = _newest(running, world.ids["harbour"])
    assert call(browser("bob"), "source-act", {"act": act, "id": ours, "at": 1}, HARBOUR).status_code == 404
    assert call(alice, "source-act", {"act": act, "id": "1", "at": 1}, HARBOUR).status_code == 400


def _act(who: Any, call: Any, act: str, id_: int, **more: Any) -> Any:
    return call(who, "source-act", {"act": act, "id": id_, "at": 1, **more}, HARBOUR).json["response"]


def _newest(running: Any, workspace_id: int) -> int:
    with running.reading() as session:
        found = session.scalar(select(func.max(Source.id)).where(Source.workspace_id == workspace_id))
    assert found is not None
    return int(found)
