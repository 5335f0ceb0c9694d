"""Replies of any length: whole, a part at a time; beyond all limits the beginning is kept."""

from __future__ import annotations

import pytest

from data.errors import NotInScope
from data.people.history import history_of
from data.people.reply import part_of
from data.scope import Scope
from tests.support.people_house import ELODIE, STRANGER, People, at, one


def test_a_reply_of_400_kilobytes_is_shown_a_part_at_a_time(people: People) -> None:
    people.take_in(
        people.north.harbour,
        [{"event": "replied", "message_id": "m1", "lead": ELODIE, "reply_text": "long " * 80_000,
          "occurred_at": at(8), "event_id": "long", "user": "bob@north.example"}],
    )  # fmt: skip
    people.take_in(
        people.south.colossus,
        [{"event": "replied", "message_id": "x", "lead": STRANGER, "reply_text": "theirs", "event_id": "long"}
         | {"occurred_at": at(8)}],
    )  # fmt: skip
    with people.writing() as session:
        alice = people.alice(session)
        history = history_of(people.lake, alice.scope, alice.workspace_id, [ELODIE])
        reply = next(one for one in history.events if one.event == "replied")
        assert (reply.reply_text, reply.reply_length) == ("long " * 4_000, 400_000)
        assert one(session, people).replied == 1
        workspace_id = alice.workspace_id
    parts, start = [reply.reply_text], 20_000
    while start is not None:
        part = part_of(people.lake, alice.scope, workspace_id, "long", start)
        assert part is not None
        assert len(part.text) == 20_000
        parts, start = [*parts, part.text], part.next
    assert "".join(parts) == "long " * 80_000
    assert not part.cut
    beyond = part_of(people.lake, alice.scope, workspace_id, "long", 400_000)
    assert beyond is not None
    assert (beyond.text, beyond.next) == ("", None)
    assert part_of(people.lake, alice.scope, workspace_id, "long", 10**17) is None
    for event_id in ("none", "m1", ""):
        assert part_of(people.lake, alice.scope, workspace_id, event_id, 0) is None
    scopes = {
        user: Scope(alice.scope.workspace_ids, user=user) for user in ("bob@north.example", "al@x.example")
    }
    seen = {user: part_of(people.lake, scope, workspace_id, "long", 0) for user, scope in scopes.items()}
    assert seen["bob@north.example"] is not None
    assert seen["al@x.example"] is None, "a colleague's"
    with pytest.raises(NotInScope):
        part_of(people.lake, people.charlie(session).scope, workspace_id, "long", 0)


def test_of_a_reply_beyond_all_limits_the_beginning_is_kept_and_that_is_told(people: People) -> None:
    people.take_in(
        people.north.harbour,
        [{"event": "replied", "message_id": "m1", "lead": ELODIE, "reply_text": "é" * 600_000, "event_id": "long"}
         | {"occurred_at": at(8)}],
    )  # fmt: skip
    with people.writing() as session:
        alice = people.alice(session)
    last = part_of(people.lake, alice.scope, people.north.harbour, "long", 490_000)
    assert last is not None
    assert (len(last.text), last.next, last.cut) == (10_000, None, True)
