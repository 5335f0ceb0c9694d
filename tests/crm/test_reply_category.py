"""A person corrects the category of a reply: who and when are kept, figures follow, and rebuilds keep it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dashapp.crm import replies
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from data.building.build import refresh
from data.drilldown import behind
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake import reply_overrides
from data.lake.lake import Lake
from data.lake.reply_overrides import Reply
from data.lake.segments import drain
from data.query import timeline
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.tenants import North, South

ALICE = "alice@north.example"


def take_in(lake: Lake, workspace_id: int, *records: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    events = [canonical(record, received_at=now) for record in records]
    Inbox(lake.engine).put(workspace_id, None, events, received_at=now)
    drain(lake)
    refresh(lake, [workspace_id])


def story(prefix: str) -> list[dict[str, Any]]:
    """Two e-mails; both are answered: "remove me" by Lou (a refusal), "interested" by Max."""
    at = datetime.now(UTC) - timedelta(days=1)
    found = []
    for n, (lead, text, category) in enumerate(
        (
            ("lou@x.io", "Please remove me … from the waiting list, we buy!", None),
            ("max@x.io", "Yes.", "interested"),
        )
    ):
        who = {"message_id": f"{prefix}{n}", "lead": lead, "campaign": "Autumn", "user": ALICE}
        more = {"reply_text": text} | ({"reply_category": category} if category else {})
        for i, (event, extra) in enumerate((("sent", {}), ("replied", more))):
            stamp = (at + timedelta(hours=i)).isoformat()
            found.append(
                {**who, **extra, "event": event, "event_id": f"{prefix}{n}-{event}", "occurred_at": stamp}
            )
    return found


def answer(prefix: str) -> Reply:
    """The reply to the first e-mail of `story`."""
    return Reply(f"{prefix}0-replied", f"{prefix}0", datetime.now(UTC) - timedelta(hours=23))


def figures(lake: Lake, workspace_id: int) -> dict[str, Any]:
    scope = Scope(frozenset({workspace_id}))

    def told(name: str, **more: Any) -> dict[str, Any]:
        return ask(lake, scope, workspace_id, Query.model_validate({"name": name, **more}))

    return {
        "engaged": told("engagement_overview")["engaged"],
        "positive": told("rate", data_type="positive_reply")["n"],
        "categories": {
            row["category"]: (row["sentiment"], row["n"]) for row in told("reply_categories")["rows"]
        },
    }


BEFORE = {
    "engaged": 1,
    "positive": 1,
    "categories": {"unsubscribe": ("negative", 1), "interested": ("positive", 1)},
}
AFTER = {
    "engaged": 2,
    "positive": 2,
    "categories": {"interested": ("positive", 1), "booking_request": ("positive", 1)},
}


def test_figures_follow_and_rebuilds_keep_it(lake: Lake, north: North, south: South) -> None:
    take_in(lake, north.harbour, *story("h"))
    take_in(lake, south.colossus, *story("h"))
    assert figures(lake, north.harbour) == BEFORE
    with Session(lake.engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        replies.correct(session, harbour, answer("h"), "not_now", before="unsubscribe", changed_by=ALICE)
        replies.correct(session, harbour, answer("h"), "booking_request", before="not_now", changed_by=ALICE)
    assert figures(lake, north.harbour)["engaged"] == 2, "what is counted from events follows at once"
    refresh(lake, [north.harbour])
    assert figures(lake, north.harbour) == AFTER
    refresh(lake, [north.harbour], full=True)
    assert figures(lake, north.harbour) == AFTER
    assert figures(lake, south.colossus) == BEFORE, "the same ids of another workspace are another reply"
    scope, query = Scope(frozenset({north.harbour})), Query(name="timeline")
    listed = timeline.group(lake, scope, north.harbour, query, "email", "h0", "replied")["events"][0]
    assert (listed["category"], listed["sentiment"]) == ("booking_request", "positive")
    rows = behind(lake, scope, north.harbour, Query(name="rate", data_type="positive_reply"), "").rows
    assert {row.category for row in rows} == {"interested", "booking_request"}  # type: ignore[union-attr]
    with lake.engine.connect() as connection:
        who, at = reply_overrides.last_of(connection, north.harbour, ["h0-replied"])["h0-replied"]
    assert who == ALICE
    assert abs((datetime.now(UTC).replace(tzinfo=None) - at.replace(tzinfo=None)).total_seconds()) < 600


def test_what_comes_later_is_added_to_what_was_corrected(lake: Lake, north: North) -> None:
    take_in(lake, north.harbour, *story("h"))
    with Session(lake.engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        replies.correct(
            session, harbour, answer("h"), "booking_request", before="unsubscribe", changed_by=ALICE
        )
    refresh(lake, [north.harbour])
    opened = {"event": "opened", "message_id": "h0", "event_id": "late", "lead": "lou@x.io"}
    take_in(lake, north.harbour, {**opened, "occurred_at": datetime.now(UTC).isoformat()})
    assert figures(lake, north.harbour) == AFTER


def test_a_correction_can_be_taken_back_once(lake: Lake, north: North, south: South) -> None:
    take_in(lake, north.harbour, *story("h"))
    take_in(lake, south.colossus, *story("h"))
    with Session(lake.engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        colossus = session.get_one(Workspace, south.colossus)
        given = {"before": "unsubscribe", "changed_by": ALICE}
        replies.correct(session, harbour, answer("h"), "booking_request", **given)
        replies.correct(session, harbour, answer("h"), "not_now", before="booking_request", changed_by=ALICE)
        with pytest.raises(NotFound):
            replies.correct(session, colossus, answer("h"), "", before="unsubscribe", changed_by="charlie")
    refresh(lake, [north.harbour])
    with Session(lake.engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        replies.correct(session, harbour, answer("h"), "", before="not_now", changed_by=ALICE)
        with pytest.raises(NotFound):
            replies.correct(session, harbour, answer("h"), "", before="unsubscribe", changed_by=ALICE)
    assert figures(lake, north.harbour)["engaged"] == 1, "what is counted from events follows at once"
    refresh(lake, [north.harbour])
    assert figures(lake, north.harbour) == BEFORE
    with lake.engine.connect() as connection:
        assert reply_overrides.last_of(connection, north.harbour, ["h0-replied"]) == {}
        assert reply_overrides.latest(connection, [north.harbour]) == []


@pytest.mark.parametrize("category", ["out_of_office", "great", "interested "])
def test_only_a_category_of_people_can_be_given(lake: Lake, north: North, category: str) -> None:
    with Session(lake.engine) as session, pytest.raises(Refused):
        harbour = session.get_one(Workspace, north.harbour)
        replies.correct(session, harbour, answer("x"), category, before="interested", changed_by=ALICE)
