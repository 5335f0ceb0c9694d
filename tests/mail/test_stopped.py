"""What a mail tells may end while it waits in the outbox: then it does not go, and its agency reads why."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.contacts import Contact, ContactConsent
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import AlertCrossing, QuestionMessage, TileAlert, TileQuestion
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import AgencyLink, User, Workspace
from dashapp.languages import LANGUAGES
from dashapp.mail import outbox
from dashapp.mail.posting import SmtpSender
from dashapp.ui.language.say import retell, speaking
from jobs.catalog.send_mail import CHECKS, why_not
from tests.support.tenants import North, South

ROOT = Path(__file__).parents[2]
GUEST, ANN = "guest@harbour.example", "ann@x.example"
Change = Callable[[Session], Any]


def mails_about(session: Session, north: North) -> dict[str, str]:
    """A share with a viewer, an alert, a question and a contact of Harbour; {kind: key of a mail about it}."""
    link = session.scalars(select(AgencyLink).where(AgencyLink.workspace_id == north.harbour)).one()
    share = Share(workspace_id=north.harbour, link_id=link.id, nonce="n", token_hash="s", created_by="alice")
    alert = TileAlert(workspace_id=north.harbour, link_id=link.id, name="Replies", measure={}, kind="below",
                      limit_value=1.0, recipients=[GUEST, "bob@north.example"])  # fmt: skip
    contact = Contact(workspace_id=north.harbour, key=ANN, email=ANN)
    session.add_all([share, alert, contact])
    session.flush()
    viewer = ShareViewer(share_id=share.id, email=GUEST, nonce="v", token_hash="v")
    crossing = AlertCrossing(alert_id=alert.id, value=0.0, told=0)
    session.add_all([viewer, crossing])
    session.flush()
    question = TileQuestion(workspace_id=north.harbour, share_id=share.id, viewer_id=viewer.id, asked_hash="v",
                            nonce="q", token_hash="q", tile_id="t", tile_title="Replies", email=GUEST)  # fmt: skip
    session.add(question)
    session.flush()
    message = QuestionMessage(question_id=question.id, by_client=False, text="Because")
    session.add(message)
    session.flush()
    return {
        "share": f"share viewer {viewer.id}: invited",
        "invited": f"share viewer {viewer.id}: invited, password 1",
        "password": f"share viewer {viewer.id}: password 1",
        "alert": f"alert {crossing.id}: 0",
        "team alert": f"alert {crossing.id}: 1",
        "answer": f"question answer {message.id}",
        "asked": f"question message {message.id}: {north.bob}",
        "single": f"single:{north.harbour}:{contact.id}:0123456789",
        "account": "reset:0123456789",
    }


TO = {"share": GUEST, "invited": GUEST, "password": GUEST, "alert": GUEST, "team alert": "bob@north.example",
      "answer": GUEST, "asked": "bob@north.example", "single": ANN,
      "account": "charlie@south.example"}  # fmt: skip


def _set(table: Any, **values: Any) -> Change:
    return lambda session: session.execute(update(table).values(**values))


def _bob_leaves(session: Session) -> None:
    session.execute(update(User).where(User.email == "bob@north.example").values(active=False))


def _consent_withdrawn(session: Session) -> None:
    contact = session.scalars(select(Contact)).one()
    session.add(ContactConsent(workspace_id=contact.workspace_id, contact_id=contact.id, kind="marketing",
                               given=False, actor="x", ref="r"))  # fmt: skip


def _erased(session: Session) -> None:
    session.delete(session.scalars(select(Contact)).one())


def _another_says_no(session: Session) -> None:
    contact = session.scalars(select(Contact)).one()
    session.add(
        Contact(workspace_id=contact.workspace_id, key="z@x.example", email=ANN, status="do_not_contact")
    )


OF_SHARE = {"share", "invited", "password", "answer"}
#: What happens meanwhile, and which mails do not go.
MEANWHILE: dict[str, tuple[Change, set[str]]] = {
    "nothing": (lambda session: None, set()),
    "share paused": (_set(Share, state="paused"), OF_SHARE),
    "share revoked": (_set(Share, state="revoked"), OF_SHARE),
    "share over": (_set(Share, expires_at=now() - timedelta(days=1)), OF_SHARE),
    "viewer barred": (_set(ShareViewer, state="barred"), OF_SHARE),
    "password changed again": (_set(Share, version=2), {"invited", "password"}),
    "unlinked": (_set(AgencyLink, state="ended"), set(TO) - {"account"}),
    "workspace disabled": (_set(Workspace, enabled=False), set(TO) - {"account"}),
    "alert off": (_set(TileAlert, active=False), {"alert", "team alert"}),
    "alert removed": (_set(TileAlert, removed=True), {"alert", "team alert"}),
    "alert silenced": (_set(TileAlert, snoozed_until=now() + timedelta(days=1)), {"alert", "team alert"}),
    "recipient taken out": (_set(TileAlert, recipients=["bob@north.example"]), {"alert"}),
    "Bob disabled": (_bob_leaves, {"team alert", "asked", "single"}),
    "do not contact": (_set(Contact, status="do_not_contact"), {"single"}),
    "consent withdrawn": (_consent_withdrawn, {"single"}),
    "contact deleted": (_set(Contact, deleted_at=now()), {"single"}),
    "contact merged": (_set(Contact, merged_into=1), {"single"}),
    "contact erased": (_erased, {"single"}),
    "another address": (_set(Contact, email="other@x.example"), {"single"}),
    "no through another contact": (_another_says_no, {"single"}),
}  # fmt: skip


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_ends_while_a_mail_waits_stops_it(
    engine: Engine, north: North, south: South, office: Any, sender: SmtpSender, what: str
) -> None:
    change, stopped = MEANWHILE[what]
    with Session(engine) as session, session.begin():
        keys = mails_about(session, north)
        for name, key in keys.items():
            reply_to = "bob@north.example" if name == "single" else None
            outbox.put(session, key=key, agency_id=north.agency, to=TO[name], subject=name,
                       text="https://r.example/p/x/tiles/t/questions?thread=y\n", reply_to=reply_to)  # fmt: skip
    with Session(engine) as session, session.begin():
        change(session)
    counts = outbox.send_due(engine, sender, check=why_not)
    assert counts["stopped"] == len(stopped)
    assert {mail["Subject"] for _, mail in office.taken} == set(TO) - stopped
    with Session(engine) as session:
        kept = {mail.subject: mail for mail in session.scalars(select(Mail))}
        assert {name for name, mail in kept.items() if mail.state == "stopped"} == stopped
        reasons = {kept[name].last_error for name in stopped}
        assert all(reason.endswith(".") for reason in reasons)
        for lang in set(LANGUAGES) - {"en"}:
            with speaking(lang):
                assert not [one for one in reasons if retell(one) == one], "told in every language"
    assert outbox.send_due(engine, sender, check=why_not) == {"failed": 0}


def test_an_answer_without_a_way_back_goes_although_the_link_has_ended(
    engine: Engine, north: North, south: South, office: Any, sender: SmtpSender
) -> None:
    with Session(engine) as session, session.begin():
        key = mails_about(session, north)["answer"]
        outbox.put(session, key=key, agency_id=north.agency, to=GUEST, subject="answer", text="Because\n")
        session.execute(update(Share).values(state="revoked"))
    assert outbox.send_due(engine, sender, check=why_not)["sent"] == 1


@pytest.mark.parametrize(
    "key",
    [
        "share viewer x: y",
        "alert 999: 0",
        "question answer 999",
        "schedule run 999: 1",
        "single:1:999:abcdefgh",
        "single:nonsense",
    ],
)
def test_what_is_about_nothing_there_is_stopped(
    engine: Engine, north: North, office: Any, sender: SmtpSender, key: str
) -> None:
    with Session(engine) as session, session.begin():
        outbox.put(session, key=key, agency_id=north.agency, to=GUEST, subject="s", text="t")
    assert outbox.send_due(engine, sender, check=why_not)["stopped"] == 1
    assert office.taken == []


def test_every_place_that_writes_mails_is_known_to_be_checked_or_to_need_none() -> None:
    """A new one is to be put here, and into CHECKS if its mails hold figures, a report or a way to them."""
    checked = {
        "dashapp/alerts/firing.py": "alert",
        "dashapp/crm/single_mail.py": "single",
        "dashapp/schedules/letter.py": "schedule run",
        "dashapp/ui/question_mails.py": "question",
        "dashapp/ui/share_mails.py": "share viewer",
    }
    of_accounts = {"dashapp/mail/troubles.py", "dashapp/ui/letters.py", "dashapp/ui/people_mails.py"}
    found = {}
    for folder in ("dashapp", "jobs", "pages", "callbacks"):
        for path in (ROOT / folder).rglob("*.py"):
            calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
            if any(ast.unparse(call.func) == "outbox.put" for call in calls):
                found[path.relative_to(ROOT).as_posix()] = path.read_text()
    assert set(found) == set(checked) | of_accounts
    for name, kind in checked.items():
        assert any(known.startswith(kind) for known in CHECKS)
        assert re.search(rf'f"{kind}', found[name]) or kind == "single", name
