"""What is done about a contact: calls, tasks, single e-mails, campaigns, and erasing the person."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.access import current
from dashapp.crm import calls, single_mail
from dashapp.db.base import now
from dashapp.db.mail import FAILED, SENT, Mail
from dashapp.mail_server import MailServer
from data.lake.tables import inbox
from data.plans import load as plans
from tests.callbacks.contact_acts import COLOSSUS, HARBOUR, act


def test_a_call_is_an_event_through_the_one_door_and_twice_is_once(
    alice: Any, ana: int, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now().replace(microsecond=0)
    for ref, second, kept in (("r1", 0, 1), ("r1", 0, 1), ("r1", 1, 1), ("r2", 1, 2)):
        monkeypatch.setattr(calls, "now", lambda second=second: at - timedelta(seconds=1 - second))
        assert act(alice, "call", id=ana, disposition="booked", ref=ref).status_code == 200
        with running.engine.connect() as connection:
            assert connection.scalar(select(func.sum(inbox.c.events))) == kept, (ref, second)
    assert act(alice, "call", id=ana, disposition="opened").status_code == 400
    act(alice, "edit", id=ana, field="status", value="do_not_contact", version=1)
    assert "not to be contacted" in act(alice, "call", id=ana, disposition="booked").json["detail"]


def test_adding_to_a_campaign_plans_a_journey_that_has_not_started(
    alice: Any, ana: int, running: Any, world: Any
) -> None:
    from data.plans.tables import plan_journey

    plans.load(running.lake, world.ids["harbour"], "campaigns", [{"name": "Winter"}])
    assert act(alice, "campaign", ids=[ana], campaign="No such").status_code == 404
    assert act(alice, "campaign", ids=[ana], campaign="Winter").json["said"] == "1 added to Winter."
    with running.engine.connect() as connection:
        rows = connection.execute(
            select(plan_journey.c.lead, plan_journey.c.state, plan_journey.c.campaign)
        ).all()
    assert [tuple(row) for row in rows] == [("ana@x.example", "not_started", "Winter")]
    assert "already" in act(alice, "campaign", ids=[ana], campaign="Winter").json["detail"]
    assert "Ana Ruiz" not in alice.get(f"{HARBOUR}/part.html?of=contacts&free=1").text


def test_tasks_are_made_moved_completed_and_taken_back_on_the_card(
    alice: Any, browser: Any, ana: int
) -> None:
    assert (
        act(alice, "task_create", id=ana, title="Call Ana", channel="phone", due_on="2026-12-01").status_code
        == 200
    )
    card = alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    task = int(card.partition('data-task-move="')[2].partition('"')[0])
    assert act(alice, "task_move", task=task, revision=1, due_on="2026-12-05").json["said"] == "Task moved."
    assert act(alice, "task_move", task=task, revision=1, due_on="2026-12-06").status_code == 409
    assert act(alice, "task_complete", task=task).status_code == 400  # a call needs how it ended
    bob, charlie = browser("bob"), browser("charlie")
    assert act(bob, "task_complete", task=task, disposition="booked").status_code == 403
    assert act(charlie, "task_complete", COLOSSUS, task=task, disposition="booked").status_code == 404
    done = act(alice, "task_complete", task=task, disposition="booked", note="On Friday")
    assert done.json["said"] == "Completed: Call Ana"
    assert act(alice, "task_complete", task=task, disposition="booked").status_code == 409
    assert act(alice, **done.json["undo"]).status_code == 200
    assert act(alice, **done.json["undo"]).status_code == 409
    assert act(alice, "task_move", task=2**61, revision=1, due_on="2026-12-06").status_code == 404


def test_one_email_goes_to_the_outbox_once_and_never_to_who_is_not_to_be_contacted(
    alice: Any, ana: int, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = {"id": ana, "subject": "Your menu", "text": "Hello Ana", "ref": "0123456789ab"}
    assert "VITRINE_SMTP_URL" in act(alice, "mail", **mail).json["detail"]
    monkeypatch.setattr(
        type(running.settings), "mail_server", property(lambda _: MailServer("mail.example", 25, "none"))
    )
    for _ in range(2):
        assert act(alice, "mail", **mail).status_code == 200
    with running.reading() as session:
        rows = session.scalars(select(Mail).where(Mail.key.like("single:%"))).all()
    assert [(row.to, row.subject, row.reply_to) for row in rows] == [
        ("ana@x.example", "Your menu", "alice@north.example")
    ]
    for field, wrong in (("subject", " "), ("text", "\0 "), ("text", "x" * 1_000_000), ("ref", "../x")):
        assert act(alice, "mail", **{**mail, field: wrong}).status_code == 400, field
    act(alice, "consent", id=ana, kind="marketing", given=False)
    assert "withdrawn" in act(alice, "mail", **{**mail, "ref": "another-one"}).json["detail"]
    # Nor through another contact into which somebody typed her address.
    other = act(alice, "create", email="zoe@x.example").json["id"]
    assert act(alice, "edit", id=other, field="email", value="ana@x.example", version=1).status_code == 200
    refused = act(alice, "mail", **{**mail, "id": other, "ref": "a-third-one"})
    assert (refused.status_code, "withdrawn" in refused.json["detail"]) == (400, True)


def test_a_sent_mail_is_told_as_an_event_once_and_a_refused_one_with_the_servers_words(
    alice: Any, ana: int, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        type(running.settings), "mail_server", property(lambda _: MailServer("mail.example", 25, "none"))
    )
    for ref in ("first-mail", "second-mail"):
        act(alice, "mail", id=ana, subject=ref, text="Hello", ref=ref)
    with running.session() as session:
        sent, failed = session.scalars(select(Mail).where(Mail.key.like("single:%")).order_by(Mail.id)).all()
        sent.state, sent.sent_at = SENT, now()
        failed.state, failed.last_error = FAILED, "550 no such user"
    assert single_mail.tell(running.engine, running.inbox) == 2
    assert single_mail.tell(running.engine, running.inbox) == 0
    with running.engine.connect() as connection:
        told = [event for (body,) in connection.execute(select(inbox.c.body)) for event in json.loads(body)]
    assert [(one["event"], one["subject"], one["lead"], one["category"]) for one in told] == [
        ("sent", "first-mail", "ana@x.example", "individual"),
        ("failed", "second-mail", "ana@x.example", "individual"),
    ]
    assert told[1]["server_response"] == "550 no such user"


def test_a_campaign_that_has_not_begun_can_be_left(alice: Any, ana: int, running: Any, world: Any) -> None:
    plans.load(running.lake, world.ids["harbour"], "campaigns", [{"name": "Winter"}, {"name": "Spring"}])
    for name in ("Winter", "Spring"):
        act(alice, "campaign", ids=[ana], campaign=name)
    plans.load(running.lake, world.ids["harbour"], "journeys",
               [{"lead": "ana@x.example", "campaign": "Spring", "state": "running"}])  # fmt: skip
    assert act(alice, "leave_campaign", id=ana, campaign="Winter").json["said"] == "Taken out of Winter."
    assert act(alice, "leave_campaign", id=ana, campaign="Winter").status_code == 404
    assert "has begun" in act(alice, "leave_campaign", id=ana, campaign="Spring").json["detail"]


def test_a_person_is_erased_by_an_owner_who_proved_who_they_are(
    alice: Any, browser: Any, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase = {"id": ana, "typed": "ana@x.example"}
    for name in ("bob", "carla"):  # an analyst, and a manager of the workspace
        assert act(browser(name), "erase", **erase).status_code == 404
    assert act(browser("charlie"), "erase", COLOSSUS, **erase).status_code == 404
    with monkeypatch.context() as later:  # the ten minutes after logging in are over
        later.setattr(current, "confirmed_recently", lambda: False)
        answer = act(alice, "erase", **erase)
        assert (answer.status_code, "Prove again" in answer.json["detail"]) == (403, True)
        card = alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
        assert f"/confirm?next=/w/harbour-coffee/contacts/{ana}%3Ferase%3D1" in card
        assert 'id="crm-erase"' not in card
    assert 'id="crm-erase"' in alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    assert "type the address" in act(alice, "erase", id=ana, typed="ana").json["detail"]
    assert act(alice, "erase", **erase).json["gone"] is True
    assert alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").status_code == 404
    assert act(alice, "erase", **erase).status_code == 404
    assert act(alice, "edit", id=ana, field="name", value="x", version=1).status_code == 404
    assert "was erased" in act(alice, "create", email="ana@x.example").json["detail"]
    assert act(alice, "was_erased", typed="Ana@x.example").json["said"].startswith("Being erased since")
    assert act(alice, "was_erased", typed="bea@x.example").json["said"].startswith("Nobody with this")
    page = alice.get(f"{HARBOUR}/part.html?of=contacts&erased=1").text
    assert "1 person erased" in page
    assert "ana" not in page.lower().replace("manager", "")
    assert browser("bob").get(f"{HARBOUR}/part.html?of=contacts&erased=1").status_code == 404
